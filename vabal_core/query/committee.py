"""How far the members of a committee disagree, as scores: higher is more wanted. N images, C classes."""

import numpy as np

from vabal_core.query.scores import check_finite, entropy
from vabal_core.query.select import Scores
from vabal_core.types import Pool


def mutual_information(probabilities: np.ndarray, mean_entropy: np.ndarray) -> np.ndarray:
    """I(y; member | x) = H(mean of the members' p) - mean of their H, in nats. (N, C), (N,) -> (N,), never below 0.

    What BALD asks for (Houlsby et al. 2011, Eq. 2; Gal, Islam and Ghahramani, ICML 2017): high where the members are
    sure and disagree, 0 where all of them are unsure in the same way. Negative by rounding alone, which is cut off.
    """
    check_finite(mean_entropy=mean_entropy)
    return np.maximum(entropy(probabilities) - mean_entropy, 0)


def variation_ratio(votes: np.ndarray) -> np.ndarray:
    """The share of members that do not name the most named class (Freeman 1965; Beluch et al., CVPR 2018, Eq. 5).

    (N, C), rows summing to 1 -> (N,): 0 where all members agree.
    """
    check_finite(votes=votes)
    return 1 - votes.max(1)


def bald_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    committee = pool.dropout[pool.candidates]
    return Scores(values=mutual_information(committee.probabilities, committee.entropy))


def ensemble_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    """Five members have few different ratios: equal ones go by the mutual information."""
    committee = pool.ensemble[pool.candidates]
    disagreement = mutual_information(committee.probabilities, committee.entropy)
    return Scores(values=variation_ratio(committee.votes), ties=disagreement)
