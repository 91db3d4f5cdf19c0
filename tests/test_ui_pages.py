"""Every page, alone and through the menu: empty, full, and whatever is asked of it says what to do next."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from ui_projects import steel_project
from workspaces import CLASSES, filled

from vabal_core import workspace
from vabal_core.types import Event
from vabal_core.ui.importing import LOOK, WRITE
from vabal_core.ui.jobs import find_job, forget_job, start_job
from vabal_core.ui.start import DEMO
from vabal_core.ui.studio import studio

PAGES = Path(__file__).parents[1] / "pages"
NAMES = ("label", "rounds", "progress", "data")
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    # Asking what rounds compute on starts a process and takes seconds.
    monkeypatch.setattr(workspace, "devices", lambda: "CPU (2 threads)")
    monkeypatch.setattr(workspace, "expected_duration", lambda *_: "about 1 minute on this CPU")
    yield tmp_path
    for name in (LOOK, WRITE, DEMO):
        forget_job(name)


def opened(name: str, **query: str) -> AppTest:
    page = AppTest.from_file(PAGES / f"{name}.py", default_timeout=20)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "info", "warning", "error", "success", "caption", "text")
    return "\n".join(str(one.value) for kind in kinds for one in page.get(kind))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_before_there_is_any_project(name: str):
    assert "project" in words(opened(name)).lower() or opened(name).button(key="import_look")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_on_a_project_without_images(name: str):
    workspace.create_project(studio(), "Empty")
    opened(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_on_a_project_with_images(name: str, tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    opened(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_after_a_round(name: str, tmp_path: Path):
    project = filled(tmp_path / "data", hidden=True, evaluation=6)
    workspace.label_for_me(project.ws, project.project_id, 6)
    ranked(project)
    opened(name)


def ranked(project) -> None:
    metrics = {
        "labelled_counts": [2, 2, 2],
        "confusion": [[2, 0, 0], [1, 1, 0], [0, 0, 2]],
        "reliability": [0.9, 0.5, 0.8],
        "prior": [0.4, 0.4, 0.2],
        "agreement": 0.55,
    }
    project.rank(project.next(), **metrics)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_through_the_menu(name: str, tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = AppTest.from_file(PAGES.parent / "vabal_core" / "ui" / "main.py", default_timeout=20).run()
    page.switch_page(str(PAGES / f"{name}.py")).run()
    assert not page.exception


def test_the_project_in_the_address_is_the_one_shown(tmp_path: Path):
    for name in ("North mill", "South mill"):
        steel_project(studio(), tmp_path / name, name=name)
    assert opened("label", project="North mill").selectbox(key="project_box").value == "North mill"


def test_an_unknown_project_in_the_address_is_said_and_another_shown(tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = opened("label", project="Gone")
    assert "Gone" in page.warning[0].value
    assert page.selectbox(key="project_box").value == "Steel"


def test_choosing_a_project_puts_it_into_the_address(tmp_path: Path):
    for name in ("North mill", "South mill"):
        steel_project(studio(), tmp_path / name, name=name)
    page = opened("data")
    page.selectbox(key="project_box").select("North mill").run()
    assert page.query_params["project"] == "North mill"


def test_while_the_demo_is_made_the_page_shows_how_far_it_is():
    def steps():
        yield Event("draw", 1, 2)

    start_job(DEMO, steps())
    find_job(DEMO).wait()
    assert not opened("label").error


def test_a_demo_that_failed_says_why():
    def steps():
        yield Event("draw", 1, 2)
        raise OSError("no space left")

    start_job(DEMO, steps())
    find_job(DEMO).wait()
    assert "no space left" in opened("label").error[0].value


def test_the_first_class_is_asked_for_and_made(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images", labelled=False)
    page = opened("label")
    assert "first class" in page.title[0].value
    page.text_input(key="new_class").set_value("scratches")
    page.button(key="add_class_button").click().run()
    assert [one.name for one in workspace.classes(studio(), project.id)] == ["scratches"]


def test_a_class_is_added_while_labelling(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images")
    page = opened("label")
    page.text_input(key="new_class").set_value("roll mark")
    page.button(key="add_class_button").click().run()
    assert [one.name for one in workspace.classes(studio(), project.id)][-1] == "roll mark"


def test_a_class_name_that_is_taken_is_refused_in_words(tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = opened("label")
    page.text_input(key="new_class").set_value(CLASSES[0])
    page.button(key="add_class_button").click().run()
    assert CLASSES[0] in page.error[0].value


def test_a_class_is_renamed_while_labelling(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images")
    first = workspace.classes(studio(), project.id)[0]
    page = opened("label")
    page.text_input(key=f"name_{first.id}").set_value("hairline crazing")
    page.button(key="save_names").click().run()
    assert workspace.classes(studio(), project.id)[0].name == "hairline crazing"


def test_the_studio_labels_for_the_person_where_the_answers_are_known(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images", pool=12)
    opened("label").button(key="for_me_button").click().run()
    assert sum(workspace.counts(studio(), project.id).pool.values()) == 12


def test_without_known_answers_the_button_is_not_there(tmp_path: Path):
    filled(tmp_path / "data")
    assert "for_me_button" not in [button.key for button in opened("label").button]


def test_a_round_that_cannot_start_says_why(tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = opened("rounds")
    assert page.button(key="start_round").disabled
    assert "at least 2" in page.info[0].value


def test_a_low_agreement_is_a_warning_in_words(tmp_path: Path):
    project = filled(tmp_path / "data", hidden=True, evaluation=6)
    ranked(project)
    assert any("55%" in warning.value for warning in opened("rounds").warning)


def test_the_automatic_start_is_kept(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images")
    opened("rounds").selectbox(key="auto_every").select(100).run()
    assert workspace.find_project(studio(), project.name).settings["auto_every"] == 100


def test_rare_classes_chosen_by_the_person_are_kept(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images")
    workspace.label_for_me(studio(), project.id, 6)
    opened("progress").multiselect(key="rare").set_value([CLASSES[2]]).run()
    last = workspace.classes(studio(), project.id)[2]
    assert workspace.find_project(studio(), project.name).settings["rare_class_ids"] == [last.id]


def test_charts_appear_with_the_first_round(tmp_path: Path):
    project = filled(tmp_path / "data", hidden=True, evaluation=6)
    workspace.label_for_me(project.ws, project.project_id, 6)
    before = len(opened("progress").get("plotly_chart"))
    ranked(project)
    assert len(opened("progress").get("plotly_chart")) >= before + 3


def test_an_import_is_shown_before_anything_is_written(tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = opened("data", view="Add images")
    page.selectbox(key="import_into").select("A new project").run()
    page.text_input(key="import_name").set_value("From a folder")
    page.text_input(key="import_path").set_value(str(tmp_path / "images"))
    page.button(key="import_look").click().run()
    find_job(LOOK).wait()
    page.run()
    assert "15 images" in words(page)
    assert [project.name for project in workspace.projects(studio())] == ["Steel"]
    page.button(key="import_write").click().run()
    find_job(WRITE).wait()
    page.run()
    assert "From a folder" in page.success[0].value
    assert workspace.find_project(studio(), "From a folder")


def test_an_import_of_nothing_says_what_is_missing():
    page = opened("data")
    page.button(key="import_look").click().run()
    assert "name" in page.error[0].value


def test_a_source_that_is_not_there_is_said_and_can_be_corrected(tmp_path: Path):
    page = opened("data")
    page.text_input(key="import_name").set_value("New")
    page.text_input(key="import_path").set_value(str(tmp_path / "nowhere"))
    page.button(key="import_look").click().run()
    find_job(LOOK).wait()
    page.run()
    assert "nowhere" in page.error[0].value
    page.button(key="import_back").click().run()
    assert page.button(key="import_look")


def test_filters_that_fit_nothing_say_so(tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = opened("data")
    page.text_input(key="f_text").set_value("no such file").run()
    assert "No image" in page.info[0].value
