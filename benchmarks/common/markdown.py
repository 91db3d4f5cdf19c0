"""Tables of Markdown."""

from collections.abc import Sequence
from typing import Any


def table(header: str, rows: Sequence[Sequence[Any]]) -> str:
    """A table of Markdown; `header` names its columns, " | " between them."""
    names = header.split(" | ")
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
