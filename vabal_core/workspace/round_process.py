"""Behind the verbs of rounds.py: the task a round starts from, the learner's process, and what comes of it."""

import logging
import shutil
import threading
import time
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from vabal_core import config as settings
from vabal_core.loop.files import SCRATCH, read_images, read_result, read_task, remove_unused_tables, write_task
from vabal_core.loop.process import Learner
from vabal_core.loop.report import to_json
from vabal_core.loop.task import RoundResult, RoundTask, why_no_round
from vabal_core.store import rounds as rows
from vabal_core.store.change_log import log_change
from vabal_core.store.counts import state_counts
from vabal_core.store.database import writing
from vabal_core.store.label_issues import LabelIssue
from vabal_core.store.round_events import append_event
from vabal_core.types import (
    UNLABELLED,
    Actor,
    OutOfSample,
    Progress,
    RankedImage,
    Reasons,
    Round,
    RoundState,
    StudioError,
)
from vabal_core.workspace.presence import labelling_here
from vabal_core.workspace.projects import classes
from vabal_core.workspace.round_driver import driver_name
from vabal_core.workspace.round_groups import Trigger
from vabal_core.workspace.round_task import image_files, images_to_learn, labelled_anew, round_task
from vabal_core.workspace.round_watch import watch
from vabal_core.workspace.workspace import Workspace

SECONDS_BETWEEN_EVENTS = 0.5  # how often progress is stored
KEPT_ROUNDS = 5
PROBABILITY_DIGITS = 4  # of a runner-up: it is shown in whole percents
MAX_MESSAGES = 20  # stored of a round: a folder that is gone would otherwise name every image of it

_log = logging.getLogger(__name__)


def begin(
    ws: Workspace,
    actor: Actor,
    project_id: int,
    *,
    strategy: str,
    preset: str,
    batch: int,
    seed: int,
    config: settings.Config,
    trigger: Trigger,
) -> tuple[Round, Learner]:
    """A new running round, started by `actor` at `trigger`, and the process that learns for it."""
    images, changed = images_to_learn(ws, project_id)
    task = round_task(ws, project_id, images, strategy=strategy, batch=batch, seed=seed, config=config)
    learned = _learned_from(ws, project_id, task)
    learned["metrics"] |= {"trigger": trigger, "changed_images": changed}
    with writing(ws.engine) as transaction:
        round_ = rows.start_round(
            transaction, project_id, strategy=strategy, preset=preset, batch=batch, seed=seed,
            config=settings.to_json(config), driver=driver_name(ws), **learned,
        )  # fmt: skip
        log_change(transaction, actor, project_id, "round started", f"round {round_.number}", new=strategy)
    folder = round_folder(ws, round_)
    try:
        _forget_folders(folder.parent, round_.number)
        write_task(folder, task, image_files(ws, project_id, images))
        remove_unused_tables(folder.parent)
        reuse = config.learning == "frozen"  # seconds of work, most of a new process's for imports
        return round_, Learner(folder, reuse=reuse, goes_last=labelling_here(ws))
    except OSError as error:
        end(ws, round_, "failed", f"The round could not be prepared: {error}.")
        raise StudioError(f"The round could not be prepared in {folder}: {error}.") from error


def _learned_from(ws: Workspace, project_id: int, task: RoundTask) -> dict[str, Any]:
    """What the round's row says of the labels in `task`."""
    counts = _label_counts(task)
    states = state_counts(ws.engine, project_id)
    metrics = {
        "labelled_counts": counts.tolist(),
        "label_share": (counts / counts.sum()).tolist(),
        "evaluation_set_aside": states["evaluation", "unsure"] + states["evaluation", "flagged"],
    }
    class_ids = [defect_class.id for defect_class in classes(ws, project_id)]
    return {"class_ids": class_ids, "labelled": int(counts.sum()), "metrics": metrics}


def _label_counts(task: RoundTask) -> np.ndarray:
    """Labels to learn from by class, (C,)."""
    labelled = (task.labels != UNLABELLED) & ~task.evaluation
    return np.bincount(task.labels[labelled], minlength=task.class_count)


def _take_labels(ws: Workspace, round_: Round) -> None:
    """Has the round learn from the labels of now: while its images were read, some came, and others were taken back.
    StudioError, in words, where no round can be made of them."""
    folder = round_folder(ws, round_)
    task = labelled_anew(ws, round_.project_id, read_task(folder))
    unlabelled = int(((task.labels == UNLABELLED) & ~task.evaluation).sum())
    if reason := why_no_round(_label_counts(task).tolist(), unlabelled):
        raise StudioError(reason)
    learned = _learned_from(ws, round_.project_id, task)
    learned["metrics"] = {**round_.metrics, **learned["metrics"]}
    write_task(folder, task, read_images(folder))
    rows.replace_labels(ws.engine, round_.id, **learned)


def _forget_folders(folder: Path, number: int) -> None:
    """Checkpoints and results (some 50 MB a round) are kept for the last KEPT_ROUNDS rounds; the database keeps all."""
    for old in folder.glob("*"):
        if old.name.isdecimal() and int(old.name) <= number - KEPT_ROUNDS:
            shutil.rmtree(old, ignore_errors=True)


def round_folder(ws: Workspace, round_: Round) -> Path:
    """Where the round's task, checkpoint and result are kept."""
    return ws.data_dir / "projects" / str(round_.project_id) / "rounds" / str(round_.number)


def drive(ws: Workspace, round_: Round, learner: Learner, lock: FileLock) -> Generator[Progress, None, Round]:
    """Stores and yields the learner's events, then its result. Leaves no process and no "running" round behind."""
    threading.Thread(target=watch, args=(ws, round_, learner), daemon=True).start()
    ending: tuple[RoundState, str] = ("cancelled", "Stopped before it was done.")  # unless told otherwise below
    try:
        yield from _stored(ws, round_, learner.events(partial(_take_labels, ws, round_)))
        _finish(ws, _reload(ws, round_))
    except (StudioError, OSError, ValueError) as error:
        ending = "failed", f"{error}"
    except Exception as error:
        ending = "failed", f"Unexpected {type(error).__name__}: {error}"
        _log.exception("round %s of project %s", round_.number, round_.project_id)
    finally:
        learner.close()
        clear_scratch(ws, round_.project_id)
        try:
            end(ws, round_, *ending)
        finally:
            lock.release()
    return _reload(ws, round_)


def _stored(ws: Workspace, round_: Round, events: Iterator[Progress]) -> Iterator[Progress]:
    """The same events; those that tell something are stored, the others twice a second."""
    stored, messages = 0.0, 0
    for event in events:
        messages += bool(event.message)
        tells = event.metrics or (event.message and messages <= MAX_MESSAGES)
        if tells or time.monotonic() - stored >= SECONDS_BETWEEN_EVENTS:
            with rows.while_running(ws.engine, round_.id) as transaction:
                append_event(transaction, round_.id, event)
            stored = time.monotonic()
        yield event


def clear_scratch(ws: Workspace, project_id: int) -> None:
    """Remove what learners have left that were killed. For whoever holds the project's lock: no learner works then."""
    folder = ws.data_dir / "projects" / str(project_id)
    # "features-" beside the pixels: where they lay up to the version before this one.
    for scratch in (*folder.glob(f"rounds/*/{SCRATCH}*"), *folder.glob("pixels/features-*")):
        shutil.rmtree(scratch, ignore_errors=True)


def drive_quietly(ws: Workspace, round_: Round, learner: Learner, lock: FileLock) -> None:
    """For a thread. Where even the end cannot be written (a full disk), the round reads "interrupted" from the next
    look on, since nobody holds its lock any more.
    """
    try:
        for _ in drive(ws, round_, learner, lock):
            pass
    except StudioError:
        _log.exception("the end of round %s of project %s", round_.number, round_.project_id)


def driver_lock(ws: Workspace, project_id: int) -> FileLock:
    """Held by whoever drives a round of the project, and let go by the system when that process dies."""
    folder = ws.data_dir / "projects" / str(project_id)
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / "round.lock", thread_local=False)  # taken by one thread, given back by another


def end(ws: Workspace, round_: Round, state: RoundState, message: str) -> None:
    """Ends the round unless it has ended already (done, or cancelled by a person)."""
    if _reload(ws, round_).state == "running":
        try:
            rows.end_round(ws.engine, round_.id, state, message)
        except StudioError:
            if _reload(ws, round_).state == "running":  # it did not just end in between
                raise


def _reload(ws: Workspace, round_: Round) -> Round:
    return rows.round_by_id(ws.engine, round_.id)


def _finish(ws: Workspace, round_: Round) -> None:
    """Stores what the learner left."""
    folder = round_folder(ws, round_)
    task, result = read_task(folder), read_result(folder)
    metrics = {**round_.metrics, **to_json(result.report)}
    ranking, predictions = _ranking(round_, task.keys, result), _out_of_sample(round_, task.keys, result)
    rows.finish_round(ws.engine, round_.id, metrics, ranking, predictions, _label_issues(round_, task, result))


def _ranking(round_: Round, keys: np.ndarray, result: RoundResult) -> Iterator[RankedImage]:
    for rank, (row, score) in enumerate(zip(result.ranking.rows, result.ranking.scores, strict=True), start=1):
        yield RankedImage(
            image_id=int(keys[row]),
            rank=rank,
            score=float(score),
            predicted_class_id=round_.class_ids[result.predicted[row]],
            probability=float(result.probability[row]),
            reasons=_reasons(result, row),
        )


def _reasons(result: RoundResult, row: int) -> Reasons:
    by_class = {"log_likelihood": result.log_likelihood, "draw_counts": result.draw_counts}
    return Reasons(
        next_likely=tuple(
            (int(n), round(float(probability), PROBABILITY_DIGITS))
            for n, probability in zip(result.next_classes[row], result.next_probabilities[row], strict=True)
        )
        if result.next_classes is not None
        else (),
        **{name: tuple(values[row].tolist()) for name, values in by_class.items() if values is not None},
    )


def _out_of_sample(round_: Round, keys: np.ndarray, result: RoundResult) -> Iterator[OutOfSample]:
    predictions = result.out_of_sample
    for row in np.flatnonzero(predictions.predicted != UNLABELLED):
        yield OutOfSample(
            image_id=int(keys[row]),
            predicted_class_id=round_.class_ids[predictions.predicted[row]],
            probability=float(predictions.probability[row]),
        )


def _label_issues(round_: Round, task: RoundTask, result: RoundResult) -> Iterator[LabelIssue]:
    predictions = result.out_of_sample
    if result.label_issues is None or predictions.probabilities is None:
        return
    for row in result.label_issues:
        yield LabelIssue(
            image_id=int(task.keys[row]),
            class_id=round_.class_ids[task.labels[row]],
            label_probability=float(predictions.probabilities[row, task.labels[row]]),
            predicted_class_id=round_.class_ids[predictions.predicted[row]],
            probability=float(predictions.probability[row]),
        )
