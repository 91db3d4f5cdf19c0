"""Standardised features: each block of columns weighs alike."""

import numpy as np
import pytest

from vabal_core.model.standardisation import measure_standardisation, standardise


def test_standardised_columns_by_hand():
    """Deviations 4, and in the second block 1 and 9: divided by their roots they leave a variance of 1 + 9 there."""
    features = np.array([[0, 10, 0], [8, 12, 18]], np.float32)
    standardised = standardise(measure_standardisation(features, (1, 2)), features)
    np.testing.assert_allclose(standardised[1], [1, 1 / 10**0.5, 3 / 10**0.5], rtol=1e-6)
    np.testing.assert_allclose(standardised[0], -standardised[1], rtol=1e-6)
    assert standardised.dtype == np.float32


def test_units_of_a_block_change_nothing():
    features = np.random.default_rng(0).normal(3, 50, (200, 30)).astype(np.float32)
    rescaled = features * np.repeat([1, 1000], [5, 25]).astype(np.float32)
    first, second = (standardise(measure_standardisation(each, (5, 25)), each) for each in (features, rescaled))
    np.testing.assert_allclose(first, second, atol=1e-5)


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
