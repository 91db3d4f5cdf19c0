"""What is drawn for a seed: which images are measured on, and which are labelled first. The strategy has no say."""

import numpy as np

from vabal_core.experiment.source import test_count
from vabal_core.runtime import numpy_generator
from vabal_core.types import StudioError


def draw_test(truth: np.ndarray, stated: np.ndarray | None, seed: int) -> np.ndarray:
    """Which images are measured on, bool (N,): those that the source states; else a fifth of each class, drawn by
    `seed`, at least one image, and none of a class that has no second. truth (N,) int64, stated (N,) bool or None."""
    if stated is not None:
        return stated
    test = np.zeros(len(truth), bool)
    rng = numpy_generator(seed, "split")
    for number in range(truth.max() + 1):
        rows = rng.permutation(np.flatnonzero(truth == number))
        test[rows[: test_count(len(rows))]] = True
    return test


def random_start(truth: np.ndarray, pool: np.ndarray, count: int, seed: int) -> np.ndarray:
    """`count` rows drawn from `pool` (M,), of two classes at least: see `with_two_classes`."""
    check_count(pool, count)
    return with_two_classes(pool_order(pool, seed)[:count], truth, pool, seed)


def with_two_classes(rows: np.ndarray, truth: np.ndarray, pool: np.ndarray, seed: int) -> np.ndarray:
    """`rows` (k,), the last of them replaced by the first other class in a random order of `pool` where all are of one
    class: no classifier learns from that. StudioError where the pool has no second class."""
    order = pool_order(pool, seed)
    if len(np.unique(truth[rows])) > 1:
        return rows
    others = order[truth[order] != truth[rows[0]]]
    if not len(others):
        raise StudioError("All images that can be labelled are of one class; an experiment needs two classes.")
    return np.append(rows[:-1], others[0])


def pool_order(pool: np.ndarray, seed: int) -> np.ndarray:
    return numpy_generator(seed, "initial").permutation(pool)


def check_count(pool: np.ndarray, count: int, more: int = 0) -> None:
    """StudioError where `pool` (M,) has not that many images and one more, to choose from, or not `more` beside them:
    rounds that all strategies end with all images would tell nothing of them."""
    if len(pool) <= count:
        raise StudioError(
            f"The experiment starts from {count:,} labels, and {len(pool):,} images can be labelled: start from "
            f"{max(len(pool) - 1, 0):,} or fewer, or bring more images."
        )
    if len(pool) < count + more:
        raise StudioError(
            f"The experiment asks for {count + more:,} labels in all, and {len(pool):,} images can be labelled: make "
            "its rounds fewer or smaller, or bring more images."
        )
