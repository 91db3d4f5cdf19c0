"""The words beside a ranked image: true of what was counted, and nothing where nothing was."""

from typing import Any

import pytest

from vabal_core.loop.report import Histogram, RoundReport
from vabal_core.query.strategies import OFFERED_STRATEGIES, find_strategy
from vabal_core.types import Reasons
from vabal_core.workspace.explanation import Ranked, explain, score_terms, share_below

REPORT = RoundReport(
    label_share=(0.9, 0.07, 0.03),
    confusion=((50, 20, 0), (1, 17, 0), (2, 4, 9)),  # 41 were called pitted surface, 17 of them were
    reliability=(0.9, 0.96, 0.5),
    difficulty="in_sample",
    difficulty_counts=(20, 8, 0),
    prior=(0.7, 0.1, 0.2),
    likelihood_histogram=Histogram(edges=(-2.0, -1.0, 0.0), counts=((5, 5), (3, 1), (0, 0))),
)
NAMES = ("crazing", "pitted surface", "oil stain")
LIKELIHOOD = Reasons(log_likelihood=(-0.9, -0.5, -1.5))
# Of a round by classifier and draws: no likelihood was read, and of the terms none.
DRAWN = RoundReport(
    label_share=(0.9, 0.07, 0.03), out_of_fold_called=(60, 41, 3), out_of_fold_right=(55, 17, 3), agreement=0.95
)
DOUBTED = Reasons(runner_up=(0, 0.412), draw_counts=(62, 30, 8))


def ranked(n: int = 1, probability: float = 0.83, strategy: str = "vabal", **more: Any) -> Ranked:
    facts = {"rank": 1, "batch": 250, "reasons": Reasons(), "names": NAMES}
    return Ranked(predicted=n, probability=probability, strategy=strategy, **(facts | more))


def said(n: int, probability: float, strategy: str, report: RoundReport, **more: Any) -> str:
    return explain(ranked(n, probability, strategy, **more), report)


def bars(n: int = 1, report: RoundReport = REPORT, **more: Any) -> dict[str, tuple[float, str]]:
    """Each bar's name, share and sentence, for an image taken for class n."""
    image = ranked(n, **({"reasons": LIKELIHOOD} | more))
    return {term.name: (term.share, term.words) for term in score_terms(image, report)}


def words(n: int = 1, report: RoundReport = REPORT, **more: Any) -> dict[str, str]:
    return {name: text for name, (_, text) in bars(n, report, **more).items()}


def changed(**values: object) -> RoundReport:
    return RoundReport(**(vars(REPORT) | values))


def test_the_class_the_labels_and_the_classifiers_precision_are_told():
    text = said(1, 0.83, "vabal", REPORT)
    assert text == (
        "Looks like pitted surface (83 % sure). Few labels of it to learn from (7 %). "
        "Of 41 evaluation images called so, 17 were. Chosen by how poorly the common, reliable classes explain it."
    )
    assert len(text) <= 200, "it is read between two key presses"


def test_how_often_the_classifier_is_right_comes_from_no_image_it_learned_from():
    assert "96 %" not in said(1, 0.83, "vabal", REPORT), "Eq. 10 looked at images learned from"


def test_a_precision_of_a_few_images_is_left_out():
    assert "evaluation images" not in said(2, 0.5, "vabal", REPORT)
    assert "Of 10 evaluation" in said(2, 0.5, "vabal", changed(confusion=((0, 0, 1), (0, 0, 0), (0, 0, 9))))


def test_a_strategy_without_the_auto_encoder_tells_what_it_knows():
    text = said(0, 0.5, "entropy", RoundReport(label_share=(0.6, 0.4, 0.0)))
    assert text == "Looks like crazing (50 % sure). 60 % of the labels learned from. Chosen by how unsure the model is."


def test_what_an_old_round_lacks_is_left_out():
    assert said(0, 1.0, "odd", RoundReport()) == "Looks like crazing (100 % sure)."


def test_the_three_terms_of_an_image_as_shares_that_say_what_was_counted():
    assert bars() == {
        "Typical": ((3 + 0.5) / 4, "More typical of pitted surface than 88 % of the ranked images called so."),
        "Reliable": (
            0.96,
            "Of the labelled images that the auto-encoder takes for pitted surface, all learned from, about 96 % are "
            "(counted: 8).",
        ),
        "Common": (0.1, "The auto-encoder takes about 10 % of the labelled images for pitted surface."),
    }


def test_an_image_that_classifier_and_draws_doubt_says_what_each_takes_it_for_with_its_counts():
    text = said(1, 0.48, "vabal_plus", DRAWN, reasons=DOUBTED)
    assert text == (
        "Looks like pitted surface (48 % sure), next crazing (41 %). Few labels of it to learn from (7 %). "
        "Of 100 draws of the auto-encoder 62 look like crazing. "
        "Chosen by how close two classes are for classifier and auto-encoder together; similar ones wait."
    )
    assert len(text) <= 260, "it is read between two key presses"


def test_the_two_opinions_and_what_became_of_the_classifiers_others_are_bars():
    assert bars(report=DRAWN, probability=0.48, reasons=DOUBTED) == {
        "Classifier": (0.48, "The classifier takes it for pitted surface by 48 %, next crazing (41 %)."),
        "Auto-encoder": (0.62, "Of 100 draws of the auto-encoder 62 look like crazing."),
        "Reliable": (
            17 / 41, "Of 41 labelled images that a model took for pitted surface before it learned from them, 17 are.",
        ),
    }  # fmt: skip


def test_of_a_few_images_out_of_fold_no_share_is_told():
    assert list(words(2, DRAWN, reasons=DOUBTED)) == ["Classifier", "Auto-encoder"]
    assert list(words(1, RoundReport(agreement=0.9), reasons=DOUBTED)) == ["Classifier", "Auto-encoder"]


def test_where_two_classes_have_as_many_draws_it_is_the_classifiers_that_is_named():
    even = Reasons(draw_counts=(40, 40, 20))
    assert "40 look like pitted surface" in said(1, 0.9, "vabal_plus", DRAWN, reasons=even)
    assert "40 look like crazing" in said(2, 0.9, "vabal_plus", DRAWN, reasons=even)


def test_a_second_class_that_is_hardly_likely_is_not_worth_a_word():
    assert "next crazing (5 %)" in said(1, 0.9, "margin", REPORT, reasons=Reasons(runner_up=(0, 0.05)))
    assert "next" not in said(1, 0.97, "margin", REPORT, reasons=Reasons(runner_up=(0, 0.02)))


@pytest.mark.parametrize("difficulty", ["prequential", "cross_fit"])
def test_a_reliability_of_images_not_learned_from_says_so(difficulty: str):
    assert words(report=changed(difficulty=difficulty))["Reliable"] == (
        "Of the labelled images that a model took for pitted surface, before it learned from them, about 96 % are "
        "(counted: 8)."
    )


def test_a_reliability_that_no_image_stands_behind_says_so():
    assert words(2)["Reliable"] == "No labelled image is taken for oil stain: 50 % is about the average of all classes."


def test_a_prior_read_from_the_pool_says_so():
    assert "10 % of the ranked images" in words(prior_from="pool")["Common"]


def test_a_term_that_the_round_lacks_has_no_bar():
    assert list(words(report=changed(prior=None))) == ["Typical", "Reliable"]
    assert list(words(report=changed(reliability=None, difficulty_counts=None))) == ["Typical", "Common"]
    assert bars(report=RoundReport(label_share=(0.5, 0.5)), reasons=Reasons()) == {}


def test_the_share_of_a_histogram_below_a_value():
    histogram = Histogram(edges=(0.0, 1.0, 2.0), counts=((1, 3), (0, 0)))
    assert [share_below(value, histogram, 0) for value in (-1, 0.5, 1, 2, 9)] == [0, 0.125, 0.25, 1, 1]
    assert share_below(0.5, histogram, 1) == 0


@pytest.mark.parametrize("name", OFFERED_STRATEGIES)
def test_every_strategy_says_what_it_goes_by_for_what_it_chose_and_for_what_follows(name):
    strategy = find_strategy(name)
    chosen, behind = (said(1, 0.83, name, REPORT, rank=rank, batch=25) for rank in (25, 26))
    assert chosen.endswith(f"Chosen {strategy.reason}.")
    follows = f"Behind the 25 chosen, {strategy.fallback_reason}."
    assert behind.endswith(f"Chosen {strategy.reason}." if strategy.score else follows)
    assert 9 <= len(strategy.reason) <= 130 and strategy.reason.split()[0] in ("at", "by", "to")


# What a reason may only say of a strategy that looks there.
LOOKS_AT = {
    "auto-encoder": {"draw_counts"},
    "Bayes": {"reliability"},
    "reliable": {"reliability"},
    "similar": {"embeddings"},
    "near repeats": {"embeddings"},
    "far it lies": {"embeddings"},
    "unsure": {"probabilities"},
    "close": {"probabilities"},
    "border": {"probabilities"},
    "left out": {"dropout"},
    "learned anew": {"ensemble"},
    "expects": {"predicted_loss"},
    "hidden": {"heavy_dropout"},
    "unlike": {"discriminator"},
}


@pytest.mark.parametrize("name", OFFERED_STRATEGIES)
def test_a_reason_tells_of_what_the_strategy_has_looked_at_and_of_nothing_else(name):
    strategy = find_strategy(name)
    told = [fields for word, fields in LOOKS_AT.items() if word in f"{strategy.reason} {strategy.fallback_reason}"]
    assert all(fields <= set(strategy.requires) for fields in told)
    assert told or strategy.reason == "at random" or set(strategy.requires) <= {"embeddings", "probabilities"}


@pytest.mark.parametrize(("name", "reason"), [
    ("coreset", "by how far it lies from all labelled images and those before it"),
    ("random", "at random"),
    ("entropy", "by how unsure the model is"),
    ("balanced(entropy)", "by how unsure the model is, from the predicted class with the fewest so far"),
    ("mix(entropy, random, 0.2)", "by how unsure the model is, or at random"),
    ("power(entropy)", "by lot, weighed by how unsure the model is"),
    ("novel(entropy)", "by how unsure the model is; similar ones wait"),
])  # fmt: skip
def test_a_combination_goes_by_what_its_parts_go_by(name, reason):
    assert said(1, 0.83, name, REPORT).endswith(f"Chosen {reason}.")


def test_what_follows_a_choice_by_distance_follows_at_random_and_says_so():
    assert said(1, 0.83, "coreset", REPORT, rank=300).endswith("Behind the 250 chosen, at random.")
    assert said(1, 0.83, "vabal_plus", DRAWN, rank=300).endswith(
        "Behind the 250 chosen, by how close two classes are for classifier and auto-encoder together."
    )


def test_a_strategy_of_another_version_has_no_reason():
    assert "Chosen" not in said(1, 0.83, "best_of_2031", REPORT)
