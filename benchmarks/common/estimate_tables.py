"""The README's tables of the intervals: how often they hold on drawn projects, and on replayed ones."""

from typing import Any

from common.markdown import table


def coverage(kept: dict[str, Any]) -> str:
    rows = []
    for name, cells in _by_estimate(kept["settings"]).items():
        held = [cell["coverage"] for cell in cells]
        between = sum(93 <= value <= 97 for value in held)
        rows.append((name, len(cells), f"{min(held):.1f}", f"{max(held):.1f}", between))
    return table("of 95 % intervals of | settings | held, least % | held, most % | within 93 to 97 %", rows)


def hindcast(kept: dict[str, Any]) -> str:
    rows = [(row["what"], row["images"], f"{row['intervals']:,}", f"{row['held']:.1f}") for row in kept["together"]]
    return table("foreseen | images | intervals | held, %", sorted(rows))


def _by_estimate(cells: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    names = dict.fromkeys(cell["estimate"] for cell in cells)
    return {name: [cell for cell in cells if cell["estimate"] == name] for name in names}
