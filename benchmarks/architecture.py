"""How the source is laid out: rooms, arrows between them, sizes of files and functions; the figures of README.

With `--before FOLDER` the sizes in another checkout stand beside: what it was like before a change.
"""

import argparse
import statistics
from pathlib import Path
from typing import Any

from common import ROOT
from common.machine import print_table, save_result
from common.source_tree import arrows, functions, module_of, python_files, room_of


def sizes(lengths: list[int]) -> dict[str, Any]:
    """Median, 90th percentile and maximum of lengths in lines."""
    ordered = sorted(lengths)
    return {
        "count": len(ordered),
        "median": statistics.median(ordered),
        "p90": ordered[int(0.9 * (len(ordered) - 1))],
        "max": ordered[-1],
    }


def lines_of(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def all_sizes(root: Path) -> list[dict[str, Any]]:
    scripts = [lines_of(file) for file in (root / "vabal_core").rglob("*.js")]
    return [
        {"what": "Python files", **sizes([lines_of(file) for file in python_files(root) if lines_of(file)])},
        {"what": "Python functions", **sizes([function.lines for function in functions(root)])},
        {"what": "JavaScript files", **sizes(scripts)},
    ]


def rooms(root: Path) -> list[dict[str, Any]]:
    """A row a room: its files and lines, and the rooms it imports."""
    rows = []
    for room, others in arrows(root).items():
        files = [file for file in python_files(root) if room_of(module_of(root, file)) == room]
        if room != "vabal_core":
            lines = sum(map(lines_of, files))
            rows.append({"room": room, "files": len(files), "lines": lines, "imports": sorted(others)})
    return sorted(rows, key=lambda row: (len(row["imports"]), row["room"]))


def main(quick: bool, before: Path | None) -> None:
    result = {"sizes": all_sizes(ROOT), "rooms": rooms(ROOT)}
    if before:
        result["sizes_before"] = all_sizes(before)
        print_table(result["sizes_before"])
    print_table(result["sizes"])
    print_table(result["rooms"])
    save_result("architecture", result, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="count and keep nothing")
    parser.add_argument("--before", type=Path, help="another checkout, counted beside this one")
    options = parser.parse_args()
    main(options.quick, options.before)
