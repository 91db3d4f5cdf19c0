"""Standardised features: each block of columns weighs alike."""

import numpy as np
import pytest

from vabal_core.model.standardisation import measure_standardisation, standardise


def test_standardised_columns_by_hand():
    features = np.array([[0, 10, 0], [2, 30, 4]], np.float32)  # deviations 1, 10, 2
    standardised = standardise(measure_standardisation(features, (1, 2)), features)
    np.testing.assert_allclose(standardised, [[-1, -1 / 2**0.5, -1 / 2**0.5], [1, 1 / 2**0.5, 1 / 2**0.5]], rtol=1e-6)
    assert standardised.dtype == np.float32


def test_each_block_adds_one_to_the_mean_squared_norm():
    features = np.random.default_rng(0).normal(3, 50, (200, 30)).astype(np.float32)
    squares = standardise(measure_standardisation(features, (5, 25)), features) ** 2
    assert squares[:, :5].sum(1).mean() == pytest.approx(1, rel=1e-5)
    assert squares[:, 5:].sum(1).mean() == pytest.approx(1, rel=1e-5)


def test_a_column_that_varies_by_rounding_alone_says_nothing():
    rng = np.random.default_rng(0)
    features = np.stack([rng.normal(size=50), np.full(50, 7.0), 900 + rng.integers(0, 2, 50) * 0.5], 1)
    standardised = standardise(measure_standardisation(features, (1, 1, 1)), features)
    assert (standardised[:, 1:] == 0).all()
    assert standardised[:, 0].std() == pytest.approx(1, rel=1e-5)


def test_blocks_that_are_not_the_columns_are_refused():
    with pytest.raises(ValueError, match="they sum to it"):
        measure_standardisation(np.ones((4, 3), np.float32), (1, 1))
    with pytest.raises(ValueError, match=r"of shape \(4, 2\) for a standardisation of 3"):
        standardise(measure_standardisation(np.ones((4, 3), np.float32), (1, 2)), np.ones((4, 2), np.float32))
