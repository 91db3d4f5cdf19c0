"""A new experiment of a project, written but not begun: its folder, its images, its plan, and what was asked for."""

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vabal_core.experiment.folders import write_plan
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.source_list import write_list
from vabal_core.store.classes import class_table
from vabal_core.store.labelled_set import ExportRow
from vabal_core.store.labels import IMPORTED
from vabal_core.types import Actor, Project, StudioError
from vabal_core.workspace.experiment_folder import ExperimentRequest, experiments_folder, folders_of, write_request
from vabal_core.workspace.experiment_sizes import PRESET, ExperimentSize
from vabal_core.workspace.experiment_sources import ExperimentSource, labelled_images_of
from vabal_core.workspace.export import export_rows
from vabal_core.workspace.features import reading_overrides
from vabal_core.workspace.images import image_totals
from vabal_core.workspace.labelling import counts
from vabal_core.workspace.learning_curves import rare_class_ids
from vabal_core.workspace.workspace import Workspace

MIN_FREE_BYTES = 200 * 2**20
MAX_FILE_NAME = 60  # characters


def new_experiment(
    ws: Workspace,
    actor: Actor,
    project: Project,
    source: ExperimentSource,
    strategies: tuple[str, ...],
    size: ExperimentSize,
    overrides: Mapping[str, Any],
) -> Path:
    """Its folder; nothing is left behind where it cannot be written. Errors as `start_experiment` has them."""
    root = experiments_folder(ws, project.id)
    newest = folders_of(root)
    folder = root / str(int(newest[0].name) + 1 if newest else 1)
    try:
        shutil.rmtree(folder, ignore_errors=True)  # of a start that was killed before anything ran
        folder.mkdir(parents=True)
        request = _request(ws, project, actor, source, strategies, size)
        _write_plan(ws, project, folder, source, request, overrides)
        write_request(folder, request)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StudioError(
            f"The experiment cannot be written in {ws.data_dir}: {error.strerror or error}. Check rights and space."
        ) from error
    except (StudioError, ValueError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def require_space(ws: Workspace) -> None:
    """StudioError where the disk is about to be full."""
    free = shutil.disk_usage(ws.data_dir).free
    if free < MIN_FREE_BYTES:
        raise StudioError(
            f"An experiment needs {MIN_FREE_BYTES >> 20} MB on the disk of {ws.data_dir}, and {free >> 20} MB are "
            "free: make room, or remove older experiments."
        )


def _write_plan(
    ws: Workspace,
    project: Project,
    folder: Path,
    source: ExperimentSource,
    request: ExperimentRequest,
    overrides: Mapping[str, Any],
) -> None:
    spec, size = source.spec, request.size
    images = labelled_images_of(ws, project.id) if source.kind == "labels" else source.images
    if images is not None:
        _require_files(source)
        spec = str(folder / f"{_file_name(source.name)}.json")
        write_list(Path(spec), images)
    # Read as the project's rounds read them, whatever side was chosen there: so no image is read twice.
    reading = reading_overrides(ws, project, PRESET) if source.kind == "labels" else {}
    experiment = Experiment(
        source=spec,
        strategies=request.strategies,
        seeds=tuple(range(size.repetitions)),
        initial=size.initial,
        batch=size.batch,
        rounds=size.rounds,
        preset=PRESET,
        overrides={**reading, **overrides},
    )
    write_plan(folder, experiment)


def _require_files(source: ExperimentSource) -> None:
    """What was looked through may have gone since: an archive is unpacked anew when it is looked through again."""
    if source.images is not None and not Path(source.images.files[0]).exists():
        raise StudioError(
            f"The images of {source.name} are not where they were when you looked through it: look through it again."
        )


def _file_name(name: str) -> str:
    """Of the list of a source's images: in tables and figures the source is called as that file."""
    letters = "".join(letter if letter.isalnum() or letter in " -_()," else "_" for letter in name[:MAX_FILE_NAME])
    return letters.strip() or "labels"


def _request(
    ws: Workspace,
    project: Project,
    actor: Actor,
    source: ExperimentSource,
    strategies: tuple[str, ...],
    size: ExperimentSize,
) -> ExperimentRequest:
    request = ExperimentRequest(
        kind=source.kind,
        source=source.name,
        class_counts=dict(source.class_counts),
        test=source.test,
        strategies=strategies,
        size=size,
        person=actor.name,
        started_at=datetime.now(UTC),
    )
    if source.kind != "labels":
        return request
    chosen_by = Counter(_chosen_by(row) for row in export_rows(ws, project.id) if row.split == "pool")
    table = class_table(ws.engine, project.id)
    rare = rare_class_ids(project.settings["rare_class_ids"], table, counts(ws, project.id))
    return replace(
        request,
        chosen_by=dict(chosen_by),
        pool=image_totals(ws, project.id)["pool"],
        rare=tuple(defect_class.name for defect_class in table.current if defect_class.id in rare),
    )


def _chosen_by(row: ExportRow) -> str:
    return IMPORTED if row.annotator == IMPORTED else row.strategy or ""
