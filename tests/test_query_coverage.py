"""The cold start: planted clusters, what has been seen already, copies, large pools."""

from dataclasses import replace

import numpy as np
import pytest

from vabal_core.query import coverage
from vabal_core.query.coverage import coverage_order, coverage_query
from vabal_core.types import UNLABELLED, Pool

SIZES = (400, 100, 60, 40, 30, 20)  # planted clusters, the first two thirds of the images
CENTRES = 20 * np.eye(len(SIZES), 8)


def planted(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings (650, 8) of clusters far apart, and the cluster of each; rows are mixed."""
    rng = np.random.default_rng(seed)
    clusters = rng.permutation(np.repeat(np.arange(len(SIZES)), SIZES))
    return (CENTRES[clusters] + rng.normal(size=(len(clusters), 8))).astype(np.float32), clusters


def order(embeddings: np.ndarray, k: int, seed: int = 0, **options) -> np.ndarray:
    return coverage_order(embeddings, np.arange(len(embeddings)), k, np.random.default_rng(seed), **options)


def nearest_to_centre(embeddings: np.ndarray, rows: np.ndarray) -> int:
    return rows[np.linalg.norm(embeddings[rows] - embeddings[rows].mean(0), axis=1).argmin()]


def test_the_first_image_of_each_cluster_is_the_nearest_to_its_centre_and_large_clusters_come_first(monkeypatch):
    monkeypatch.setattr(coverage, "FIRST_CLUSTERS", len(SIZES))
    embeddings, clusters = planted()
    expected = [nearest_to_centre(embeddings, np.flatnonzero(clusters == cluster)) for cluster in range(len(SIZES))]
    assert order(embeddings, 6).tolist() == expected


@pytest.mark.parametrize("seed", range(5))
def test_few_images_find_clusters_that_chance_misses(seed):
    embeddings, clusters = planted(seed)
    assert set(clusters[order(embeddings, 25, seed)]) == set(range(len(SIZES)))


def test_every_beginning_of_the_order_is_the_order_of_fewer():
    embeddings, _ = planted()
    whole = order(embeddings, len(embeddings))
    assert sorted(whole) == list(range(len(embeddings)))
    for k in (1, 25, 26, 100, 200):
        assert order(embeddings, k).tolist() == whole[:k].tolist()


def test_more_images_lie_nearer_to_every_other_than_as_many_at_random():
    embeddings, _ = planted()
    for k in (25, 50, 100, 200):
        chosen, drawn = order(embeddings, k), np.random.default_rng(1).permutation(len(embeddings))[:k]
        radius = [_distances(embeddings, embeddings[rows]).min(1).mean() for rows in (chosen, drawn)]
        assert radius[0] < radius[1]


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(a[:, np.newaxis] - b, axis=2)


def test_clusters_with_a_label_are_covered(monkeypatch):
    monkeypatch.setattr(coverage, "FIRST_CLUSTERS", len(SIZES))
    embeddings, clusters = planted()
    covered = np.array([np.flatnonzero(clusters == cluster)[-1] for cluster in (0, 1, 3)])
    candidates = np.setdiff1d(np.arange(len(embeddings)), covered)
    chosen = order(embeddings, 3, candidates=candidates, covered=covered)
    assert clusters[chosen].tolist() == [2, 4, 5]


def test_copies_come_after_everything_that_differs():
    embeddings = np.repeat(np.random.default_rng(0).normal(size=(30, 8)), 3, axis=0).astype(np.float32)
    chosen = order(embeddings, 30)
    assert sorted(chosen) == list(range(0, 90, 3))  # of each three the one with the lowest key
    covered = np.array([4])  # a copy of rows 3 and 5
    rest = np.setdiff1d(np.arange(90), covered)
    assert not {3, 5} & set(order(embeddings, 29, candidates=rest, covered=covered))


def test_images_that_differ_in_rounding_alone_are_ordered_without_a_warning():
    rng = np.random.default_rng(0)
    embeddings = np.ones((60, 8), np.float32) * np.where(rng.random((60, 8)) < 0.5, 1, 1 + 2**-23).astype(np.float32)
    assert sorted(order(embeddings, 60)) == list(range(60))


@pytest.mark.parametrize("count", [1, 2, 30])
def test_pools_of_identical_images_are_ordered_too(count):
    assert sorted(order(np.zeros((count, 4), np.float32), count)) == list(range(count))


def test_the_order_of_rows_does_not_matter_and_the_seed_does():
    embeddings, _ = planted()
    keys, mixed = np.arange(650), np.random.default_rng(3).permutation(650)
    straight, shuffled = (
        keys[rows][coverage_order(embeddings[rows], keys[rows], 120, np.random.default_rng(0))]
        for rows in (keys, mixed)
    )
    assert straight.tolist() == shuffled.tolist()
    assert order(embeddings, 120, seed=1).tolist() != straight.tolist()


class Counted:
    """Embeddings that say how many rows were read at once, as a store of features gives them."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.read = values, 0

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        self.read += len(rows)
        return self.values[rows]


def test_of_a_large_pool_only_a_sample_is_read(monkeypatch):
    monkeypatch.setattr(coverage, "SAMPLED_IMAGES", 200)
    embeddings, clusters = planted()
    counted = Counted(embeddings)
    covered = np.arange(300)
    whole = order(counted, 350, candidates=np.arange(300, 650), covered=covered)
    assert counted.read == 400  # 200 to choose from and 200 that are covered
    assert sorted(whole) == list(range(300, 650))
    assert set(clusters[order(Counted(embeddings), 25)]) == set(range(len(SIZES)))


def test_rows_neither_labelled_nor_candidates_are_not_read_and_labelled_ones_cover():
    embeddings, clusters = planted()
    labels = np.full(650, UNLABELLED)
    labels[:100] = 0
    candidates = np.arange(650) >= 200
    pool = Pool(keys=np.arange(650), candidates=candidates, labels=labels, class_count=2, embeddings=embeddings)
    blind = embeddings.copy()
    blind[100:200] = np.nan
    chosen, seen = coverage_query(replace(pool, embeddings=blind), 40, np.random.default_rng(0)), np.arange(100)
    by_hand = order(embeddings, 40, candidates=np.flatnonzero(candidates), covered=seen)
    assert chosen.rows.tolist() == by_hand.tolist()


@pytest.mark.parametrize("k", [0, 651])
def test_a_number_of_images_that_there_are_not_is_refused(k):
    with pytest.raises(ValueError, match=f"k={k}: must lie between 1 and the 650 images"):
        order(planted()[0], k)


def test_a_value_that_is_not_finite_is_refused():
    embeddings, _ = planted()
    embeddings[7, 2] = np.inf
    with pytest.raises(ValueError, match="embeddings holds inf"):
        order(embeddings, 5)
