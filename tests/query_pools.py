"""Pools for strategies: a value in every field that a pool has, and none in rows where the learner leaves none."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
from scipy.special import entr

from vabal_core.types import UNLABELLED, Committee, Pool

N, C, D, MEMBERS = 60, 4, 6, 7
Draw = Callable[[np.random.Generator, tuple[int, ...], int], np.ndarray]

BY_CLASS = ("reliability", "log_prior")
# Rows that hold a value: by default those of the pool, labelled or not; evaluation images hold none.
CANDIDATES_ONLY = (
    "log_likelihood", "staged_log_likelihood", "refined", "posterior", "dropout", "heavy_dropout", "ensemble",
    "predicted_loss", "discriminator", "draw_counts",
)  # fmt: skip
LABELLED_ONLY = ("out_of_fold",)
FIELDS = tuple(field.name for field in fields(Pool) if field.default is None)
BY_IMAGE = tuple(name for name in FIELDS if name not in BY_CLASS)


def unsure(rng: np.random.Generator, shape: tuple[int, ...], classes: int) -> np.ndarray:
    return rng.dirichlet(np.ones(classes), shape)


def certain(rng: np.random.Generator, shape: tuple[int, ...], classes: int) -> np.ndarray:
    """All on one class, and exactly 0 on the others."""
    return np.eye(classes)[rng.integers(0, classes, shape)]


def make_pool(seed: int = 0, count: int = N, classes: int = C, draw: Draw = unsure) -> Pool:
    """Three in ten labelled, one in ten an evaluation image, the others candidates; keys in no order."""
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(np.arange(count) % 10)
    labels = np.where(kinds < 3, rng.integers(0, classes, count), UNLABELLED)
    pool = Pool(
        keys=rng.permutation(10 * count)[:count].astype(np.int64),
        candidates=kinds > 3,
        labels=labels,
        class_count=classes,
    )
    return replace(pool, **{name: _field(name, pool, rng, draw) for name in FIELDS})


def _field(name: str, pool: Pool, rng: np.random.Generator, draw: Draw) -> Any:
    count, classes = len(pool.keys), pool.class_count
    if name in BY_CLASS:
        return rng.random(classes) if name == "reliability" else np.log(rng.dirichlet(np.ones(classes)))
    labelled = pool.labels != UNLABELLED
    held = pool.candidates if name in CANDIDATES_ONLY else labelled if name in LABELLED_ONLY else None
    held = pool.candidates | labelled if held is None else held
    if name == "refined":
        return held
    if name in ("dropout", "heavy_dropout", "ensemble"):
        return blank(committee(draw(rng, (MEMBERS, count), classes)), ~held)
    makers = {
        "embeddings": lambda: rng.normal(size=(count, D)).astype(np.float32),
        "log_likelihood": lambda: -0.7 + 0.05 * rng.normal(size=(count, classes)),
        "staged_log_likelihood": lambda: -0.7 + 0.05 * rng.normal(size=(count, classes)),
        "predicted_loss": lambda: rng.random(count),
        "discriminator": lambda: rng.random(count),
    }
    return blank(makers.get(name, lambda: draw(rng, (count,), classes))(), ~held)


def committee(members: np.ndarray) -> Committee:
    """What members (M, N, C) say together."""
    votes = np.eye(members.shape[2])[members.argmax(2)].mean(0)
    return Committee(probabilities=members.mean(0), entropy=entr(members).sum(2).mean(0), votes=votes)


def blank(values: np.ndarray | Committee, rows: int | np.ndarray) -> np.ndarray | Committee:
    """A copy with NaN in these rows, in all that a committee says of them."""
    if isinstance(values, Committee):
        return Committee(**{name: blank(part, rows) for name, part in vars(values).items()})
    blanked = values.copy()
    blanked[rows] = np.nan
    return blanked


def rows_of(pool: Pool, rows: np.ndarray) -> Pool:
    """The pool of these rows, in this order."""
    kept = ("keys", "candidates", "labels", *(name for name in BY_IMAGE if getattr(pool, name) is not None))
    return replace(pool, **{name: getattr(pool, name)[rows] for name in kept})


def without_labels(pool: Pool) -> Pool:
    """Before anything is learned: every labelled image a candidate, and no field but the embeddings."""
    in_pool = pool.candidates | (pool.labels != UNLABELLED)
    empty = {name: None for name in FIELDS if name != "embeddings"}
    return replace(pool, candidates=in_pool, labels=np.full(len(pool.keys), UNLABELLED), **empty)


def arrays_of(pool: Pool) -> dict[str, np.ndarray]:
    """Every array of the pool, by name."""
    values = {field.name: getattr(pool, field.name) for field in fields(pool)}
    parts = {name: vars(value) if isinstance(value, Committee) else {"": value} for name, value in values.items()}
    return {
        f"{name} {part}": value
        for name, of_field in parts.items()
        for part, value in of_field.items()
        if isinstance(value, np.ndarray)
    }
