"""Numbers and tables of a report as Markdown. A value that is not there is a dash."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

ABSENT = "-"
NUMBER = re.compile(r"[-+<\d]|not reached")


def code(name: str) -> str:
    """A strategy or source by name, shown as it is."""
    return f"`{' '.join(name.replace('`', ' ').split())}`"


def listed(names: Iterable[str]) -> str:
    """ "`a`, `b` and `c`", of one name at least."""
    *first, last = map(code, names)
    return f"{', '.join(first)} and {last}" if first else last


def points(share: float, *, signed: bool = False) -> str:
    """A share in points of a hundred: 0.832 is "83.2", signed "+83.2"."""
    if np.isnan(share):
        return ABSENT
    return f"{100 * share:{'+' if signed else ''}z.1f}"


def interval(low: float, high: float, *, signed: bool = False) -> str:
    """ "1.0 to 5.2" """
    return ABSENT if np.isnan(low) else f"{points(low, signed=signed)} to {points(high, signed=signed)}"


def p_value(p: float) -> str:
    return ABSENT if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def whole(count: float) -> str:
    return ABSENT if np.isnan(count) else f"{count:,.0f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a table; a column of numbers is set to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    columns = zip(*cells, strict=True) if cells else [()] * len(heads)
    rule = ["---:" if all(map(NUMBER.match, column)) else "---" for column in columns]
    return ["| " + " | ".join(line) + " |" for line in ([_cell(head) for head in heads], rule, *cells)]


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
