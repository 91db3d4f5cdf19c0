"""What a strategy may see, and what it answers."""

from dataclasses import dataclass
from typing import Any

import numpy as np

UNLABELLED = -1


@dataclass(frozen=True, kw_only=True)
class Committee:
    """What several classifiers, or several states of one, say of every image; NaN where it is no candidate."""

    probabilities: np.ndarray  # (N, C) float64, the mean over the members; rows sum to 1
    entropy: np.ndarray  # (N,) float64, the mean of the members' entropies, in nats
    votes: np.ndarray  # (N, C) float64, the share of the members that name each class

    def __getitem__(self, rows: np.ndarray | slice) -> "Committee":
        return Committee(probabilities=self.probabilities[rows], entropy=self.entropy[rows], votes=self.votes[rows])


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What a strategy may see. Row i of every field is image i; `candidates` marks the unlabelled rows it may choose.

    A field that a strategy does not require (see `Strategy.requires`) is None: nothing is trained that nobody reads.
    """

    keys: np.ndarray  # (N,) int64, distinct: the identity of an image, the same in whatever row it stands
    candidates: np.ndarray  # (N,) bool
    labels: np.ndarray  # (N,) int64, UNLABELLED where unknown
    class_count: int
    probabilities: np.ndarray | None = None  # (N, C) float64, rows sum to 1
    # (N, D) float32, the input of the classifier's last layer: an array, or what gives rows of one for embeddings[rows]
    embeddings: Any = None
    reliability: np.ndarray | None = None  # (C,) float64 in [0, 1], Eq. 10
    log_prior: np.ndarray | None = None  # (C,) float64, Eq. 11
    log_likelihood: np.ndarray | None = None  # (N, C) float64, Eq. 8; NaN where the row is no candidate
    staged_log_likelihood: np.ndarray | None = None  # (N, C) likewise: from all draws where `refined`, else from few
    draw_counts: np.ndarray | None = None  # (N, C) float64, draws in each class by Eq. 6; NaN where no candidate
    refined: np.ndarray | None = None  # (N,) bool: the candidates that the joint score wants most by few draws
    posterior: np.ndarray | None = None  # (N, C) float64, p(n|x); rows sum to 1, NaN where the row is no candidate
    # (N, C) float64: what models that had not learned from them say of labelled images; NaN where there is nothing
    out_of_fold: np.ndarray | None = None
    dropout: Committee | None = None  # the classifier under many dropout masks
    heavy_dropout: Committee | None = None  # the last layer under a few masks that drop most of what it reads
    predicted_loss: np.ndarray | None = None  # (N,) float64, higher where the classifier should lose more; no unit
    discriminator: np.ndarray | None = None  # (N,) float64 in [0, 1], the probability of being a labelled image
    ensemble: Committee | None = None  # classifiers that differ by their seed or by the labels that they learned from


@dataclass(frozen=True)
class Query:
    """The answer of a strategy: `rows` (k,) of the pool, best first, and their `scores` (k,), higher is more wanted."""

    rows: np.ndarray
    scores: np.ndarray
