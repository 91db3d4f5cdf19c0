"""By how much a model's probabilities are off for images that a ranking chooses, learned from its earlier choices.

A ranking seeks out images of which the probabilities say less than of others. What mends that is one shift of the
log-odds a class: Platt's calibration (1999) with a slope of one. It is learned from images whose probabilities were
said before their labels were given. The shift is a distribution, not a number: few labels leave it open, and it moves
on as the model and the choices change.

DEVIATION, DRIFT and FORGET were chosen on replays of digits, DRIFT a little higher after those of steel were looked at:
benchmarks/hindcast.py.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, logit
from scipy.stats import norm

from vabal_core.types import UNLABELLED

SHIFTS = np.linspace(-5, 5, 201)
DEVIATION = 0.7  # of the shift before any label
DRIFT = 0.6  # of its change from one batch to the next
FORGET = 0.7  # what a label weighs beside one of the next batch
EDGE = 1e-6  # no probability is nearer to 0 or 1
DRAWS = 1000


@dataclass(frozen=True, kw_only=True)
class Picks:
    """Images that a ranking chose, with what came of them. Row i of every array is image i; C classes.

    Labels of an audit are none of them: no ranking chose those.
    """

    probabilities: np.ndarray  # (n, C): what the model said before the label was given
    labels: np.ndarray  # (n,) int64 classes
    ages: np.ndarray  # (n,) int64: how many batches ago, 0 the newest

    def __post_init__(self) -> None:
        n = len(self.labels)
        if len(self.probabilities) != n or len(self.ages) != n:
            raise ValueError(f"{n} labels, {len(self.probabilities)} probabilities, {len(self.ages)} ages: as many")
        if (self.labels == UNLABELLED).any() or not np.isfinite(self.probabilities).all():
            raise ValueError("picks without a label or without probabilities were given: leave them out")


def shift_weights(picks: Picks, class_id: int) -> np.ndarray:
    """The probability (201,) of each of SHIFTS for the next batch. `class_id`: 0 to C - 1."""
    log = norm(scale=DEVIATION).logpdf(SHIFTS)
    odds, hit = log_odds(picks.probabilities[:, class_id]), picks.labels == class_id
    signed = np.where(hit, 1, -1)
    likelihoods = log_expit(signed[:, None] * (odds[:, None] + SHIFTS))
    log = log + (FORGET ** picks.ages[:, None] * likelihoods).sum(0)
    weights = np.convolve(np.exp(log - log.max()), norm(scale=DRIFT).pdf(SHIFTS), mode="same")
    return weights / weights.sum()


def shifted(probabilities: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Probabilities (DRAWS, n) that may be true, where (n,) were said; `weights` (201,) of the SHIFTS."""
    return expit(log_odds(probabilities) + rng.choice(SHIFTS, DRAWS, p=weights)[:, None])


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    return logit(np.clip(probabilities, EDGE, 1 - EDGE))
