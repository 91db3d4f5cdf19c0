"""How good a model is, from every label: by hand, where a model helps, and over many projects."""

import sys
from pathlib import Path

import numpy as np
import pytest
from designs import design_of

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from common.synthetic_projects import Setting, draw_project  # noqa: E402

from vabal_core.estimate.quality import class_rests, prevalences, quality, total_rest  # noqa: E402
from vabal_core.evidence.intervals import NOTHING, proportion  # noqa: E402


def width(estimate) -> float:
    return estimate.high - estimate.low


def test_where_every_image_is_labelled_all_is_exact():
    # True 1 1 0 0 0 0, named 1 0 1 0 0 0.
    measured = quality(design_of(evaluation=(1, 1), chosen="Rrra"), np.array([1, 1, 0, 0, 0, 0]))
    shares = {
        "prevalence": measured.prevalence[1], "recall": measured.recall[1], "precision": measured.precision[1],
        "accuracy": measured.accuracy, "balanced": measured.balanced_accuracy,
    }  # fmt: skip
    expected = {"prevalence": 2 / 6, "recall": 1 / 2, "precision": 1 / 2, "accuracy": 4 / 6, "balanced": 5 / 8}
    for name, estimate in shares.items():
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx((expected[name],) * 3), name


def test_evaluation_images_alone_give_what_a_plain_share_gives():
    design = design_of(evaluation=(30, 170), unlabelled=50_000)
    estimate, plain = prevalences(design)[1], proportion(30, 200)
    assert estimate.value == pytest.approx(plain.value, abs=1e-4)
    assert (estimate.low, estimate.high) == pytest.approx((plain.low, plain.high), abs=0.005)


def test_labels_that_a_ranking_chose_do_not_move_the_share_but_what_is_known_of_it():
    before = prevalences(design_of(evaluation=(20, 180), unlabelled=1800))[1]
    after = prevalences(design_of(evaluation=(20, 180), chosen="R" * 150 + "r" * 150, unlabelled=1500))[1]
    assert after.value == pytest.approx(before.value, abs=0.002)
    assert after.low > before.low  # 170 are seen


def test_a_model_that_is_right_narrows_the_interval_of_a_share():
    design = design_of(evaluation=(20, 180), unlabelled=1800)
    named = np.repeat([1, 0, 1, 0], [20, 180, 180, 1620])
    with_model, without = quality(design, named).prevalence[1], prevalences(design)[1]
    assert with_model.value == pytest.approx(without.value)
    assert width(with_model) < 0.6 * width(without)


def test_a_class_that_was_never_seen_may_be_there_and_its_recall_is_not_told():
    design = design_of(evaluation=(0, 100), unlabelled=900)
    measured = quality(design, np.zeros(1000, np.int64))
    assert measured.recall[1] == NOTHING
    assert measured.prevalence[1].low == 0
    assert measured.prevalence[1].high == pytest.approx(3 / 100, rel=0.1)
    value, low, high = total_rest(class_rests(design, np.zeros(1000, np.int64))[1])
    assert (value, low) == (0, 0)
    assert high == pytest.approx(30, rel=0.1)


def test_two_labelled_images_of_a_class_leave_its_recall_open():
    design = design_of(evaluation=(2, 98), unlabelled=900)
    named = np.concatenate([[1, 1], np.zeros(98), np.ones(20), np.zeros(880)]).astype(int)
    recall = quality(design, named).recall[1]
    assert (recall.value, recall.high, recall.count) == (1.0, 1.0, 2)
    assert 0.1 < recall.low < 0.7


def test_nothing_is_estimated_from_no_label():
    measured = quality(design_of(unlabelled=50), np.zeros(50, np.int64))
    assert {*measured.prevalence, *measured.precision, *measured.recall, measured.accuracy} == {NOTHING}
    assert measured.balanced_accuracy == NOTHING


def test_predictions_of_other_images_are_refused():
    with pytest.raises(ValueError, match="as many"):
        class_rests(design_of(unlabelled=5), np.zeros(4, np.int64))


def test_intervals_hold_the_truth_in_most_projects_where_a_ranking_chose_the_labels():
    rng, held, plain = np.random.default_rng(0), [], []
    setting = Setting(name="", images=600, evaluation=80, labels=150, audit=0.1, small=1)
    for _ in range(60):
        project = draw_project(setting, rng)
        truth, predicted = project.truth, project.predicted
        measured = quality(project.design, predicted)
        shares = np.bincount(truth) / len(truth)
        pairs = [*zip(measured.prevalence, shares, strict=True), (measured.accuracy, (predicted == truth).mean())]
        held += [estimate.low <= share <= estimate.high for estimate, share in pairs]
        labelled = project.design.labels[project.design.labelled & ~project.design.evaluation]
        plain += [proportion((labelled == c).sum(), len(labelled)) for c in range(len(shares))]
    assert np.mean(held) > 0.93
    # As if the labels out of the ranking had been drawn at random, hardly one interval of the last large class holds.
    assert np.mean([estimate.low > 0.1 for estimate in plain[2::4]]) > 0.9
