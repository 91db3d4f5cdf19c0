"""Probabilities from the logits of a head: the temperature that makes them honest, and classes without any label.

A class that a head has no label of has minus infinity among its logits. L images, C classes.
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

NEUTRAL = 1.0
MAX_TEMPERATURE = 8.0  # and its inverse the least: a handful of labels may ask for none or for an infinite one


def calibrated(logits: np.ndarray, temperature: float, label_count: np.ndarray | int) -> np.ndarray:
    """softmax(logits / temperature), with a share for classes without a label. (n, C) -> (n, C), rows sum to 1.

    Each such class has the share 1 / (label_count + C), Laplace's rule of succession for what was never seen among
    `label_count` labels (one number, or one a row); the other classes divide what is left.
    """
    unseen = np.isneginf(logits)
    share = unseen / (np.reshape(label_count, (-1, 1)) + logits.shape[1])
    return softmax(logits / temperature, axis=1) * (1 - share.sum(1, keepdims=True)) + share


def balanced_log_loss(logits: np.ndarray, labels: np.ndarray, temperature: float = NEUTRAL) -> float:
    """Minus the mean log-probability of the labels in nats, each class weighing alike. (L, C), (L,) -> number.

    Images whose class has no logit are left out: no strength and no temperature changes what is said of them.
    """
    log_probabilities = log_softmax(logits / temperature, axis=1)[np.arange(len(labels)), labels]
    seen = np.isfinite(log_probabilities)
    counts = np.bincount(labels[seen])
    weights = 1 / (np.count_nonzero(counts) * counts[labels[seen]])
    return float(-(weights * log_probabilities[seen]).sum())


def choose_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of the least balanced log-loss (Guo et al., ICML 2017, section 4.2, with classes alike)."""

    def loss(log_temperature: float) -> float:
        return balanced_log_loss(logits, labels, np.exp(log_temperature))

    bound = np.log(MAX_TEMPERATURE)
    return float(np.exp(minimize_scalar(loss, bounds=(-bound, bound), method="bounded").x))
