"""TypiClust: the most typical image of every cluster without a label, larger clusters first."""

import numpy as np

from vabal_core.query.clusters import at_most, first_of_each, k_means
from vabal_core.query.distances import one_core, read_embeddings
from vabal_core.query.random_sampling import random_scores
from vabal_core.query.select import candidate_rows, complete, scores_of_order
from vabal_core.types import UNLABELLED, Pool, Query

SAMPLED_IMAGES = 20_000  # more are not clustered
# As the authors' code has them.
MAX_CLUSTERS, BATCHES_BEYOND = 500, 50  # of more than 50 clusters the centres follow batches of the images
LEAST_MEMBERS, NEIGHBOURS = 5, 20


def typiclust(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """Clusters by k-means, as many as there will be labels, at most MAX_CLUSTERS; of each the most typical image.

    Those with the fewest labels first, larger ones before smaller; clusters of fewer than LEAST_MEMBERS images count
    only where there are no others, and where there are fewer clusters than k each gives another image in turn (Hacohen,
    Dekel and Weinshall, ICML 2022, Algorithm 1, with k-means). Unlike there, copies of an image count once: those
    beyond, and what no cluster gives, come at random. Of more than SAMPLED_IMAGES candidates a random sample is
    clustered. Scores tell the order alone. ValueError for k out of range, or an embedding that is not finite.
    """
    candidates, labelled = candidate_rows(pool, k), np.flatnonzero(pool.labels != UNLABELLED)
    by_key = [rows[np.argsort(pool.keys[rows], kind="stable")] for rows in (labelled, candidates)]
    read = np.concatenate([at_most(rows, SAMPLED_IMAGES, rng) for rows in by_key])  # a label stands for its copies
    values = read_embeddings(pool.embeddings, read)
    distinct = first_of_each(values)
    rows, values = read[distinct], values[distinct]
    clusters = min(len(labelled) + k, MAX_CLUSTERS, len(rows))
    members, _ = k_means(values, clusters, rng, by_batch=clusters > BATCHES_BEYOND)
    with one_core():
        places = typical_in_turn(values, members, ~pool.candidates[rows], k)
    ranking = complete(Query(rows[places], scores_of_order(len(places))), pool, random_scores(pool, rng))
    return Query(ranking.rows[:k], ranking.scores[:k])


def typical_in_turn(values: np.ndarray, members: np.ndarray, labelled: np.ndarray, k: int) -> list[int]:
    """At most k places: cluster after cluster the most typical of those left, until no cluster has any.

    values (n, D), the cluster of each `members` (n,), and whether it has a label (n,).
    """
    left = {cluster: np.flatnonzero((members == cluster) & ~labelled) for cluster in order_of(members, labelled)}
    chosen: list[int] = []
    while len(chosen) < k and left:
        for cluster in list(left)[: k - len(chosen)]:
            places = left[cluster]
            best = int(typicality(values[places]).argmax())
            chosen.append(int(places[best]))
            left[cluster] = np.delete(places, best)
        left = {cluster: places for cluster, places in left.items() if len(places)}
    return chosen


def order_of(members: np.ndarray, labelled: np.ndarray) -> list[int]:
    """The clusters that count, by their labels, fewest first, then by their size, largest first, then by number."""
    sizes, labels = np.bincount(members), np.bincount(members, weights=labelled)
    counts = (sizes > labels) & (sizes >= LEAST_MEMBERS)
    counts = counts if counts.any() else sizes > labels
    order = np.lexsort((-sizes, labels))
    return order[counts[order]].tolist()


def typicality(values: np.ndarray) -> np.ndarray:
    """1 / the mean distance to the nearest NEIGHBOURS others, or to half of them where these are fewer. (n, D) -> (n,).

    Infinite for one that is alone.
    """
    from sklearn.neighbors import NearestNeighbors  # loaded where used: it takes longer than a server to start

    if len(values) < 2:
        return np.full(len(values), np.inf)
    count = max(1, min(NEIGHBOURS, len(values) // 2))
    with np.errstate(divide="ignore"):
        search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(values)
        return 1 / search.kneighbors()[0].mean(1)  # without an argument none is its own neighbour
