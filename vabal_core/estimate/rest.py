"""How many of the images without a label are hits, from what was drawn at random: one count, one distribution.

A hit is an image with some property that is the same whenever it is looked at: being of a class, being taken for what
it is. A domain is any part of the population that is known without labels: the images that the model takes for a class.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from vabal_core.estimate.design import Design

GRID = 512  # counts at which the distribution is computed, where there are more
FAR = 18.0  # below the largest log-density by so much nothing is left
DRAWS = 2000  # of the distribution, where several counts are put together
TAIL = 0.025  # on either side of a 95 % interval


@dataclass(frozen=True, kw_only=True)
class Rest:
    """What is known of the hits in a domain. `hits` of `labelled` images are (all labels, however they were chosen);
    of those drawn at random, `random_hits` of `random`. `rest` images have no label, of which `likeliest` are hits
    (half of them where nothing was drawn at random), and `counts` (G,) with the probabilities `weights` (G,);
    `flat_weights`: the same without a prior."""

    hits: int
    labelled: int
    random_hits: int
    random: int
    rest: int
    likeliest: int
    counts: np.ndarray
    weights: np.ndarray
    flat_weights: np.ndarray

    @property
    def images(self) -> int:
        return self.labelled + self.rest

    def opposite(self) -> "Rest":
        """The same domain, every image that was a hit being none, and turned round."""
        return replace(
            self,
            hits=self.labelled - self.hits,
            random_hits=self.random - self.random_hits,
            likeliest=self.rest - self.likeliest,
            counts=self.rest - self.counts[::-1],
            weights=self.weights[::-1],
            flat_weights=self.flat_weights[::-1],
        )

    def interval(self, tail: float = TAIL) -> tuple[int, int]:
        """How many hits the rest holds at least and at most, `tail` being left on either side.

        Where no random image was a hit, none may be left, and the bound above is that of the rule of three (Hanley and
        Lippman-Hand 1983), for a finite population: all that is left out lies beyond it. Likewise turned round where
        every random image was a hit. Where none was drawn at random, nothing is told of the rest.
        """
        if self.random == 0:
            return 0, self.rest
        if self.random_hits == 0:
            return 0, _quantile(self.counts, self.flat_weights, 1 - 2 * tail)
        if self.random_hits == self.random:
            return _quantile(self.counts, self.flat_weights, 2 * tail), self.rest
        low, high = (_quantile(self.counts, self.weights, q) for q in (tail, 1 - tail))
        return min(low, self.likeliest), max(high, self.likeliest)

    def draws(self, seed: int) -> np.ndarray:
        """DRAWS values of hits in the rest with its distribution, in an order that `seed` alone decides."""
        at = (np.random.default_rng(seed).permutation(DRAWS) + 0.5) / DRAWS
        return self.counts[np.minimum(np.searchsorted(self.weights.cumsum(), at), len(self.counts) - 1)]


def rest_of(design: Design, hit: np.ndarray, domain: np.ndarray) -> Rest:
    """What the labels tell of the hits in `domain` (N,) bool; `hit` (N,) bool is read where an image has a label.

    The distribution is that of Bayes' rule. Its likelihood is the partial likelihood (Cox 1975) of what was drawn at
    random: the evaluation images from all (hypergeometric), each audit image from those that had no label then. It
    holds whatever the ranking did in between: a good one leaves fewer hits, and a later audit speaks of fewer images.
    The prior of the number of hits in the rest is the reference prior of the hypergeometric distribution (Berger,
    Bernardo and Sun, JASA 2012), Jeffreys' for a finite population, whose intervals are close to those of mid-p tests
    (Brown, Cai and DasGupta, Statistical Science 2001, section 4.1.2).
    """
    order = design.pool_order[domain[design.pool_order]]
    in_evaluation = design.evaluation & domain
    drawn, drawn_hits = int(in_evaluation.sum()), int((hit & in_evaluation).sum())
    rest = int((domain & ~design.labelled).sum())
    hits, audits = hit[order], design.audit[order]
    left_hits = hits[::-1].cumsum()[::-1][audits]  # found at this audit or later
    left = rest + len(order) - np.flatnonzero(audits)  # images without a label just before
    pool_found = int(hits.sum())

    def log_likelihood(m: np.ndarray) -> np.ndarray:
        pool_hits, misses = m + pool_found, rest + len(order) - m - pool_found
        drawn_misses = drawn - drawn_hits
        value = _log_falling(pool_hits + drawn_hits, drawn_hits) + _log_falling(misses + drawn_misses, drawn_misses)
        for hits_left, images_left, is_hit in zip(left_hits, left, hits[audits], strict=True):
            value = value + np.log(m + hits_left if is_hit else images_left - m - hits_left)
        return value

    counts, likelihood = _grid(log_likelihood, rest)
    width = np.gradient(counts.astype(float)) if len(counts) < rest + 1 else np.ones(len(counts))
    prior = gammaln(counts + 0.5) - gammaln(counts + 1) + gammaln(rest - counts + 0.5) - gammaln(rest - counts + 1)
    random_hits, random = drawn_hits + int(hits[audits].sum()), drawn + int(audits.sum())
    return Rest(
        hits=pool_found + drawn_hits,
        labelled=len(order) + drawn,
        random_hits=random_hits,
        random=random,
        rest=rest,
        likeliest=int(counts[likelihood.argmax()]) if random else rest // 2,
        counts=counts,
        weights=_normal(likelihood + prior + np.log(width)),
        flat_weights=_normal(likelihood + np.log(width)),
    )


def _log_falling(n: np.ndarray, k: int) -> np.ndarray:
    """log(n (n - 1) ... (n - k + 1))"""
    return gammaln(n + 1.0) - gammaln(n - k + 1.0)


def _grid(log_likelihood: Callable[[np.ndarray], np.ndarray], rest: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts of 0 to `rest` that hold what matters of the distribution, GRID at most, and their log-likelihoods."""
    low, high = 0, rest
    while True:
        counts = np.unique(np.linspace(low, high, GRID).round().astype(np.int64))
        likelihood = log_likelihood(counts)
        near = np.flatnonzero(likelihood > likelihood.max() - FAR)
        first, last = max(near[0] - 1, 0), min(near[-1] + 1, len(counts) - 1)
        if len(counts) == high - low + 1 or last - first > len(counts) / 2:
            return counts, likelihood
        low, high = int(counts[first]), int(counts[last])


def _normal(log_weights: np.ndarray) -> np.ndarray:
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()


def _quantile(counts: np.ndarray, weights: np.ndarray, q: float) -> int:
    """The smallest count up to which at least the share `q` lies."""
    return int(counts[min(np.searchsorted(weights.cumsum(), q), len(counts) - 1)])
