"""DropQuery: images whose prediction does not survive heavy dropout, one from each of k clusters of them."""

import numpy as np

from vabal_core.query.clusters import first_of_each, k_means, most_central
from vabal_core.query.distances import read_embeddings
from vabal_core.query.sample import sample_by_weight
from vabal_core.query.scores import check_finite, negative_margin
from vabal_core.query.select import Scores, candidate_rows, complete, scores_of_order, top_k
from vabal_core.types import Pool, Query

SAMPLED_IMAGES = 20_000  # more are not clustered
BATCHES_BEYOND = 50  # of more clusters the centres follow batches of the images


def dropquery(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """Of the images that more than half of the passes name otherwise than the classifier, the nearest to the centre of
    each of k clusters, larger clusters first.

    Gupte, Aklilu, Nirschl and Yeung-Levy, "Revisiting active learning in the era of vision foundation models", TMLR
    2024, section 4. Where these are no more than k all are chosen, and the rest comes by `disagreement_scores`, as
    copies of an image do. Of more than SAMPLED_IMAGES a sample is clustered that favours disagreement. Scores of images
    from clusters tell the order alone.
    ValueError for k out of range, or a probability, a vote or an embedding that is not finite.
    """
    candidates, disagreement = candidate_rows(pool, k), disagreement_scores(pool, rng)
    by_key = np.argsort(pool.keys[candidates], kind="stable")
    unstable = by_key[disagreement.values[by_key] > 0.5]
    if len(unstable) <= k:
        return top_k(pool, disagreement, k)
    sampled, _ = sample_by_weight(disagreement.values[unstable], SAMPLED_IMAGES, rng)
    rows = candidates[unstable[sampled]]
    chosen = rows[central_of_clusters(read_embeddings(pool.embeddings, rows), k, rng)]
    ranking = complete(Query(chosen, scores_of_order(len(chosen))), pool, disagreement)
    return Query(ranking.rows[:k], ranking.scores[:k])


def disagreement_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    """The share of passes that name another class than the classifier does; equal ones by margin."""
    probabilities, votes = pool.probabilities[pool.candidates], pool.heavy_dropout.votes[pool.candidates]
    check_finite(probabilities=probabilities, votes=votes)
    agreeing = votes[np.arange(len(votes)), probabilities.argmax(1)]
    return Scores(values=1 - agreeing, ties=negative_margin(probabilities))


def central_of_clusters(values: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """At most k places of `values` (n, D): the nearest to the centre of each of k clusters; copies count once."""
    distinct = first_of_each(values)
    clusters = min(k, len(distinct))
    labels, distances = k_means(values[distinct], clusters, rng, by_batch=clusters > BATCHES_BEYOND)
    return distinct[most_central(labels, distances, np.zeros(0, np.int64))]
