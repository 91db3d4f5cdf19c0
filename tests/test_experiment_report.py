"""What a report says of an experiment: plain words that claim no more than the seeds can tell, and every number."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiment_rows import experiment_rows

from vabal_core.experiment.markdown import code, interval, p_value, points, table
from vabal_core.experiment.report import report_lines, write_report

GAINS = {"random": 0.0, "margin": 0.03, "entropy": 0.028, "vabal": -0.03}


def report(gains: dict[str, float], **options: object) -> str:
    return "\n".join(report_lines(experiment_rows(gains, **options)))


def cells(text: str, head: str, first: str) -> list[str]:
    """The cells of the row that begins with `first` in the table under a heading."""
    part = text.split(f"{head}\n", 1)[1]
    row = next(line for line in part.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_the_best_comes_first_and_by_how_much():
    lines = report(GAINS).splitlines()
    assert lines[:2] == ["# Experiment on `steel`", ""]
    assert lines[2].startswith("- Highest of 4 is `margin`: balanced accuracy 77.6 % on average over the rounds")
    assert lines[3].startswith("- `margin` is better than `random` (+2.9 points, 95 % interval +2.5 to +3.3, 10 pairs")
    assert lines[4].startswith("- `margin` and `entropy` are alike (")
    assert lines[5] == "- What `random` reaches at the end, `margin` reaches with about 537 labels, 89 % of them."
    assert lines[6] == "- Worse than `random`: `vabal`."


def test_the_numbers_of_a_table_are_points_with_intervals():
    text = report(GAINS)
    area = cells(text, "## How far each strategy came", "`vabal`")
    assert area[1:3] == ["10", "71.5"] and area[-2:] == ["not reached", "-"]
    difference = cells(text, "### To random", "`margin`")
    assert difference == ["`margin`", "`random`", "+2.9", "+2.5 to +3.3", "< 0.001", "< 0.001", "0.002", "10", "better"]
    assert cells(text, "### To the best other", "`entropy`")[1] == "`margin`"
    assert cells(text, "## Who beats whom", "`margin`") == ["`margin`", "0.00", "0.00", "1.00", "1.00"]
    assert cells(text, "## Who beats whom", "mean")[-1] == "0.75"


def test_two_seeds_tell_nothing_and_the_report_says_so():
    text = report({"random": 0.0, "margin": 0.2}, seeds=2)
    assert "Between `margin` and `random` there are not enough seeds to tell (+2" in text
    assert "Fewer than 3 runs of a strategy tell nothing about it: more seeds are needed." in text
    assert "better than" not in text
    assert "## Who beats whom" not in text, "two runs are no test"
    assert "reaches" not in text, "a saving is told where its strategy is shown to be better"


def test_what_is_significant_only_without_correction_is_told_as_that():
    rows = experiment_rows({"random": 0.0, "margin": 0.03} | {f"s{number}": 0.0 for number in range(20)}, seeds=3)
    text = "\n".join(report_lines(rows))
    p, corrected = cells(text, "### To random", "`margin`")[4:6]
    assert float(p) < 0.05 < float(corrected)
    assert "`margin` and `random` is not shown (+" in text
    assert f"p {p}, but {corrected} after Holm's correction)" in text


def test_an_interval_that_holds_gain_and_loss_is_not_enough_seeds():
    text = report({"random": 0.0, "margin": 0.0}, seeds=4, noise=0.2)
    assert "there are not enough seeds to tell" in text


def test_strategies_without_a_seed_in_common_are_not_compared():
    rows = experiment_rows({"random": 0.0, "margin": 0.03}, seeds=8)
    text = "\n".join(report_lines(rows[(rows["strategy"] == "margin") == (rows["seed"] < 4)]))
    assert "`margin` and `random` have no seed in common: they cannot be compared." in text


def test_a_single_run_without_random_has_a_report():
    text = report({"margin": 0.03}, seeds=1)
    assert "`margin` alone was run" in text
    assert "`random` was not run: whether choosing helps at all cannot be told." in text
    assert "## Differences" not in text and "## Who beats whom" not in text
    assert "nan" not in text


def test_before_the_first_round_ends_nothing_can_be_told():
    for text in (report(GAINS, rounds=0), "\n".join(report_lines(experiment_rows(GAINS)[:0]))):
        assert "No strategy has a run at its end yet" in text and "nan" not in text and "## Differences" not in text


def test_unfinished_and_unequal_runs_are_counted():
    rows = experiment_rows(GAINS)
    rows = rows[(rows["strategy"] != "vabal") | (rows["seed"] < 7)]
    rows = rows[(rows["strategy"] != "margin") | (rows["seed"] > 0) | (rows["round"] < 4)]
    text = "\n".join(report_lines(rows))
    assert "1 of 37 planned runs is not at the end: the comparisons are of the others" in text
    assert "Highest of 4 is `margin`" in text and ", of the seeds that all have finished" in text
    assert "unequal numbers of runs: each comparison is over the seeds that both have" in text
    assert cells(text, "### To random", "`vabal`")[-2] == "7" and cells(text, "### To random", "`margin`")[-2] == "9"


def test_runs_that_were_planned_and_not_begun_count_as_missing():
    """Of a plan of 12 runs one is at its end, one under way."""
    rows = experiment_rows({"random": 0.0, "margin": 0.2}, seeds=1).assign(planned_rounds=5, planned_runs=12)
    rows = rows[(rows["strategy"] == "random") | (rows["round"] < 2)]
    text = "\n".join(report_lines(rows))
    assert "`random` alone has a run at its end" in text and "was run" not in text.splitlines()[2]
    assert "11 of 12 planned runs are not at the end" in text


def test_runs_that_all_stopped_at_the_same_round_are_not_at_their_end():
    rows = experiment_rows(GAINS).assign(planned_rounds=5, planned_runs=40)
    text = "\n".join(report_lines(rows[rows["round"] <= 1]))
    assert "No strategy has a run at its end yet (40 runs are planned)" in text and "## Differences" not in text


def test_strategies_are_ranked_by_the_seeds_that_all_have_finished():
    """The further seeds of random are easy ones: on the mean of what each has, random would come first."""
    rows = experiment_rows({"random": 0.0, "margin": 0.2}, seeds=6)
    easy = (rows["seed"] > 2) & (rows["strategy"] == "random")
    rows = rows.assign(balanced_accuracy=rows["balanced_accuracy"] + 0.3 * easy)
    text = "\n".join(report_lines(rows[easy | (rows["seed"] <= 2)]))
    assert "Highest of 2 is `margin`" in text and "Worse than `random`" not in text


def test_the_same_two_strategies_are_one_test_whichever_is_looked_at_first():
    text = report({"random": 0.0, "margin": 0.02}, seeds=6)
    rows = [cells(text, head, "`margin`") for head in ("### To random", "### To the best other")]
    assert rows[0] == rows[1]
    assert rows[0][4] == rows[0][5], "of one test nothing is corrected"


def test_sources_may_have_different_numbers_of_seeds():
    rows = experiment_rows(GAINS, sources=["a", "b"])
    assert "unequal numbers" not in "\n".join(report_lines(rows[(rows["source"] == "a") | (rows["seed"] < 7)]))


def test_several_sources_have_a_mean_and_a_table_of_first_and_last():
    text = report(GAINS, sources=["digits", "cifar10+[1]"])
    assert text.startswith("# Experiments on 2 sources\n")
    assert "on average over 2 sources." in text.splitlines()[2]
    assert cells(text, "### To random, mean over the sources", "`margin`")[-2] == "20 on 2 sources"
    assert cells(text, "### To random on `cifar10+[1]`", "`margin`")[-2] == "10"
    assert cells(text, "## First and last, source by source", "`vabal`")[1:] == ["-", "-", "`cifar10+[1]`, `digits`"]
    assert "reaches on 2 of 2 sources, with about" in text


def test_a_strategy_that_is_missing_on_a_source_is_named():
    rows = experiment_rows(GAINS, sources=["a", "b"])
    text = "\n".join(report_lines(rows[(rows["strategy"] != "margin") | (rows["source"] == "b")]))
    assert "Not run, or not to the end, on every source, and so not in the mean over them: `margin`." in text
    assert "Highest of 3 is `entropy`" in text


def test_the_form_of_what_was_run_is_told():
    rows = experiment_rows(GAINS, seeds=2).assign(
        device="cpu", versions='{"torch": "2.14.1", "numpy": "2.4.6"}',
        config='{"learning": "frozen", "backbone": "lite0"}',
        test_images=[101, 99] * 24, seconds_fit=1.0, seconds_query=[0.5, 1.5] * 24, seconds_head=0.9,
    )  # fmt: skip
    text = "\n".join(report_lines(rows))
    expected = {
        "seeds": "0, 1", "first labels": "100", "labels a round": "100", "rounds": "5", "learning": "frozen",
        "network": "lite0",
        "classes": "4", "test images": "101, 99", "device": "cpu", "versions": "numpy 2.4.6, torch 2.14.1",
        "seconds a round": "2.00, at most 2.50",
    }  # fmt: skip
    assert "| preset |" not in text, "what nobody wrote down has no row"
    for name, value in expected.items():
        assert cells(text, "## What was run", name)[1] == value


def test_the_file_is_written_whole_and_its_folder_holds_nothing_else(tmp_path: Path):
    folder = tmp_path / "new" / "folder"
    write_report(experiment_rows(GAINS, seeds=3), folder)
    write_report(experiment_rows(GAINS), folder)
    assert [file.name for file in folder.iterdir()] == ["report.md"]
    assert (folder / "report.md").read_text("utf-8") == report(GAINS) + "\n"


def test_rows_read_back_from_parquet_give_the_same_report(tmp_path: Path):
    rows = experiment_rows(GAINS, seeds=3)
    rows.to_parquet(tmp_path / "results.parquet")
    assert report_lines(pd.read_parquet(tmp_path / "results.parquet")) == report_lines(rows)


def test_names_cannot_break_a_table():
    text = report({"mix(vabal,random,0.3)": 0.03, "random": 0.0}, sources=["a | b\n`c`"])
    assert "# Experiment on `a | b c`" in text
    assert cells(text, "### To random", "`mix(vabal,random,0.3)`")[2].startswith("+")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (points(0.832), "83.2"), (points(-0.00001, signed=True), "+0.0"), (points(np.nan), "-"),
        (interval(-0.01, 0.02, signed=True), "-1.0 to +2.0"), (interval(np.nan, np.nan), "-"),
        (p_value(0.0004), "< 0.001"), (p_value(0.0491), "0.049"), (p_value(np.nan), "-"), (code("a`b\nc"), "`a b c`"),
    ],
)  # fmt: skip
def test_numbers_as_a_report_writes_them(text: str, expected: str):
    assert text == expected


def test_a_column_of_numbers_is_set_to_the_right():
    assert table(["a", "b"], [["x|y", 1], ["z", "-"]]) == ["| a | b |", "| --- | ---: |", "| x\\|y | 1 |", "| z | - |"]
