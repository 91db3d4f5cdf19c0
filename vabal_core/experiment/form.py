"""In which form experiments were run: sizes, seeds, settings, versions, machine and time, read from their rows."""

import json
from typing import Any

import numpy as np
import pandas as pd

from vabal_core.experiment.markdown import ABSENT, code

MAX_LISTED = 4  # different values of a setting that are listed; of more, their number is said


def form_rows(results: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of a table with a column a source."""
    by_source = {str(source): rows for source, rows in results.groupby("source", sort=False)}
    parts = {
        "strategies": lambda rows: ", ".join(map(code, rows["strategy"].unique())),
        "seeds": _seeds,
        "first labels": lambda rows: _listed(rows.loc[rows["round"] == 0, "labels"]),
        "labels a round": _batch,
        "rounds": lambda rows: str(rows["round"].max()),
        "preset": lambda rows: _listed(_setting(rows, "preset")),
        "device": lambda rows: _listed(_setting(rows, "device")),
        "versions": lambda rows: _listed(rows["versions"].map(_versions)) if "versions" in rows else ABSENT,
        "seconds a round": _seconds,
    }
    lines = [[name, *(words(rows) for rows in by_source.values())] for name, words in parts.items()]
    return ["", *map(code, by_source)], lines


def _seeds(rows: pd.DataFrame) -> str:
    seeds = np.sort(rows["seed"].unique())
    if len(seeds) > 2 and seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"{seeds[0]} to {seeds[-1]}"
    return _listed(pd.Series(seeds))


def _batch(rows: pd.DataFrame) -> str:
    steps = rows.sort_values("round").groupby(["strategy", "seed"])["labels"].diff().dropna()
    return _listed(steps.astype(int))


def _setting(rows: pd.DataFrame, name: str) -> pd.Series:
    """A column of that name, or that value of the settings in the column `config`."""
    if name in rows:
        return rows[name]
    if "config" not in rows:
        return pd.Series(dtype=object)
    return rows["config"].map(lambda config: _mapping(config).get(name))


def _versions(versions: Any) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(_mapping(versions).items())) or str(versions)


def _mapping(value: Any) -> dict[str, Any]:
    """Settings as they stand in a row: a mapping, or JSON of one."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            return {}
    return value if isinstance(value, dict) else {}


def _listed(values: pd.Series) -> str:
    texts = list(dict.fromkeys(str(value) for value in values.dropna()))
    if len(texts) > MAX_LISTED:
        return f"{len(texts)} different: {', '.join(texts[:MAX_LISTED])} ..."
    return ", ".join(texts) or ABSENT


def _seconds(rows: pd.DataFrame) -> str:
    """Mean and longest time of a round, over all that was timed."""
    columns = [column for column in rows if str(column).startswith("seconds_")]
    seconds = rows[columns].sum(axis=1) if columns else rows.get("seconds", pd.Series(dtype=float)).map(_total)
    seconds = seconds[seconds > 0]
    return f"{seconds.mean():.2f}, at most {seconds.max():.2f}" if len(seconds) else ABSENT


def _total(seconds: Any) -> float:
    phases = _mapping(seconds)
    return float(sum(value for value in phases.values() if value)) if phases else float(np.nan)
