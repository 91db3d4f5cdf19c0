"""The figures of an experiment, and the one file that holds them all."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from experiment_rows import experiment_rows

from vabal_core.evidence import paired
from vabal_core.experiment import comparisons
from vabal_core.experiment.summary import METRICS, Summary, summarise
from vabal_core.query.strategies import find_strategy
from vabal_core.ui.charts import experiment as charts
from vabal_core.ui.charts.experiment_page import _table, write_page
from vabal_core.ui.charts.experiment_tables import difference_table

GAINS = {"random": 0.0, "margin": 0.03, "entropy": 0.028, "vabal": -0.03}
MANY = {"random": 0.0} | {f"strategy {number}": 0.01 * number for number in range(19)}


@pytest.fixture(scope="module")
def summary() -> Summary:
    return summarise(experiment_rows(GAINS))


@pytest.fixture(scope="module")
def many() -> Summary:
    return summarise(experiment_rows(MANY, sources=["digits", "<b>steel</b>"], seeds=3, classes=12))


def of(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    return frame[frame["source"] == source]


def trace(figure: go.Figure, name: str) -> go.Scatter:
    return next(line for line in figure.data if line.name == name)


def page(tmp_path: Path, summary: Summary) -> str:
    write_page("Experiment on `a < b`", ["`margin` & more."], summary, tmp_path / "report.html")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    return (tmp_path / "report.html").read_text("utf-8")


def test_a_colour_is_one_strategy_and_stays_while_the_order_changes():
    palette = charts.colors(["margin", "entropy", "random", "vabal"])
    assert len(set(palette.values())) == 4
    assert palette == charts.colors(["vabal", "random", "entropy", "margin"])


def test_of_many_strategies_the_best_have_colours_and_random_its_own():
    names = [*(f"s{number}" for number in range(20)), "random"]
    palette = charts.colors(names)
    assert [name for name in names if palette[name] != charts.PALE] == ["s0", "s1", "s2", "s3", "s4", "s5", "random"]
    assert len({palette[name] for name in names}) == 8


def test_the_colours_are_the_themes():
    theme = tomllib.loads((Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    assert {*charts.PALETTE, charts.RANDOM_COLOR} == set(theme["chartCategoricalColors"])


def test_what_figures_and_statistics_share_has_the_same_value():
    assert (charts.RANDOM, charts.MATTERS) == (comparisons.RANDOM, paired.MATTERS)
    assert set(charts.METRICS) == set(METRICS)
    assert find_strategy(charts.RANDOM).title == charts.RANDOM_TITLE


def test_random_is_drawn_alike_by_its_name_and_by_its_title():
    palette = charts.colors(["Margin", "Random"])
    assert palette["Random"] == charts.RANDOM_COLOR == charts.colors(["random"])["random"]
    curves = summarise(experiment_rows({"Random": 0.0, "Margin": 0.1})).curves
    assert trace(charts.learning_curves(curves, ["Margin", "Random"]), "Random").line.dash == "dash"


def one_line(*values: float, labels: tuple[int, ...]) -> go.Figure:
    rows = experiment_rows({"margin": 0.0}, seeds=1, rounds=len(values) - 1)
    rows = rows.assign(balanced_accuracy=values, labels=labels)
    return charts.learning_curves(summarise(rows).curves, ["margin"])


def test_a_single_line_has_a_name():
    figure = one_line(0.5, 0.7, labels=(10, 20))
    assert figure.layout.showlegend and trace(figure, "margin").name == "margin"


@pytest.mark.parametrize("values", [(0.541, 0.543), (0.54, 0.54), (0.99, 1.0), (0.0, 0.01)])
def test_where_curves_hardly_differ_ten_points_are_shown_so_that_whole_points_are_written_once(values):
    figure = one_line(*values, labels=(100, 200))
    bottom, top = figure.layout.yaxis.range
    assert bottom < min(values) and max(values) < top
    assert top - bottom == pytest.approx(0.12) and bottom > -0.02 and top < 1.02, "no share is below 0 or above 1"
    assert figure.layout.yaxis.tickformat == ".0%"
    assert one_line(0.5, 0.8, labels=(100, 200)).layout.yaxis.range is None


def test_there_is_no_half_a_label():
    assert one_line(0.5, 0.6, labels=(12, 14)).layout.xaxis.dtick == 1
    assert one_line(0.5, 0.6, labels=(100, 200)).layout.xaxis.dtick is None


def test_a_learning_curve_is_the_mean_within_its_band(summary: Summary):
    figure = charts.learning_curves(summary.curves, summary.strategies)
    rows = summary.curves[(summary.curves["strategy"] == "margin") & (summary.curves["metric"] == "balanced_accuracy")]
    line = trace(figure, "margin")
    assert list(line.x) == [100, 200, 300, 400, 500, 600] and list(line.y) == pytest.approx(list(rows["value"]))
    assert line.customdata[1].endswith("%), 10 seeds")
    band = next(area for area in figure.data if area.fill == "toself" and area.legendgroup == "margin")
    assert list(band.y) == pytest.approx([*rows["high"], *rows["low"][::-1]])
    assert trace(figure, "random").line.dash == "dash"


def test_the_legend_is_in_the_order_of_merit(summary: Summary):
    figure = charts.learning_curves(summary.curves, summary.strategies)
    lines = sorted((line for line in figure.data if line.name), key=lambda line: line.legendrank)
    assert [line.name for line in lines] == ["margin", "entropy", "random", "vabal"]


def test_one_seed_and_two_have_a_line_without_a_band():
    for seeds, words in ((1, "(no interval), 1 seed"), (2, "%), 2 seeds")):
        summary = summarise(experiment_rows(GAINS, seeds=seeds))
        figure = charts.learning_curves(summary.curves, summary.strategies)
        assert len(figure.data) == 4
        assert trace(figure, "margin").customdata[0].endswith(words)


def test_of_many_strategies_all_have_a_line_and_the_coloured_a_band(many: Summary):
    figure = charts.learning_curves(of(many.curves, "digits"), many.strategies, "rare_share")
    assert sum(line.name is not None for line in figure.data) == 20
    assert sum(line.fill == "toself" for line in figure.data) == charts.MAX_COLOURED + 1
    assert figure.layout.legend.orientation == "v"


def test_areas_and_differences_are_in_points_with_their_intervals(summary: Summary):
    (area,) = charts.areas(summary.scores, summary.strategies).data
    assert list(area.y) == ["vabal", "random", "entropy", "margin"], "from below: the best on top"
    best = summary.scores[summary.scores["strategy"] == "margin"].iloc[0]
    assert area.x[-1] == pytest.approx(100 * best["area"])
    assert area.error_x.array[-1] == pytest.approx(100 * (best["area_high"] - best["area"]))
    (difference,) = charts.differences(summary.to_random, summary.strategies).data
    assert difference.x[-1] == pytest.approx(100 * summary.to_random["difference"].max())
    assert "margin minus random: +2.9%" in difference.customdata[-1] and "better" in difference.customdata[-1]


def test_penalties_have_the_mean_of_each_column_below(summary: Summary):
    (squares,) = charts.penalties(summary.penalty, summary.strategies).data
    assert list(squares.x) == list(summary.strategies) and squares.y[-1] == "is beaten, mean"
    assert squares.z[0][3] == 1.0 and squares.z[-1][3] == pytest.approx(0.75)


def test_source_by_source_a_star_marks_what_is_significant(many: Summary):
    each = many.to_best_other[many.to_best_other["source"] != comparisons.MEAN_OVER_SOURCES]
    (squares,) = charts.by_source(each, many.strategies).data
    assert list(squares.x) == ["&lt;b&gt;steel&lt;/b&gt;", "digits"]
    assert squares.text[-1][0].startswith("-") and squares.text[-1][0].endswith("*")
    assert squares.zmax == -squares.zmin


def test_recalls_are_a_square_a_class(summary: Summary):
    (squares,) = charts.recalls(summary.recalls, summary.strategies).data
    assert list(squares.x) == ["1. class 1", "2. class 2", "3. class 3", "4. class 4"]
    assert np.shape(squares.z) == (4, 4) and "to" in squares.text[0][0]


def test_two_classes_of_one_name_stay_two():
    rows = experiment_rows({"margin": 0.0}, seeds=2, classes=2)
    rows["class_names"] = [["dent", "dent"]] * len(rows)
    (squares,) = charts.recalls(summarise(rows).recalls, ["margin"]).data
    assert list(squares.x) == ["1. dent", "2. dent"]


def test_the_page_is_one_file_that_asks_for_no_other(tmp_path: Path, many: Summary):
    text = page(tmp_path, many)
    assert "<title>Experiment on a &lt; b</title>" in text and "<h1>Experiment on <code>a &lt; b</code></h1>" in text
    assert "<li><code>margin</code> &amp; more.</li>" in text
    assert text.count("plotly.js v") == 1 and "<script src" not in text and "<link" not in text
    assert "<b>steel" not in text and "<h2>&lt;b&gt;steel&lt;/b&gt;</h2>" in text
    headings = ["Mean over the sources", "How often the row beats the column", "source by source", "Learning curves",
                "Difference to random", "Difference to the best other", "Rare classes", "Recall of each"]  # fmt: skip
    assert all(heading in text for heading in headings)


def test_the_page_holds_the_differences_as_tables_with_p_and_holm(tmp_path: Path, summary: Summary):
    text = page(tmp_path, summary)
    assert '<meta name="viewport"' in text
    assert "<em>Holm</em> is p corrected" in text
    to_random, to_best_other = re.findall("<table.*?</table>", text, re.DOTALL)
    heads, *rows = [re.findall("<t[hd]>(.*?)</t[hd]>", row) for row in to_random.split("</tr>")[:-1]]
    assert [row[:2] for row in rows] == [[name, "random"] for name in ("margin", "entropy", "vabal")]
    assert {"95 % interval", "p", "Holm", "Wilcoxon", "Pairs"} < set(heads) and rows[-1][-1] == "worse"
    assert to_best_other.count("<tr") == 1 + 4


def test_names_in_tables_are_no_markup():
    rows = summarise(experiment_rows({"<b>": 0.1, "random": 0.0})).to_random
    assert "&lt;b&gt;" in _table(difference_table(rows)) and "<b>" not in _table(difference_table(rows))


def test_a_band_is_promised_where_there_is_one(tmp_path: Path, summary: Summary):
    assert "and its 95 % interval" in page(tmp_path, summary)
    text = page(tmp_path, summarise(experiment_rows(GAINS, seeds=2)))
    assert "Mean over the seeds and its" not in text and "drawn from three seeds on" in text


@pytest.mark.parametrize("seeds, rounds", [(1, 5), (3, 0), (2, 1)])
@pytest.mark.parametrize("names", [["margin"], ["random"], ["random", "margin"]])
def test_the_smallest_experiments_have_a_page(tmp_path: Path, names: list[str], seeds: int, rounds: int):
    rows = experiment_rows({name: GAINS[name] for name in names}, seeds=seeds, rounds=rounds)
    assert "Learning curves" in page(tmp_path, summarise(rows))


def test_an_experiment_without_rows_has_a_page_without_figures(tmp_path: Path):
    assert "<h3>" not in page(tmp_path, summarise(experiment_rows(GAINS)[:0]))
