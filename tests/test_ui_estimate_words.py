"""What pages say of all images: sentences from numbers that can be followed by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from vabal_core.estimate.finds import Finds
from vabal_core.estimate.forecast import Forecast
from vabal_core.estimate.left import Left, Needed
from vabal_core.evidence.intervals import NOTHING, Estimate
from vabal_core.types import DefectClass, Round
from vabal_core.ui.views import estimate_words as words
from vabal_core.workspace import ClassEstimates, ProjectEstimates

NOW = datetime(2026, 11, 26, tzinfo=UTC)
AHEAD = tuple(Finds(images=n, value=n * 0.07, low=n // 33, high=n // 8) for n in (25, 50, 100, 200))
BY_CHANCE = tuple(Finds(images=n, value=n * 0.004, low=0, high=2) for n in (25, 50, 100, 200))
SCRATCHES = ClassEstimates(
    defect_class=DefectClass(7, "scratches", "3"), labels=50, share=0.4, prevalence=NOTHING, precision=NOTHING,
    recall=NOTHING, wrong=NOTHING, agreement=NOTHING, last_found=None,
    left=Left(labelled=50, value=12, low=4, high=30), ahead=AHEAD, ahead_random=BY_CHANCE,
    is_known=True, taken=0, needed=Needed(value=300, low=200, high=500),
    needed_random=Needed(value=2000, low=1500, high=2300), brought=50, brought_in=110,
    would_need=Needed(value=610, low=480, high=790),
)  # fmt: skip
PROJECT = ProjectEstimates(
    round_=None, images=2600, unlabelled=2410, evaluation=100, audit=6, chosen=120, judged=2600, target=0.95,
    accuracy=Estimate(value=0.9, low=0.85, high=0.94, count=106), balanced_accuracy=NOTHING, unmet=60,
    classes=(SCRATCHES,),
)  # fmt: skip


ROUND = Round(
    id=1, project_id=1, number=3, state="done", strategy="vabal_plus", preset="interactive", batch=25, seed=0,
    config={}, class_ids=(7,), labelled=100, started_at=NOW, finished_at=NOW, message="", metrics={},
)  # fmt: skip


def test_what_the_ranking_brought_is_told_with_what_random_picking_would_have_needed():
    assert words.brought_sentences(PROJECT, ["scratches"]) == [
        "It helped with scratches: the rankings brought 50 of them in 110 images; random picking would have needed "
        "about 610 images for as many (480 to 790)."
    ]
    assert words.brought_sentences(PROJECT, ["crazing"]) == []


@pytest.mark.parametrize(("chosen", "verdict"), [(479, "It helped"), (480, "It cannot be told"), (791, "It did not")])
def test_the_verdict_goes_only_as_far_as_the_interval(chosen: int, verdict: str):
    project = replace(PROJECT, classes=(replace(SCRATCHES, brought_in=chosen),))
    assert words.brought_sentences(project, ["scratches"])[0].startswith(verdict)


def test_what_is_left_of_a_class_is_told_in_full():
    assert words.left_words(SCRATCHES, PROJECT) == (
        "scratches: about 12 (4 to 30) are left among the 2,410 images without a label; 50 are found, most likely at "
        "least 62 % of them all. Among the next 100 images of the ranking: 7 (3 to 12), by chance 0.4 (0 to 2)."
    )


def test_nothing_is_claimed_where_nothing_was_drawn_at_random():
    unknown = replace(
        SCRATCHES, left=Left(labelled=50, value=None, low=0, high=2410), ahead=(), ahead_random=(), needed=None,
        needed_random=None,
    )  # fmt: skip
    project = replace(PROJECT, evaluation=0, audit=0)
    assert "nobody can tell how many are left among the 2,410 images" in words.left_words(unknown, project)
    assert words.target_words(unknown, project, 20) == words.unmet_words(project) == words.model_sentence(project) == ""
    assert words.drawn_words(project) == "no labelled image was drawn at random so far"


def test_a_target_is_told_in_labels_and_hours_and_said_to_be_reached():
    assert words.target_words(SCRATCHES, PROJECT, 20) == (
        "To find 95 % of all scratches: about 300 more labels along the ranking (200 to 500), 15 min at 20 labels a "
        "minute, the pace so far."
    )
    without = replace(SCRATCHES, needed=None)
    assert "about 2,000 more labels in any order (1,500 to 2,300)." in words.target_words(without, PROJECT, 0)
    reached = replace(SCRATCHES, needed=Needed(value=0, low=0, high=0))
    assert words.target_words(reached, PROJECT, 20) == "Most likely 95 % of all scratches are found."
    nearly = replace(SCRATCHES, needed=Needed(value=0, low=0, high=227))
    assert words.target_words(nearly, PROJECT, 20) == (
        "Most likely 95 % of all scratches are found; to be sure, up to 227 more labels along the ranking."
    )
    slower = replace(SCRATCHES, needed=Needed(value=2100, low=1900, high=2300))
    assert "about 2,000 more labels in any order" in words.target_words(slower, PROJECT, 0), "the shorter way is told"


def test_nothing_is_said_to_be_found_of_a_class_that_was_never_met():
    never = replace(SCRATCHES, labels=0, left=Left(labelled=0, value=0, low=0, high=13), would_need=None, brought=0)
    assert words.target_words(never, PROJECT, 20) == ""
    assert words.left_words(never, PROJECT).startswith("scratches: at most 13 are left among the 2,410 images")


def test_what_the_model_takes_for_a_class_is_a_quicker_way_and_is_told_with_how_often_it_is_right():
    precise = replace(SCRATCHES, precision=Estimate(value=0.96, low=0.9, high=0.98, count=60))
    assert words.taken_words(precise, 101) == (
        "scratches: look first through the 101 images that the model takes for it now (in the table below); it is "
        "right with 96 % (90 % to 98 %) of all that it takes for it."
    )
    assert words.taken_words(precise, 0) == words.taken_words(SCRATCHES, 101) == ""


def test_nobody_is_told_to_stop_where_chance_alone_brings_more():
    seldom = replace(SCRATCHES, ahead=BY_CHANCE, ahead_random=AHEAD)
    assert words.advice([seldom], PROJECT).startswith("Go on: ")


def test_how_good_the_model_is_says_on_which_images():
    ranked = replace(PROJECT, round_=ROUND)
    assert words.model_sentence(ranked) == (
        "Of all 2,600 images that it has judged, the model of round 3 names 90 % (most likely 85 % to 94 %) correctly; "
        "of images that it learned from, models count that had not. The images without a label are judged by 100 "
        "evaluation images, drawn at random and 6 images that came to the Label page at random."
    )
    assert "Of the 2,000 images that" in words.model_sentence(replace(ranked, judged=2000))


def test_a_class_that_the_model_does_not_know_yet_is_no_reason_to_stop():
    new = replace(SCRATCHES, is_known=False, ahead=(), needed=None)
    few = replace(SCRATCHES, ahead=BY_CHANCE)
    ranked = replace(PROJECT, round_=ROUND)
    expected = "Go on: 2,410 images without a label are left, and the newest model does not know scratches yet."
    assert words.advice([few, new], ranked) == expected
    assert "The newest model does not know it yet. Among the next 100 images drawn at random" in words.left_words(
        new, ranked
    )


def test_advice_says_to_go_on_as_long_as_finds_are_expected():
    left = "2,410 images without a label are left"
    hold = "the next 100 of the ranking hold about 7 (3 to 12) scratches"
    assert words.advice([SCRATCHES], PROJECT) == f"Go on: {left}, and {hold}."
    few = replace(SCRATCHES, ahead=BY_CHANCE)
    assert "You may stop, as far as rare images go: 2,410 images" in words.advice([few], PROJECT)
    reached = replace(SCRATCHES, needed=Needed(value=0, low=0, high=0))
    assert words.advice([reached], PROJECT).startswith(
        "You may stop, as far as rare images go: most likely 95 % of each"
    )
    assert words.advice([replace(SCRATCHES, ahead=())], PROJECT) == ""


def test_the_desk_tells_the_finds_of_rare_classes_once_a_ranking_is_there():
    assert words.desk_line(PROJECT, [7], ROUND) == words.desk_line(None, [7], ROUND) == ""
    ranked = replace(PROJECT, round_=ROUND)
    assert words.desk_line(ranked, [7], ROUND) == "Expected in the next 100: scratches 7 (3 to 12)"
    assert words.desk_line(ranked, [8], ROUND) == ""
    assert words.desk_line(ranked, [7], replace(ROUND, id=2)) == "", "foreseen of another ranking"


def test_a_forecast_says_how_far_it_reaches():
    ahead = [Forecast(labels=300, value=0.92, low=0.9, high=0.94), Forecast(labels=450, value=0.93, low=0.9, high=0.95)]
    assert words.forecast_words(ahead, 200) == (
        "What is foreseen of each class on average to be named correctly: with 100 more labels about 92 % (90 % to "
        "94 %); with 250 more labels about 93 % (90 % to 95 %). In 9 of 10 cases it comes within the brackets."
    )
    assert words.forecast_words([], 200) == ""
