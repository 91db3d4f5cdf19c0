"""The README's tables of the intervals, how often they hold on drawn and on replayed projects, and of label errors."""

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


def agreement(kept: dict[str, Any]) -> str:
    """Over all settings of as many images: how often the intervals of each measure hold the truth."""
    names = {"percent": "the same class", "cohen": "Cohen’s kappa", "fleiss": "Fleiss’ kappa"}
    names |= {"alpha": "Krippendorff’s alpha"}
    groups: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in kept["rows"]:
        groups.setdefault((row["measure"], row["images"]), []).append(row)
    rows = []
    for (name, images), group in sorted(groups.items(), key=lambda item: (list(names).index(item[0][0]), item[0][1])):
        held, widths = [100 * row["held"] for row in group], [row["width"] for row in group]
        shares = (f"{sum(held) / len(held):.1f}", f"{min(held):.1f}", f"{max(held):.1f}")
        rows.append((names[name], images, len(group), *shares, f"{min(widths):.2f} to {max(widths):.2f}"))
    return table("of 95 % intervals of | images | settings | held, mean % | least % | most % | width", rows)


def label_errors(kept: dict[str, Any]) -> str:
    """What is planted at random among all classes; errors between classes alike stand in the kept results."""
    head = "images | labels | planted wrong | model agrees with | named: are wrong | planted: are named"
    rows = [
        (
            row["source"],
            f"{row['labels']:,}",
            f"{row['wrong_percent']} %",
            f"{row['agrees']:.0f} %",
            _with_range(row["precision"]),
            _with_range(row["recall"]),
        )
        for row in kept["rows"]
        if row["kind"] == "any"
    ]
    return table(head, rows)


def _with_range(percents: list[float]) -> str:
    return "{:.0f} % ({:.0f} to {:.0f})".format(*percents)


def _by_estimate(cells: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    names = dict.fromkeys(cell["estimate"] for cell in cells)
    return {name: [cell for cell in cells if cell["estimate"] == name] for name in names}
