"""The tables of an experiment's report: paired differences with all that tells whether they are luck."""

from typing import Any

import pandas as pd

from vabal_core.workspace import in_points, p_value, points_interval


def difference_table(comparisons: pd.DataFrame) -> pd.DataFrame:
    """A row a strategy, the highest first, as text. comparisons: rows of one scope of a Summary's."""
    rows = comparisons.sort_values("difference", ascending=False, kind="stable")
    return pd.DataFrame([_row(row) for row in rows.itertuples()])


def _row(row: Any) -> dict[str, str]:
    return {
        "Strategy": row.strategy,
        "Compared with": row.other,
        "Difference, points": in_points(row.difference, signed=True),
        "95 % interval": points_interval(row.low, row.high, signed=True),
        "p": p_value(row.p),
        "Holm": p_value(row.p_holm),
        "Wilcoxon": p_value(row.p_wilcoxon),
        "Pairs": f"{row.pairs:,}",
        "What it tells": row.verdict,
    }
