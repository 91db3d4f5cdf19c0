"""A finished round, looked at: frames with values computed by hand, and each warning where it belongs alone."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from workspaces import ANN, CLASSES, Filled, filled

from vabal_core import workspace
from vabal_core.config import preset, to_json
from vabal_core.store import rounds
from vabal_core.types import StudioError
from vabal_core.workspace import Diagnosis

CALM = {
    "labelled_counts": [6, 3, 1],
    "predicted_counts": [4, 5, 1],
    "ranked": 10,
    "agreement": 0.9,
    "reliability": [0.75, 0.5, 0.625],
    "difficulty_counts": [8, 2, 0],
    "prior": [0.7, 0.2, 0.1],
    "draw_share": [0.5, 0.3, 0.2],
    "vae_losses": [0.7, 0.6, 0.5],
    "classifier_losses": [1.5, 0.5],
    "likelihood_histogram": {"edges": [-2.0, -1.0, 0.0], "counts": [[1, 3], [5, 0], [0, 1]]},
    "seconds": {"train": 12.5, "vae": 3.0},
    "unreadable": 0,
}

BAYES = ("reliability", "difficulty_counts", "prior", "likelihood_histogram")


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path / "data")


def looked_at(steel: Filled, *without: str, preset_name: str = "interactive", strategy: str = "vabal", **more: Any):
    """The diagnosis of a round that measured CALM, less `without`, with `more` changed."""
    settings = more.pop("settings", {})
    metrics = {key: value for key, value in (CALM | more).items() if key not in without}
    facts = {"preset": preset_name, "batch": 3, "seed": 7, "config": settings, "metrics": {}}
    facts |= {"strategy": strategy, "class_ids": steel.class_ids, "labelled": 10}
    started = rounds.start_round(steel.ws.engine, steel.project_id, **facts)
    rounds.finish_round(steel.ws.engine, started.id, metrics, [])
    return workspace.diagnose_round(steel.ws, steel.project_id, started.number)


def warned(diagnosis: Diagnosis, words: str) -> str:
    """The only warning, which holds `words`."""
    (text,) = diagnosis.warnings
    assert words in text
    return text


def test_a_calm_round_warns_of_nothing_and_lacks_nothing(steel: Filled):
    diagnosis = looked_at(steel)
    assert (diagnosis.warnings, diagnosis.absent) == ((), ())
    assert (diagnosis.report.agreement, diagnosis.report.ranked, diagnosis.round.seed) == (0.9, 10, 7)


def test_each_class_stands_with_its_counts(steel: Filled):
    frame = looked_at(steel).classes
    expected = {
        "name": list(CLASSES),
        "labelled": [6.0, 3.0, 1.0],
        "label_share": [0.6, 0.3, 0.1],
        "reliability": [0.75, 0.5, 0.625],
        "read_from": [8.0, 2.0, 0.0],
        "prior": [0.7, 0.2, 0.1],
        "draw_share": [0.5, 0.3, 0.2],
        "predicted": [4.0, 5.0, 1.0],
        "predicted_share": [0.4, 0.5, 0.1],
    }
    pd.testing.assert_frame_equal(frame[list(expected)], pd.DataFrame(expected))


def test_a_reliability_is_shrunk_and_so_has_no_interval(steel: Filled):
    assert {"low", "high"} & set(looked_at(steel).classes.columns) == set()


def test_the_curves_and_histograms_come_in_rows(steel: Filled):
    diagnosis = looked_at(steel)
    assert diagnosis.losses.values.tolist() == [
        ["classifier", 1, 1.5], ["classifier", 2, 0.5],
        ["auto-encoder", 1, 0.7], ["auto-encoder", 2, 0.6], ["auto-encoder", 3, 0.5],
    ]  # fmt: skip
    assert diagnosis.likelihood.values.tolist() == [
        ["crazing", -2.0, -1.0, 1], ["crazing", -1.0, 0.0, 3],
        ["inclusion", -2.0, -1.0, 5], ["inclusion", -1.0, 0.0, 0],
        ["scratches", -2.0, -1.0, 0], ["scratches", -1.0, 0.0, 1],
    ]  # fmt: skip
    assert diagnosis.seconds.values.tolist() == [["train", 12.5], ["vae", 3.0]]


@pytest.mark.parametrize("share, words", [(0.62, "only 62 % of the 10 images"), (0.7999, "only 79 %"), (0.0, "0 %")])
def test_a_low_agreement_warns(steel: Filled, share: float, words: str):
    assert "Label more" in warned(looked_at(steel, agreement=share), words)


def test_warnings_are_in_words_that_everybody_knows(steel: Filled):
    words = " ".join(looked_at(steel, agreement=0.5, predicted_counts=[1, 98, 1]).warnings)
    assert "auto-encoder" not in words and "classifier" not in words and "vae_" not in words


def test_an_agreement_of_80_percent_does_not_warn(steel: Filled):
    assert looked_at(steel, agreement=0.8).warnings == ()


def test_a_class_without_a_label_warns_once_though_nothing_is_taken_for_it(steel: Filled):
    diagnosis = looked_at(steel, labelled_counts=[6, 4, 0], predicted_counts=[5, 5, 0])
    assert "“scratches”" in warned(diagnosis, "No image was labelled")


def test_a_class_that_is_never_predicted_warns_with_its_labels(steel: Filled):
    diagnosis = looked_at(steel, predicted_counts=[3, 7, 0], ranked=10)
    assert warned(diagnosis, "takes none of the ranked images for “scratches” (labels: 1).")


def test_a_class_predicted_under_a_tenth_of_its_share_of_the_labels_warns(steel: Filled):
    diagnosis = looked_at(steel, predicted_counts=[59, 791, 150], labelled_counts=[6, 30, 1])
    assert diagnosis.warnings == ()
    diagnosis = looked_at(steel, predicted_counts=[59, 741, 200], labelled_counts=[6, 3, 1])
    assert warned(diagnosis, "hardly any of the ranked images for “crazing” (labels: 6).")


def test_a_model_that_calls_nearly_everything_one_class_is_not_to_be_trusted(steel: Filled):
    diagnosis = looked_at(steel, predicted_counts=[11, 85, 4], agreement=0.975)
    assert warned(
        diagnosis, "The model calls 85 % of the ranked images “inclusion”, which has 30 % of your labels. Do not trust"
    )
    assert looked_at(steel, predicted_counts=[80, 15, 5]).warnings == (), "most labels are of that class"


def test_a_model_no_better_than_guessing_warns_where_enough_images_tell(steel: Filled):
    diagnosis = looked_at(steel, confusion=[[14, 0, 0], [13, 1, 0], [14, 0, 0]])
    assert warned(diagnosis, "finds on average 36 % of each class; guessing finds 33 %")
    assert looked_at(steel, confusion=[[9, 0, 0], [9, 0, 0], [9, 0, 0]]).warnings == (), "too few images to tell"
    assert looked_at(steel, confusion=[[14, 0, 0], [8, 6, 0], [8, 3, 3]]).warnings == ()


def test_unreadable_images_warn(steel: Filled):
    assert warned(looked_at(steel, unreadable=1200), "1,200 images could not be read")


def test_images_whose_files_had_changed_warn_and_say_where_to_mend_it(steel: Filled):
    assert "1 image took no part" in warned(looked_at(steel, changed_images=1), "The Data page")
    assert looked_at(steel, changed_images=0).warnings == ()


def test_many_classes_without_a_label_are_not_all_listed(steel: Filled):
    for i in range(9):
        workspace.add_class(steel.ws, ANN, steel.project_id, f"new {i}")
    ids = [defect_class.id for defect_class in workspace.classes(steel.ws, steel.project_id)]
    facts: dict[str, Any] = {"preset": "interactive", "batch": 3, "seed": 0, "config": {}, "strategy": "random"}
    metrics = {"labelled_counts": [0] * 12, "predicted_counts": [1] * 12, "classifier_losses": [1.0]}
    started = rounds.start_round(
        steel.ws.engine, steel.project_id, **facts, class_ids=ids, labelled=0, metrics=metrics
    )  # fmt: skip
    rounds.finish_round(steel.ws.engine, started.id, metrics, [])
    text = warned(workspace.diagnose_round(steel.ws, steel.project_id, 1), "or 6 more classes")
    assert "“new 2”" in text and "“new 3”" not in text


def test_without_the_auto_encoder_what_is_known_is_there_and_the_rest_said_to_be_absent(steel: Filled):
    gone = ("agreement", "draw_share", "vae_losses", *BAYES)
    diagnosis = looked_at(steel, *gone, strategy="entropy")
    assert diagnosis.report.agreement is None and diagnosis.likelihood.empty and diagnosis.warnings == ()
    assert diagnosis.classes[["reliability", "prior"]].isna().all(axis=None)
    assert diagnosis.classes["predicted"].tolist() == [4, 5, 1]
    assert set(diagnosis.losses["network"]) == {"classifier"}
    (text,) = diagnosis.absent
    assert "Entropy" in text and "VaB-AL rounds only" in text


@pytest.mark.parametrize("strategy", ["vabal_plus", "vabal_margin", "balanced(vabal_margin)"])
def test_a_round_by_draws_shows_what_the_auto_encoder_learned_and_says_which_terms_nobody_read(steel: Filled, strategy):
    diagnosis = looked_at(steel, *BAYES, strategy=strategy)
    assert diagnosis.report.agreement == 0.9 and diagnosis.warnings == ()
    assert set(diagnosis.losses["network"]) == {"classifier", "auto-encoder"}
    assert diagnosis.classes[["reliability", "prior"]].isna().all(axis=None) and diagnosis.likelihood.empty
    assert diagnosis.classes["draw_share"].tolist() == [0.5, 0.3, 0.2]
    (text,) = diagnosis.absent
    assert "reads of the auto-encoder the classes of its draws alone" in text and "reliability" in text


def test_a_low_agreement_of_a_round_by_draws_recommends_the_same_choice_without_them(steel: Filled):
    diagnosis = looked_at(steel, *BAYES, strategy="vabal_plus", agreement=0.5)
    assert warned(diagnosis, "has a say in the ranking")
    assert ["Margin, novel chooses more safely" in text for text in diagnosis.advice] == [True]


def test_what_an_older_round_did_not_keep_is_said(steel: Filled):
    diagnosis = looked_at(steel, "difficulty_counts", "likelihood_histogram")
    (text,) = diagnosis.absent
    assert "images each reliability is read from" in text and "likelihoods" in text and "agreement" not in text
    assert diagnosis.classes["read_from"].isna().all()


def test_a_term_that_the_settings_left_out_is_said_to_be_left_out_and_shown_as_unknown(steel: Filled):
    diagnosis = looked_at(
        steel, reliability=[1.0, 1.0, 1.0], settings=to_json(preset("interactive", use_reliability=False))
    )
    assert diagnosis.classes["reliability"].isna().all() and not diagnosis.classes["prior"].isna().any()
    assert diagnosis.absent == ("Left out of this round's ranking by its settings: the reliability of each class.",)


@pytest.mark.parametrize(("score", "rows"), [("joint", []), ("posterior", [["score", "posterior", "joint"]])])
def test_a_round_of_an_older_version_shows_its_retired_setting_where_it_made_a_difference(steel: Filled, score, rows):
    stored = to_json(preset("interactive")) | {"score": score}
    assert looked_at(steel, settings=stored).settings.values.tolist() == rows


def test_settings_that_differ_from_the_preset_stand_beside_it(steel: Filled):
    changed = to_json(preset("paper", epochs=2, difficulty="cross_fit"))
    diagnosis = looked_at(steel, preset_name="paper", settings=changed)
    assert diagnosis.settings.values.tolist() == [["epochs", "2", "200"], ["difficulty", "cross_fit", "in_sample"]]
    assert not diagnosis.report.is_in_sample


def test_a_setting_this_version_does_not_know_is_shown_as_it_is(steel: Filled):
    diagnosis = looked_at(steel, settings={"epochs": 24, "older_setting": 3})
    assert diagnosis.settings.values.tolist() == [["older_setting", "3", ""]]


def test_the_prior_is_counted_on_the_labels_or_on_the_pool(steel: Filled):
    assert looked_at(steel, ranked=50).prior_from == 10
    assert looked_at(steel, ranked=50, settings={"prior_from": "pool"}).prior_from == 50


def test_a_round_that_is_not_there_or_not_finished_cannot_be_looked_at(steel: Filled):
    with pytest.raises(ValueError, match="no round 1"):
        workspace.diagnose_round(steel.ws, steel.project_id, 1)
    looked_at(steel)
    facts: dict[str, Any] = {"preset": "interactive", "batch": 3, "seed": 0, "config": {}, "strategy": "vabal"}
    rounds.start_round(
        steel.ws.engine, steel.project_id, **facts, class_ids=steel.class_ids, labelled=1, metrics={}
    )  # fmt: skip
    with pytest.raises(StudioError, match="Round 2 is running"):
        workspace.diagnose_round(steel.ws, steel.project_id, 2)
