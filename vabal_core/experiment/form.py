"""In which form experiments were run: sizes, seeds, settings, versions, machine and time, read from their rows."""

import json
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from vabal_core.experiment.markdown import ABSENT, code

MAX_LISTED = 4  # different values that are listed; of more, their number is said
SETTINGS = {"learning": "learning", "network": "backbone", "side of the images, pixels": "image_size"}


def form_rows(results: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of a table with a column a source; what no row of the results says has no row here."""
    by_source = {str(source): rows for source, rows in results.groupby("source", sort=False)}
    parts = {
        "strategies": lambda rows: ", ".join(map(code, rows["strategy"].unique())),
        "seeds": _seeds,
        "classes": lambda rows: _listed(rows["recalls"].map(len)) if "recalls" in rows else ABSENT,
        "images to choose from": lambda rows: _listed(rows.get("pool_images", ())),
        "test images": lambda rows: _listed(rows.get("test_images", ())),
        "first labels": lambda rows: _listed(rows.loc[rows["round"] == 0, "labels"]),
        "labels a round": _batch,
        "rounds": lambda rows: str(rows["round"].max()),
        "preset": lambda rows: _listed(rows.get("preset", ())),
        **{words: partial(_setting, name=name) for words, name in SETTINGS.items()},
        "device": lambda rows: _listed(rows.get("device", ())),
        "versions": lambda rows: _listed(_mappings(rows, "versions").map(_versions)),
        "seconds a round": _seconds,
    }
    lines = [[name, *(words(rows) for rows in by_source.values())] for name, words in parts.items()]
    return ["", *map(code, by_source)], [line for line in lines if set(line[1:]) - {ABSENT}]


def _seeds(rows: pd.DataFrame) -> str:
    seeds = np.sort(rows["seed"].unique())
    if len(seeds) > 2 and seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"{seeds[0]} to {seeds[-1]}"
    return _listed(seeds)


def _batch(rows: pd.DataFrame) -> str:
    steps = rows.sort_values("round").groupby(["strategy", "seed"])["labels"].diff().dropna()
    return _listed(steps.astype(int))


def _setting(rows: pd.DataFrame, name: str) -> str:
    return _listed(_mappings(rows, "config").map(lambda config: config.get(name)))


def _mappings(rows: pd.DataFrame, column: str) -> pd.Series:
    """The different values of a column that holds mappings as JSON."""
    return pd.Series(rows[column].dropna().unique() if column in rows else (), dtype=object).map(json.loads)


def _versions(versions: dict[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))


def _listed(values: Any) -> str:
    texts = list(dict.fromkeys(str(value) for value in values if not pd.isna(value)))
    if len(texts) > MAX_LISTED:
        return f"{len(texts)} different: {', '.join(texts[:MAX_LISTED])} ..."
    return ", ".join(texts) or ABSENT


def _seconds(rows: pd.DataFrame) -> str:
    """Mean and longest time of a round: to learn, and to choose the next labels."""
    if not {"seconds_fit", "seconds_query"} <= set(rows):
        return ABSENT
    seconds = rows["seconds_fit"] + rows["seconds_query"]
    return f"{seconds.mean():.2f}, at most {seconds.max():.2f}"
