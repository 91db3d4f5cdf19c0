"""Names of combinations: what is understood, and what is said of what is not."""

from dataclasses import replace

import pytest

from vabal_core.query.strategies import OFFERED_STRATEGIES, STRATEGIES, find_strategy, strategy_if_any


def test_a_plain_name_is_the_strategy_of_the_registry():
    assert all(find_strategy(name) is strategy for name, strategy in STRATEGIES.items())


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("balanced(margin)", "Margin, classes even"),
        (" distinct( entropy ) ", "Entropy, no repeats"),
        ("mix(vabal,random,0.3)", "VaB-AL with 30 % Random"),
        ("power(margin)", "Margin, drawn"),
        ("power(margin, 2)", "Margin, drawn"),
        ("distinct(balanced(power(margin, 0.5)))", "Margin, drawn, classes even, no repeats"),
        ("mix(mix(margin, random, 0.5), coverage, 0.25)", "Margin with 50 % Random with 25 % Coverage"),
    ],
)
def test_combinations_nest(name, title):
    assert find_strategy(name).title == title


def test_a_combination_requires_what_its_parts_do_once_and_in_their_order():
    mixed = find_strategy("mix(distinct(margin), balanced(vabal_posterior), 0.5)")
    assert mixed.requires == ("probabilities", "embeddings", "reliability", "posterior")
    assert find_strategy("power(vabal_posterior)").requires == ("reliability", "posterior")
    assert find_strategy("distinct(random)").requires == ("embeddings",)


@pytest.mark.parametrize("name", ["balanced(margin)", "distinct(margin)", "mix(margin, random, 0.5)", "power(margin)"])
def test_a_combination_needs_the_settings_of_its_parts(monkeypatch, name):
    monkeypatch.setitem(STRATEGIES, "margin", replace(STRATEGIES["margin"], settings={"epochs": 7}))
    assert find_strategy(name).settings == {"epochs": 7}


def test_parts_that_need_different_values_of_a_setting_are_not_mixed(monkeypatch):
    for name, epochs in (("margin", 7), ("entropy", 8)):
        monkeypatch.setitem(STRATEGIES, name, replace(STRATEGIES[name], settings={"epochs": epochs}))
    with pytest.raises(ValueError, match="epochs cannot be 7 for Margin, 8 for Entropy at once"):
        find_strategy("mix(margin, entropy, 0.5)")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "best",
            r"^strategy 'best' is unknown: choose one of .*vabal, .*random, .*, or balanced\(score\), ",
        ),
        ("balanced(best)", r"^strategy 'balanced\(best\)': 'best' at character 10 is unknown: choose one of .*vabal, "),
        ("mix(margin, halved(random), 0.2)", r"'halved\(random\)' at character 13 is unknown: .* or balanced\(score\)"),
        ("balanced", "'balanced' is unknown"),
        ("balanced(margin, 2)", r"has 2 in its brackets: write balanced\(score\)"),
        ("power(margin, 2, 3)", r"has 3 in its brackets: write power\(score\[, beta\]\)"),
        ("mix(margin, random)", r"has 2 in its brackets: write mix\(strategy, strategy, share\)"),
        ("distinct()", r"has 0 in its brackets: write distinct\(strategy\)"),
        ("balanced(coverage)", "'coverage' at character 10 chooses by no score: write one of .*vabal, .*margin"),
        ("power(distinct(margin))", r"'distinct\(margin\)' at character 7 chooses by no score"),
        ("mix(margin, random, 1)", "'1' at character 21 is no share: write a number between 0 and 1"),
        ("mix(margin, random, -0.5)", "'-0.5' at character 21 is no share"),
        ("mix(margin, random, True)", "'True' at character 21 is no share"),
        ("mix(margin, random, entropy)", "'entropy' at character 21 is no share"),
        ("power(margin, 0)", "'0' at character 15 is no beta: write a number above 0"),
        ("power(margin, 1e999)", "is no beta"),
        ("power(margin, beta=2)", "is unknown"),
        ("balanced(margin", "cannot be read at character 9: write a name, or balanced"),
        ("", "strategy '' cannot be read"),
        ("a\0b", "cannot be read"),
        ("margin if random else entropy", "is unknown"),
        ("(" * 150 + "margin" + ")" * 150, "no name of at most 200 characters"),
        (["margin"], r"strategy \['margin'\] is no name"),
        (None, "is no name"),
    ],
)
def test_what_is_not_understood_is_named_with_its_place_and_what_can_stand_there(name, words):
    with pytest.raises(ValueError, match=words):
        find_strategy(name)
    assert strategy_if_any(name) is None


def test_whoever_is_offered_a_strategy_reads_a_name_and_a_sentence_and_no_two_are_called_alike():
    offered = [find_strategy(name) for name in OFFERED_STRATEGIES]
    assert len({strategy.title for strategy in offered}) == len(offered)
    assert all(strategy.title and strategy.explanation and strategy.source for strategy in offered)
