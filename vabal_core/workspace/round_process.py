"""Behind the verbs of rounds.py: the snapshot a round starts from, the learner's process, and what comes of it."""

import logging
import shutil
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from vabal_core import config as settings
from vabal_core.loop.files import SCRATCH, Job, Outcome, read_keys, read_outcome, write_job
from vabal_core.loop.process import Learner
from vabal_core.store import rounds as rows
from vabal_core.store.counts import state_counts
from vabal_core.store.images import learning_images
from vabal_core.store.labels import current_labels, prequential_classes
from vabal_core.store.round_events import append_event
from vabal_core.types import UNLABELLED, Event, OutOfSample, RankedImage, Round, RoundState, StudioError
from vabal_core.workspace.projects import classes
from vabal_core.workspace.round_watch import watch
from vabal_core.workspace.workspace import Workspace

SECONDS_BETWEEN_EVENTS = 0.5  # how often progress is stored
KEPT_ROUNDS = 5
MAX_MESSAGES = 20  # stored of a round: a folder that is gone would otherwise name every image of it

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """The project as a round sees it: row i of every field is image i."""

    files: tuple[str, ...]
    fingerprints: tuple[str, ...]
    keys: np.ndarray  # (N,) int64, image ids
    labels: np.ndarray  # (N,) int64, indices into class_ids, UNLABELLED where unknown
    evaluation: np.ndarray  # (N,) bool
    foretold: np.ndarray  # (N,) int64, likewise: what a round named before the label was given
    class_ids: tuple[int, ...]


def take_snapshot(ws: Workspace, project_id: int) -> Snapshot:
    images = learning_images(ws.engine, project_id)
    class_ids = tuple(known.id for known in classes(ws, project_id))
    index = {class_id: i for i, class_id in enumerate(class_ids)}
    ids = [image.image_id for image in images]

    def in_rows(known: Mapping[int, int]) -> np.ndarray:
        return np.array([index.get(known.get(image_id), UNLABELLED) for image_id in ids], np.int64)

    return Snapshot(
        files=tuple(image.file for image in images),
        fingerprints=tuple(image.fingerprint for image in images),
        keys=np.array(ids, np.int64),
        labels=in_rows(current_labels(ws.engine, project_id)),
        evaluation=np.array([image.split == "evaluation" for image in images], bool),
        foretold=in_rows(prequential_classes(ws.engine, project_id)),
        class_ids=class_ids,
    )


def begin(
    ws: Workspace, project_id: int, snapshot: Snapshot, config: settings.Config, wishes: Mapping[str, Any]
) -> tuple[Round, Learner]:
    """A new running round and the process that learns for it. `wishes`: strategy, preset, batch, seed."""
    trained = snapshot.labels[(snapshot.labels != UNLABELLED) & ~snapshot.evaluation]
    counts = np.bincount(trained, minlength=len(snapshot.class_ids))
    images = state_counts(ws.engine, project_id)
    metrics = {
        "labelled_counts": counts.tolist(),
        "label_share": (counts / counts.sum()).tolist(),
        "evaluation_set_aside": images["evaluation", "unsure"] + images["evaluation", "flagged"],
    }
    round_ = rows.start_round(
        ws.engine, project_id, **wishes, config=settings.to_json(config), class_ids=snapshot.class_ids,
        labelled=len(trained), metrics=metrics,
    )  # fmt: skip
    folder = round_folder(ws, round_)
    known = snapshot.files, snapshot.fingerprints, snapshot.keys, snapshot.labels, snapshot.evaluation
    wanted = len(snapshot.class_ids), wishes["strategy"], wishes["seed"], config, folder.parents[1] / "pixels"
    job = Job(*known, *wanted, snapshot.foretold)
    try:
        _forget_folders(folder.parent, round_.number)
        write_job(folder, job)
        return round_, Learner(folder)
    except OSError as error:
        end(ws, round_, "failed", f"The round could not be prepared: {error}.")
        raise StudioError(f"The round could not be prepared in {folder}: {error}.") from error


def _forget_folders(folder: Path, number: int) -> None:
    """Checkpoints and results (some 50 MB a round) are kept for the last KEPT_ROUNDS rounds; the database keeps all."""
    for old in folder.glob("*"):
        if old.name.isdecimal() and int(old.name) <= number - KEPT_ROUNDS:
            shutil.rmtree(old, ignore_errors=True)


def round_folder(ws: Workspace, round_: Round) -> Path:
    """Where the round's job, checkpoint and result are kept."""
    return ws.data_dir / "projects" / str(round_.project_id) / "rounds" / str(round_.number)


def drive(ws: Workspace, round_: Round, learner: Learner, lock: FileLock) -> Generator[Event, None, Round]:
    """Stores and yields the learner's events, then its result. Leaves no process and no "running" round behind."""
    threading.Thread(target=watch, args=(ws, round_, learner), daemon=True).start()
    ending: tuple[RoundState, str] = ("cancelled", "Stopped before it was done.")  # unless told otherwise below
    try:
        yield from _stored(ws, round_, learner.events())
        outcome = read_outcome(round_folder(ws, round_))
        found = _metrics(round_, outcome), _ranking(ws, round_, outcome), _held_out(ws, round_, outcome)
        rows.finish_round(ws.engine, round_.id, *found)
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


def _stored(ws: Workspace, round_: Round, events: Iterator[Event]) -> Iterator[Event]:
    """The same events; those that tell something are stored, the others twice a second."""
    stored, messages = 0.0, 0
    for event in events:
        messages += bool(event.message)
        tells = event.metrics or (event.message and messages <= MAX_MESSAGES)
        if tells or time.monotonic() - stored >= SECONDS_BETWEEN_EVENTS:
            append_event(ws.engine, round_.id, event)
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
    return next(known for known in rows.rounds(ws.engine, round_.project_id) if known.id == round_.id)


def _metrics(round_: Round, outcome: Outcome) -> dict[str, Any]:
    measured = {"confusion": outcome.confusion.tolist(), "ranked": len(outcome.rows)}
    predicted = np.bincount(outcome.predicted[outcome.rows], minlength=len(round_.class_ids))
    return {**round_.metrics, **outcome.facts, **measured, "predicted_counts": predicted.tolist()}


def _ranking(ws: Workspace, round_: Round, outcome: Outcome) -> Iterator[RankedImage]:
    keys = read_keys(round_folder(ws, round_))
    for rank, (row, score) in enumerate(zip(outcome.rows, outcome.scores, strict=True), start=1):
        yield RankedImage(
            int(keys[row]), rank, float(score), round_.class_ids[outcome.predicted[row]],
            float(outcome.probability[row]), tuple(outcome.log_likelihood[row].tolist()),
        )  # fmt: skip


def _held_out(ws: Workspace, round_: Round, outcome: Outcome) -> Iterator[OutOfSample]:
    keys = read_keys(round_folder(ws, round_))
    for row in np.flatnonzero(outcome.held_out != UNLABELLED):
        named = round_.class_ids[outcome.held_out[row]]
        yield OutOfSample(int(keys[row]), named, float(outcome.held_out_probability[row]))
