"""The words beside a ranked image: true of what was counted, and nothing where nothing was."""

from typing import Any

import pytest

from vabal_core.loop.report import Histogram, RoundReport
from vabal_core.query.strategies import OFFERED_STRATEGIES, find_strategy
from vabal_core.types import Reasons
from vabal_core.workspace.explanation import details, explain, score_terms
from vabal_core.workspace.ranked_image import Ranked, share_below

REPORT = RoundReport(
    labelled_counts=(90, 7, 3),
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
    labelled_counts=(90, 7, 3), out_of_fold_called=(60, 41, 3), out_of_fold_right=(55, 17, 3), agreement=0.95
)
DOUBTED = Reasons(next_likely=((0, 0.412), (2, 0.1)), draw_counts=(62, 30, 8))


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


def more(n: int, probability: float, strategy: str, report: RoundReport, **others: Any) -> str:
    return details(ranked(n, probability, strategy, **others), report)


@pytest.mark.parametrize(("reasons", "probability", "sentence"), [
    (Reasons(next_likely=((0, 0.41),), draw_counts=(30, 62, 8)), 0.48,
     "Torn between pitted surface (48 %) and crazing (41 %)."),
    (DOUBTED, 0.83, "A second model disagrees: in 62 of 100 answers it says crazing."),
    (Reasons(next_likely=((0, 0.1),), draw_counts=(30, 40, 30)), 0.83,
     "A second model, which compares whole images, is less sure: in 40 of 100 answers it says pitted surface."),
    (Reasons(next_likely=((0, 0.1),), draw_counts=(5, 90, 5)), 0.3,
     "The model is only 30 % sure that it is pitted surface."),
    (Reasons(next_likely=((0, 0.01),), draw_counts=(1, 98, 1)), 0.98,
     "The model is 98 % sure that it is pitted surface; nothing else stands out."),
])  # fmt: skip
def test_the_strongest_term_of_this_very_image_is_named(reasons: Reasons, probability: float, sentence: str):
    assert said(1, probability, "vabal_plus", DRAWN, reasons=reasons) == sentence
    assert len(sentence) <= 120, "it is read between two key presses"


@pytest.mark.parametrize(("n", "likelihood", "sentence"), [
    (0, -1.9, "Unusual for crazing: 95 % of the ranked images called so are more typical of it."),
    (1, -0.05, "pitted surface is rare: a second model takes about 10 % of the labelled images for it."),
    (2, -0.1, "No labelled image is taken for oil stain: 50 % is about the average of all classes."),
])  # fmt: skip
def test_of_the_terms_of_bayes_the_weakest_is_named(n: int, likelihood: float, sentence: str):
    report = changed(likelihood_histogram=Histogram(edges=(-2.0, -1.0, 0.0), counts=((5, 5), (3, 1), (1, 0))))
    assert said(n, 0.83, "vabal", report, reasons=Reasons(log_likelihood=(likelihood,) * 3)) == sentence


def test_a_ranking_names_nothing_that_it_did_not_look_at():
    torn = Reasons(next_likely=((0, 0.49),))
    assert said(1, 0.5, "random", REPORT, reasons=torn) == "Ranked at random."
    assert said(1, 0.5, "coreset", REPORT, reasons=torn, rank=300) == "Ranked at random."
    assert "Torn" not in said(1, 0.5, "vabal", REPORT, reasons=torn)


def test_an_image_of_an_older_ranking_says_how_sure_the_model_is():
    assert said(0, 1.0, "odd", RoundReport()) == "Looks like crazing (100 % sure)."
    assert said(0, 0.5, "entropy", RoundReport()) == "The model is only 50 % sure that it is crazing."


def test_two_classes_that_were_merged_are_not_two():
    torn = Reasons(next_likely=((0, 0.45),))
    assert "Torn" not in said(1, 0.5, "margin", REPORT, reasons=torn, names=("scratch", "scratch", "oil stain"))


def test_how_many_labels_of_the_class_were_learned_from_is_counted():
    assert more(1, 0.8, "entropy", REPORT).startswith("Only 7 of the 100 labels learned from are pitted surface.")
    assert more(0, 0.8, "entropy", REPORT).startswith("90 of the 100 labels learned from are crazing.")
    assert more(1, 0.8, "entropy", RoundReport()) == "Ranked by how unsure the model is."


def test_how_often_the_model_is_right_comes_from_no_image_it_learned_from():
    assert words()["Hit rate"] == "Of 41 evaluation images that the model called pitted surface, 17 were."
    assert bars(report=DRAWN)["Hit rate"] == (
        17 / 41, "Of 41 labelled images that the model, before it learned from them, called pitted surface, 17 were.",
    )  # fmt: skip


def test_a_hit_rate_of_a_few_images_is_left_out():
    assert "Hit rate" not in words(2) and "Hit rate" not in words(2, DRAWN, reasons=DOUBTED)
    assert "Of 10 evaluation" in words(2, changed(confusion=((0, 0, 1), (0, 0, 0), (0, 0, 9))))["Hit rate"]


def test_the_three_terms_of_an_image_as_shares_that_say_what_was_counted():
    terms = bars()
    del terms["Hit rate"]
    assert terms == {
        "Typical": ((3 + 0.5) / 4, "More typical of pitted surface than 88 % of the ranked images called so."),
        "Clear-cut": (
            0.96,
            "Of the labelled images that a second model takes for pitted surface, all learned from, about 96 % are "
            "(counted: 8).",
        ),
        "Common": (0.1, "A second model takes about 10 % of the labelled images for pitted surface."),
    }


def test_the_two_opinions_are_bars():
    terms = bars(report=DRAWN, probability=0.48, reasons=DOUBTED)
    assert list(terms) == ["Model", "Second model", "Hit rate"]
    assert terms["Model"] == (0.48, "The model is 48 % sure that it is pitted surface.")
    assert terms["Second model"] == (
        0.62, "A second model, which compares whole images: in 62 of 100 answers it says crazing.",
    )  # fmt: skip


def test_where_two_classes_have_as_many_draws_it_is_the_classifiers_that_is_named():
    even = Reasons(draw_counts=(40, 40, 20))
    assert "in 40 of 100 answers it says pitted surface" in words(1, DRAWN, reasons=even)["Second model"]
    assert "in 40 of 100 answers it says crazing" in words(2, DRAWN, reasons=even)["Second model"]


@pytest.mark.parametrize("difficulty", ["prequential", "cross_fit"])
def test_a_reliability_of_images_not_learned_from_says_so(difficulty: str):
    assert words(report=changed(difficulty=difficulty))["Clear-cut"] == (
        "Of the labelled images that the model took for pitted surface, before it learned from them, about 96 % are "
        "(counted: 8)."
    )


def test_a_reliability_that_no_image_stands_behind_says_so():
    sentence = "No labelled image is taken for oil stain: 50 % is about the average of all classes."
    assert words(2)["Clear-cut"] == sentence


def test_a_prior_read_from_the_pool_says_so():
    assert "10 % of the ranked images" in words(prior_from="pool")["Common"]


def test_a_term_that_the_round_lacks_has_no_bar():
    assert list(words(report=changed(prior=None))) == ["Typical", "Clear-cut", "Hit rate"]
    assert list(words(report=changed(reliability=None, difficulty_counts=None))) == ["Typical", "Common", "Hit rate"]
    assert bars(report=RoundReport(labelled_counts=(5, 5, 5)), reasons=Reasons()) == {}


def test_the_share_of_a_histogram_below_a_value():
    histogram = Histogram(edges=(0.0, 1.0, 2.0), counts=((1, 3), (0, 0)))
    assert [share_below(value, histogram, 0) for value in (-1, 0.5, 1, 2, 9)] == [0, 0.125, 0.25, 1, 1]
    assert share_below(0.5, histogram, 1) == 0


@pytest.mark.parametrize("name", OFFERED_STRATEGIES)
def test_every_strategy_says_what_it_goes_by_for_what_it_chose_and_for_what_follows(name):
    strategy = find_strategy(name)
    chosen, behind = (more(1, 0.83, name, REPORT, rank=rank, batch=25) for rank in (25, 26))
    assert chosen.endswith(f"Ranked {strategy.reason}.")
    follows = f"Ranked {strategy.fallback_reason}."
    assert behind.endswith(f"Ranked {strategy.reason}." if strategy.score else follows)
    assert 9 <= len(strategy.reason) <= 130 and strategy.reason.split()[0] in ("at", "by", "to")


# What a reason may only say of a strategy that looks there.
LOOKS_AT = {
    "two models": {"draw_counts"},
    "wrong about it": {"reliability"},
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
    fields_named = [
        fields for word, fields in LOOKS_AT.items() if word in f"{strategy.reason} {strategy.fallback_reason}"
    ]
    assert all(fields <= set(strategy.requires) for fields in fields_named)
    assert fields_named or strategy.reason == "at random" or set(strategy.requires) <= {"embeddings", "probabilities"}


@pytest.mark.parametrize(("name", "reason"), [
    ("coreset", "by how far it lies from all labelled images and those before it"),
    ("random", "at random"),
    ("entropy", "by how unsure the model is"),
    ("balanced(entropy)", "by how unsure the model is, from the predicted class with the fewest so far"),
    ("mix(entropy, random, 0.2)", "by how unsure the model is, or at random"),
    ("power(entropy)", "by lot, weighed by how unsure the model is"),
    ("novel(entropy)", "by how unsure the model is; of images that look alike one comes first"),
])  # fmt: skip
def test_a_combination_goes_by_what_its_parts_go_by(name, reason):
    assert more(1, 0.83, name, REPORT).endswith(f"Ranked {reason}.")


def test_what_follows_a_choice_by_distance_follows_at_random_and_says_so():
    assert more(1, 0.83, "coreset", REPORT, rank=300).endswith("Ranked at random.")
    assert more(1, 0.83, "vabal_plus", DRAWN, rank=300).endswith(
        "Ranked by how hard it is for two models together to decide between two classes."
    )


def test_a_strategy_of_another_version_has_no_reason():
    assert "Ranked" not in more(1, 0.83, "best_of_2031", REPORT)
