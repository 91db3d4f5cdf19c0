"""README's tables of the paper's figures: its own form beside what it reports, and smaller forms."""

from typing import Any

from common.markdown import table

FULL = ("cifar10+[1]", "cifar10+[10]", "cifar10+[5]")


def as_published(kept: dict[str, Any]) -> str:
    """Accuracy in the paper's own form, ours and what the authors report of the same data set."""
    rows = []
    for part in FULL:
        measured = [row for row in kept["rows"] if row["part"] == part]
        rows += [
            (
                f"`{part}`", f"`{row['strategy']}`", "this Studio", f"{row['seeds']} seeds", f"{row['labels']:,}",
                f"{row['accuracy_mean']:.1f}", f"{row['accuracy_last']:.1f}", *_less_random(row),
                f"{row['rare_share_last']:.1f}",
            )
            for row in measured
        ]  # fmt: skip
        rows += [_reported(row) for row in kept["reported"] if row["source"] == part and measured]
    header = "data set | strategy | by | of | labels | accuracy, mean | last | mean less random's | last less random's"
    return table(f"{header} | rare among the labels, %", rows)


def _less_random(row: dict[str, Any]) -> tuple[str, str]:
    """With 95 % intervals, paired by seed."""
    return tuple(
        "-" if estimate is None else f"{estimate[0]:+.1f} ({estimate[1]:+.1f} to {estimate[2]:+.1f})"
        for estimate in (row["less_random"]["mean"], row["less_random"]["last"])
    )


def _reported(row: dict[str, Any]) -> tuple[str, ...]:
    where = "the paper" if row["seed"] is None else "the authors' log"
    of = "its trials" if row["seed"] is None else f"seed {row['seed']}"
    mean = "-" if row["average"] is None else f"{row['average']:.1f}"
    return f"`{row['source']}`", f"`{row['strategy']}`", where, of, "3,000", mean, f"{row['final']:.2f}", "-", "-", "-"


def smaller_forms(kept: dict[str, Any]) -> str:
    """Balanced accuracy in the forms that a CPU carries."""
    rows = [
        (
            row["part"], "" if row["arm"] == "all" else row["arm"], f"`{row['strategy']}`", row["seeds"],
            f"{row['labels']:,}", f"{row['balanced_accuracy_mean']:.1f}", f"{row['balanced_accuracy_last']:.1f}",
            *_less_random(row), f"{row['rare_share_last']:.1f}", "GPU" if "NVIDIA" in row["device"] else "CPU",
        )
        for row in kept["rows"]
        if row["part"] not in FULL
    ]  # fmt: skip
    header = "what | arm | strategy | seeds | labels | balanced accuracy, mean | last | mean less random's"
    return table(f"{header} | last less random's | rare among the labels, % | on", rows)
