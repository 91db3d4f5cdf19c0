"""Following a round: how far it is, how long it will take, and what it computes on."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from vabal_core import config as settings
from vabal_core.config import Config
from vabal_core.loop.process import device_name
from vabal_core.loop.report import report_of
from vabal_core.query.strategies import find_strategy
from vabal_core.store import round_events
from vabal_core.store import rounds as rows
from vabal_core.types import Progress, Round
from vabal_core.workspace.features import feature_state, reading_overrides
from vabal_core.workspace.images import image_totals
from vabal_core.workspace.labelling import counts
from vabal_core.workspace.projects import require_project, usable_settings
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

# Images a second that a network trains on and reads at 64 pixels with 2 CPU cores, by backbone and stem
# (benchmarks/presets.py, benchmarks/learner.py; 3x3: an estimate); a GPU's pace is only known once a round has been
# measured there.
TRAINED_A_SECOND = {("resnet18", "7x7"): 150, ("resnet18", "3x3"): 11, ("lite0", "7x7"): 150}
READ_A_SECOND = {("resnet18", "7x7"): 500, ("resnet18", "3x3"): 35, ("lite0", "7x7"): 800}
SECONDS_OF_A_HEAD = 5  # to fit it and rank by it, the start of the learner included
SECONDS_OF_A_VAE = 25  # to train it and rank by it
SECONDS_OF_A_VAE_ON_FEATURES = 10  # likewise, where it learns from frozen features and goes on from none


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
        if last.config.get("learning") == "frozen":  # what was read, or waited for, then is not read again
            seconds["features"] = _seconds_left(ws, project_id, preset)
        return f"about {_words(sum(seconds.values()))}, judging by the last one"
    if devices().startswith("CPU"):
        images = sum(image_totals(ws, project_id).values())
        config = settings.preset(preset, **reading_overrides(ws, require_project(ws, project_id), preset))
        if config.learning == "frozen":
            left = _seconds_left(ws, project_id, preset)
            return f"about {_words(_seconds_on_features(ws, project_id) + left)} on this CPU"
        return f"about {_words(_seconds_on_cpu(config, labels, images))} on this CPU"
    return "not measured on this machine yet"


def _seconds_on_features(ws: Workspace, project_id: int) -> float:
    """Of a round by the project's strategy where all images have been read."""
    strategy = find_strategy(usable_settings(require_project(ws, project_id))["strategy"])
    return SECONDS_OF_A_HEAD + SECONDS_OF_A_VAE_ON_FEATURES * strategy.reads_auto_encoder


def _seconds_left(ws: Workspace, project_id: int, preset: str) -> float:
    """Of reading the images that this preset's network has not read yet."""
    reading = feature_state(ws, project_id, preset)
    return reading.seconds_left if reading else 0.0


@lru_cache(maxsize=1)
def devices() -> str:
    """What rounds compute on: the GPU's name, or the CPU. Asked once of a learner process (a few seconds)."""
    return device_name()


def _shares(ws: Workspace, round_: Round) -> dict[str, float]:
    last = rows.last_done(ws.engine, round_.project_id, preset=round_.preset)
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


def _seconds_on_cpu(config: Config, labels: int, images: int) -> float:
    network, larger = (config.backbone, config.stem), (config.image_size / 64) ** 2
    seconds = labels * config.epochs / TRAINED_A_SECOND[network] + images / READ_A_SECOND[network]
    return seconds * larger + SECONDS_OF_A_VAE


def _words(seconds: float) -> str:
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5)):.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
