"""Projects whose labels can be replayed: their images are not there, but what a network reads of them is."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from experiments import COLUMNS, QUICK
from long_work import result_of
from workspaces import ANN, Filled, filled, label

from vabal_core import workspace
from vabal_core.config import preset
from vabal_core.experiment import background
from vabal_core.experiment.folders import Folders
from vabal_core.experiment.simulate import simulate
from vabal_core.experiment.work import work
from vabal_core.images.feature_store import append
from vabal_core.loop.files import feature_folder
from vabal_core.types import Project
from vabal_core.workspace.features import reading_overrides
from vabal_core.workspace.round_task import FEATURES

SIZE = workspace.ExperimentSize(initial=6, batch=5, rounds=2, repetitions=2)
PATTERN = (0, 0, 1, 0, 1, 0, 0, 1, 0, 2)  # classes of ten images: six common, three less so, one rare


def replayable(folder: Path, *, labels: int = 60, evaluation: int = 0) -> Filled:
    """A project of 80 images, `labels` of them labelled, and as many for evaluation, all labelled."""
    project = filled(folder / "data", pool=80, evaluation=evaluation)
    classes = [project.class_ids[PATTERN[i % 10]] for i in range(80 + evaluation)]
    given = [*project.pool[:labels], *project.evaluation]
    project.record(*(label(image, class_id) for image, class_id in zip(given, classes, strict=False)))
    return project


def read_all(project: Filled, side: int = 0) -> None:
    """As if a network had read all images of the project, at the side its settings say."""
    of = project_of(project)
    config = preset("interactive", **reading_overrides(project.ws, of, "interactive"))
    prints = [f"{i:064x}" for i in range(len(project.pool) + len(project.evaluation))]
    truth = np.array([PATTERN[i % 10] for i in range(len(prints))])
    rng = np.random.default_rng(0)
    features = rng.normal(size=(len(prints), COLUMNS)) + 0.2 * rng.normal(size=(3, COLUMNS))[truth]
    append(feature_folder(project.ws.data_dir / FEATURES, config), prints, features)


def project_of(project: Filled) -> Project:
    return workspace.find_project(project.ws, "Steel")


def start(project: Filled, strategies: Sequence[str] = ("random", "margin"), **more: object) -> int:
    source = workspace.label_source(project.ws, project_of(project))
    options = {"size": SIZE, "overrides": QUICK, **more}
    return workspace.start_experiment(project.ws, ANN, project.project_id, source, strategies=strategies, **options)


def play_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Experiments are over when they have been started: they are played in the process of the test."""

    def play(out: Path, features: Path, images: Path, processes: int, *, give_way: bool) -> None:
        places = Folders(out=out, features=features, images=images)
        result_of(simulate(places, lambda places, _processes: work(places), processes))

    monkeypatch.setattr(background, "start", play)
