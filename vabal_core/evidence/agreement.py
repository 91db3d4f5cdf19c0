"""How far people agree who labelled the same images without seeing each other's labels, with 95 % intervals.

The values are those of libraries (scikit-learn, statsmodels, krippendorff). The intervals are a bootstrap over images:
images are drawn again, as many as there were, and the middle 95 % of what comes of them is the interval. Where people
agree nearly always, the images at hand hold next to no disagreement to draw, and a plain bootstrap claims too much; so
one image on which people agree by chance alone is drawn among them (PSEUDO_IMAGES). The share that is the same has
Wilson's interval. benchmarks/agreement.py tells how often the intervals hold the truth.
"""

from dataclasses import dataclass, replace

import numpy as np

from vabal_core.evidence.intervals import NOTHING, Estimate, proportion

MISSING = -1  # in an array of labels: this person did not label this image
REPLICATES = 2_000
PSEUDO_IMAGES = 1.0


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Each from -1 or 0 to 1, over images with two labels or more; NaN where it cannot be computed.

    `percent`: the share of pairs of labels of one image that are the same. The others compare that share with what
    chance would give: `alpha` (Krippendorff 2011, nominal, any number of labels an image), `fleiss` (Fleiss 1971,
    images with the most frequent number of labels alone), `cohen` (Cohen 1960; two people, else NaN).
    """

    percent: Estimate
    alpha: Estimate
    fleiss: Estimate
    cohen: Estimate


def agreement(labels: np.ndarray, *, seed: int) -> Agreement:
    """How far the columns of `labels` agree: (N images, P people), class numbers from 0, or MISSING."""
    labels = labels[(labels != MISSING).sum(axis=1) >= 2]
    if not len(labels):
        return Agreement(percent=NOTHING, alpha=NOTHING, fleiss=NOTHING, cohen=NOTHING)
    rng = np.random.default_rng(seed)
    classes = int(labels.max()) + 1
    counts = value_counts(labels, classes)
    sizes = counts.sum(axis=1)
    usual = counts[sizes == np.bincount(sizes).argmax()]
    pairs = _replicates(counts, classes, rng)
    return Agreement(
        percent=_percent(counts),
        alpha=_estimate(_alpha(counts), alpha_of(pairs), len(labels)),
        fleiss=_estimate(_fleiss(usual), fleiss_of(_replicates(usual, classes, rng)), len(usual)),
        cohen=_cohen(labels, classes, rng),
    )


def value_counts(labels: np.ndarray, classes: int) -> np.ndarray:
    """(N, C): how many people gave each class to each image, of (N, P) labels."""
    return (labels[:, :, None] == np.arange(classes)).sum(axis=1)


def coincidences(counts: np.ndarray) -> np.ndarray:
    """(N, C, C): the pairs of labels of each image, (N, C) `counts`, over one less than its labels, so that each label
    counts once (Krippendorff 2011, step 2)."""
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1])
    return pairs / np.maximum(1, counts.sum(axis=1) - 1)[:, None, None]


def observed(pairs: np.ndarray) -> np.ndarray:
    """The share of pairs that are the same, of (..., C, C) coincidences."""
    return np.trace(pairs, axis1=-2, axis2=-1) / pairs.sum(axis=(-2, -1))


def alpha_of(pairs: np.ndarray) -> np.ndarray:
    """Krippendorff's alpha of (..., C, C) coincidences o with row sums n_c and sum n (2011, step 4, nominal):
    1 - (n - 1) (n - sum o_cc) / (n^2 - sum n_c^2)."""
    rows, total = pairs.sum(axis=-1), pairs.sum(axis=(-2, -1))
    different = total - np.trace(pairs, axis1=-2, axis2=-1)
    return _over(total**2 - (rows**2).sum(-1) - (total - 1) * different, total**2 - (rows**2).sum(-1))


def fleiss_of(pairs: np.ndarray) -> np.ndarray:
    """Fleiss' kappa of (..., C, C) coincidences of images with equally many labels: (P - P_e) / (1 - P_e), P the share
    of pairs that are the same, P_e the sum of the squared shares of the classes (Fleiss 1971, equations 3, 5 and 7)."""
    shares = pairs.sum(axis=-1) / pairs.sum(axis=(-2, -1))[..., None]
    chance = (shares**2).sum(-1)
    return _over(observed(pairs) - chance, 1 - chance)


def cohen_of(tables: np.ndarray) -> np.ndarray:
    """Cohen's kappa of (..., C, C) tables, the classes of one person down, those of the other across (Cohen 1960,
    equation 1): as Fleiss', with P_e the sum of the products of both people's shares of a class."""
    shares = tables / tables.sum(axis=(-2, -1), keepdims=True)
    chance = (shares.sum(-1) * shares.sum(-2)).sum(-1)
    return _over(np.trace(shares, axis1=-2, axis2=-1) - chance, 1 - chance)


def _over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """NaN where everybody gave one class throughout: nothing is left to compare with."""
    return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=np.asarray(below) > 1e-12)


def _percent(counts: np.ndarray) -> Estimate:
    """Of two labels an image the images are as many tosses of a coin; an image with more labels says no less."""
    value = float(observed(coincidences(counts).sum(0)))
    return replace(proportion(round(value * len(counts)), len(counts)), value=value)


def _cohen(labels: np.ndarray, classes: int, rng: np.random.Generator) -> Estimate:
    if labels.shape[1] != 2:
        return NOTHING
    from sklearn.metrics import cohen_kappa_score  # here: takes a second to load

    table = np.zeros((classes, classes))
    np.add.at(table, (labels[:, 0], labels[:, 1]), 1)
    chance = np.outer(table.sum(1), table.sum(0)) / len(labels) ** 2
    draws = _drawn(table.ravel(), chance.ravel(), rng).reshape(-1, classes, classes)
    one_class = np.count_nonzero(table.sum(0) + table.sum(1)) == 1
    value = np.nan if one_class else float(cohen_kappa_score(labels[:, 0], labels[:, 1]))
    return _estimate(value, cohen_of(draws), len(labels))


def _alpha(counts: np.ndarray) -> float:
    if np.count_nonzero(counts.sum(0)) < 2:
        return np.nan
    import krippendorff

    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def _fleiss(counts: np.ndarray) -> float:
    if np.count_nonzero(counts.sum(0)) < 2:
        return np.nan
    from statsmodels.stats.inter_rater import fleiss_kappa  # here: takes a second to load

    return float(fleiss_kappa(counts))


def _replicates(counts: np.ndarray, classes: int, rng: np.random.Generator) -> np.ndarray:
    """(REPLICATES, C, C) coincidences of as many images as there are, drawn again."""
    kinds, times = np.unique(counts, axis=0, return_counts=True)
    shares = counts.sum(0) / counts.sum()
    first, second = np.indices((classes, classes)).reshape(2, -1)
    by_chance = np.eye(classes, dtype=int)[first] + np.eye(classes, dtype=int)[second]
    chance = np.concatenate([np.zeros(len(kinds)), shares[first] * shares[second]])
    draws = _drawn(np.concatenate([times, np.zeros(len(by_chance))]), chance, rng)
    pairs = coincidences(np.concatenate([kinds, by_chance]))
    return (draws @ pairs.reshape(len(pairs), -1)).reshape(-1, classes, classes)


def _drawn(times: np.ndarray, chance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(REPLICATES, U): how often each kind of image is drawn. `times`: how often it is there; `chance`: its share where
    people agree by chance."""
    weights = times + PSEUDO_IMAGES * chance
    return rng.multinomial(int(times.sum()), weights / weights.sum(), size=REPLICATES).astype(float)


def _estimate(value: float, replicates: np.ndarray, count: int) -> Estimate:
    values = replicates[np.isfinite(replicates)]
    if not len(values) or not np.isfinite(value):
        return Estimate(value=value, low=np.nan, high=np.nan, count=count)
    low, high = np.quantile(values, (0.025, 0.975))
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), count=count)
