"""What a labeller finds on each page: nothing that refuses, and why where something is not theirs to do."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from accounts import account, sign_in, with_accounts
from project_experiments import play_at_once, read_all, replayable, start
from streamlit.testing.v1 import AppTest
from ui_pages import PAGES, sheet
from workspaces import ANN, Filled

from vabal_core import workspace
from vabal_core.types import NotAllowed

PAGE_NAMES = ("label", "grid", "review", "rounds", "progress", "experiments", "data", "audit", "status", "people")
OPEN = {"rounds": ["specialists"], "data": ["classes-1"]}  # what is drawn only when it is unfolded
NEITHER = {"sign_out"}  # presses that are no change of the project's
WHY = "Lea is a labeller and may not"


@pytest.fixture
def steel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """A project with labels, a ranking and an experiment, of which Lea is a member."""
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(workspace, "devices_so_far", lambda: "CPU (2 threads)")
    monkeypatch.setattr(workspace, "expected_duration", lambda *_: "about 1 minute on this computer")
    project = replayable(tmp_path, evaluation=10)
    read_all(project)
    play_at_once(monkeypatch)
    start(project, ("random",))
    project.rank(project.next(), reliability=[0.9, 0.5, 0.8])
    account(project.ws, "Lea", "labeller", project.project_id)
    with_accounts(monkeypatch)
    sign_in(monkeypatch, "Lea")
    return project


def page_of(name: str) -> AppTest:
    page = AppTest.from_file(PAGES / f"{name}.py", default_timeout=20)
    for key in OPEN.get(name, ()):
        page.session_state[key] = True
    return page.run()


def refusals(page: AppTest) -> list[str]:
    return [error.value for error in page.error if "may not" in error.value]


def changed(page: AppTest) -> Iterator[str]:
    """Turns each list of choices to another one, all at once."""
    for kind in ("selectbox", "radio", "multiselect", "number_input"):
        for control in page.main.get(kind):
            if control.disabled:
                continue
            if kind == "number_input":
                control.increment()
            elif kind == "multiselect":
                control.set_value(list(control.options[:1]))
            else:
                control.set_value(control.options[-1])
            yield control.key or control.label


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_nothing_that_a_labeller_can_press_refuses(steel: Filled, name: str):
    page = page_of(name)
    assert not page.exception and not refusals(page)
    for number, button in enumerate(page.main.get("button")):
        if not button.disabled and button.key not in NEITHER:
            pressed = page_of(name)
            pressed.main.get("button")[number].click().run()
            assert not pressed.exception and not refusals(pressed), button.label
    touched = list(changed(page))
    page.run()
    assert not page.exception and not refusals(page), touched


@pytest.mark.parametrize("name", ["rounds", "experiments", "data"])
def test_a_page_says_why_something_is_not_a_labellers_to_do(steel: Filled, name: str):
    page = page_of(name)
    words = [element.value for kind in ("caption", "markdown", "info") for element in page.get(kind)]
    assert any(WHY in str(text) for text in words), words


def test_images_are_moved_and_the_guide_is_changed_by_others(steel: Filled):
    assert sheet(page_of("grid"))["removable"] is False
    (desk,) = [c.proto for c in page_of("label").get("bidi_component") if c.proto.component_name.endswith("desk")]
    assert json.loads(desk.json)["why_fixed"].startswith(f"{WHY} change classes and their guide")


def test_a_labeller_takes_no_results_of_an_experiment_away(steel: Filled):
    keys = {"download_html", "download_parquet"}
    assert not keys & {button.key for button in page_of("experiments").get("download_button")}
    lea = replace(ANN, role="labeller")
    with pytest.raises(NotAllowed, match="may not take labels or images away"):
        workspace.results_file(steel.ws, lea, steel.project_id, 1)
