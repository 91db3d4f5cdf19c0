"""The Experiments page: planning one, following it, reading what it found, and what is said where it cannot go on."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from image_files import write_image
from project_experiments import play_at_once, read_all, replayable, start
from streamlit.testing.v1 import AppTest
from ui_pages import opened
from workspaces import Filled

from vabal_core import workspace
from vabal_core.experiment import background
from vabal_core.experiment.discovery import DISCOVERY
from vabal_core.experiment.folders import runs_folder
from vabal_core.types import StudioError
from vabal_core.ui.views.experiment_report import _waits, in_words
from vabal_core.workspace.experiment_folder import experiments_folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    project = replayable(tmp_path)
    read_all(project)
    play_at_once(monkeypatch)
    return project


def page() -> AppTest:
    return opened("experiments")


def words(page: AppTest) -> str:
    kinds = ("title", "header", "subheader", "markdown", "info", "warning", "error", "caption")
    texts = [str(element.value) for kind in kinds for element in page.get(kind)]
    return "\n".join(texts).replace("\\", "").replace("\u2060", "")


def headers(page: AppTest) -> list[str]:
    return [element.value for element in page.header]


def number(page: AppTest, label: str) -> AppTest:
    (field,) = [field for field in page.number_input if field.label == label]
    return field


def test_before_the_first_one_the_page_says_what_an_experiment_is_and_plans_one(project):
    empty = page()
    assert "would another way of choosing have helped me?" in words(empty)
    assert headers(empty) == ["A new experiment"]
    assert "60 images: scratches 6, inclusion 18, crazing 36; measured on a fifth of them" in words(empty)
    assert empty.multiselect[0].value == ["random", "margin", "uherding", "margin_novel", "vabal_plus"]
    assert "Uncertainty herding: images" in words(empty).replace("*", "") and "This project's own." in words(empty)
    assert "25 runs, each up to 22 labels out of 48 images: about " in words(empty)
    assert not empty.button(key="start_experiment").disabled


def test_before_any_experiment_what_was_measured_beforehand_can_be_read(project):
    empty = page()
    (beforehand,) = [box for box in empty.expander if "measured beforehand" in box.label]
    assert not beforehand.proto.expanded, "the form stands on the first screen"
    assert "**VaB-AL plus**, the default, is ahead of" in words(empty) and "It was tuned on “Steel”" in words(empty)
    strategies = [table.value["Strategy"].tolist() for table in beforehand.table]
    means, set_by_set = strategies
    assert "Random" in means and set(means) <= set(set_by_set), "what was played on some sets only is told of these"


def test_where_no_results_lie_with_the_code_nothing_is_said_of_them(project, monkeypatch):
    monkeypatch.setattr(workspace, "read_measured_choices", lambda: None)
    empty = page()
    assert not [box for box in empty.expander if "beforehand" in box.label] and "tuned" not in words(empty)


def test_images_to_choose_among_and_to_measure_on_are_counted_apart(project):
    captions = {option: caption for option, caption in zip(*sources_of(page()), strict=True)}
    assert captions["Drawn steel, six defects"] == "1,480 images of 6 classes, 40 to 600 each; 370 more to measure on"
    assert captions["Handwritten digits"] == (
        "1,797 images of 10 classes, 174 to 183 each; a fifth of them to measure on"
    )


def sources_of(page: AppTest) -> tuple[list[str], list[str]]:
    return page.radio[0].options, list(page.radio[0].proto.captions)


def test_what_is_planned_is_started_and_read(project):
    form = page()
    form.multiselect[0].set_value(["random", "margin"]).run()
    number(form, "Repetitions").set_value(3)
    number(form, "Rounds").set_value(2).run()
    assert "6 runs, each up to 10 labels" in words(form)
    form.button(key="start_experiment").click().run()
    assert not form.exception
    (experiment,) = workspace.list_experiments(project.ws, project.project_id)
    assert experiment.request.size == workspace.ExperimentSize(initial=6, batch=2, rounds=2, repetitions=3)
    assert headers(form)[0] == "Experiment 1: The labels of this project"
    verdict, *sections = [element.value for element in form.subheader]
    assert verdict.startswith(("Yes", "No", "It cannot be told"))
    assert sections[:3] == [
        "How well each strategy learns", "How soon rare classes are found", "The strategies in numbers",
    ]  # fmt: skip
    assert "What this cannot tell" in words(form)
    assert "`random`" not in words(form) and "**random**" not in words(form)
    tables = [table.value for table in form.table if "Strategy" in table.value]
    assert all({"Random", "Margin"} >= set(table["Strategy"]) for table in tables[:2])
    to_random, to_best_other = [table for table in tables if "Holm" in table]
    assert to_random["Compared with"].tolist() == ["Random"] and len(to_best_other) == 2
    assert {button.label for button in form.get("download_button")} == {
        "Download report.html", "Download results.parquet",
    }  # fmt: skip


def test_too_many_labels_or_no_strategy_cannot_be_started_and_the_page_says_why(project):
    form = page()
    number(form, "Rounds").set_value(40).run()
    assert "6 labels and 40 rounds of 2 are 86; there are 48 images to choose among" in words(form)
    assert form.button(key="start_experiment").disabled
    number(form, "Rounds").set_value(2).run()
    form.multiselect[0].set_value([]).run()
    assert "Choose at least one strategy" in words(form) and form.button(key="start_experiment").disabled
    form.multiselect[0].set_value(["margin"]).run()
    assert "Without Random nobody can tell" in words(form) and not form.button(key="start_experiment").disabled


def test_a_project_with_few_labels_says_how_many_are_needed_and_offers_other_images(tmp_path, monkeypatch):
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    replayable(tmp_path, labels=12)
    form = page()
    assert "This project has 12 in 3 classes: give 38 more labels" in words(form)
    assert not [button for button in form.button if button.key == "start_experiment"]
    form.radio[0].set_value("digits").run()
    assert number(form, "Labels a round").value == 60 and not form.button(key="start_experiment").disabled


def test_a_start_that_fails_is_said_in_words_and_leaves_no_experiment(project, monkeypatch):
    def fail(*_places: object, **_how: object) -> None:
        raise StudioError("The experiment's process ended at once: no_torch here.")

    monkeypatch.setattr(background, "start", fail)
    form = page()
    form.button(key="start_experiment").click().run()
    assert "ended at once: no_torch here." in words(form) and headers(form) == ["A new experiment"]


def under_way(project: Filled, monkeypatch: pytest.MonkeyPatch, *, rounds: bool) -> None:
    """One that runs, its first runs done or none yet."""
    start(project)
    folder = experiments_folder(project.ws, project.project_id) / "1"
    experiment = workspace.list_experiments(project.ws, project.project_id)[0]
    assert experiment.state == "done"
    for file in sorted(runs_folder(folder).glob("*.json"))[2 if rounds else 0 :]:
        file.unlink()
    monkeypatch.setattr(background, "is_running", lambda out: True)


def test_while_it_runs_the_page_shows_how_far_it_is_and_the_curves_so_far(project, monkeypatch):
    under_way(project, monkeypatch, rounds=True)
    running = page()
    assert headers(running)[0] == "Experiment 1 is under way: The labels of this project"
    (bar,) = running.get("progress")
    assert bar.proto.text.startswith("6 of 12 rounds, 2 of 4 runs") and bar.proto.value == 50
    assert len(running.get("plotly_chart")) == 1
    assert running.button(key="start_experiment").disabled
    assert "Experiment 1 of “Steel” is under way" in words(running)


def test_before_the_first_round_it_says_that_curves_will_come(project, monkeypatch):
    under_way(project, monkeypatch, rounds=False)
    running = page()
    assert "The first curves show here as soon as a round is finished" in words(running)
    assert running.get("progress")[0].proto.text.startswith("Starting")


def test_it_is_stopped_and_says_so(project, monkeypatch):
    under_way(project, monkeypatch, rounds=True)
    monkeypatch.setattr(background, "stop", lambda out: None)
    running = page()
    running.button(key="stop_experiment").click().run()
    assert "Stopping: the rounds that are finished are written down" in words(page())
    monkeypatch.setattr(background, "is_running", lambda out: False)
    stopped = page()
    assert "Stopped by " in words(stopped) and "2 of 4 runs are done;" in words(stopped)
    stopped.button(key="resume_experiment").click().run()
    assert workspace.list_experiments(project.ws, project.project_id)[0].state == "done"
    assert not stopped.warning


def test_one_that_lacks_the_processor_says_so(project, monkeypatch):
    under_way(project, monkeypatch, rounds=True)
    event = background.last_event(experiments_folder(project.ws, project.project_id) / "1")
    monkeypatch.setattr(background, "last_event", lambda out: type(event)("rounds", metrics={background.SHARE: 0.03}))
    assert "Waiting for the processor: it lately got 3 %" in words(page())


def test_one_whose_process_died_can_be_gone_on_with(project, monkeypatch):
    start(project)
    folder = experiments_folder(project.ws, project.project_id) / "1"
    for file in sorted(runs_folder(folder).glob("*.json"))[1:]:
        file.unlink()
    died = page()
    assert "Its process ended before its time" in words(died) and "1 of 4 runs are done;" in words(died)
    assert died.button(key="resume_experiment")


def test_runs_that_failed_are_named_with_their_reason(project):
    start(project, size=workspace.ExperimentSize(initial=48, batch=1, rounds=0, repetitions=1))
    failed = page()
    assert "2 of 2 runs have failed" in words(failed)
    assert "Margin, repetition 1, has failed: The experiment starts from 48 labels" in words(failed)
    assert "No round is finished yet" in words(failed)


def test_the_newest_is_shown_and_an_earlier_one_can_be_looked_at_and_removed(project):
    start(project)
    start(project, ("random",))
    several = page()
    assert headers(several)[0].startswith("Experiment 2") and headers(several)[-1] == "Experiments so far"
    assert several.dataframe[-1].value["Experiment"].tolist() == [2, 1]
    box = next(box for box in several.selectbox if box.label == "Which experiment")
    box.select(1).run()
    assert headers(several)[0].startswith("Experiment 1")
    several.button(key="remove_experiment").click().run()
    assert not several.exception and headers(several)[0].startswith("Experiment 2")
    assert "Experiments so far" not in headers(several)


def test_a_folder_is_looked_through_before_anything_else_is_asked(project, tmp_path, monkeypatch):
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path / "allowed"))
    for i in range(80):
        write_image(tmp_path / "allowed" / "steel" / ("pits" if i < 20 else "scale") / f"{i}.png", seed=i)
    form = page()
    form.radio[0].set_value("path").run()
    assert form.button(key="experiment_look").disabled and not form.number_input
    look(form, str(tmp_path / "elsewhere"))
    assert "outside the folders for imports" in words(form)
    look(form, str(tmp_path / "allowed" / "steel"))
    assert "80 images: pits 20, scale 60; measured on a fifth" in words(form)
    assert not form.button(key="start_experiment").disabled


def look(form: AppTest, path: str) -> None:
    form.text_input(key="experiment_path").set_value(path).run()
    form.button(key="experiment_look").click().run()
    deadline = time.monotonic() + 20
    while [button for button in form.button if button.key == "experiment_look_stop"]:
        assert time.monotonic() < deadline
        form.run()


def test_one_that_another_version_has_planned_says_so_and_can_be_removed(project):
    start(project)
    plan = experiments_folder(project.ws, project.project_id) / "1" / "plan.json"
    plan.write_text(plan.read_text(encoding="utf-8").replace('"margin"', '"gone_since"'), encoding="utf-8")
    old = page()
    assert "Another version of the Studio has planned experiment 1" in words(old)
    assert "gone_since" in words(old) and headers(old)[-1] == "A new experiment"
    old.button(key="remove_experiment").click().run()
    assert headers(old) == ["A new experiment"]


def waits(*, fifth: int) -> pd.DataFrame:
    """Of two strategies, five runs each: all come to a first image, `fifth` of margin's to a fifth."""
    rows = [
        (images, name, 20.0 + images, 15.0, 25.0, reached, 0, 5, saved, saved, saved, pairs, outcome)
        for images, counts in ((1, (5, 5)), (5, (fifth, 0)))
        for name, reached, saved, pairs, outcome in (
            ("Margin", counts[0], 10.0 * images, 5, "better"),
            ("Random", counts[1], np.nan, 0, ""),
        )
    ]
    frame = pd.DataFrame(rows, columns=DISCOVERY[2:])
    return frame.assign(class_index=0, class_name="dent")


@pytest.mark.parametrize("fifth, column, words", [(2, "Fifth image", "-50"), (0, "First image", "-10")])
def test_beside_random_is_said_of_the_largest_number_of_images_that_a_run_came_to(fifth, column, words):
    table = _waits(waits(fifth=fifth))
    (beside,) = [name for name in table if name.endswith("beside random")]
    assert beside == f"{column}, beside random"
    assert table.set_index("Strategy")[beside].tolist() == [f"{words} ({words} to {words}): sooner", ""]


def test_names_that_look_like_markup_are_shown_letter_for_letter():
    assert in_words("Highest is `*a*_b`: see www.x.com.") == (
        "Highest is **\\*a\\*\\_b**\\: see www\u2060\\.x\\.com\\."
    )
