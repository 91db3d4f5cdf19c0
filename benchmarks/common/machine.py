"""What every benchmark reports beside its figures: the machine and the versions they were measured with."""

import json
import os
import platform
from pathlib import Path
from typing import Any

from vabal_core.runtime import choose_device, describe_device, versions

RESULTS = Path(__file__).parents[1] / "results"


def machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "device": describe_device(choose_device()),
        **versions(),
    }


def save_result(name: str, result: dict[str, Any], quick: bool) -> None:
    """Writes the result file (a quick run leaves the full run's alone) and prints the result as the last line."""
    result = {"benchmark": name, "quick": quick, "machine": machine(), **result}
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result))


def print_table(rows: list[dict[str, Any]]) -> None:
    """Columns as wide as their widest cell; a row may lack some."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([f"{row.get(name, '')}" for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        if names:
            return names[0]
    return platform.processor() or platform.machine()
