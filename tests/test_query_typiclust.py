"""TypiClust: against the plain definitions, on planted clusters, on copies, and at the edges."""

from dataclasses import replace

import numpy as np
import pytest

from vabal_core.query import typiclust as module
from vabal_core.query.typiclust import order_of, typical_in_turn, typicality, typiclust
from vabal_core.types import UNLABELLED, Pool

SIZES = (40, 25, 15, 9)


def planted(labelled: tuple[int, ...] = (), seed: int = 0) -> Pool:
    """Clusters far apart, of SIZES, their images mixed; `labelled` clusters have one label each."""
    rng = np.random.default_rng(seed)
    cluster = rng.permutation(np.repeat(np.arange(len(SIZES)), SIZES))
    centres = 100 * np.eye(len(SIZES), 6)
    labels = np.full(len(cluster), UNLABELLED)
    for number in labelled:
        labels[np.flatnonzero(cluster == number)[3]] = 0
    return Pool(
        keys=rng.permutation(10 * len(cluster))[: len(cluster)],
        candidates=labels == UNLABELLED,
        labels=labels,
        class_count=1,
        embeddings=(centres[cluster] + rng.normal(size=(len(cluster), 6))).astype(np.float32),
    )


def cluster_of(pool: Pool, rows: np.ndarray) -> list[int]:
    return pool.embeddings[rows].argmax(1).tolist()


def query(pool: Pool, k: int, seed: int = 0) -> np.ndarray:
    return typiclust(pool, k, np.random.default_rng(seed)).rows


def plain_typicality(values: np.ndarray) -> np.ndarray:
    between = np.sqrt(((values[:, np.newaxis].astype(float) - values) ** 2).sum(2))
    count = min(20, len(values) // 2)
    return np.array([1 / np.sort(np.delete(row, place))[:count].mean() for place, row in enumerate(between)])


@pytest.mark.parametrize("count", [2, 3, 15, 60])
def test_typicality_is_one_over_the_mean_distance_to_the_nearest_others(count):
    values = np.random.default_rng(count).normal(size=(count, 4)).astype(np.float32)
    assert typicality(values) == pytest.approx(plain_typicality(values), rel=1e-3)


def test_typicality_by_hand():
    # Four on a line: half of them are the two nearest others, at 1 and 3, 1 and 2, 2 and 3, 7 and 9.
    values = np.array([[0.0], [1.0], [3.0], [10.0]], np.float32)
    assert typicality(values) == pytest.approx([2 / 4, 2 / 3, 2 / 5, 2 / 16])
    assert typicality(values[:1]).tolist() == [np.inf]


def test_clusters_come_by_labels_then_by_size_and_small_ones_do_not_count():
    members = np.repeat([0, 1, 2, 3, 4, 5], [6, 9, 7, 4, 8, 5])
    labelled = np.zeros(len(members), bool)
    labelled[[0, 16, 17]] = True  # one of cluster 0, two of cluster 2
    labelled[members == 5] = True  # has nothing left to label
    assert order_of(members, labelled) == [1, 4, 0, 2]
    few = np.array([0, 0, 1, 1, 1])
    assert order_of(few, np.zeros(5, bool)) == [1, 0]


def test_places_come_in_turn_as_in_the_plain_loop():
    rng = np.random.default_rng(2)
    values, members = rng.normal(size=(50, 3)).astype(np.float32), rng.integers(0, 4, 50)
    labelled = rng.random(50) < 0.15
    members[labelled] %= 2
    left = {cluster: [p for p in range(50) if members[p] == cluster and not labelled[p]] for cluster in range(4)}
    order = order_of(members, labelled)
    plain = []
    while any(left.values()):
        for cluster in order:
            if left[cluster]:
                among = values[left[cluster]]
                typical = plain_typicality(among).argmax() if len(among) > 1 else 0
                plain.append(left[cluster].pop(int(typical)))
    assert typical_in_turn(values, members, labelled, 50) == plain
    assert typical_in_turn(values, members, labelled, 9) == plain[:9]


def test_every_planted_cluster_gives_its_most_typical_image_larger_ones_first():
    pool = planted()
    rows = query(pool, 4)
    assert cluster_of(pool, rows) == [0, 1, 2, 3]
    for number, row in enumerate(rows.tolist()):
        members = np.flatnonzero(pool.embeddings.argmax(1) == number)
        assert row == members[plain_typicality(pool.embeddings[members]).argmax()]


def test_clusters_with_a_label_come_last():
    pool = planted(labelled=(0, 2))
    assert cluster_of(pool, query(pool, 2)) == [1, 3]
    assert pool.candidates[query(pool, 60)].all()


def test_of_more_images_than_clusters_each_gives_another_in_turn(monkeypatch):
    monkeypatch.setattr(module, "MAX_CLUSTERS", 4)
    pool = planted()
    assert cluster_of(pool, query(pool, 10)) == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert len(set(query(pool, sum(SIZES)))) == sum(SIZES)


def test_copies_of_an_image_count_once():
    """Sixty copies would be the most typical of all, and the largest cluster."""
    pool = planted(labelled=(1,))
    copies = np.flatnonzero(pool.candidates)[:60]
    embeddings = pool.embeddings.copy()
    embeddings[copies] = pool.embeddings[~pool.candidates]  # those of a labelled image
    rows = query(replace(pool, embeddings=embeddings), 28)
    assert not set(rows.tolist()) & set(copies.tolist())
    assert len(set(query(replace(pool, embeddings=np.ones_like(embeddings)), 88))) == 88


def test_of_a_large_pool_a_sample_is_clustered_and_the_rest_comes_at_random(monkeypatch):
    monkeypatch.setattr(module, "SAMPLED_IMAGES", 30)
    read = []

    class Counted:
        def __getitem__(self, rows: np.ndarray) -> np.ndarray:
            read.append(len(rows))
            return pool.embeddings[rows]

    pool = planted(labelled=(0, 1))
    rows = query(replace(pool, embeddings=Counted()), 87)
    assert read == [32]
    assert sorted(rows) == np.flatnonzero(pool.candidates).tolist()


def test_the_caller_s_arrays_are_left_as_they_were():
    pool = planted(labelled=(0,))
    before = {name: getattr(pool, name).copy() for name in ("keys", "candidates", "labels", "embeddings")}
    query(pool, 30)
    assert all((getattr(pool, name) == values).all() for name, values in before.items())
