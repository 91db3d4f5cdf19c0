"""One active-learning round as a generator of events: fit, choose, evaluate. No store, no page."""

import numpy as np
import torch

from vabal_core.loop.evaluate import evaluate
from vabal_core.loop.events import Work
from vabal_core.loop.fields import pool_with
from vabal_core.loop.fit import fit
from vabal_core.loop.fitted import Fitted, Inputs
from vabal_core.loop.task import RoundResult, RoundTask
from vabal_core.query.select import complete
from vabal_core.query.strategies import find_strategy
from vabal_core.query.strategy import Strategy
from vabal_core.runtime import numpy_generator
from vabal_core.types import Progress, Query


def run_round(task: RoundTask, inputs: Inputs, *, device: torch.device) -> Work[tuple[Fitted, RoundResult]]:
    """Learns from the labelled pool, ranks the unlabelled one, measures on the evaluation images.

    Same task, same inputs, same device, same result. Closing the generator stops the round between two steps.
    ValueError where `why_no_round` finds a reason or the strategy is unknown.
    """
    find_strategy(task.strategy)  # a wrong name is said before anything is trained
    fitted = yield from fit(task, inputs, device=device)
    return fitted, (yield from rank_and_evaluate(fitted))


def rank_and_evaluate(fitted: Fitted) -> Work[RoundResult]:
    """The second half of a round: what its task asks of a classifier that is there."""
    task = fitted.task
    ranking = yield from rank(fitted, find_strategy(task.strategy), task.batch, task.seed)
    certified = yield from certify(fitted, find_strategy(task.strategy), ranking.rows[: task.batch])
    return (yield from evaluate(fitted, ranking, certified))


def choose(fitted: Fitted, strategy: Strategy, k: int, seed: int) -> Work[Query]:
    """The k images that `strategy` wants labelled next, best first, from the fields it requires and no others."""
    pool = yield from pool_with(fitted, strategy.requires)
    return strategy.query(pool, k, numpy_generator(seed, "query"))


def certify(fitted: Fitted, strategy: Strategy, rows: np.ndarray) -> Work[float | None]:
    """How near the choice of `rows` (k,) by `strategy` comes to the best there is: see `Strategy.certify`."""
    if strategy.certify is None:
        return None
    return strategy.certify((yield from pool_with(fitted, strategy.requires)), rows)


def rank(fitted: Fitted, strategy: Strategy, k: int, seed: int) -> Work[Query]:
    """Every unlabelled image: the k that `strategy` chooses (all, where fewer are left), then the others by its
    fallback score."""
    pool = yield from pool_with(fitted, strategy.requires)
    chosen = yield from choose(fitted, strategy, min(k, int(pool.candidates.sum())), seed)
    # The same numbers again: a score that is drawn puts the others where the query would have put them.
    ranking = complete(chosen, pool, strategy.fallback(pool, numpy_generator(seed, "query")))
    yield Progress("score", len(ranking.rows), len(ranking.rows))
    return ranking
