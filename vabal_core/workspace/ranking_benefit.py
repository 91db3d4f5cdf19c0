"""What the rankings have brought: how many of the images labelled out of them are rare, and what chance would give."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from vabal_core.evidence.chance import Expected, draws_for_hits, hits_by_chance
from vabal_core.evidence.intervals import Estimate, proportion
from vabal_core.store.ranked_labels import RankedLabels

RANDOM = "random"  # the strategy that ranks nothing
MIN_RECENT_LABELS = 50  # labels out of rankings that tell whether these still bring rare images


@dataclass(frozen=True, kw_only=True)
class Brought:
    """Of `chosen` images labelled out of rankings `rare` are of a rare class; `by_chance`: how many of as many images
    drawn at random, None where no image drawn at random tells."""

    chosen: int
    rare: int
    by_chance: Expected | None


@dataclass(frozen=True, kw_only=True)
class RankingBenefit:
    """`rounds`: number -> what the ranking of that round brought, by number; `total` of all of them, `recent` of the
    newest that together brought MIN_RECENT_LABELS labels. `needed`: how many images drawn at random hold as many rare
    ones as were brought. `share`: of the evaluation images, that are rare; `drawn`: whether these were drawn at random.
    """

    rounds: dict[int, Brought]
    total: Brought
    recent: Brought
    needed: Expected | None
    share: Estimate
    drawn: bool


def ranking_benefit(
    labels: Sequence[RankedLabels],
    rare: Collection[int],
    *,
    evaluation_rare: int,
    evaluation_total: int,
    drawn: bool,
    images: int,
) -> RankingBenefit:
    """What the labels given out of rankings tell; `images`: how many the pool holds, beyond which nothing is asked."""
    chosen, hits = Counter[int](), Counter[int]()
    for row in labels:
        if row.strategy != RANDOM:
            chosen[row.round] += row.count
            hits[row.round] += row.count if row.class_id in rare else 0

    def brought(numbers: Collection[int]) -> Brought:
        count = sum(chosen[n] for n in numbers)
        sampled = drawn and evaluation_total > 0
        by_chance = hits_by_chance(count, evaluation_rare, evaluation_total) if sampled else None
        return Brought(chosen=count, rare=sum(hits[n] for n in numbers), by_chance=by_chance)

    total = brought(chosen)
    comparable = total.by_chance is not None and total.rare > 0
    return RankingBenefit(
        rounds={number: brought([number]) for number in sorted(chosen)},
        total=total,
        recent=brought(_recent(chosen)),
        needed=draws_for_hits(total.rare, evaluation_rare, evaluation_total, images) if comparable else None,
        share=proportion(evaluation_rare, evaluation_total),
        drawn=drawn,
    )


def _recent(chosen: Counter[int]) -> list[int]:
    numbers: list[int] = []
    for number in sorted(chosen, reverse=True):
        if sum(chosen[n] for n in numbers) >= MIN_RECENT_LABELS:
            break
        numbers.append(number)
    return numbers
