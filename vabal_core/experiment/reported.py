"""What the authors have published of their own runs, to stand beside what is measured here."""

from dataclasses import dataclass
from statistics import mean

PAPER = "Choi, Yi et al., CVPR 2021"
LOGS = "logs in the authors' repository github.com/jongwon20000/vabal, commit fe639b9"


@dataclass(frozen=True, kw_only=True)
class Reported:
    """Accuracy on CIFAR-10's test images in per cent: the mean over the six rounds, and after the last (3,000 labels).

    `seed` is None for the mean of the paper's trials.
    """

    source: str
    strategy: str
    seed: int | None
    average: float | None
    final: float
    where: str


def _log(source: str, strategy: str, seed: int, *accuracies: float) -> Reported:
    """Accuracies with 500, 1,000, ... 3,000 labels."""
    average = round(mean(accuracies), 2)
    return Reported(
        source=source, strategy=strategy, seed=seed, average=average, final=accuracies[-1], where=LOGS
    )  # fmt: skip


REPORTED = (
    Reported(source="cifar10+[1]", strategy="vabal", seed=None, average=54.16, final=70.35, where=PAPER),
    _log("cifar10+[1]", "vabal", 0, 30.29, 40.12, 46.62, 49.74, 54.97, 58.21),
    Reported(source="cifar10+[1]", strategy="random", seed=0, average=None, final=48.19, where=LOGS),
    _log("cifar10+[1]", "random", 2, 29.10, 37.38, 44.48, 43.68, 47.74, 50.10),
    _log("cifar10+[5]", "random", 0, 31.47, 35.58, 42.25, 48.62, 52.12, 57.75),
    _log("cifar10+[5]", "random", 2, 26.54, 34.44, 43.99, 48.56, 53.19, 52.24),
    _log("cifar10+[10]", "random", 0, 32.34, 39.47, 44.16, 49.94, 54.17, 60.16),
    _log("cifar10+[10]", "random", 1, 33.03, 38.34, 49.23, 53.86, 56.14, 61.72),
    _log("cifar10+[10]", "random", 2, 31.69, 39.48, 44.48, 51.36, 58.81, 65.11),
)
