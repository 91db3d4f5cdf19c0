"""Projects that are drawn: images of known classes, a model's predictions, a ranking, and labels given out of it."""

from dataclasses import dataclass

import numpy as np

from vabal_core.estimate.design import Design
from vabal_core.types import UNLABELLED

SMALL = (2, 10)  # images of a small class, both ends included


@dataclass(frozen=True, kw_only=True)
class Setting:
    """`shares`: of the large classes among the images that are no small class's; `small` classes have 2 to 10 images
    each. `evaluation` images are drawn from all; of `labels` of the pool the share `audit` is drawn, the others come
    from a ranking by likeness to the small classes, or to the last one. `skill`: by how many deviations of its noise
    the model's logit of the right class is higher."""

    name: str
    images: int = 2000
    shares: tuple[float, ...] = (0.6, 0.3, 0.1)
    small: int = 1
    evaluation: int = 200
    labels: int = 300
    audit: float = 0.05
    skill: float = 2.5


@dataclass(frozen=True, kw_only=True)
class SyntheticProject:
    truth: np.ndarray  # (N,) classes
    predicted: np.ndarray  # (N,) classes
    design: Design


def draw_project(setting: Setting, rng: np.random.Generator) -> SyntheticProject:
    truth = _truth(setting, rng)
    logits = rng.normal(size=(setting.images, truth.max() + 1))
    logits[np.arange(setting.images), truth] += setting.skill
    logits[:, 0] += setting.skill / 2  # the commonest class is named in doubt
    sought = logits[:, len(setting.shares) :] if setting.small else logits[:, -1:]
    ranking = np.argsort(logits[:, 0] - sought.max(1))
    return SyntheticProject(
        truth=truth, predicted=logits.argmax(1), design=_label(setting, truth, ranking, logits.shape[1], rng)
    )


def _truth(setting: Setting, rng: np.random.Generator) -> np.ndarray:
    small = rng.integers(SMALL[0], SMALL[1] + 1, setting.small)
    large = np.round(np.array(setting.shares) / sum(setting.shares) * (setting.images - small.sum())).astype(int)
    large[0] += setting.images - small.sum() - large.sum()
    counts = np.concatenate([large, small])
    return rng.permutation(np.repeat(np.arange(len(counts)), counts))


def _label(
    setting: Setting, truth: np.ndarray, ranking: np.ndarray, class_count: int, rng: np.random.Generator
) -> Design:
    """One label after the other: the next of the ranking, or the next of a random order, that has none."""
    shuffle = rng.permutation(setting.images)
    evaluation, audit = np.zeros((2, setting.images), bool)
    evaluation[rng.choice(setting.images, setting.evaluation, replace=False)] = True
    taken, place = evaluation.copy(), np.zeros(setting.images, np.int64)
    streams = {False: iter(ranking), True: iter(shuffle)}
    for number, at_random in enumerate(rng.random(setting.labels) < setting.audit):
        row = next(row for row in streams[bool(at_random)] if not taken[row])
        taken[row], audit[row], place[row] = True, at_random, number
    labels = np.where(taken, truth, UNLABELLED)
    return Design(labels=labels, evaluation=evaluation, audit=audit, place=place, class_count=class_count)
