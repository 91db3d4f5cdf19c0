"""The cold start: before there is a label, the images to see first are typical ones of every part of the pool."""

import numpy as np

from vabal_core.query.clusters import at_most, first_of_each, k_means, most_central, seed_from
from vabal_core.query.distances import one_core, read_embeddings
from vabal_core.query.select import candidate_rows, scores_of_order
from vabal_core.types import UNLABELLED, Pool, Query

SAMPLED_IMAGES = 20_000  # more are not clustered: of a class that is 1 % of the pool there are 200 among them
COMPONENTS = 32  # 64 and 128 found no more classes (four imbalanced sources) and take longer
FIRST_CLUSTERS = 25
MAX_CLUSTERS = 800  # beyond these the order is random: by then a classifier has long known better


def coverage_order(
    embeddings: np.ndarray,
    keys: np.ndarray,
    k: int,
    rng: np.random.Generator,
    *,
    candidates: np.ndarray | None = None,
    covered: np.ndarray | None = None,
) -> np.ndarray:
    """Rows (k,) to label first, in an order of which every beginning covers the pool: typical images first.

    embeddings (N, D) float32, distances between which mean something; anything that gives rows for `embeddings[rows]`
    will do, and only a sample of them is read. keys (N,) int64, distinct. `candidates`: the rows to choose from (by
    default all); `covered`: rows whose part of the pool has been seen, because they have labels (by default none).
    k-means finds 25 clusters, then 50, 100 and so on; each time every cluster without a chosen or covered image gives
    the one nearest its centre, larger clusters first. Identical images count once; those beyond come at random.
    After TypiClust (Hacohen, Dekel and Weinshall, ICML 2022): the number of clusters grows with the labels, and what is
    typical is here what is near a centre. ValueError for k above the number of candidates, or a value not finite.
    """
    candidates = np.arange(len(keys)) if candidates is None else candidates
    covered = np.zeros(0, np.int64) if covered is None else covered
    if not 1 <= k <= len(candidates):
        raise ValueError(f"k={k}: must lie between 1 and the {len(candidates)} images to choose from")
    by_key, seen = (rows[np.argsort(keys[rows], kind="stable")] for rows in (candidates, covered))
    # The covered first: they stand for their copies.
    read = np.concatenate([at_most(seen, SAMPLED_IMAGES, rng), at_most(by_key, SAMPLED_IMAGES, rng)])
    values = read_embeddings(embeddings, read)
    distinct = first_of_each(values)
    clustered = read[distinct]
    places = _typical(_principal_components(values[distinct], rng), np.isin(clustered, covered), k, rng)
    chosen = clustered[places]
    rest = by_key[~np.isin(by_key, chosen)]
    return np.concatenate([chosen, rng.permutation(rest)])[:k]


def coverage_query(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """`coverage_order` of the candidates, where labelled images cover. Scores tell the order alone."""
    candidates, covered = candidate_rows(pool, k), np.flatnonzero(pool.labels != UNLABELLED)
    rows = coverage_order(pool.embeddings, pool.keys, k, rng, candidates=candidates, covered=covered)
    return Query(rows, scores_of_order(k))  # above 1: the random scores of what follows lie below


def _principal_components(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, D) -> (n, COMPONENTS), or as many as there are."""
    from sklearn.decomposition import PCA  # loaded where it is used: it takes longer than a server takes to start

    if len(values) == 1:
        return values  # one image varies in nothing
    components = min(COMPONENTS, *values.shape)
    with one_core():
        return PCA(components, svd_solver="randomized", random_state=seed_from(rng)).fit_transform(values)


def _typical(points: np.ndarray, covered: np.ndarray, k: int, rng: np.random.Generator) -> list[int]:
    """At most k places among `points` (n, D): of each cluster without a covered one the nearest to its centre.

    The number of clusters doubles until k are chosen, or there are no more points, or MAX_CLUSTERS.
    """
    covered, chosen, clusters = covered.copy(), [], FIRST_CLUSTERS
    while len(chosen) < k and clusters <= MAX_CLUSTERS and not covered.all():
        labels, distances = k_means(points, min(clusters, len(points)), rng)
        for place in most_central(labels, distances, labels[covered]):
            covered[place] = True
            chosen.append(place)
        clusters *= 2
    return chosen[:k]
