"""The manifest of an export: how many images of each class and split, and every file with its SHA-256."""

import platform
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from vabal_core.export.json_lines import json_text

MADE_BY = "VaB-AL Studio"
FORMAT_VERSION = 1
NAME = "manifest.json"


def manifest_start(project: str, format_name: str, selection: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest begins with: of which project, in which format, what was chosen, by which versions, when."""
    return {
        "made_by": MADE_BY,
        "manifest_version": FORMAT_VERSION,
        "project": project,
        "format": format_name,
        "selection": dict(selection),
        "made_at": datetime.now(UTC).isoformat(),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """What writes the files that leave: package -> version."""
    return {name: version(name) for name in ("pillow", "SQLAlchemy")} | {"python": platform.python_version()}


def manifest_pieces(
    about: Mapping[str, Any], counts: Mapping[tuple[str, str], int], files: Iterable[Mapping[str, Any]]
) -> Iterator[bytes]:
    """The manifest in pieces. `counts` of (class, split); `files` one after the other, in constant memory."""
    facts = dict(about) | {"images": sum(counts.values()), "counts": _by_class(counts)}
    yield json_text(facts)[:-1].encode() + b', "files": ['
    yield from separated(files)
    yield b"\n]}\n"


def separated(values: Iterable[Any]) -> Iterator[bytes]:
    """JSON values, each on a line of its own, with commas between them."""
    for position, value in enumerate(values):
        yield (",\n" if position else "\n").encode() + json_text(value).encode()


def _by_class(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    classes: dict[str, dict[str, int]] = {}
    for (label, split), count in sorted(counts.items()):
        classes.setdefault(label, {})[split] = count
    return classes
