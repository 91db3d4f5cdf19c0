"""Runs that were made elsewhere or before and stand in a committed table, beside those of a folder that goes on."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd


def beside_committed(rows: pd.DataFrame, table: Path, run: Sequence[str]) -> pd.DataFrame:
    """`rows`, and those of `table` (a parquet file, or none yet): each run, named by the columns `run`, is that which
    came furthest; of two that came as far, the committed one."""
    if not table.exists():
        return rows
    both = pd.concat([pd.read_parquet(table), rows], keys=["committed", "folder"], names=["made"], ignore_index=False)
    both = both.reset_index("made").reset_index(drop=True)
    lengths = both.groupby(["made", *run], sort=False)["round"].transform("size")
    furthest = lengths.groupby([both[name] for name in run]).transform("max")
    both = both[lengths == furthest]
    first = both.groupby(list(run), sort=False)["made"].transform("first")
    return both[both["made"] == first].drop(columns="made").reset_index(drop=True)
