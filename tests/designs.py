"""Projects of a few lines for the tests of estimates: what was labelled, how it was chosen, and in which order."""

import numpy as np

from vabal_core.estimate.design import Design
from vabal_core.types import UNLABELLED


def design_of(
    *, evaluation: tuple[int, int] = (0, 0), chosen: str = "", unlabelled: int = 0, class_count: int = 2
) -> Design:
    """Images of class 1 ("hits") and 0. `evaluation`: (hits, others). `chosen`: the labels of the pool in their order,
    "R" and "r" for a hit and another image out of a ranking, "A" and "a" for those of the audit."""
    hits, others = evaluation
    labels = [1] * hits + [0] * others + [int(letter.isupper()) for letter in chosen] + [UNLABELLED] * unlabelled
    drawn = hits + others
    places = np.arange(len(labels))
    audit = np.zeros(len(labels), bool)
    audit[drawn : drawn + len(chosen)] = [letter in "Aa" for letter in chosen]
    return Design(
        labels=np.array(labels, np.int64),
        evaluation=places < drawn,
        audit=audit,
        place=places,
        class_count=class_count,
    )
