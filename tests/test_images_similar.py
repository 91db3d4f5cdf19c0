"""Which pictures are like one picture, held against plain loops."""

from pathlib import Path

import numpy as np
import pytest

from vabal_core.images import similar
from vabal_core.images.feature_store import append, open_features


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).normal(3, 1, (40, 12)).astype(np.float16).astype(np.float32)


def opened(folder: Path, values: np.ndarray, absent: tuple[int, ...] = ()):
    names = [f"{i:064x}" for i in range(len(values))]
    stored = [i for i in range(len(values)) if i not in absent]
    for part in np.array_split(stored, 3):
        append(folder, [names[i] for i in part], values[part])
    return open_features(folder, names)


def cosine(first: np.ndarray, second: np.ndarray) -> float:
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def test_likeness_is_the_cosine_around_the_mean_of_those_that_are_there(tmp_path, values, monkeypatch):
    monkeypatch.setattr(similar, "BLOCK", 7)
    features, there = opened(tmp_path / "store", values, absent=(4, 31))
    alike = similar.likeness(features, 2, there)
    mean = np.mean([values[i] for i in range(40) if i not in (4, 31)], axis=0)
    expected = [-np.inf if i in (4, 31) else cosine(values[i] - mean, values[2] - mean) for i in range(40)]
    assert alike == pytest.approx(expected, abs=1e-5)
    assert alike[2] == pytest.approx(1) and alike.argmax() == 2


def test_the_mean_is_taken_from_some_images_where_there_are_many(tmp_path, values, monkeypatch):
    monkeypatch.setattr(similar, "MAX_REFERENCE", 10)
    features, there = opened(tmp_path / "store", values)
    mean = values[::4].mean(axis=0)
    assert similar.likeness(features, 0, there)[9] == pytest.approx(
        cosine(values[9] - mean, values[0] - mean), abs=1e-5
    )


def test_a_picture_like_the_mean_is_like_none(tmp_path):
    features, there = opened(tmp_path / "store", np.ones((3, 5), np.float32))
    assert similar.likeness(features, 0, there).tolist() == [0, 0, 0]


def test_each_picture_is_folded_behind_the_first_that_it_nearly_is_and_that_stays(values):
    vectors = values[:, :3] - values[:, :3].mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    staying: list[int] = []
    expected = []
    for row, vector in enumerate(vectors):
        before = [other for other in staying if vectors[other] @ vector >= 0.8]
        expected.append(before[0] if before else row)
        staying += [] if before else [row]
    assert similar.leaders(vectors, 0.8).tolist() == expected
    assert 1 < len(staying) < 40
