"""All states of a project through all pages: each says the one sentence, offers the one action, contradicts neither."""

import re
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag

import pytest
from streamlit.testing.v1 import AppTest
from ui_pages import PAGES as PAGE_FILES
from ui_pages import opened, sentence
from workspaces import ANN, Filled, filled, unsure

from vabal_core import workspace
from vabal_core.store.round_events import append_processor_share
from vabal_core.store.rounds import end_round
from vabal_core.types import Progress, Project
from vabal_core.ui.app.background import forget_job, start_job
from vabal_core.ui.app.navigation import PAGE_SHOWN
from vabal_core.ui.app.reading import image_reading, reading_name

PAGES = ("label", "grid", "review", "rounds", "progress", "experiments", "data", "audit", "status")
POOL, EVALUATION = 24, 4
RANKED = {"predicted_counts": [4, 3, 3], "labelled_counts": [6, 6, 0], "ranked": 10}


def without_images(project: Filled) -> None:
    workspace.remove_images(project.ws, ANN, project.project_id, [*project.pool, *project.evaluation])


def without_classes(project: Filled) -> None:
    for class_id in project.class_ids:
        workspace.remove_class(project.ws, ANN, class_id)


def with_few_labels(project: Filled) -> None:
    project.give(3, 1)


def ready_to_learn(project: Filled) -> None:
    project.give(6, 6)


def learning(project: Filled) -> None:
    ready_to_learn(project)
    project.begin_round(Progress("head", 1, 4))


def learning_again_after_a_failure(project: Filled) -> None:
    failed(project)
    project.begin_round(Progress("vae", 1, 4))


def ranking(project: Filled) -> None:
    ranked(project)
    project.begin_round(Progress("score", 1, 4))


def waiting(project: Filled) -> None:
    ready_to_learn(project)
    append_processor_share(project.ws.engine, project.begin_round(Progress("head", 1, 4)).id, 0.1)


def failed(project: Filled) -> None:
    ready_to_learn(project)
    end_round(project.ws.engine, project.begin_round().id, "failed", "the machine ran out of memory")


def ranked(project: Filled) -> None:
    ready_to_learn(project)
    project.rank(project.next(), **RANKED)


def not_to_be_trusted(project: Filled) -> None:
    ready_to_learn(project)
    project.rank(project.next(), **RANKED | {"predicted_counts": [10, 0, 0]})


def all_to_learn_from_labelled(project: Filled) -> None:
    project.give(POOL - 12, 12)


def all_but_doubtful_labelled(project: Filled) -> None:
    project.record(unsure(project.next()[0]))
    project.give(POOL - 13, 12)
    project.give(EVALUATION, queue="evaluation")


def all_labelled(project: Filled) -> None:
    all_to_learn_from_labelled(project)
    project.give(EVALUATION, queue="evaluation")


def all_of_one_class(project: Filled) -> None:
    project.give(POOL)
    project.give(EVALUATION, queue="evaluation")


STATES: dict[Callable[[Filled], None], tuple[str, str]] = {
    without_images: ("images", "nothing"),
    without_classes: ("classes", "nothing"),
    with_few_labels: ("labels", "nothing"),
    ready_to_learn: ("ranking", "nothing"),
    learning: ("ranking", "learning"),
    learning_again_after_a_failure: ("ranking", "learning"),
    ranking: ("labels", "ranking"),
    waiting: ("ranking", "waiting"),
    failed: ("ranking", "failed"),
    ranked: ("labels", "nothing"),
    not_to_be_trusted: ("labels", "nothing"),
    all_to_learn_from_labelled: ("evaluation", "nothing"),
    all_but_doubtful_labelled: ("review", "nothing"),
    all_labelled: ("nothing", "nothing"),
    all_of_one_class: ("nothing", "nothing"),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    # Asking what rounds compute on starts a process and takes seconds.
    monkeypatch.setattr(workspace, "devices_so_far", lambda: "CPU (2 threads)")
    monkeypatch.setattr(workspace, "expected_duration", lambda *_: "about 1 minute on this computer")
    project = filled(tmp_path / "data", pool=POOL, evaluation=EVALUATION)
    workspace.update_settings(project.ws, ANN, project.project_id, auto_every=0, batch=20)
    return project


def words(page: AppTest) -> str:
    kinds = ("title", "header", "subheader", "markdown", "info", "warning", "error", "caption")
    return " ".join(str(element.value) for kind in kinds for element in page.get(kind)).replace("\\", "")


def offers(page: AppTest) -> list[str]:
    """What can be pressed: buttons that are not grey, links, and choices."""
    buttons = [button.label for button in page.button if not button.disabled]
    choices = [option for control in page.segmented_control for option in control.options]
    return [*buttons, *(page_link.label for page_link in page.get("page_link")), *choices]


def check(page: AppTest, state: workspace.ProjectState) -> None:
    assert sentence(page) == state.sentence
    shown = [button.label for button in page.button if button.key == "state_action"]
    assert shown == ([state.action.label] if state.action else [])
    warnings = [html.proto.body for html in page.get("html") if 'role="alert"' in html.proto.body]
    assert bool(warnings) == bool(state.distrust)
    contradicts(page, state)


def contradicts(page: AppTest, state: workspace.ProjectState) -> None:
    text, pressable = words(page), offers(page)
    if state.running:
        assert "Start a round" not in pressable
        assert {int(number) for number in re.findall(r"Round (\d+) is under way", text)} <= {state.running}
    else:
        assert "is under way" not in text
    if not state.ranking:
        assert "Most useful first" not in pressable and "stays in use" not in text
    if state.need == "nothing":
        assert not re.search(r"label some|label a few|label more", text, re.IGNORECASE)


@pytest.mark.parametrize("prepare", STATES, ids=lambda prepare: prepare.__name__)
def test_every_page_says_the_same_and_contradicts_none_of_it(project: Filled, prepare: Callable[[Filled], None]):
    prepare(project)
    state = workspace.project_state(project.ws, project.project_id)
    assert (state.need, state.going_on) == STATES[prepare]
    for name in PAGES:
        check(opened(name), state)


def test_reading_in_the_background_is_said_on_every_page(project: Filled):
    release = Flag()

    def read():
        yield Progress("features", 6, 24)
        while not release.wait(0.01):
            yield Progress("features", 6, 24)

    steel: Project = workspace.find_project(project.ws, "Steel")
    job = start_job(reading_name(steel), read())
    while job.event.phase != "features":
        pass
    state = workspace.project_state(project.ws, project.project_id, image_reading(steel))
    assert (state.need, state.going_on) == ("labels", "reading features")
    try:
        for name in PAGES:
            check(opened(name), state)
    finally:
        release.set()
        job.wait()
        forget_job(reading_name(steel))


@pytest.mark.parametrize(
    ("name", "queue", "buttons"),
    [("label", "", 0), ("label", "Evaluation images", 1), ("grid", "", 1), ("rounds", "", 1)],
)
def test_a_round_is_offered_once_on_a_page(project: Filled, name: str, queue: str, buttons: int):
    """The desk, which is not seen here, has a button of its own for it."""
    ready_to_learn(project)
    page = AppTest.from_file(PAGE_FILES / f"{name}.py", default_timeout=20)
    page.session_state[PAGE_SHOWN] = name
    if queue:
        page.query_params["queue"] = queue
    page.run()
    assert "first ranking can be learned now" in sentence(page)
    assert offers(page).count("Start a round") == buttons
