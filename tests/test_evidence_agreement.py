"""How far people agree: values worked out by hand and by libraries, and intervals that hold the truth."""

import numpy as np
import pytest
from krippendorff import alpha as krippendorff_alpha
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from vabal_core.evidence.agreement import (
    MISSING,
    agreement,
    alpha_of,
    cohen_of,
    coincidences,
    fleiss_of,
    observed,
    value_counts,
)

# Of 10 images both say A of 4, both B of 3, the first A and the second B of 2, and the other way round of 1.
TWO = np.array([[0, 0]] * 4 + [[1, 1]] * 3 + [[0, 1]] * 2 + [[1, 0]])
NONE = MISSING


def pairs_of(labels: np.ndarray) -> np.ndarray:
    return coincidences(value_counts(labels, int(labels.max()) + 1)).sum(0)


def test_two_people_worked_out_by_hand():
    # Same: 7 of 10. The first says A of 6, the second of 5: by chance the same in 0.6 0.5 + 0.4 0.5 = 0.5.
    seen = agreement(TWO, seed=0)
    assert (seen.percent.value, seen.percent.count) == (0.7, 10)
    assert seen.cohen.value == pytest.approx((0.7 - 0.5) / 0.5)
    # Of all 20 labels 11 are A: by chance 0.55^2 + 0.45^2 = 0.505.
    assert seen.fleiss.value == pytest.approx((0.7 - 0.505) / 0.495)
    # 6 of 20 pairs differ; 11 9 2 of 20 19 would by chance: 1 - 0.3 / (198 / 380).
    assert seen.alpha.value == pytest.approx(1 - 0.3 / (198 / 380))


def test_the_equations_are_those_of_the_libraries():
    rng = np.random.default_rng(0)
    labels = np.where(rng.random((60, 3)) < 0.6, rng.integers(0, 4, (60, 1)), rng.integers(0, 4, (60, 3)))
    counts = value_counts(labels, 4)
    assert fleiss_of(pairs_of(labels)) == pytest.approx(fleiss_kappa(counts))
    some = np.where(rng.random((60, 3)) < 0.3, NONE, labels)
    some = some[(some != NONE).sum(axis=1) >= 2]
    known = krippendorff_alpha(value_counts=value_counts(some, 4), level_of_measurement="nominal")
    assert alpha_of(pairs_of(some)) == pytest.approx(known)
    table = np.zeros((4, 4))
    np.add.at(table, (labels[:, 0], labels[:, 1]), 1)
    assert cohen_of(table) == pytest.approx(cohen_kappa_score(labels[:, 0], labels[:, 1]))


def test_an_image_that_one_person_labelled_says_nothing():
    alone = np.array([[0, NONE], [NONE, 1], [1, NONE]])
    assert agreement(np.concatenate([TWO, alone]), seed=0) == agreement(TWO, seed=0)
    assert agreement(alone, seed=0).percent.count == 0


def test_where_everybody_gave_one_class_there_is_nothing_to_compare_with_chance():
    seen = agreement(np.zeros((30, 2), int), seed=0)
    assert seen.percent.value == 1 and seen.percent.low < 0.9
    assert np.isnan([seen.cohen.value, seen.fleiss.value, seen.alpha.value]).all()


def test_two_who_always_agree_are_not_said_to_agree_always():
    seen = agreement(np.array([[0, 0], [1, 1]] * 25), seed=0)
    assert [round(each.value, 6) for each in (seen.cohen, seen.fleiss, seen.alpha)] == [1, 1, 1]
    assert all(0.6 < each.low < 0.99 and each.high == 1 for each in (seen.cohen, seen.fleiss, seen.alpha))


def test_of_more_people_kappa_takes_the_images_with_the_usual_number_of_labels():
    three = np.array([[0, 0, 0], [1, 1, 0], [1, 1, 1], [0, 0, 1]])
    labels = np.concatenate([three, np.array([[0, 1, NONE]])])
    seen = agreement(labels, seed=0)
    assert (seen.fleiss.count, seen.alpha.count) == (4, 5)
    assert seen.fleiss.value == pytest.approx(fleiss_kappa(value_counts(three, 2)))
    assert seen.percent.value == pytest.approx(float(observed(pairs_of(labels))))
    assert np.isnan(seen.cohen.value), "three people are no two"


def test_the_intervals_hold_the_truth_about_as_often_as_they_say():
    kappa, shares, rng = 0.8, np.array([0.5, 0.3, 0.2]), np.random.default_rng(1)
    joint = kappa * np.diag(shares) + (1 - kappa) * np.outer(shares, shares)
    truth = {"percent": np.trace(joint), "cohen": kappa, "fleiss": kappa, "alpha": kappa}
    held = dict.fromkeys(truth, 0)
    for trial in range(120):
        cells = rng.choice(9, 80, p=joint.ravel())
        seen = agreement(np.column_stack([cells // 3, cells % 3]), seed=trial)
        for name in truth:
            held[name] += getattr(seen, name).low <= truth[name] <= getattr(seen, name).high
    assert all(count / 120 >= 0.88 for count in held.values()), held
