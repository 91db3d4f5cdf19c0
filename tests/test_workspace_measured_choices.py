"""What was measured beforehand: from rows of experiments to the words and tables of the Experiments page."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from experiment_rows import experiment_rows

from vabal_core import workspace
from vabal_core.ui.views.measured_choices import _everywhere, _row, _set_by_set, _standing, _what_it_is
from vabal_core.workspace import MeasuredChoices, read_measured_choices

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from choices import SETTINGS, table  # noqa: E402

DEFAULT = workspace.DEFAULT_SETTINGS["strategy"]
GAINS = {DEFAULT: 0.03, "margin": 0.03, "uherding": 0.0, "coreset": 0.06, "random": -0.02}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """As the benchmark writes it, of five strategies on two sources; one of them ran on one alone."""
    rows = experiment_rows(GAINS, sources=("steel", "demo"), noise=0.003)
    # On the drawn images core-set is worst, whatever it is on steel, and uherding did not run.
    on_demo = rows["source"] == "demo"
    late = rows["round"] > 0
    rows.loc[on_demo & late & (rows["strategy"] == "coreset"), "balanced_accuracy"] -= 0.2
    rows = rows[~(on_demo & (rows["strategy"] == "uherding"))]
    settings = {name: vars(SETTINGS[name]) for name in ("steel", "demo")}
    kept = {"default": DEFAULT, "settings": settings, "seeds": 10, "rows": table(rows)}
    (tmp_path / "choices.json").write_text(json.dumps(kept), encoding="utf-8")
    return tmp_path / "choices.json"


@pytest.fixture
def measured(file: Path) -> MeasuredChoices:
    return read_measured_choices(file)


def test_the_results_that_lie_with_the_code_are_of_the_default_and_can_be_read():
    kept = read_measured_choices()
    assert kept.default == DEFAULT and kept.repetitions >= 10
    assert DEFAULT in [row.strategy for row in kept.strategies]
    assert set(kept.tuned_on) < set(kept.sources)
    assert all(workspace.strategy_if_any(row.strategy) for row in kept.strategies)


def test_each_strategy_stands_beside_the_default_with_an_interval_and_a_verdict(measured):
    by_name = {row.strategy: row for row in measured.strategies}
    assert by_name[DEFAULT].beside is None
    assert by_name["margin"].beside.verdict == "alike"
    random = by_name["random"].beside
    assert random.verdict == "worse" and random.low < random.difference < random.high < 0
    assert random.difference == pytest.approx(-5, abs=0.3)
    assert random.difference == pytest.approx(by_name["random"].mean - by_name[DEFAULT].mean, abs=0.02)
    assert by_name["coreset"].above_on == ("Steel",) and by_name["coreset"].below_on == ("Drawn steel",)


def test_one_that_did_not_run_on_every_source_has_no_mean_and_is_compared_where_it_ran(measured):
    (row,) = [row for row in measured.strategies if row.strategy == "uherding"]
    assert row.mean is None and row.beside is None and set(row.areas) == {"Steel"}
    assert row.below_on == ("Steel",)
    assert row not in _everywhere(measured), "the table of means has no place for it"
    assert "4 ways of choosing were played on 2 sets" in _what_it_is(measured)
    assert "Of 1 more, played on some of the sets so far" in _what_it_is(measured)


def test_it_is_said_in_words_where_the_default_is_ahead_and_where_behind(measured):
    text = "\n".join(_standing(measured)).replace("\\", "")
    assert "**VaB-AL plus**, the default, is ahead of “**Random**” and “**Core-set**” on the mean of all sets." in text
    assert "None is ahead of it." in text and "As good on the mean, within a point: “**Margin**”." in text
    assert "On “Steel” alone, ahead of it: “**Core-set**”." in text
    assert "It was tuned on “Steel”: there the comparison favours it." in text


def test_where_it_was_not_tuned_the_first_are_named_and_the_place_of_the_default(measured):
    (told,) = [sentence for sentence in _standing(measured) if "looked at afterwards" in sentence]
    own, margin, random, coreset = (
        next(row.mean_untuned for row in measured.strategies if row.strategy == name)
        for name in (DEFAULT, "margin", "random", "coreset")
    )
    assert coreset < random < min(own, margin)
    if own >= margin:
        assert told.endswith(f"looked at afterwards: the default has the highest mean there too, {own:.1f}.")
    else:
        assert f"there: “**Margin**” ({margin:.1f}); the default ({own:.1f}) is at place 2 of" in told


def test_a_default_that_was_not_played_on_them_has_no_place_there(measured):
    rows = [replace(row, mean_untuned=None) if row.strategy == DEFAULT else row for row in measured.strategies]
    sentences = _standing(replace(measured, strategies=tuple(rows)))
    assert sentences[-1] == "“Drawn steel” was looked at afterwards."


def test_the_tables_call_strategies_by_their_titles_and_mark_what_is_clear(measured):
    rows = {
        row.strategy: (row in _everywhere(measured) and _row(measured, row), _set_by_set(measured, row))
        for row in measured.strategies
    }
    assert rows["random"][0]["Strategy"] == "Random" and rows["random"][0]["What that tells"] == "behind the default"
    assert rows[DEFAULT][0]["What that tells"] == "the default" and rows[DEFAULT][0]["Beside the default"] == ""
    on_each = rows["coreset"][1]
    assert on_each["Steel"].endswith("▲") and on_each["Drawn steel"].endswith("▼")
    assert rows["uherding"][1]["Drawn steel"] == ""


@pytest.mark.parametrize("content", [None, "{", '{"settings": {"steel": {"tuned": true}}, "rows": []}'])
def test_without_results_or_with_those_of_another_version_there_is_nothing(tmp_path: Path, content: str | None):
    file = tmp_path / "choices.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert read_measured_choices(file) is None
