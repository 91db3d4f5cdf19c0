"""A round's report, there and back through JSON, and what an older round does not tell."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from vabal_core.loop.report import Histogram, RoundReport, from_json, report_of, to_json
from vabal_core.types import Round

FULL = RoundReport(
    labelled_counts=(3, 1), label_share=(0.75, 0.25), unreadable=0, changed_images=1, evaluation_set_aside=2, ranked=6,
    certified_ratio=1.2, predicted_counts=(4, 2), confusion=((2, 0), (1, 1)), classifier_losses=(1.0, 0.5),
    strength=1.0,
    calibration_temperature=1.5, vae_losses=(0.7,), agreement=0.9, draw_share=(0.6, 0.4),
    out_of_fold_called=(3, 1), out_of_fold_right=(3, 0), judged_labels=4, agreed_labels=3,
    reliability=(0.8, 0.6), difficulty="prequential", difficulty_counts=(2, 1), prior=(0.7, 0.3),
    likelihood_histogram=Histogram(edges=(-1.0, 0.0), counts=((4,), (2,))), seed=7, device="CPU",
    versions={"torch": "2"}, seconds={"train": 1.5},
)  # fmt: skip


def remembered(metrics: dict[str, Any], **config: Any) -> Round:
    now = datetime.now(UTC)
    facts = {"id": 1, "project_id": 1, "number": 1, "state": "done", "strategy": "vabal", "preset": "interactive"}
    facts |= {"batch": 3, "seed": 0, "class_ids": (1, 2), "labelled": 4, "message": ""}
    return Round(**facts, config=config, started_at=now, finished_at=now, metrics=metrics)


def test_a_report_comes_back_from_json_as_it_was():
    assert from_json(json.loads(json.dumps(to_json(FULL)))) == FULL
    assert all(getattr(FULL, field.name) is not None for field in fields(RoundReport)), "every field is tried"


def test_the_json_says_nothing_of_what_was_not_measured():
    assert to_json(RoundReport(ranked=3)) == {"ranked": 3}


def test_a_round_of_another_version_is_read_as_far_as_it_tells():
    report = from_json({"labelled_counts": [2, 2], "balanced_accuracy": 0.5})
    assert report == RoundReport(labelled_counts=(2, 2))
    assert report.evaluated == 0 and FULL.evaluated == 4


@pytest.mark.parametrize(
    ("metrics", "config", "is_in_sample"),
    [
        ({}, {}, True),
        ({}, {"difficulty": "cross_fit"}, False),
        ({"difficulty": "in_sample"}, {"difficulty": "prequential"}, True),
        ({"difficulty": "prequential"}, {"difficulty": "prequential"}, False),
    ],
)
def test_what_the_reliability_was_read_from_is_told_by_the_round_or_else_by_its_settings(metrics, config, is_in_sample):
    assert report_of(remembered(metrics, **config)).is_in_sample is is_in_sample


def test_a_term_that_the_ranking_left_out_is_not_told_as_certainty_or_as_an_even_share():
    metrics = {"reliability": [1.0, 1.0], "difficulty_counts": [3, 1], "prior": [0.5, 0.5]}
    report = report_of(remembered(metrics, use_reliability=False))
    assert (report.reliability, report.difficulty_counts, report.prior) == (None, None, (0.5, 0.5))
    report = report_of(remembered(metrics, use_prior=False))
    assert (report.reliability, report.prior) == ((1.0, 1.0), None)


def test_a_round_that_kept_no_number_of_ranked_images_tells_it_by_its_predictions():
    assert report_of(remembered({"predicted_counts": [3, 4]})).ranked == 7
    assert report_of(remembered({"predicted_counts": [3, 4], "ranked": 0})).ranked == 0
    assert report_of(remembered({})).ranked is None
