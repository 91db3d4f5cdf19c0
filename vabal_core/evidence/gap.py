"""What is missing to know better how good a model is."""

from dataclasses import dataclass

from vabal_core.evidence.intervals import Estimate


@dataclass(frozen=True, kw_only=True)
class EvaluationGap:
    """`widest`: the class whose hit rate is known least well (a rare one, where some are rare), None where none was
    measured; `more` evaluation labels of it would halve the interval of that rate, `hits`. `labels`: so many evaluation
    images of any class hold as many of it, by their shares so far; None where they are not drawn at random.
    `unmeasured`: names of the classes without any evaluation image; `waiting`: evaluation images to be labelled.
    """

    widest: str | None
    hits: Estimate | None
    more: int
    labels: int | None
    unmeasured: tuple[str, ...]
    waiting: int
