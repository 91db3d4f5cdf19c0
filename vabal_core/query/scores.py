"""The equations that turn a pool's fields into scores: higher is more wanted. Plain functions on float64 arrays.

N images, C classes.
"""

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax, xlogy


def reliability(draws_by_class: np.ndarray, labels: np.ndarray, shrinkage: float) -> np.ndarray:
    """p(y = n | predicted n) of Eq. 10: of the draws that fall in class n, the share whose image is labelled n.

    draws_by_class (L, C) counts the draws of each labelled image in each class, labels (L,) -> (C,) in [0, 1].
    `shrinkage` pseudo-images at the overall hit rate are added to each class, so a class never predicted is not 0/0.
    """
    shares = draws_by_class / draws_by_class.sum(1, keepdims=True)  # each image counts once
    class_count = shares.shape[1]
    hits = shares[np.arange(len(labels)), labels]
    hits_by_class = np.bincount(labels, weights=hits, minlength=class_count)
    return (hits_by_class + shrinkage * hits.mean()) / (shares.sum(0) + shrinkage)


def log_prior(draws_by_class: np.ndarray, shrinkage: float) -> np.ndarray:
    """log p(predicted n) of Eq. 11: the share of draws that fall in class n. (L, C) -> (C,); exp sums to 1.

    `shrinkage` pseudo-images spread evenly over the classes keep a class never predicted above zero.
    """
    shares = draws_by_class / draws_by_class.sum(1, keepdims=True)
    counts = shares.sum(0) + shrinkage / shares.shape[1]
    return np.log(counts) - np.log(counts.sum())


def log_joint(log_likelihood: np.ndarray, log_prior: np.ndarray, reliability: np.ndarray) -> np.ndarray:
    """log sum_n reliability_n p(x|n) p(n): the numerator of Eq. 5. (N, C), (C,), (C,) -> (N,)."""
    check_finite(log_likelihood=log_likelihood, log_prior=log_prior, reliability=reliability)
    return logsumexp(log_likelihood.astype(np.float64) + log_prior, b=reliability, axis=1)


def joint_score(log_likelihood: np.ndarray, log_prior: np.ndarray, reliability: np.ndarray) -> np.ndarray:
    """1 - sum_n reliability_n p(x|n) p(n): the numerator of Eq. 5 alone, un-normalised.

    (N, C), (C,), (C,) -> (N,). High for an image that the abundant, reliable classes do not explain.
    """
    return -np.expm1(log_joint(log_likelihood, log_prior, reliability))


def posterior(log_likelihood: np.ndarray, log_prior: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """p(n|x) by Bayes' rule, the fraction within Eq. 5: softmax_n(log-likelihood_n / temperature + log prior_n).

    (N, C), (C,) -> (N, C), rows sum to 1. A temperature above 1 flattens the likelihood; 1 is Eq. 5 as printed.
    """
    check_finite(log_likelihood=log_likelihood, log_prior=log_prior)
    return softmax(log_likelihood.astype(np.float64) / temperature + log_prior, axis=1)


def posterior_score(posterior: np.ndarray, reliability: np.ndarray) -> np.ndarray:
    """1 - sum_n reliability_n p(n|x): Eq. 5 as printed. (N, C), (C,) -> (N,).

    Constant where all reliabilities are equal.
    """
    check_finite(posterior=posterior, reliability=reliability)
    return 1 - posterior @ reliability


def pooled_opinions(probabilities: np.ndarray, draw_counts: np.ndarray) -> np.ndarray:
    """What classifier and auto-encoder say together of p(predicted n | x), the last factor of Eq. 3 (paper).

    The logarithmic opinion pool with equal weights (Genest and Zidek 1986): the root of the classifier's probability
    times the share of draws in the class by Eq. 6, one pseudo-draw added to each class. (N, C), (N, C) -> (N, C), rows
    sum to 1.
    """
    check_finite(probabilities=probabilities, draw_counts=draw_counts)
    opinions = np.sqrt(probabilities * (draw_counts + 1))
    return opinions / opinions.sum(1, keepdims=True)


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """-sum_n p_n log p_n in nats. (N, C) -> (N,)."""
    check_finite(probabilities=probabilities)
    return -xlogy(probabilities, probabilities).sum(1)


def negative_margin(probabilities: np.ndarray) -> np.ndarray:
    """Minus the lead of the first class over the second: 0 where they tie, -1 at certainty. (N, C) -> (N,)."""
    check_finite(probabilities=probabilities)
    first, second = two_highest(probabilities)
    return second - first


def two_highest(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The probability (N,) of the likeliest class and of the next; of a single class the next is 0. (N, C)."""
    if probabilities.shape[1] == 1:
        return probabilities[:, 0], np.zeros(len(probabilities))
    second, first = np.partition(probabilities, -2, axis=1)[:, -2:].T
    return first, second


def least_confidence(probabilities: np.ndarray) -> np.ndarray:
    """One minus the probability of the likeliest class. (N, C) -> (N,)."""
    check_finite(probabilities=probabilities)
    return 1 - probabilities.max(1)


def probabilities_from_logits(logits: np.ndarray) -> np.ndarray:
    """Softmax in float64. (N, C) -> (N, C)."""
    check_finite(logits=logits)
    return np.exp(log_softmax(logits.astype(np.float64), axis=1))


def check_finite(**arrays: np.ndarray) -> None:
    """A NaN or an infinity is a bug upstream: it raises with its name and place; it never ranks."""
    for name, values in arrays.items():
        bad = ~np.isfinite(values)
        if bad.any():
            where = tuple(int(i) for i in np.argwhere(bad)[0])
            raise ValueError(f"{name} holds {np.asarray(values)[where]} at {where} ({int(bad.sum())} such values)")
