"""Pools of any size for strategies to choose from, without an image: every field is made up, and says so."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from scipy.special import entr, softmax

from vabal_core.types import UNLABELLED, Committee, Pool

COLUMNS, CLASSES, LABELLED, MEMBERS, DRAWS = 1_280, 10, 500, 10, 100
COMMITTEES = ("dropout", "heavy_dropout", "ensemble")
BLOCK = 5_000


def synthetic_embeddings(count: int) -> np.ndarray:
    """(N, COLUMNS) float32: five clusters a class, the largest class ten times the smallest, each spread along few
    directions and a little along all."""
    rng = np.random.default_rng(0)
    centres = 0.5 * rng.normal(size=(5 * CLASSES, COLUMNS)).astype(np.float32)
    along = 0.3 * rng.normal(size=(16, COLUMNS)).astype(np.float32)
    clusters, embeddings = 5 * _truth(count) + rng.integers(0, 5, count), np.empty((count, COLUMNS), np.float32)
    for start in range(0, count, BLOCK):
        block = slice(start, start + BLOCK)
        part = centres[clusters[block]]
        part += rng.normal(size=(len(part), 16)).astype(np.float32) @ along
        part += 0.3 * rng.standard_normal(part.shape, np.float32)
        embeddings[block] = part
    return embeddings


def linear_layer(embeddings: np.ndarray) -> np.ndarray:
    """(COLUMNS, CLASSES): towards the mean of each class, such that some images are clear and some are not."""
    truth = _truth(len(embeddings))
    means = np.stack([embeddings[truth == number][:200].mean(0) for number in range(CLASSES)])
    return (0.1 * (means - means.mean(0))).T


def probabilities_of(embeddings: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return softmax((embeddings @ weights).astype(np.float64), axis=1)


def synthetic_pool(embeddings: np.ndarray, requires: tuple[str, ...]) -> Pool:
    """LABELLED images have labels, all others are candidates; of the other fields those that are required."""
    count, rng = len(embeddings), np.random.default_rng(1)
    labels = np.full(count, UNLABELLED)
    labelled = rng.permutation(count)[:LABELLED]
    labels[labelled] = _truth(count)[labelled]
    pool = Pool(keys=np.arange(count), candidates=labels == UNLABELLED, labels=labels, class_count=CLASSES)
    probabilities = probabilities_of(embeddings, linear_layer(embeddings))
    made = {name: _made_up(name, pool, probabilities, rng) for name in requires if name != "embeddings"}
    return replace(pool, embeddings=embeddings if "embeddings" in requires else None, **made)


def _truth(count: int) -> np.ndarray:
    shares = 10.0 ** -np.linspace(0, 1, CLASSES)
    return np.random.default_rng(2).choice(CLASSES, count, p=shares / shares.sum())


def _made_up(name: str, pool: Pool, probabilities: np.ndarray, rng: np.random.Generator) -> Any:
    """A field of the pool in the form that `Pool` says; draws and members scatter about the classifier."""
    count = len(probabilities)
    scattered = partial(_scattered, probabilities, rng)
    makers: dict[str, Callable[[], Any]] = {
        "probabilities": lambda: probabilities,
        "reliability": lambda: rng.random(CLASSES),
        "log_prior": lambda: np.log(np.full(CLASSES, 1 / CLASSES)),
        "staged_log_likelihood": lambda: -0.7 + 0.05 * rng.normal(size=(count, CLASSES)),
        "refined": lambda: rng.random(count) < 0.05,
        "posterior": scattered,
        "draw_counts": lambda: rng.multinomial(DRAWS, probabilities).astype(np.float64),
        "out_of_fold": lambda: np.where((pool.labels != UNLABELLED)[:, np.newaxis], scattered(), np.nan),
        "predicted_loss": lambda: rng.random(count),
        "discriminator": lambda: rng.random(count),
    }
    if name in COMMITTEES:
        return _committee([scattered() for _ in range(MEMBERS)])
    if name not in makers:
        raise ValueError(f"{name!r} is required by a strategy, and no synthetic pool holds it: add it to _made_up")
    return makers[name]()


def _scattered(probabilities: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    weights = rng.standard_gamma(2 * probabilities + 0.1)
    return weights / weights.sum(1, keepdims=True)


def _committee(members: list[np.ndarray]) -> Committee:
    return Committee(
        probabilities=np.mean(members, axis=0),
        entropy=np.mean([entr(member).sum(1) for member in members], axis=0),
        votes=np.mean([np.eye(CLASSES)[member.argmax(1)] for member in members], axis=0),
    )
