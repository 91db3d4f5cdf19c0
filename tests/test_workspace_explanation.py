"""The words beside a ranked image: true of what was counted, and nothing where nothing was."""

from dataclasses import replace

import pytest

from vabal_core.loop.report import Histogram, RoundReport
from vabal_core.query.strategies import STRATEGIES
from vabal_core.workspace.explanation import explain, score_terms, share_below

REPORT = RoundReport(
    label_share=(0.9, 0.07, 0.03),
    confusion=((50, 20, 0), (1, 17, 0), (2, 4, 9)),  # 41 were called pitted surface, 17 of them were
    reliability=(0.9, 0.96, 0.5),
    difficulty="in_sample",
    difficulty_counts=(20, 8, 0),
    prior=(0.7, 0.1, 0.2),
    likelihood_histogram=Histogram(edges=(-2.0, -1.0, 0.0), counts=((5, 5), (3, 1), (0, 0))),
)
LIKELIHOOD = (-0.9, -0.5, -1.5)


def words(n: int = 1, report: RoundReport = REPORT, **more: str) -> dict[str, str]:
    """Each bar's name and sentence, for an image taken for class n."""
    return {term.name: term.words for term in score_terms(n, "pitted surface", LIKELIHOOD, report, **more)}


def changed(**values: object) -> RoundReport:
    return RoundReport(**(vars(REPORT) | values))


def test_the_class_the_labels_and_the_classifiers_precision_are_told():
    text = explain(1, "pitted surface", 0.83, "vabal", REPORT)
    assert text == (
        "Looks like pitted surface (83 % sure). Few labels of it to learn from (7 %). "
        "Of 41 evaluation images called so, 17 were. Chosen: the well-known classes explain it poorly."
    )
    assert len(text) <= 175, "it is read between two key presses"


def test_how_often_the_classifier_is_right_comes_from_no_image_it_learned_from():
    assert "96 %" not in explain(1, "pitted surface", 0.83, "vabal", REPORT), "Eq. 10 looked at images learned from"


def test_a_precision_of_a_few_images_is_left_out():
    assert "evaluation images" not in explain(2, "oil stain", 0.5, "vabal", REPORT)
    assert "Of 10 evaluation" in explain(
        2, "oil stain", 0.5, "vabal", changed(confusion=((0, 0, 1), (0, 0, 0), (0, 0, 9)))
    )


def test_a_strategy_without_the_auto_encoder_tells_what_it_knows():
    text = explain(0, "crazing", 0.5, "entropy", RoundReport(label_share=(0.6, 0.4, 0.0)))
    assert text == "Looks like crazing (50 % sure). 60 % of the labels learned from. Chosen: the model is unsure."


def test_what_an_old_round_lacks_is_left_out():
    assert explain(0, "holes", 1.0, "odd", RoundReport()) == "Looks like holes (100 % sure)."


def test_the_three_terms_of_an_image_as_shares_that_say_what_was_counted():
    terms = score_terms(1, "pitted surface", LIKELIHOOD, REPORT)
    assert [(term.name, term.share) for term in terms] == [
        ("Typical", (3 + 0.5) / 4),
        ("Reliable", 0.96),
        ("Common", 0.1),
    ]
    assert [term.words for term in terms] == [
        "More typical of pitted surface than 88 % of the ranked images called so.",
        "Of the labelled images that the auto-encoder takes for pitted surface, all learned from, about 96 % are "
        "(counted: 8).",
        "The auto-encoder takes about 10 % of the labelled images for pitted surface.",
    ]


@pytest.mark.parametrize("difficulty", ["prequential", "cross_fit"])
def test_a_reliability_of_images_not_learned_from_says_so(difficulty: str):
    assert words(report=changed(difficulty=difficulty))["Reliable"] == (
        "Of the labelled images that a model took for pitted surface, before it learned from them, about 96 % are "
        "(counted: 8)."
    )


def test_a_reliability_that_no_image_stands_behind_says_so():
    assert (
        words(2)["Reliable"]
        == "No labelled image is taken for pitted surface: 50 % is about the average of all classes."
    )


def test_a_prior_read_from_the_pool_says_so():
    assert "10 % of the ranked images" in words(prior_from="pool")["Common"]


def test_a_term_that_the_round_lacks_has_no_bar():
    assert list(words(report=changed(prior=None))) == ["Typical", "Reliable"]
    assert list(words(report=changed(reliability=None, difficulty_counts=None))) == ["Typical", "Common"]
    assert score_terms(1, "pitted surface", (), RoundReport(label_share=(0.5, 0.5))) == ()


def test_the_share_of_a_histogram_below_a_value():
    histogram = Histogram(edges=(0.0, 1.0, 2.0), counts=((1, 3), (0, 0)))
    assert [share_below(value, histogram, 0) for value in (-1, 0.5, 1, 2, 9)] == [0, 0.125, 0.25, 1, 1]
    assert share_below(0.5, histogram, 1) == 0


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_says_why_an_image_was_chosen(strategy):
    assert "Chosen" in explain(1, "pitted surface", 0.83, strategy, REPORT)


def test_a_strategy_without_words_of_its_own_is_named_and_one_of_another_version_is_not(monkeypatch):
    monkeypatch.setitem(STRATEGIES, "luck", replace(STRATEGIES["random"], description="Luck: by the dice"))
    assert explain(1, "pitted surface", 0.83, "luck", REPORT).endswith("Chosen by: Luck.")
    assert explain(1, "pitted surface", 0.83, "balanced(margin)", REPORT).endswith("Chosen by: Margin, classes even.")
    assert "Chosen" not in explain(1, "pitted surface", 0.83, "best_of_2031", REPORT)
