"""How large an experiment usually is, and how long it will take."""

from collections.abc import Sequence
from dataclasses import dataclass

from vabal_core import config as settings
from vabal_core.images.side import has_mirrors
from vabal_core.query.strategies import find_strategy
from vabal_core.query.strategy import Strategy
from vabal_core.types import Project
from vabal_core.workspace.experiment_sources import ExperimentSource
from vabal_core.workspace.features import feature_state, reading_seconds
from vabal_core.workspace.workspace import Workspace

PRESET = "interactive"  # hundreds of rounds: none that trains a network anew
USUAL_STRATEGIES = ("random", "margin", "uherding", "margin_novel", "vabal_plus")
USUAL_REPETITIONS = 5
USUAL_ROUNDS = 8
MAX_LABELS = 600  # of an experiment of the usual size
SHARE_ASKED = 0.5  # of the images: who asks for all of them has no choice

# Of a round with frozen features on one core (benchmarks/choices.py): what every round takes, and the training that
# some strategies need beside it, by the field that it makes.
SECONDS_OF_A_HEAD, SECONDS_AN_IMAGE, SECONDS_OF_A_VAE = 0.1, 5e-5, 3.0
SECONDS_OF_A_FIELD = {"discriminator": 9.0, "predicted_loss": 1.2, "ensemble": 0.7}
SECONDS_TO_BEGIN = 10.0  # two processes, and the libraries that they load


@dataclass(frozen=True, kw_only=True)
class ExperimentSize:
    """How an experiment is played: `initial` labels, then `rounds` times `batch` more; `repetitions` times in all."""

    initial: int
    batch: int
    rounds: int
    repetitions: int = USUAL_REPETITIONS

    @property
    def labels(self) -> int:
        """Of one run at its end."""
        return self.initial + self.rounds * self.batch


def usual_size(source: ExperimentSource) -> ExperimentSize:
    """Few labels to begin with and small rounds, so that it is seen how soon rare classes are come by."""
    labels = min(MAX_LABELS, int(SHARE_ASKED * source.pool))
    initial = max(2, min(labels // 2, max(labels // 6, 2 * len(source.class_counts))))
    rounds = max(1, min(USUAL_ROUNDS, labels - initial))
    batch = max(1, (labels - initial) // rounds)
    return ExperimentSize(initial=_round(initial), batch=_round(batch), rounds=rounds)


def _round(count: int) -> int:
    """Down to a whole five, where that changes little."""
    return count - count % 5 if count >= 20 else count


def expected_seconds(
    ws: Workspace, project: Project, source: ExperimentSource, strategies: Sequence[str], size: ExperimentSize
) -> float:
    """How long it will take on a machine with nothing else to do, reading the images included."""
    images = sum(source.class_counts.values()) + (source.test or 0)
    rounds = size.repetitions * (size.rounds + 1)
    of_a_round = [
        SECONDS_OF_A_HEAD + SECONDS_AN_IMAGE * images + _seconds_to_train(find_strategy(name)) for name in strategies
    ]
    return SECONDS_TO_BEGIN + _reading_seconds(ws, project, source, images) + rounds * sum(of_a_round)


def _seconds_to_train(strategy: Strategy) -> float:
    """What the fields that a strategy reads take, its own models and the auto-encoder."""
    own = sum(SECONDS_OF_A_FIELD.get(field, 0.0) for field in strategy.requires)
    return own + SECONDS_OF_A_VAE * strategy.reads_auto_encoder


def _reading_seconds(ws: Workspace, project: Project, source: ExperimentSource, images: int) -> float:
    """Of images that no round has read before; of another source than a project's labels all count as such."""
    config = settings.preset(PRESET, image_size=source.side, mirrors=has_mirrors(source.side))
    seconds = reading_seconds(images, config)
    if source.kind == "labels" and (state := feature_state(ws, project.id, PRESET)):
        return min(seconds, state.seconds_left)
    return seconds
