"""Nearly the same pictures are found, the same ones as by comparing each with each."""

from pathlib import Path

import numpy as np
import pytest
from image_files import write_image
from long_work import finish

from vabal_core.images import near_duplicates as similarity
from vabal_core.images.feature_store import Features, append, open_features
from vabal_core.images.near_duplicates import cached_pixels, descriptors, feature_descriptors, similar_pairs
from vabal_core.images.pixel_cache import fill_cache


def noise(count: int, size: int = 32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, size, size), dtype=np.uint8)


def every(pixels: np.ndarray) -> np.ndarray:
    return descriptors(pixels, np.arange(len(pixels)))


def test_a_brighter_copy_with_more_contrast_is_the_same_and_another_picture_is_not() -> None:
    picture, other = noise(2) // 2
    vectors = every(np.stack([picture, picture + 20, other, 255 - picture]))
    assert np.allclose(vectors[0] @ vectors.T, [1, 1, vectors[0] @ vectors[2], -1], atol=1e-3)
    assert abs(vectors[0] @ vectors[2]) < 0.4


def test_a_copy_with_noise_is_nearly_the_same() -> None:
    smooth = np.add.outer(np.arange(64), 2 * np.arange(64)).astype(np.int64)
    shaken = smooth + np.random.default_rng(1).integers(-20, 20, smooth.shape)
    vectors = every(np.stack([smooth, shaken.clip(0, 255)]).astype(np.uint8))
    assert 0.98 < vectors[0] @ vectors[1] < 1


def test_flat_pictures_are_like_none() -> None:
    vectors = every(np.full((2, 32, 32), 90, np.uint8))
    assert not vectors.any()
    assert similar_pairs(vectors, np.array([0, 1]), least=0.5, limit=9) == []


@pytest.mark.parametrize("size", [7, 16, 17, 40, 64])
def test_pictures_of_any_size_are_compared_by_the_means_of_their_blocks(size: int) -> None:
    pixels = noise(1, size)
    edges = [i * size // 16 for i in range(17)]
    cells = [(slice(a, max(a + 1, b)), slice(c, max(c + 1, d))) for a, b in pairwise(edges) for c, d in pairwise(edges)]
    means = np.array([pixels[0][cell].mean() for cell in cells]) - np.mean([pixels[0][cell].mean() for cell in cells])
    assert np.allclose(every(pixels)[0], means / np.linalg.norm(means), atol=1e-4)


def pairwise(values: list[int]) -> list[tuple[int, int]]:
    return list(zip(values, values[1:], strict=False))


def test_colour_pictures_are_compared_by_their_mean_over_the_colours() -> None:
    grey = noise(3)
    assert np.allclose(every(np.repeat(grey[..., None], 3, axis=3)), every(grey), atol=1e-4)


def test_descriptors_in_blocks_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, rows = noise(23), np.array([3, 4, 8, 15, 16, 22])
    whole = descriptors(pixels, rows)
    monkeypatch.setattr(similarity, "BLOCK", 4)
    assert np.array_equal(descriptors(pixels, rows), whole)


def by_hand(vectors: np.ndarray, groups: np.ndarray, least: float, limit: int) -> list[tuple[float, int, int]]:
    pairs = [
        (float(vectors[i] @ vectors[j]), i, j)
        for i in range(len(vectors))
        for j in range(i + 1, len(vectors))
        if groups[i] != groups[j] and vectors[i] @ vectors[j] >= least
    ]
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))[:limit]


@pytest.mark.parametrize(("least", "limit"), [(0.0, 5), (0.0, 10_000), (0.1, 40), (0.9, 40)])
def test_the_pairs_are_those_of_a_plain_loop(monkeypatch: pytest.MonkeyPatch, least: float, limit: int) -> None:
    monkeypatch.setattr(similarity, "BLOCK", 7)
    chance = np.random.default_rng(2)
    pixels, groups = noise(60, 16), chance.integers(0, 4, 60)
    pixels[50:] = pixels[:10] // 2 + 3  # copies, some of another class
    vectors = every(pixels)
    pairs = similar_pairs(vectors, groups, least=least, limit=limit)
    expected = by_hand(vectors, groups, least, limit)
    assert [value for value, *_ in pairs] == pytest.approx([min(1, value) for value, *_ in expected], abs=1e-5)
    told_apart = {(i, j) for value, i, j in expected if value < 0.999}
    assert {(i, j) for value, i, j in pairs if value < 0.999} == told_apart
    assert {(i, j) for _, i, j in pairs} == {(i, j) for _, i, j in expected}


def test_copies_without_end_are_cut_at_the_limit_the_first_rows_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "BLOCK", 5)
    vectors = np.eye(1, 4, dtype=np.float32).repeat(40, axis=0)
    pairs = similar_pairs(vectors, np.arange(40) % 2, least=0.95, limit=3)
    assert pairs == [(1.0, 0, 1), (1.0, 0, 3), (1.0, 0, 5)]


def filled_cache(folder: Path, count: int = 4, size: int = 16, colour: bool = False) -> list[str]:
    files = [write_image(folder / "images" / f"{i}.png", seed=i) for i in range(count)]
    fingerprints = [f"{i:02x}" * 32 for i in range(count)]
    finish(fill_cache(folder / "pixels", files, fingerprints, size=size, colour=colour))
    return fingerprints


@pytest.mark.parametrize("colour", [False, True])
def test_what_a_round_has_cached_is_read_as_it_was_written(tmp_path: Path, colour: bool) -> None:
    fingerprints = filled_cache(tmp_path, colour=colour)
    again = fill_cache(tmp_path / "pixels", [Path("x")] * 4, fingerprints, size=16, colour=colour)
    (expected, _), _ = finish(again)
    pixels, rows = cached_pixels(tmp_path / "pixels", fingerprints)
    assert np.array_equal(pixels, expected) and rows.tolist() == [0, 1, 2, 3]


def test_images_that_no_round_has_decoded_are_left_out(tmp_path: Path) -> None:
    fingerprints = filled_cache(tmp_path)
    newer = ["f" * 64 if i == 2 else fingerprint for i, fingerprint in enumerate(fingerprints)] + ["e" * 64]
    _, rows = cached_pixels(tmp_path / "pixels", newer)
    assert rows.tolist() == [0, 1, -1, 3, -1]
    assert cached_pixels(tmp_path / "pixels", fingerprints[2:])[1].tolist() == [2, 3], "others went into the bin"


def test_without_a_cache_there_is_nothing_to_compare(tmp_path: Path) -> None:
    pixels, rows = cached_pixels(tmp_path / "nowhere", ["ab", "cd"])
    assert len(pixels) == 0 and rows.tolist() == [-1, -1]


def stored(folder: Path, values: np.ndarray) -> Features:
    names = [f"{i:064x}" for i in range(len(values))]
    append(folder, names, values)
    return open_features(folder, names)[0]


def test_features_that_differ_alike_in_every_direction_are_compared_by_their_angle(tmp_path: Path) -> None:
    # Around their mean (5, 7) a cross: deviations are equal and the columns do not go together, so nothing is turned.
    features = stored(tmp_path, np.array([[6, 7], [4, 7], [5, 8], [5, 6]]))
    vectors = feature_descriptors(features, np.arange(4), np.arange(4))
    assert np.allclose(vectors @ vectors.T, [[1, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, 1]], atol=1e-5)


def test_the_cosine_is_that_of_the_inverse_of_the_covariance_with_as_many_pictures_more_as_columns(
    tmp_path: Path,
) -> None:
    chance = np.random.default_rng(3)
    values = (chance.normal(size=(60, 4)) @ chance.normal(size=(4, 4)) * 9 + 40).round()
    rows, reference = np.array([24, 50, 27, 27]), np.arange(20, 60)
    vectors = feature_descriptors(stored(tmp_path, values), rows, reference)
    z = (values - values[reference].mean(axis=0)) / values[reference].std(axis=0)
    covariance = (40 * np.cov(z[reference].T, bias=True) + 4 * np.eye(4)) / 44
    products = z[rows] @ np.linalg.inv(covariance) @ z[rows].T
    expected = products / np.sqrt(np.outer(np.diag(products), np.diag(products)))
    assert np.allclose(vectors @ vectors.T, expected, atol=1e-4)


def test_what_all_pictures_share_does_not_hide_what_is_a_pictures_own(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    own = chance.normal(size=(300, 40)).repeat(2, axis=0)  # of pictures 2 i and 2 i + 1, which are alike
    shared = 5 * chance.normal(size=(600, 1))  # brightness, say: in every column
    features = stored(tmp_path, own + shared + chance.normal(0, 0.2, (600, 40)))
    values = features[:] - features[:].mean(axis=0)
    plain = values / np.linalg.norm(values, axis=1, keepdims=True)
    whitened = feature_descriptors(features, np.arange(600), np.arange(600))
    paired = [
        (np.argmax(vectors @ vectors.T - 2 * np.eye(600), axis=1) == np.arange(600) ^ 1).mean()
        for vectors in (plain, whitened)
    ]
    assert paired[0] < 0.7 and paired[1] > 0.99


def test_two_alike_among_few_pictures_are_still_alike(tmp_path: Path) -> None:
    """Ten pictures of 40 features: whitened by their own covariance alone they would all be at right angles."""
    values = np.random.default_rng(8).normal(size=(10, 40))
    values[1] = values[0] + np.random.default_rng(9).normal(0, 0.2, 40)
    vectors = feature_descriptors(stored(tmp_path, values), np.arange(10), np.arange(10))
    products = vectors @ vectors.T - 2 * np.eye(10)
    assert products[0, 1] > 0.9 and np.delete(products, 1, axis=1)[0].max() < 0.3


def test_later_columns_and_constant_ones_count_for_nothing(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    early = chance.normal(size=(300, similarity.EARLY_COLUMNS))
    early[:, 5] = 3
    late = chance.normal(size=(300, 9))
    alone = feature_descriptors(stored(tmp_path / "a", early), np.arange(9), np.arange(300))
    both = feature_descriptors(stored(tmp_path / "b", np.hstack([early, late])), np.arange(9), np.arange(300))
    assert np.isfinite(alone).all() and np.array_equal(alone, both)


def test_feature_descriptors_in_blocks_are_those_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = stored(tmp_path, np.random.default_rng(6).normal(size=(30, 5)))
    whole = feature_descriptors(features, np.arange(3, 30), np.arange(30))
    monkeypatch.setattr(similarity, "BLOCK", 4)
    assert np.allclose(feature_descriptors(features, np.arange(3, 30), np.arange(30)), whole, atol=1e-6)


def test_the_reference_is_spread_over_all_of_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = stored(tmp_path, np.random.default_rng(7).normal(size=(30, 3)))
    few = feature_descriptors(features, np.arange(30), np.arange(0, 30, 3))
    monkeypatch.setattr(similarity, "MAX_REFERENCE", 10)
    assert np.array_equal(feature_descriptors(features, np.arange(30), np.arange(30)), few)


@pytest.mark.parametrize("values", [np.ones((1, 3)), np.ones((5, 3))])
def test_pictures_without_anything_of_their_own_are_like_none(tmp_path: Path, values: np.ndarray) -> None:
    rows = np.arange(len(values))
    assert not feature_descriptors(stored(tmp_path, values), rows, rows).any()
