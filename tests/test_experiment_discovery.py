"""How soon strategies come by images of a rare class: hand-made runs, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from vabal_core.experiment.discovery import discovery, discovery_sentences, rarest_first

CLASSES = ["common", "rare"]


def runs(counts: dict[tuple[str, int], list[int]]) -> pd.DataFrame:
    """(strategy, seed) -> labelled images of the rare class after each round; 10 labels, then 5 more a round."""
    return pd.DataFrame(
        [
            {
                "source": "steel", "strategy": strategy, "seed": seed, "round": number, "labels": 10 + 5 * number,
                "histogram": [10 + 5 * number - count, count], "class_names": CLASSES,
            }
            for (strategy, seed), of_run in counts.items()
            for number, count in enumerate(of_run)
        ]
    )  # fmt: skip


def row(table: pd.DataFrame, strategy: str, images: int) -> pd.Series:
    (index,) = table.index[(table["strategy"] == strategy) & (table["images"] == images)]
    return table.loc[index]


def test_labels_are_those_of_the_first_round_with_so_many_images():
    table = discovery(runs({("margin", 0): [0, 2, 5, 9], ("margin", 1): [1, 1, 3, 6]}), [1])
    first, fifth = row(table, "margin", 1), row(table, "margin", 5)
    assert first["labels"] == np.mean([15, 10]) and fifth["labels"] == np.mean([20, 25])
    assert (first["at_start"], fifth["at_start"]) == (1, 0)
    assert (fifth["reached"], fifth["runs"]) == (2, 2)


def test_a_run_that_never_has_them_counts_as_if_one_more_round_had_brought_them():
    table = discovery(runs({("random", 0): [0, 0, 0], ("random", 1): [0, 1, 1]}), [1])
    first = row(table, "random", 1)
    assert first["labels"] == np.mean([25, 15]) and first["reached"] == 1
    assert row(table, "random", 5)["reached"] == 0


def test_what_is_saved_is_paired_by_seed_with_a_student_interval():
    counts = {("margin", seed): [0, 1, 1, 1] for seed in range(4)}
    counts |= {("random", seed): [0, 0, 0, 1] if seed < 2 else [0, 0, 1, 1] for seed in range(4)}
    margin = row(discovery(runs(counts), [1]), "margin", 1)
    differences = np.array([10, 10, 5, 5])
    half = 3.182446305 * differences.std(ddof=1) / 2  # t of three degrees of freedom
    assert margin["saved"] == 7.5 and margin["pairs"] == 4 and margin["verdict"] == "better"
    assert [margin["saved_low"], margin["saved_high"]] == pytest.approx([7.5 - half, 7.5 + half])


def test_of_many_things_that_are_looked_at_one_is_not_told_for_its_luck_alone():
    counts = {("margin", seed): [0, 1, 1, 1] for seed in range(4)}
    counts |= {("random", seed): [0, 0, 0, 1] if seed < 2 else [0, 0, 1, 1] for seed in range(4)}
    alone = row(discovery(runs(counts), [1]), "margin", 1)
    by_luck = {
        (f"other{n}", seed): [0, 0, 1, 1] if n % 2 == seed % 2 else [0, 1, 1, 1] for n in range(6) for seed in range(4)
    }
    among = row(discovery(runs(counts | by_luck), [1]), "margin", 1)
    assert (alone["verdict"], among["verdict"]) == ("better", "not shown") and alone["saved"] == among["saved"]


def test_runs_that_are_not_at_their_end_do_not_count():
    table = discovery(runs({("margin", 0): [0, 1, 5], ("margin", 1): [0, 5], ("random", 0): [0, 0, 1]}), [1])
    assert row(table, "margin", 5)["runs"] == 1
    assert not len(discovery(runs({("margin", 0): [0]}), [1]))


def test_images_that_the_pool_does_not_hold_are_not_waited_for():
    rows = runs({("margin", 0): [0, 1, 2], ("random", 0): [0, 0, 1]})
    table = discovery(rows.assign(pool_histogram=[[50, 2]] * len(rows)), [1])
    assert set(table["images"]) == {1}


def test_the_rare_classes_are_asked_about_smallest_first_and_else_the_smallest_alone():
    assert rarest_first(np.array([90, 5, 8]), np.array([False, True, True])) == [1, 2]
    assert rarest_first(np.array([40, 30, 35]), np.zeros(3, bool)) == [1]


def test_where_no_strategy_can_differ_nothing_is_compared():
    """All had the class from the start, or nobody ever: another row's p is not corrected for these."""
    counts = {(name, seed): [1, 1, 1] for name in ("margin", "random") for seed in range(3)}
    table = discovery(runs(counts), [1])
    assert set(table["verdict"]) == {""} and not table["pairs"].any()
    one_without = discovery(runs({**counts, ("margin", 0): [0, 1, 1], ("random", 0): [0, 1, 1]}), [1])
    assert row(one_without, "margin", 1)["pairs"] == 3


def test_who_comes_later_than_chance_or_never_is_named():
    counts = {("random", seed): [0, 5, 5, 5] for seed in range(10)}
    counts |= {("never", seed): [0, 0, 1, 1] for seed in range(10)}
    (sentence,) = discovery_sentences(discovery(runs(counts), [1]))
    assert sentence == "The fifth image of `rare` came to `random` after 15 labels. In no run it came to `never`."
    counts |= {("late", seed): [0, 1, 4, 6] for seed in range(10)} | {
        ("soon", seed): [0, 5, 5, 5] for seed in range(10)
    }
    (sentence,) = discovery_sentences(discovery(runs(counts), [1]))
    assert "came as soon as by chance to `soon`" in sentence
    assert sentence.endswith(" Later than by chance it came to `late`. In no run it came to `never`.")


def test_an_interval_does_not_begin_before_the_first_labels():
    counts = {("margin", 0): [1, 1, 1, 1], ("margin", 1): [0, 0, 0, 1]}
    assert row(discovery(runs(counts), [1]), "margin", 1)["low"] == 10


def test_the_sentence_says_who_comes_soonest_and_how_sure_that_is():
    counts = {("margin", seed): [0, 5, 5] for seed in range(4)}
    counts |= {("random", seed): [0, 1, 5 if seed else 4] for seed in range(4)}
    (sentence,) = discovery_sentences(discovery(runs(counts), [1]))
    assert sentence.startswith("The fifth image of `rare` came sooner than by chance to `margin` after 15 labels")
    assert "`random` after 21 labels, in 3 of 4 runs" in sentence and "4 pairs of runs" in sentence
    one_seed = {name: of_run for name, of_run in counts.items() if name[1] == 1}
    (sentence,) = discovery_sentences(discovery(runs(one_seed), [1]))
    assert sentence.startswith("Whether choosing brings the fifth image of `rare` sooner cannot be told")
    assert sentence.endswith("(+5 labels saved, 1 pair of runs).")


def test_nothing_found_all_found_and_no_yardstick_are_said_as_they_are():
    (sentence,) = discovery_sentences(discovery(runs({("margin", 0): [0, 0], ("random", 0): [0, 0]}), [1]))
    assert sentence == "No run came by an image of `rare`."
    (sentence,) = discovery_sentences(discovery(runs({("margin", 0): [6, 7], ("random", 0): [6, 6]}), [1]))
    assert "among the first labels of every run" in sentence
    (sentence,) = discovery_sentences(discovery(runs({("margin", 0): [0, 1]}), [1]))
    assert sentence == "The first image of `rare` came to `margin` after 15 labels."
