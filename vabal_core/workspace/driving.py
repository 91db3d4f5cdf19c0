"""Behind the verbs of rounds.py: the snapshot a round starts from, the learner's process, and what comes of it."""

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from vabal_core import config as settings
from vabal_core.loop.job import Job, Outcome, read_keys, read_outcome, why_no_round, write_job
from vabal_core.loop.worker import Learner
from vabal_core.store import rounds as rows
from vabal_core.store.images import learning_images
from vabal_core.store.labels import current_labels
from vabal_core.types import UNLABELLED, Event, RankedImage, Round, RoundState, StudioError
from vabal_core.workspace.opening import Workspace
from vabal_core.workspace.projects import classes

SECONDS_BETWEEN_EVENTS = 0.5  # how often progress is stored, and a cancel noticed

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """The project as a round sees it: row i of every field is image i."""

    files: tuple[str, ...]
    keys: np.ndarray  # (N,) int64, image ids
    labels: np.ndarray  # (N,) int64, indices into class_ids, UNLABELLED where unknown
    evaluation: np.ndarray  # (N,) bool
    class_ids: tuple[int, ...]

    def why_no_round(self) -> str:
        return why_no_round(self.labels, self.evaluation, len(self.class_ids))


def take_snapshot(ws: Workspace, project_id: int) -> Snapshot:
    images = learning_images(ws.engine, project_id)
    class_ids = tuple(known.id for known in classes(ws, project_id))
    index = {class_id: i for i, class_id in enumerate(class_ids)}
    current = current_labels(ws.engine, project_id)
    return Snapshot(
        files=tuple(image.file for image in images),
        keys=np.array([image.image_id for image in images], np.int64),
        labels=np.array([index.get(current.get(image.image_id), UNLABELLED) for image in images], np.int64),
        evaluation=np.array([image.split == "evaluation" for image in images], bool),
        class_ids=class_ids,
    )


def begin(
    ws: Workspace, project_id: int, snapshot: Snapshot, config: settings.Config, wishes: Mapping[str, Any]
) -> tuple[Round, Learner]:
    """A new running round and the process that learns for it. `wishes`: strategy, preset, batch, seed."""
    trained = snapshot.labels[(snapshot.labels != UNLABELLED) & ~snapshot.evaluation]
    counts = np.bincount(trained, minlength=len(snapshot.class_ids))
    metrics = {
        "labelled_counts": counts.tolist(),
        "label_share": (counts / counts.sum()).tolist(),
        "process": _this_process(),
    }
    round_ = rows.start_round(
        ws.engine, project_id, **wishes, config=settings.to_json(config), class_ids=snapshot.class_ids,
        labelled=len(trained), metrics=metrics,
    )  # fmt: skip
    folder = round_folder(ws, round_)
    arrays = snapshot.files, snapshot.keys, snapshot.labels, snapshot.evaluation, len(snapshot.class_ids)
    try:
        write_job(folder, Job(*arrays, wishes["strategy"], wishes["seed"], config, folder.parents[1] / "pixels"))
        return round_, Learner(folder)
    except OSError as error:
        end(ws, round_, "failed", f"The round could not be prepared: {error}.")
        raise StudioError(f"The round could not be prepared in {folder}: {error}.") from error


def round_folder(ws: Workspace, round_: Round) -> Path:
    """Where the round's job, checkpoint and result are kept."""
    return ws.data_dir / "projects" / str(round_.project_id) / "rounds" / str(round_.number)


def drive(ws: Workspace, round_: Round, learner: Learner) -> Generator[Event, None, Round]:
    """Stores and yields the learner's events, then its result. Leaves no process and no "running" round behind."""
    threading.Thread(target=_kill_when_ended, args=(ws, round_, learner), daemon=True).start()
    stored = 0.0
    try:
        for event in learner.events():
            now = time.monotonic()
            if event.metrics or event.message or now - stored >= SECONDS_BETWEEN_EVENTS:
                rows.append_event(ws.engine, round_.id, event)
                stored = now
            yield event
        outcome = read_outcome(round_folder(ws, round_))
        rows.finish_round(ws.engine, round_.id, _metrics(round_, outcome), _ranking(ws, round_, outcome))
    except (StudioError, OSError, ValueError) as error:
        end(ws, round_, "failed", f"{error}")
    finally:
        learner.close()
        end(ws, round_, "cancelled", "Stopped before it was done.")
    return _reload(ws, round_)


def _kill_when_ended(ws: Workspace, round_: Round, learner: Learner) -> None:
    """The one way a cancel takes effect: it ends the round in the database; this thread sees that, whoever did it."""
    while learner.is_running():
        time.sleep(SECONDS_BETWEEN_EVENTS)
        if _reload(ws, round_).state != "running":
            learner.kill()


def drive_quietly(ws: Workspace, round_: Round, learner: Learner) -> None:
    """For a thread: whatever goes wrong ends the round in words, since nobody would see the exception."""
    try:
        for _ in drive(ws, round_, learner):
            pass
    except Exception as error:
        _log.exception("round %s of project %s", round_.number, round_.project_id)
        end(ws, round_, "failed", f"Unexpected {type(error).__name__}: {error}")


def end(ws: Workspace, round_: Round, state: RoundState, message: str) -> None:
    """Ends the round unless it has ended already (done, or cancelled by a person)."""
    if _reload(ws, round_).state == "running":
        with contextlib.suppress(StudioError):  # it ended in between
            rows.end_round(ws.engine, round_.id, state, message)


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


def _this_process() -> dict[str, Any]:
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": psutil.Process().create_time()}


def is_alive(process: dict[str, Any] | None) -> bool:
    """Whether the process that drove a round still runs. Another host's cannot be seen: it is taken to be alive."""
    if not process:
        return False
    if process["host"] != socket.gethostname():
        return True
    try:
        return psutil.Process(process["pid"]).create_time() == process["started"]
    except psutil.NoSuchProcess:
        return False
