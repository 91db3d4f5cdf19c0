"""Following a round: how far it is, how long it will take, and what it computes on."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from vabal_core import config as settings
from vabal_core.config import Config
from vabal_core.loop.process import device_name
from vabal_core.loop.report import report_of
from vabal_core.store import round_events
from vabal_core.store import rounds as rows
from vabal_core.types import Progress, Round
from vabal_core.workspace.images import image_totals
from vabal_core.workspace.labelling import counts
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.rounds import running_round
from vabal_core.workspace.workspace import Workspace

# Share of a round's time that each phase takes on a CPU (benchmarks/end_to_end.py), until a finished round tells.
PHASES = {
    "decode": 0.02,
    "train": 0.56,
    "features": 0.11,
    "difficulty": 0.0,
    "vae": 0.22,
    "score": 0.08,
    "evaluate": 0.01,
}

# Images a second that ResNet-18 trains on and reads at 64 pixels with 2 CPU cores, by stem
# (7x7: benchmarks/presets.py; 3x3: an estimate); a GPU's pace is only known once a round has been measured there.
TRAINED_A_SECOND = {"7x7": 150, "3x3": 11}
READ_A_SECOND = {"7x7": 500, "3x3": 35}


@dataclass(frozen=True, kw_only=True)
class RoundProgress:
    """How far the running round is.

    `losses` are the finished epochs of the present phase, oldest first; `processor_share` is how much of
    the processor time that it could have used the learner lately got.
    """

    round: Round
    phase: str
    event: Progress
    fraction: float
    seconds_elapsed: float
    seconds_left: float | None
    losses: tuple[float, ...]
    processor_share: float


def follow_round(ws: Workspace, project_id: int) -> RoundProgress | None:
    """How far the running round is; None where none is running."""
    round_ = running_round(ws, project_id)
    if round_ is None:
        return None
    event = round_events.last_event(ws.engine, round_.id) or Progress("start")
    fraction = _fraction(event, _shares(ws, round_))
    elapsed = (datetime.now(UTC) - round_.started_at).total_seconds()
    return RoundProgress(
        round=round_,
        phase=event.phase,
        event=event,
        fraction=fraction,
        seconds_elapsed=elapsed,
        seconds_left=elapsed * (1 - fraction) / fraction if fraction > 0.02 else None,
        losses=round_events.phase_losses(ws.engine, round_.id, event.phase),
        processor_share=round_events.last_processor_share(ws.engine, round_.id),
    )


def expected_duration(ws: Workspace, project_id: int, preset: str) -> str:
    """How long a round with this preset will take here, in words: from the last one done, or from measured pace."""
    # Before the first labels: as if the first batch had been given.
    labels = counts(ws, project_id).pool_total or require_project(ws, project_id).settings["batch"]
    last = rows.last_done(ws.engine, project_id, preset=preset)
    if last and (measured := report_of(last).seconds) is not None:
        seconds = dict(measured)
        seconds["train"] = seconds.get("train", 0) * labels / max(1, last.labelled)
        return f"about {_words(sum(seconds.values()))}, judging by the last one"
    if devices().startswith("CPU"):
        images = sum(image_totals(ws, project_id).values())
        return f"about {_words(_seconds_on_cpu(settings.preset(preset), labels, images))} on this CPU"
    return "not measured on this machine yet"


@lru_cache(maxsize=1)
def devices() -> str:
    """What rounds compute on: the GPU's name, or the CPU. Asked once of a learner process (a few seconds)."""
    return device_name()


def _shares(ws: Workspace, round_: Round) -> dict[str, float]:
    last = rows.last_done(ws.engine, round_.project_id, preset=round_.preset)
    seconds = report_of(last).seconds if last else None
    measured = seconds or PHASES
    return {phase: measured.get(phase, 0.0) / sum(measured.values()) for phase in PHASES}


def _fraction(event: Progress, shares: dict[str, float]) -> float:
    if event.phase not in shares:
        return 0.0
    before = list(shares.values())[: list(shares).index(event.phase)]
    within = event.done / event.total if event.total else 0.0
    return min(1.0, sum(before) + shares[event.phase] * within)


def _seconds_on_cpu(config: Config, labels: int, images: int) -> float:
    return labels * config.epochs / TRAINED_A_SECOND[config.stem] + images / READ_A_SECOND[config.stem] + 25


def _words(seconds: float) -> str:
    if seconds < 90:
        return f"{max(10, round(seconds, -1)):.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
