"""Which runs of a table of results are at their end."""

import pandas as pd

RUN = ["source", "strategy", "seed"]


def planned_rounds(rows: pd.DataFrame) -> pd.Series:
    """Of each row, how many rounds its run has after the first labels: as planned, or where a table does not say, as
    many as the longest run on its source."""
    if "planned_rounds" in rows and rows["planned_rounds"].notna().all():
        return rows["planned_rounds"]
    return rows.groupby("source")["round"].transform("max")


def planned_runs(rows: pd.DataFrame) -> int:
    """How many runs the experiments of a table have; where it does not say, those that stand in it."""
    if "planned_runs" in rows and len(rows) and rows["planned_runs"].notna().all():
        return int(rows.groupby("source")["planned_runs"].max().sum())
    return len(rows.drop_duplicates(RUN))


def complete_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of runs that have every round that was planned, one after the first labels at least."""
    planned = planned_rounds(rows)
    return rows[(planned > 0) & (rows.groupby(RUN)["round"].transform("size") == planned + 1)]
