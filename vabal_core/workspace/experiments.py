"""Experiments of a project: start one, follow it, stop it, resume it, remove it. Each runs as a process of its own."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from vabal_core.experiment import background
from vabal_core.experiment.folders import read_plan
from vabal_core.experiment.kept_images import needed_parts
from vabal_core.experiment.results import Watch
from vabal_core.store.change_log import Action, log_change
from vabal_core.store.database import writing
from vabal_core.store.projects import project_by_id
from vabal_core.types import Actor, Busy, NotFound, Progress, Project, StudioError
from vabal_core.workspace.experiment_folder import (
    ExperimentState,
    ProjectExperiment,
    alone,
    experiment_folder,
    experiments_folder,
    folders_of,
    forget_stop,
    note_stop,
    read_experiment,
    read_request,
)
from vabal_core.workspace.experiment_images import remove_unneeded_images
from vabal_core.workspace.experiment_sizes import ExperimentSize
from vabal_core.workspace.experiment_sources import IMAGES, ExperimentSource
from vabal_core.workspace.new_experiment import new_experiment, require_space
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import list_projects
from vabal_core.workspace.round_task import FEATURES
from vabal_core.workspace.workspace import Workspace

PROCESSES = 1  # beside labelling
GIVE_WAY = True  # to everything else on this computer


@dataclass(frozen=True, kw_only=True)
class ExperimentProgress:
    """How far an experiment is, this moment.

    `event` is the last thing its process said; rounds count the first labels of each run as one. `failures`: (strategy,
    seed) -> why that run has failed, in words. `seconds_left` is None where there is nothing to go by yet;
    `processor_share` is how much of the processor time that it could have used it lately got.
    """

    state: ExperimentState
    message: str
    event: Progress
    runs_done: int
    runs: int
    rounds_done: int
    rounds: int
    failures: Mapping[tuple[str, int], str]
    seconds_left: float | None
    processor_share: float


def start_experiment(
    ws: Workspace,
    actor: Actor,
    project_id: int,
    source: ExperimentSource,
    *,
    strategies: Sequence[str],
    size: ExperimentSize,
    overrides: Mapping[str, Any] | None = None,
) -> int:
    """Begin an experiment in the background; returns its number in the project.

    `overrides` are settings of Config that differ from the quick preset's. ValueError for sizes or strategies that
    make no sense. StudioError, with nothing left behind, where there is too little to choose among, no room on the
    disk, or no project (NotFound); Busy where an experiment is under way on this computer.
    """
    require_right(actor, "learn")
    project = _project(ws, project_id)
    _check_size(source, size)
    with _starting(ws):
        require_space(ws)
        folder = new_experiment(ws, actor, project, source, tuple(strategies), size, overrides or {})
        number = int(folder.name)
        try:
            _log(ws, actor, project_id, "experiment started", number)
            _run(ws, folder)
        except StudioError:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(StudioError):  # what stopped it may have been the database
                _log(ws, actor, project_id, "experiment removed", number)
            raise
    return number


def list_experiments(ws: Workspace, project_id: int) -> list[ProjectExperiment]:
    """All experiments of a project as they stand, the newest first."""
    return [read_experiment(folder) for folder in folders_of(experiments_folder(ws, project_id))]


def experiment_progress(ws: Workspace, project_id: int, number: int) -> ExperimentProgress:
    """How far the experiment is. NotFound where it is gone."""
    folder = experiment_folder(ws, project_id, number)
    now, standing = read_experiment(folder), watch(folder).standing()
    failures = {(run.strategy, run.seed): why.strip().splitlines()[-1] for run, why in standing.failures.items()}
    left, event = standing.seconds_left if now.state == "running" else None, background.last_event(folder)
    return ExperimentProgress(
        state=now.state,
        message=now.message,
        event=event,
        runs_done=standing.runs_done,
        runs=standing.runs,
        rounds_done=standing.rounds_done,
        rounds=standing.rounds,
        failures=failures,
        seconds_left=None if left is None else left / PROCESSES,
        processor_share=event.metrics.get(background.SHARE, 1.0),
    )


def stop_experiment(ws: Workspace, actor: Actor, project_id: int, number: int) -> None:
    """Have it stop; the rounds that are finished stay, and it can be resumed. Harmless where it does not run."""
    require_right(actor, "learn")
    folder = experiment_folder(ws, project_id, number)
    if background.is_running(folder):
        _log(ws, actor, project_id, "experiment stopped", number)
        note_stop(folder, actor)
        background.stop(folder)


def resume_experiment(ws: Workspace, actor: Actor, project_id: int, number: int) -> None:
    """Go on where it was stopped, or has failed. Busy where an experiment is under way on this computer."""
    require_right(actor, "learn")
    folder = experiment_folder(ws, project_id, number)
    with _starting(ws):
        require_space(ws)
        _log(ws, actor, project_id, "experiment started", number)
        forget_stop(folder)
        _run(ws, folder)


def remove_experiment(ws: Workspace, actor: Actor, project_id: int, number: int) -> None:
    """Delete it with all that it has found out, and the images kept for it alone. Busy where it runs."""
    require_right(actor, "learn")
    with alone(ws):
        folder = experiment_folder(ws, project_id, number)
        if background.is_running(folder):
            raise Busy(f"Experiment {number} is under way: stop it first, then remove it.")
        gone, images = folder.with_name(f".removed-{folder.name}"), needed_parts(folder, IMAGES)
        shutil.rmtree(gone, ignore_errors=True)
        _log(ws, actor, project_id, "experiment removed", number)
        folder.rename(gone)  # from here on nobody finds half of it
        remove_unneeded_images(ws, among=images or ())
    shutil.rmtree(gone, ignore_errors=True)


def _log(ws: Workspace, actor: Actor, project_id: int, action: Action, number: int) -> None:
    """Before the files change, which no transaction of the database holds: a process that is killed in between leaves a
    line of what somebody asked for and has to ask for again, and never a change that no line tells of."""
    with writing(ws.engine) as transaction:
        log_change(transaction, actor, project_id, action, f"experiment {number}")


def running_experiment(ws: Workspace) -> tuple[str, int] | None:
    """The project's name and the number of the experiment that is under way on this computer, if any."""
    names = {str(project.id): project.name for project in list_projects(ws)}
    for folder in (ws.data_dir / "projects").glob("*/experiments"):
        for path in folders_of(folder):
            if background.is_running(path):
                return names.get(folder.parent.name, "a project that was deleted"), int(path.name)
    return None


def watch(folder: Path) -> Watch:
    """Reads an experiment's folder, and remembers what it has read of finished runs. StudioError where another version
    has planned it, with strategies or settings that this one does not know."""
    try:
        read_plan(folder)
    except ValueError as error:
        raise StudioError(
            f"Another version of the Studio has planned experiment {folder.name}: {error}. Start it anew, or remove it."
        ) from error
    return _watch(folder, read_request(folder).started_at)


@lru_cache(maxsize=32)
def _watch(folder: Path, _started_at: datetime) -> Watch:
    """By when it started, too: another experiment may have got the number of one that was removed."""
    return Watch(folder)


def _project(ws: Workspace, project_id: int) -> Project:
    project = project_by_id(ws.engine, project_id)
    if project is None or project.removed_at is not None:
        raise NotFound("This project is gone: somebody has deleted it. Choose another one.")
    return project


def _check_size(source: ExperimentSource, size: ExperimentSize) -> None:
    if size.labels > source.pool:
        raise StudioError(
            f"{size.initial:,} labels and {size.rounds:,} rounds of {size.batch:,} more are {size.labels:,}, and "
            f"{source.name} has {source.pool:,} images to choose among: make them fewer."
        )


@contextmanager
def _starting(ws: Workspace) -> Iterator[None]:
    """One start at a time, and none while an experiment is under way: it would take the processor from it, and from
    whoever labels."""
    with alone(ws):
        if running := running_experiment(ws):
            name, number = running
            raise Busy(
                f"Experiment {number} of {name} is under way. Wait until it is done or stop it: two at once would "
                "take the processor from whoever labels."
            )
        yield


def _run(ws: Workspace, folder: Path) -> None:
    background.start(folder, ws.data_dir / FEATURES, ws.data_dir / IMAGES, PROCESSES, give_way=GIVE_WAY)
