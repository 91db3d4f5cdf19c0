"""Rounds: start one, stop it, list them. The learner runs in a process of its own; a thread here drives it."""

import logging
import threading
from collections.abc import Generator, Sequence
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection

from vabal_core import config as settings
from vabal_core.loop import task as tasks
from vabal_core.loop.process import Learner
from vabal_core.query.strategies import find_strategy
from vabal_core.store import rounds as rows
from vabal_core.store.change_log import log_change
from vabal_core.store.counts import label_counts
from vabal_core.store.database import reading, writing
from vabal_core.store.projects import project_by_id
from vabal_core.types import Actor, Busy, Progress, Round, StudioError
from vabal_core.workspace.features import reading_overrides
from vabal_core.workspace.images import image_totals
from vabal_core.workspace.labelling import counts
from vabal_core.workspace.people import STUDIO, require_right
from vabal_core.workspace.projects import in_use, require_project, usable_settings
from vabal_core.workspace.round_groups import Trigger
from vabal_core.workspace.round_process import (
    begin,
    clear_scratch,
    drive,
    drive_quietly,
    driver_lock,
)
from vabal_core.workspace.round_recovery import recover
from vabal_core.workspace.workspace import Workspace

_log = logging.getLogger(__name__)

LOCK_SECONDS = 5.0  # a cancelled learner is gone within one
CANCELLED = "Stopped by a person."
UNPREPARED = "The round could not be prepared: {error}. Check the rights of the data folder, and its free space."


def run_round(
    ws: Workspace,
    actor: Actor,
    project_id: int,
    *,
    strategy: str | None = None,
    batch: int | None = None,
    preset: str = "interactive",
    seed: int = 0,
    overrides: dict[str, Any] | None = None,
    trigger: Trigger = "person",
) -> Generator[Progress, None, Round]:
    """Run a round in the foreground; returns it as it ended ("done", "failed" or "cancelled").

    `strategy` is the project's setting where it is None. `batch` labels are meant to be given next: the project's
    setting, or as many as are left, where it is None. `overrides` are settings of Config that differ from the preset,
    `trigger` is what the round starts at. Closing the generator cancels the round. ValueError for an unknown strategy,
    preset or setting; StudioError, with nothing started, where no round can start now (Busy where one is running).
    """
    require_right(actor, "learn")
    return (yield from drive(ws, *_begin(ws, actor, project_id, strategy, batch, preset, seed, overrides, trigger)))


def start_round(ws: Workspace, actor: Actor, project_id: int, **options: Any) -> Round:
    """`run_round` in a background thread: the same arguments and errors; returns the running round at once."""
    require_right(actor, "learn")
    usual = {"strategy": None, "batch": None, "preset": "interactive", "seed": 0, "overrides": None}
    driven = _begin(ws, actor, project_id, **{**usual, "trigger": "person", **options})
    threading.Thread(target=_drive_on, args=(ws, *driven), name=f"round-{driven[0].id}", daemon=True).start()
    return driven[0]


def start_usual_round(ws: Workspace, actor: Actor, project_id: int, *, trigger: Trigger = "person") -> Round:
    """`start_round` as the project's settings say: what a button on any page starts."""
    chosen = usable_settings(require_project(ws, project_id))
    options = {"strategy": chosen["strategy"], "preset": chosen["preset"], "trigger": trigger}
    return start_round(ws, actor, project_id, **options)


def start_again(ws: Workspace, round_: Round) -> Round:
    """`start_round` in place of one whose server is gone, with its settings, for as many of its images as are left."""
    left = unlabelled(ws, round_.project_id)
    settled = {"strategy": round_.strategy, "preset": round_.preset, "seed": round_.seed}
    overrides = vars(settings.from_json(dict(round_.config)))
    batch = min(round_.batch, left) or None
    return start_round(ws, STUDIO, round_.project_id, **settled, batch=batch, overrides=overrides, trigger="takeover")


def _drive_on(ws: Workspace, round_: Round, *driven: Any) -> None:
    """For a thread: drives the round, then starts the next where the labels given meanwhile ask for one. After one that
    was stopped or failed, the next label does."""
    drive_quietly(ws, round_, *driven)
    try:
        if rows.round_by_id(ws.engine, round_.id).state == "done":
            start_if_due(ws, round_.project_id)
    except StudioError:
        _log.exception("whether a round follows round %s of project %s", round_.number, round_.project_id)


def start_if_due(ws: Workspace, project_id: int) -> Round | None:
    """Start a round where the project asks for one every `auto_every` new labels and that many are there."""
    if not _is_due(ws, project_id) or running_round(ws, project_id):
        return None
    if why_no_round(ws, project_id):
        return None
    try:
        return start_usual_round(ws, STUDIO, project_id, trigger="labels")
    except Busy:  # somebody else started one in between
        return None


def _is_due(ws: Workspace, project_id: int) -> bool:
    with reading(ws.engine) as transaction:
        project = in_use(project_by_id(transaction, project_id), project_id)
        every = usable_settings(project)["auto_every"]
        return every > 0 and _labels_since_last_start(transaction, project_id) >= every


def _labels_since_last_start(transaction: Connection, project_id: int) -> int:
    """Pool labels given, or gone, since the last round started, however it ended: none that fails is started in a loop.
    Asked after every label, so two rows of counts and one round are all that it reads.
    """
    labels = sum(count for (split, _), count in label_counts(transaction, project_id).items() if split == "pool")
    newest = rows.newest_round(transaction, project_id)
    # Either way: where many labelled images went into the bin, another model is due as well.
    return abs(labels - (newest.labelled if newest else 0))


def cancel_round(ws: Workspace, actor: Actor, project_id: int) -> Round | None:
    """Stop the running round, whichever process drives it, keeping the ranking in use; None where none is running."""
    require_right(actor, "learn")
    round_ = running_round(ws, project_id)
    if round_ is None:
        return None
    try:
        with writing(ws.engine) as transaction:
            log_change(transaction, actor, project_id, "round stopped", f"round {round_.number}")
            return rows.end_round(transaction, round_.id, "cancelled", CANCELLED)
    except StudioError:  # it ended in between
        return None


def list_rounds(ws: Workspace, project_id: int) -> Sequence[Round]:
    """The project's rounds, oldest first."""
    return rows.rounds(ws.engine, project_id)


def last_done_round(ws: Workspace, project_id: int) -> Round | None:
    """The round whose ranking is in use, read alone: there may be hundreds. None before the first."""
    return rows.last_done(ws.engine, project_id)


def running_round(ws: Workspace, project_id: int) -> Round | None:
    """The round that runs, whichever server drives it."""
    newest = rows.newest_round(ws.engine, project_id)  # while one runs, no other starts
    return newest if newest and newest.state == "running" else None


def why_no_round(ws: Workspace, project_id: int) -> str:
    """Why no round can start now, in words; "" where one can."""
    return tasks.why_no_round(list(counts(ws, project_id).pool.values()), unlabelled(ws, project_id))


def unlabelled(ws: Workspace, project_id: int) -> int:
    """How many images of the pool have no label: the most that a round can be asked to bring."""
    return image_totals(ws, project_id)["pool"] - counts(ws, project_id).pool_total


Driven = tuple[Round, Learner, FileLock]


def _begin(
    ws: Workspace,
    actor: Actor,
    project_id: int,
    strategy: str | None,
    batch: int | None,
    preset: str,
    seed: int,
    overrides: dict[str, Any] | None,
    trigger: Trigger,
) -> Driven:
    project = require_project(ws, project_id)
    strategy = strategy or usable_settings(project)["strategy"]
    needed = find_strategy(strategy).settings
    if batch is not None and batch < 1:
        raise ValueError(f"batch={batch}: give 1 label or more before the next round")
    read = reading_overrides(ws, project, preset)
    config = settings.preset(preset, **{**read, **needed, **(overrides or {})})
    usual = project.settings["batch"]
    recover(ws, project_id)
    if running := running_round(ws, project_id):
        raise Busy(f"Round {running.number} is still running. Wait until it is done, or stop it first.")
    if reason := why_no_round(ws, project_id):
        raise StudioError(reason)
    left = unlabelled(ws, project_id)
    if batch is not None and batch > left:
        raise StudioError(f"batch={batch}: only {left} images of the pool have no label yet; choose {left} or fewer.")
    lock = _locked(ws, project_id)
    try:
        if trigger == "labels" and not _is_due(ws, project_id):  # the round that was waited for has learned from them
            raise Busy("Another round has just learned from these labels.")
        clear_scratch(ws, project_id)
        settled = {"strategy": strategy, "preset": preset, "batch": batch or min(usual, left), "seed": seed}
        return *begin(ws, actor, project_id, **settled, config=config, trigger=trigger), lock
    except OSError as error:
        lock.release()
        raise StudioError(UNPREPARED.format(error=error)) from error
    except BaseException:
        lock.release()
        raise


def _locked(ws: Workspace, project_id: int) -> FileLock:
    try:
        lock = driver_lock(ws, project_id)
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout as error:
        raise Busy("A round is being started or stopped just now. Try again in a moment.") from error
    except OSError as error:
        raise StudioError(UNPREPARED.format(error=error)) from error
    return lock
