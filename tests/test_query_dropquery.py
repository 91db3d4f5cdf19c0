"""DropQuery: who is clustered, which image stands for a cluster, and what follows."""

from dataclasses import replace

import numpy as np
import pytest
from query_pools import make_pool

from vabal_core.query import dropquery as module
from vabal_core.query.dropquery import disagreement_scores, dropquery
from vabal_core.types import UNLABELLED, Committee, Pool

SIZES = (30, 20, 10)


def planted(unstable_in: float = 1.0, seed: int = 0) -> Pool:
    """Clusters far apart, of SIZES, their images mixed: the classifier says class 0, and of 3 passes 2 or 1 another."""
    rng = np.random.default_rng(seed)
    cluster = rng.permutation(np.repeat(np.arange(len(SIZES)), SIZES))
    unstable = rng.random(len(cluster)) < unstable_in
    votes = np.where(unstable[:, np.newaxis], [1 / 3, 0, 2 / 3], [2 / 3, 1 / 3, 0])
    probabilities = 0.5 + 0.3 * rng.random(len(cluster))
    return Pool(
        keys=rng.permutation(10 * len(cluster))[: len(cluster)],
        candidates=np.ones(len(cluster), bool),
        labels=np.full(len(cluster), UNLABELLED),
        class_count=3,
        probabilities=np.stack([probabilities, 1 - probabilities - 0.1, np.full(len(cluster), 0.1)], axis=1),
        embeddings=(100 * np.eye(len(SIZES), 5)[cluster] + rng.normal(size=(len(cluster), 5))).astype(np.float32),
        heavy_dropout=Committee(probabilities=votes, entropy=np.zeros(len(cluster)), votes=votes),
    )


def query(pool: Pool, k: int, seed: int = 0) -> np.ndarray:
    return dropquery(pool, k, np.random.default_rng(seed)).rows


def test_disagreement_is_the_share_of_passes_that_name_another_class():
    """By hand: predicted 0, 2 and 1, which a half, none and all of the passes name; the fourth is no candidate."""
    probabilities = np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [np.nan] * 3])
    votes = np.array([[0.5, 0.5, 0.0], [0.75, 0.25, 0.0], [0.0, 1.0, 0.0], [np.nan] * 3])
    pool = Pool(
        keys=np.arange(4),
        candidates=np.arange(4) < 3,
        labels=np.full(4, UNLABELLED),
        class_count=3,
        probabilities=probabilities,
        heavy_dropout=Committee(probabilities=votes, entropy=np.zeros(4), votes=votes),
    )
    scores = disagreement_scores(pool, np.random.default_rng(0))
    assert scores.values.tolist() == [0.5, 1.0, 0.0]
    assert scores.ties == pytest.approx([-0.3, -0.5, -0.2])


def test_every_cluster_gives_the_image_nearest_its_centre_larger_ones_first():
    pool = planted()
    nearest = []
    for number in range(len(SIZES)):
        members = np.flatnonzero(pool.embeddings.argmax(1) == number)
        centre = pool.embeddings[members].mean(0)
        nearest.append(members[np.linalg.norm(pool.embeddings[members] - centre, axis=1).argmin()])
    assert query(pool, 3).tolist() == nearest


def test_only_images_that_more_than_half_of_the_passes_name_otherwise_are_clustered():
    pool = planted(unstable_in=0.5)
    unstable = pool.heavy_dropout.votes[:, 0] < 0.5
    rows = query(pool, 12)
    assert unstable[rows].all()
    assert set(pool.embeddings[rows].argmax(1)) == {0, 1, 2}


def test_half_of_the_passes_is_not_more_than_half():
    pool = planted()
    votes = np.where(np.arange(len(pool.keys))[:, np.newaxis] < 5, [0, 1.0, 0], [0.5, 0.5, 0])
    rows = query(replace(pool, heavy_dropout=replace(pool.heavy_dropout, votes=votes)), 4)
    assert set(rows) <= set(range(5))


def test_where_they_are_fewer_than_asked_the_rest_comes_by_disagreement_and_margin():
    pool = planted(unstable_in=0.2)
    unstable = pool.heavy_dropout.votes[:, 0] < 0.5
    rows = query(pool, 40)
    count = int(unstable.sum())
    assert count < 40 and set(rows[:count]) == set(np.flatnonzero(unstable))
    margin = pool.probabilities[:, 0] - pool.probabilities[:, 1]
    assert (np.diff(np.abs(margin[rows[count:]])) >= 0).all()


def test_copies_count_once_and_come_last():
    pool = planted()
    embeddings = pool.embeddings.copy()
    copies = np.arange(25)
    embeddings[copies] = embeddings[0]
    rows = query(replace(pool, embeddings=embeddings), 36)  # as many as differ
    assert len(set(copies) & set(rows.tolist())) == 1


def test_the_embeddings_of_few_are_read(monkeypatch):
    monkeypatch.setattr(module, "SAMPLED_IMAGES", 25)
    read = []

    class Counted:
        def __getitem__(self, rows: np.ndarray) -> np.ndarray:
            read.append(len(rows))
            return pool.embeddings[rows]

    pool = planted()
    assert len(set(query(replace(pool, embeddings=Counted()), 59))) == 59
    assert read == [25]


def test_many_clusters_by_batches_give_as_many_images():
    pool = make_pool(count=600)
    rows = query(pool, 120)
    assert len(set(rows)) == 120
    assert pool.candidates[rows].all()
