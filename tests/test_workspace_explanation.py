"""The sentence under a ranked image, word for word."""

from vabal_core.workspace.explanation import explain, score_terms, share_below

NAMES = ("crazing", "pitted surface", "oil stain")


def test_all_three_terms_are_told():
    text = explain("pitted surface", 0.83, (-0.9, -0.2, -1.5), NAMES, (0.9, 0.41, 0.5), (0.9, 0.07, 0.03), "vabal")
    assert text == (
        "Looks like pitted surface (83 % sure). Few of its labels so far (7 %), right 41 % of the time. "
        "Chosen: the well-known classes explain it poorly."
    )
    assert len(text) <= 145, "it is read between two key presses"


def test_a_strategy_without_the_auto_encoder_tells_what_it_knows():
    text = explain("crazing", 0.5, (), NAMES, None, (0.6, 0.4, 0.0), "entropy")
    assert text == "Looks like crazing (50 % sure). 60 % of the labels so far. Chosen: the model is unsure."


def test_facts_that_an_old_round_lacks_are_left_out():
    assert explain("holes", 1.0, (), NAMES, None, None, "odd") == "Looks like holes (100 % sure)."


METRICS = {
    "reliability": [0.9, 0.41, 0.5],
    "prior": [0.7, 0.1, 0.2],
    "likelihood_histogram": {"edges": [-2.0, -1.0, 0.0], "counts": [[5, 5], [3, 1], [0, 0]]},
}


def test_the_three_terms_of_an_image_as_shares():
    terms = score_terms(1, (-0.9, -0.5, -1.5), "pitted surface", METRICS)
    assert [term.share for term in terms] == [(3 + 0.5) / 4, 0.41, 0.1]
    assert terms[1].words == "When the model says pitted surface, it is right 41 % of the time."


def test_a_round_that_lacks_a_term_shows_no_bars():
    assert score_terms(1, (), "pitted surface", METRICS) == ()
    assert score_terms(0, (-0.9, -0.2), "crazing", {"reliability": [0.9, 0.4]}) == ()


def test_the_share_of_a_histogram_below_a_value():
    edges, counts = [0.0, 1.0, 2.0], [1, 3]
    assert [share_below(value, edges, counts) for value in (-1, 0.5, 1, 2, 9)] == [0, 0.125, 0.25, 1, 1]
    assert share_below(0.5, edges, [0, 0]) == 0
