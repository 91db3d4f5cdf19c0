"""Following a round: how far it is, how long it will take, and what it computes on."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

from vabal_core import config as settings
from vabal_core.loop.report import report_of
from vabal_core.store import round_events
from vabal_core.store import rounds as rows
from vabal_core.store.counts import state_counts
from vabal_core.store.database import Database
from vabal_core.types import ImageState, Progress, Round, Split
from vabal_core.workspace.features import feature_state, reading_overrides, reading_seconds
from vabal_core.workspace.images import image_totals
from vabal_core.workspace.labelling import counts
from vabal_core.workspace.projects import require_project, usable_settings
from vabal_core.workspace.round_pace import computes_on_cpu, devices_so_far, measured_phases, phases_on_cpu
from vabal_core.workspace.rounds import running_round
from vabal_core.workspace.workspace import Workspace

# Share of a round's time that each phase takes on a CPU (benchmarks/end_to_end.py), until a finished round tells.
PHASES = {
    "decode": 0.02,
    "weights": 0.0,
    "train": 0.56,
    "features": 0.11,
    "head": 0.0,
    "difficulty": 0.0,
    "vae": 0.22,
    "committee": 0.0,
    "predicted_loss": 0.0,
    "discriminator": 0.0,
    "score": 0.08,
    "evaluate": 0.01,
}

# The same where features are frozen and some are still to be read.
FROZEN_PHASES = {
    "weights": 0.0,
    "features": 0.7,
    "head": 0.1,
    "vae": 0.14,
    "committee": 0.0,
    "predicted_loss": 0.0,
    "discriminator": 0.0,
    "score": 0.04,
    "evaluate": 0.02,
}

LEAST_SHARE = 0.05  # of a phase, before its own pace tells how long it takes
LEAST_PROCESSOR_SHARE = 0.05  # with less, no time left can be told
MIN_PROCESSOR_SHARE = 0.5  # of the time that a round could use: with less it waits, which is worth a word
QUEUED = "other images are read first"
STARVED = "other work has the processor"
FRESH_SECONDS = 1.0  # as often as a page that follows a round looks
NEW_HERE = "it is the first such round here"


@dataclass(frozen=True, kw_only=True)
class RoundProgress:
    """How far the running round is.

    `losses` are the finished epochs of the present phase, oldest first; `processor_share` is how much of
    the processor time that it could have used the learner lately got. `seconds_left` counts in that share;
    None where nobody can tell: `why_unknown` says why, in words. `seconds_after` are those of the phases to come, as
    far as they are known.
    """

    round: Round
    phase: str
    event: Progress
    fraction: float
    seconds_elapsed: float
    seconds_left: float | None
    seconds_after: float
    why_unknown: str
    losses: tuple[float, ...]
    processor_share: float

    @property
    def is_starved(self) -> bool:
        """Whether other work leaves it too little of the processor."""
        return self.processor_share < MIN_PROCESSOR_SHARE

    @property
    def is_queued(self) -> bool:
        """Whether it waits until other images have been read."""
        return _is_queued(self.event)


@dataclass(frozen=True, kw_only=True)
class Way:
    """How far a running round is, as in `RoundProgress`."""

    fraction: float
    seconds_elapsed: float
    seconds_left: float | None
    seconds_after: float
    why_unknown: str


# (database, project id) -> when a desk asked for it last, by time.monotonic(), and what it was told.
_latest: dict[tuple[str, int], tuple[float, RoundProgress | None]] = {}


def follow_round(ws: Workspace, project_id: int) -> RoundProgress | None:
    """How far the running round is; None where none is running."""
    round_ = running_round(ws, project_id)
    return None if round_ is None else _follow(ws, round_)


def follow_lately(ws: Workspace, round_: Round) -> RoundProgress:
    """How far a running round is, as it was FRESH_SECONDS ago at most: twenty desks ask for it with every label."""
    place = str(ws.engine.url), round_.project_id
    read_at, progress = _latest.get(place, (0.0, None))
    if progress is None or progress.round.id != round_.id or time.monotonic() - read_at > FRESH_SECONDS:
        progress = _follow(ws, round_)
        _latest[place] = time.monotonic(), progress
    return progress


def _follow(ws: Workspace, round_: Round) -> RoundProgress:
    event = round_events.last_event(ws.engine, round_.id) or Progress("start")
    share = round_events.last_processor_share(ws.engine, round_.id)
    way = _way(ws.engine, round_, event, share)
    return RoundProgress(
        round=round_,
        phase=event.phase,
        event=event,
        fraction=way.fraction,
        seconds_elapsed=way.seconds_elapsed,
        seconds_left=way.seconds_left,
        seconds_after=way.seconds_after,
        why_unknown=way.why_unknown,
        losses=round_events.phase_losses(ws.engine, round_.id, event.phase),
        processor_share=share,
    )


def _way(database: Database, round_: Round, event: Progress, share: float) -> Way:
    last = rows.last_done(database, round_.project_id, preset=round_.preset)
    fraction = _fraction(event, _shares(round_, last))
    elapsed = (datetime.now(UTC) - round_.started_at).total_seconds()
    expected = _expected(database, round_, last)
    left, why_unknown = _left(database, round_, event, expected, share)
    if left is None and not why_unknown:  # nothing was measured here yet: as the phases share a round elsewhere
        left = elapsed * (1 - fraction) / fraction if fraction > 0.02 else None
        why_unknown = NEW_HERE if left is None else ""
    return Way(
        fraction=fraction,
        seconds_elapsed=elapsed,
        seconds_left=left,
        seconds_after=_after(event.phase, expected or {}),
        why_unknown=why_unknown,
    )


def _is_queued(event: Progress) -> bool:
    return event.phase == "features" and not event.total and bool(event.message)


def _expected(database: Database, round_: Round, last: Round | None) -> Mapping[str, float] | None:
    """phase -> seconds of the running round; None where nothing was measured that tells."""
    if measured := measured_phases(last, round_.labelled):
        return measured
    if not computes_on_cpu():
        return None
    states = state_counts(database, round_.project_id)
    images = sum(states[split, state] for split in get_args(Split) for state in get_args(ImageState))
    return phases_on_cpu(settings.from_json(dict(round_.config)), round_.strategy, round_.labelled, images)


def _left(
    database: Database, round_: Round, event: Progress, expected: Mapping[str, float] | None, share: float
) -> tuple[float | None, str]:
    """(seconds left, why nobody can tell): the present phase by its own pace, those to come as expected, all the longer
    where other work has the processor. (None, "") where nothing tells how long the others take."""
    if _is_queued(event):
        return None, QUEUED
    if share < LEAST_PROCESSOR_SHARE:
        return None, STARVED
    if expected is None:
        return None, ""
    return _left_of_phase(database, round_, event, expected, share) + _after(event.phase, expected) / share, ""


def _left_of_phase(
    database: Database, round_: Round, event: Progress, expected: Mapping[str, float], share: float
) -> float:
    done = event.done / event.total if event.total else 0.0
    began = round_events.phase_began(database, round_.id, event.phase) if done >= LEAST_SHARE else None
    if began is not None:
        return (datetime.now(UTC) - began).total_seconds() * (1 - done) / done
    if event.phase == "features" and round_.config.get("learning") == "frozen":
        return reading_seconds(event.total - event.done, settings.from_json(dict(round_.config))) / share
    return expected.get(event.phase, 0.0) * (1 - done) / share


def _after(phase: str, expected: Mapping[str, float]) -> float:
    """Seconds of the phases behind this one; of all of them where the round has not begun any."""
    phases = list(expected)
    return sum(expected[name] for name in (phases[phases.index(phase) + 1 :] if phase in phases else phases))


def expected_duration(ws: Workspace, project_id: int, preset: str) -> str:
    """How long a round with this preset will take here, in words: from the last one done, or from measured pace."""
    # Before the first labels: as if the first batch had been given.
    labels = counts(ws, project_id).pool_total or require_project(ws, project_id).settings["batch"]
    last = rows.last_done(ws.engine, project_id, preset=preset)
    if measured := measured_phases(last, labels):
        reading_left = _seconds_left(ws, project_id, preset) if last.config.get("learning") == "frozen" else 0.0
        return f"about {_words(sum(measured.values()) + reading_left)}, judging by the last one"
    device = devices_so_far()
    if not device:
        return "not known yet: the Studio is still finding out what this computer computes on"
    if device.startswith("CPU"):
        project = require_project(ws, project_id)
        config = settings.preset(preset, **reading_overrides(ws, project, preset))
        images, strategy = sum(image_totals(ws, project_id).values()), usable_settings(project)["strategy"]
        left = _seconds_left(ws, project_id, preset) if config.learning == "frozen" else 0.0
        seconds = sum(phases_on_cpu(config, strategy, labels, images).values()) + left
        return f"about {_words(seconds)} on this computer"
    return "not measured on this machine yet"


def _seconds_left(ws: Workspace, project_id: int, preset: str) -> float:
    """Of reading the images that this preset's network has not read yet."""
    reading = feature_state(ws, project_id, preset)
    return reading.seconds_left if reading else 0.0


def _shares(round_: Round, last: Round | None) -> dict[str, float]:
    seconds = report_of(last).seconds if last else None
    phases = FROZEN_PHASES if round_.config.get("learning") == "frozen" else PHASES
    measured = seconds or phases
    return {phase: measured.get(phase, 0.0) / sum(measured.values()) for phase in phases}


def _fraction(event: Progress, shares: dict[str, float]) -> float:
    if event.phase not in shares:
        return 0.0
    before = list(shares.values())[: list(shares).index(event.phase)]
    within = event.done / event.total if event.total else 0.0
    return min(1.0, sum(before) + shares[event.phase] * within)


def _words(seconds: float) -> str:
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5)):.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
