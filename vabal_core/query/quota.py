"""Quotas by predicted class: the images that a score wants most, with the labels as even over the classes as can be."""

from functools import partial

import numpy as np

from vabal_core.query.scores import check_finite
from vabal_core.query.select import candidate_rows, top_k
from vabal_core.query.strategy import Score, Strategy
from vabal_core.types import UNLABELLED, Pool, Query


def balanced(strategy: Strategy) -> Strategy:
    """Of each predicted class the best by the score of `strategy`: always of the class with the fewest so far.

    The best of a class may be far behind those of all classes: every candidate is read alike.
    """
    strategy = strategy.in_full or strategy
    return Strategy(
        description=f"{strategy.title}, classes even: {strategy.explanation}; the class with the fewest labels first",
        source=f"{strategy.source}; quotas by predicted class",
        requires=tuple(dict.fromkeys(["probabilities", *strategy.requires])),
        query=partial(balanced_query, strategy.score),
        fallback=strategy.fallback,
        reason=f"{strategy.reason}, from the predicted class with the fewest so far",
        fallback_reason=strategy.fallback_reason,
        settings=strategy.settings,
    )


def balanced_query(score: Score, pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """k candidates, each of the predicted class that has the fewest images: labelled ones, and those chosen before it.

    Within a class they go by score. Where two classes have equally few, the image that the score wants more comes
    first. Scores are those of the images, none higher than the one before it.
    """
    candidate_rows(pool, k)
    ranked = top_k(pool, score(pool, rng), int(pool.candidates.sum()))
    labelled = np.bincount(pool.labels[pool.labels != UNLABELLED], minlength=pool.class_count)
    probabilities = pool.probabilities[ranked.rows]
    check_finite(probabilities=probabilities)
    places = even_order(probabilities.argmax(1), labelled)[:k]
    return Query(ranked.rows[places], np.minimum.accumulate(ranked.scores[places]))


def even_order(classes: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Places (n,) of images, given best first, so that each is of the class with the fewest images before it.

    classes (n,) of the images, counts (C,) images that each class has already. The j-th best of a class (j from 0)
    comes when its class has counts + j images: in the order of these numbers, equal ones best first.
    """
    by_class = np.argsort(classes, kind="stable")
    sizes = np.bincount(classes, minlength=len(counts))
    before = np.empty(len(classes), np.int64)  # images of its class that are better
    before[by_class] = np.arange(len(classes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.argsort(counts[classes] + before, kind="stable")
