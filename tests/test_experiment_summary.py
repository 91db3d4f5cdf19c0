"""What is read from the rows of an experiment: areas, labels until random's value, paired differences, penalties."""

import numpy as np
import pandas as pd
import pytest
from experiment_rows import experiment_rows
from scipy.stats import ttest_rel

from vabal_core.experiment.comparisons import MEAN_OVER_SOURCES
from vabal_core.experiment.scores import labels_to_reach, rising
from vabal_core.experiment.summary import summarise

GAINS = {"random": 0.0, "margin": 0.03, "entropy": 0.028, "vabal": -0.03}


def rows_of(curves: dict[tuple[str, int], list[float]], source: str = "steel") -> pd.DataFrame:
    """(strategy, seed) -> balanced accuracy after 100, 200 ... labels."""
    return pd.DataFrame(
        {"source": source, "strategy": strategy, "seed": seed, "round": round_, "labels": 100 * (round_ + 1),
         "balanced_accuracy": value}
        for (strategy, seed), values in curves.items()
        for round_, value in enumerate(values)
    )  # fmt: skip


def only(frame: pd.DataFrame, **values: object) -> pd.Series:
    """The one row of a frame whose columns have these values."""
    rows = frame[
        np.logical_and.reduce([np.ones(len(frame), bool), *(frame[name] == value for name, value in values.items())])
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_area_is_the_mean_over_the_rounds_after_the_first_labels():
    summary = summarise(rows_of({("margin", 0): [0.1, 0.6, 0.8], ("margin", 1): [0.1, 0.5, 0.5]}))
    assert list(summary.runs["area"]) == pytest.approx([0.7, 0.5])
    score = only(summary.scores, strategy="margin")
    assert (score["area"], score["final"], score["runs"]) == (pytest.approx(0.6), pytest.approx(0.65), 2)
    # mean 0.6, s = 0.1414, t at 0.975 with one degree of freedom 12.706: half = 12.706 * 0.1, cut at 0 and 1
    assert (score["area_low"], score["area_high"]) == (0, 1)


def test_the_interval_of_an_area_by_hand():
    score = only(summarise(rows_of({("margin", seed): [0.1, 0.6 + 0.01 * seed] for seed in range(3)})).scores)
    # mean 0.61, s = 0.01, t at 0.975 with two degrees of freedom 4.302653
    assert score["area_high"] == pytest.approx(0.61 + 4.302653 * 0.01 / np.sqrt(3))


def test_labels_until_a_value_lie_on_the_line_between_two_rounds():
    labels, values = np.array([100, 200, 300]), np.array([0.5, 0.7, 0.6])
    assert labels_to_reach(labels, values, 0.65) == pytest.approx(175)
    assert labels_to_reach(labels, values, 0.4) == 100
    assert np.isnan(labels_to_reach(labels, values, 0.71))


def test_a_point_that_luck_has_lifted_does_not_count_as_reached():
    assert rising(np.array([0.5, 0.8, 0.6, 0.7])) == pytest.approx([0.5, 0.7, 0.7, 0.7])
    lucky = {("random", 0): [0.5, 0.6, 0.7], ("margin", 0): [0.5, 0.75, 0.6]}
    margin = only(summarise(rows_of(lucky)).scores, strategy="margin")
    assert np.isnan(margin["labels_to_random"]), "its rising curve ends at 0.675"


def test_what_is_no_better_than_random_saves_next_to_no_labels_where_it_reaches_random_at_all():
    rng, labels, shares = np.random.default_rng(3), np.arange(100, 700, 100), []
    for _ in range(600):  # experiments of five seeds whose curves rise by four points a round, and scatter by two
        random, copy = (rising((0.04 * np.arange(6) + rng.normal(0, 0.02, (5, 6))).mean(0)) for _ in range(2))
        shares.append(labels_to_reach(labels, copy, random[-1]) / labels_to_reach(labels, random, random[-1]))
    reached = np.isfinite(shares)
    assert 0.4 < reached.mean() < 0.6 and 0.94 < np.mean(np.array(shares)[reached]) < 1


def test_random_itself_needs_all_the_labels_that_it_needs():
    falls = {("random", 0): [0.5, 0.7, 0.6], ("margin", 0): [0.5, 0.8, 0.9]}
    scores = summarise(rows_of(falls)).scores
    assert only(scores, strategy="random")["labels_share"] == 1
    margin = only(scores, strategy="margin")  # random's rising curve is 0.65 from the first round on, at 200 labels
    assert margin["labels_to_random"] == pytest.approx(150) and margin["labels_share"] == pytest.approx(150 / 200)


def test_labels_until_random_ends_are_read_from_the_seeds_of_both():
    curves = {
        ("random", 0): [0.5, 0.6, 0.7],
        ("random", 1): [0.5, 0.6, 0.7],
        ("margin", 0): [0.5, 0.8, 0.9],
        ("margin", 2): [0.1, 0.1, 0.1],
        ("vabal", 0): [0.5, 0.5, 0.5],
    }
    scores = summarise(rows_of(curves)).scores
    margin = only(scores, strategy="margin")
    assert margin["labels_to_random"] == pytest.approx(100 + 100 * 0.2 / 0.3)
    assert margin["labels_share"] == pytest.approx(margin["labels_to_random"] / 300)
    assert np.isnan(only(scores, strategy="vabal")["labels_to_random"]), "not reached"


def test_a_difference_is_over_the_seeds_of_both():
    rows = experiment_rows(GAINS)
    rows = rows[(rows["strategy"] != "margin") | (rows["seed"] < 7)]
    summary = summarise(rows)
    area = summary.runs.pivot(index="seed", columns="strategy", values="area").dropna()
    row = only(summary.to_random, strategy="margin")
    assert row["pairs"] == 7 and row["difference"] == pytest.approx((area["margin"] - area["random"]).mean())
    assert row["p"] == pytest.approx(ttest_rel(area["margin"], area["random"]).pvalue)
    assert row["verdict"] == "better" and only(summary.to_random, strategy="vabal")["verdict"] == "worse"


def test_the_best_other_of_the_best_is_the_second():
    summary = summarise(experiment_rows(GAINS))
    assert summary.strategies == ("margin", "entropy", "random", "vabal")
    assert only(summary.to_best_other, strategy="margin")["other"] == "entropy"
    assert only(summary.to_best_other, strategy="entropy")["other"] == "margin"
    assert set(summary.to_best_other["other"]) == {"margin", "entropy"}


def test_p_is_corrected_over_the_strategies():
    frame = summarise(experiment_rows(GAINS, seeds=4)).to_random
    smallest = frame["p"].idxmin()
    assert frame.loc[smallest, "p_holm"] == pytest.approx(3 * frame.loc[smallest, "p"])


def test_wilcoxon_needs_six_pairs():
    assert summarise(experiment_rows(GAINS, seeds=5)).to_random["p_wilcoxon"].isna().all()
    assert summarise(experiment_rows(GAINS, seeds=6)).to_random["p_wilcoxon"].notna().all()


def test_over_the_sources_each_weighs_the_same_and_signed_ranks_are_of_sources():
    rows = experiment_rows(GAINS, sources=[f"source {letter}" for letter in "abcdef"])
    rows = rows[(rows["source"] != "source a") | (rows["seed"] < 3)]
    summary = summarise(rows)
    row = only(summary.to_random, source=MEAN_OVER_SOURCES, strategy="margin")
    by_source = summary.to_random[
        (summary.to_random["strategy"] == "margin") & (summary.to_random["source"] != row["source"])
    ]
    assert row["difference"] == pytest.approx(by_source["difference"].mean())
    assert (row["pairs"], row["sources"], row["p_wilcoxon"]) == (53, 6, 2 / 2**6)
    score = only(summary.scores, source=MEAN_OVER_SOURCES, strategy="margin")
    parts = summary.scores[(summary.scores["strategy"] == "margin") & (summary.scores["source"] != row["source"])]
    assert score["area"] == pytest.approx(parts["area"].mean())
    assert score["labels_share"] == pytest.approx(parts["labels_share"].mean())


def test_a_strategy_that_did_not_run_everywhere_is_not_in_the_mean_over_the_sources():
    rows = experiment_rows(GAINS, sources=["a", "b"])
    summary = summarise(rows[(rows["strategy"] != "margin") | (rows["source"] == "b")])
    assert summary.strategies[-1] == "margin"
    for frame in (summary.scores, summary.to_random, summary.to_best_other):
        assert "margin" not in set(frame[frame["source"] == MEAN_OVER_SOURCES]["strategy"])
        assert "margin" in set(frame[frame["source"] == "b"]["strategy"])


def test_strategies_without_a_seed_in_common_are_no_pairs():
    rows = experiment_rows({"random": 0.0, "margin": 0.03}, seeds=4)
    summary = summarise(rows[(rows["strategy"] == "margin") == (rows["seed"] < 2)])
    row = only(summary.to_random)
    assert row["pairs"] == 0 and np.isnan(row["difference"]) and row["verdict"] == "not enough seeds to tell"
    assert not summary.penalty.to_numpy().any()


def test_a_run_that_is_not_at_its_end_has_curves_and_no_area():
    rows = experiment_rows(GAINS, seeds=3)
    rows = rows[(rows["strategy"] != "vabal") | (rows["round"] < 3) | (rows["seed"] > 0)]
    summary = summarise(rows)
    assert list(summary.runs.loc[~summary.runs["complete"], ["strategy", "seed"]].iloc[0]) == ["vabal", 0]
    assert only(summary.scores, strategy="vabal")["runs"] == 2
    counts = summary.curves[(summary.curves["strategy"] == "vabal") & (summary.curves["metric"] == "balanced_accuracy")]
    assert list(counts["count"]) == [3, 3, 3, 2, 2, 2]


def test_a_run_with_a_hole_is_not_complete():
    rows = experiment_rows({"random": 0.0}, seeds=2)
    assert not summarise(rows[(rows["seed"] == 0) | (rows["round"] != 2)]).runs["complete"].iloc[1]


def test_the_penalty_adds_a_win_at_each_number_of_labels_by_its_share_of_the_rounds():
    rows = experiment_rows({"random": 0.0, "margin": 0.03}, sources=["a", "b"], rounds=4)
    wins = 0.0
    for _, part in rows[rows["round"] > 0].groupby(["source", "round"]):
        values = part.pivot(index="seed", columns="strategy", values="balanced_accuracy")
        test = ttest_rel(values["margin"], values["random"])
        wins += 0.25 * (test.pvalue < 0.05 and test.statistic > 0)
    penalty = summarise(rows).penalty
    assert 1 < wins <= 2 and penalty.loc["margin", "random"] == pytest.approx(wins)
    assert penalty.loc["random", "margin"] == 0 and np.trace(penalty) == 0


def test_curves_hold_the_mean_and_students_interval_of_every_metric():
    rows = experiment_rows(GAINS, seeds=3)
    curves = summarise(rows).curves
    point = only(curves, strategy="margin", round=2, metric="macro_f1")
    values = rows[(rows["strategy"] == "margin") & (rows["round"] == 2)]["macro_f1"]
    assert (point["value"], point["count"], point["labels"]) == (pytest.approx(values.mean()), 3, 300)
    assert point["high"] - point["value"] == pytest.approx(4.302653 * values.std() / np.sqrt(3))


def test_recalls_are_of_the_last_round_and_a_class_without_test_images_has_none():
    rows = experiment_rows({"margin": 0.03}, seeds=2, classes=3)
    rows["recalls"] = [[recalls[0], np.nan, recalls[2]] for recalls in rows["recalls"]]
    recalls = summarise(rows).recalls
    assert list(recalls["class_name"]) == ["class 1", "class 3"]
    last = rows[rows["round"] == 5]
    assert list(recalls["value"]) == pytest.approx(
        [np.mean([r[0] for r in last["recalls"]]), np.mean([r[2] for r in last["recalls"]])]
    )
    assert set(summarise(rows.assign(class_names=[["a", "b", "c"]] * len(rows))).recalls["class_name"]) == {"a", "c"}


def test_a_round_that_stands_there_twice_and_an_absent_column_are_refused():
    rows = experiment_rows({"margin": 0.03}, seeds=1)
    with pytest.raises(ValueError, match="round 0 of margin, seed 0, on steel stands there twice"):
        summarise(pd.concat([rows, rows]))
    with pytest.raises(ValueError, match="absent: labels"):
        summarise(rows.drop(columns="labels"))


@pytest.mark.parametrize("rounds", [0, 1])
@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize("names", [["random"], ["margin"], ["random", "margin"], ["vabal", "margin"]])
def test_the_smallest_experiments_have_a_summary(names: list[str], seeds: int, rounds: int):
    summary = summarise(experiment_rows({name: GAINS[name] for name in names}, seeds=seeds, rounds=rounds))
    assert set(summary.strategies) == set(names)
    assert set(summary.to_best_other["verdict"]) <= {"not enough seeds to tell"}


def test_no_rows_have_an_empty_summary():
    summary = summarise(experiment_rows({"random": 0.0}, seeds=1)[:0])
    assert summary.strategies == () and not len(summary.scores) and not len(summary.curves)
