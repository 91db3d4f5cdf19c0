"""How experiments are called on the pages: their images, their states, and the steps of their work."""

from vabal_core import workspace
from vabal_core.ui.app.format import PHASES
from vabal_core.workspace import ExperimentState, SourceKind

STATES: dict[ExperimentState, str] = {
    "running": "under way",
    "stopping": "stopping",
    "done": "finished",
    "failed": "failed",
    "stopped": "stopped",
}
SOURCES: dict[SourceKind, str] = {
    "labels": "The labels of this project",
    "path": "A folder of labelled images",
    "demo": "Drawn steel, six defects",
    "digits": "Handwritten digits",
    "cifar10": "CIFAR-10, photos of ten things",
}
STEPS = PHASES | {
    "start": "Starting; that takes up to a minute",
    "images": "Opening the images",
    "read": "Looking through the images",
    "list": "Looking through the images",
    "write": "Writing the images",
    "unpack": "Unpacking the images",
    "download": "Downloading the images",
    "ready": "The first round",
    "rounds": "The first round",
}


def strategy_title(name: str) -> str:
    """What people call a strategy; one of another version by its name."""
    strategy = workspace.strategy_if_any(name)
    return strategy.title if strategy else name
