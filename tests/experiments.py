"""A tiny experiment whose features are there already: no image is read, so that a run takes a tenth of a second."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from long_work import result_of

from vabal_core.config import interactive
from vabal_core.experiment.folders import Folders, write_plan
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.source import Source
from vabal_core.experiment.source_list import write_list
from vabal_core.experiment.work import work
from vabal_core.images.feature_store import append
from vabal_core.loop.files import feature_folder

COUNTS = (40, 24, 8)  # images of each class
COLUMNS = 1776  # of a row of lite0's features
QUICK = {"vae_least_steps": 4, "vae_warm_steps": 2, "draws": 4, "coarse_draws": 0}


def write_source(folder: Path, *, stated: bool = True) -> Path:
    """A list of images that are not there, with their features in `folder`/features; every fourth is for testing."""
    truth = np.repeat(np.arange(len(COUNTS)), COUNTS)
    rng = np.random.default_rng(0)
    features = rng.normal(size=(len(truth), COLUMNS)) + 0.15 * rng.normal(size=(len(COUNTS), COLUMNS))[truth]
    fingerprints = tuple(f"{row:064x}" for row in range(1, len(truth) + 1))
    source = Source(
        name="clusters",
        files=tuple(f"{row}.png" for row in range(len(truth))),
        fingerprints=fingerprints,
        truth=truth,
        test=np.arange(len(truth)) % 4 == 0 if stated else None,
        class_names=("common", "less", "rare"),
    )
    folder.mkdir(parents=True, exist_ok=True)
    append(feature_folder(folder / "features", interactive(mirrors=True)), fingerprints, features)
    write_list(folder / "clusters.json", source)
    return folder / "clusters.json"


def experiment(source: Path, **changes: Any) -> Experiment:
    usual = Experiment(
        source=str(source), strategies=("margin", "random"), seeds=(0, 1), initial=6, batch=5, rounds=2, overrides=QUICK
    )
    return replace(usual, **changes)


def folders(source: Path, out: Path) -> Folders:
    return Folders(out=out, features=source.parent / "features", images=source.parent / "unpacked")


def play(source: Path, out: Path, **changes: Any) -> Folders:
    """Plays the experiment in this process."""
    write_plan(out, experiment(source, **changes))
    places = folders(source, out)
    result_of(work(places))
    return places


def without_clock(rows: pd.DataFrame) -> pd.DataFrame:
    """What depends neither on how quick the machine is nor on how many of its cores a process has."""
    others = ("device", "planned_runs")  # the latter is of the whole plan
    return rows[[name for name in rows if name not in others and not name.startswith("seconds")]]
