"""Every page, alone and through the menu: empty, full, and whatever is asked of it says what to do next."""

from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag

import pytest
from streamlit.testing.v1 import AppTest
from ui_pages import PAGES, opened, sheet
from ui_projects import steel_project
from workspaces import CLASSES, filled

from vabal_core import workspace
from vabal_core.types import Event, Project, StudioError
from vabal_core.ui.jobs import find_job, forget_job, start_job
from vabal_core.ui.start import DEMO
from vabal_core.ui.studio import studio

NAMES = ("label", "grid", "review", "rounds", "progress", "data")
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    # Asking what rounds compute on starts a process and takes seconds.
    monkeypatch.setattr(workspace, "devices", lambda: "CPU (2 threads)")
    monkeypatch.setattr(workspace, "expected_duration", lambda *_: "about 1 minute on this CPU")
    yield tmp_path
    forget_job(DEMO)


def through_the_menu(name: str) -> AppTest:
    page = AppTest.from_file(PAGES.parent / "vabal_core" / "ui" / "main.py", default_timeout=20).run()
    return page.switch_page(str(PAGES / f"{name}.py")).run()


def words(page: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "info", "warning", "error", "success", "caption", "text")
    return "\n".join(str(one.value) for kind in kinds for one in page.get(kind))


@pytest.mark.parametrize("name", ["label", "grid", "review", "rounds", "progress"])
def test_before_there_is_any_project_a_page_says_how_to_start_one(name: str):
    page = opened(name)
    assert page.title[0].value == "Welcome to VaB-AL Studio"
    assert "There is no project yet" in words(page)


def test_before_there_is_any_project_the_data_page_offers_an_import():
    page = opened("data")
    assert page.title[0].value == "Data"
    assert not page.button(key="import_look").disabled
    assert page.selectbox(key="import_into-0").value == "A new project"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("label", "This project holds no images yet"),
        ("grid", "This project holds no images yet"),
        ("review", "This project holds no images yet"),
        ("rounds", "This project has 0 classes"),
        ("progress", "Nothing is labelled yet"),
        ("data", "This project holds no images yet"),
    ],
)
def test_a_page_says_what_to_do_on_a_project_without_images(name: str, told: str):
    workspace.create_project(studio(), "Empty")
    assert told in words(opened(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_on_a_project_with_images(name: str, tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = opened(name)
    assert not page.exception and "holds no images" not in words(page)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_after_a_round(name: str, tmp_path: Path):
    project = filled(tmp_path / "data", hidden=True, evaluation=6)
    workspace.label_for_me(project.ws, project.project_id, 6)
    ranked(project)
    page = opened(name)
    assert not page.exception and "holds no images" not in words(page)


def ranked(project) -> None:
    metrics = {
        "labelled_counts": [2, 2, 2],
        "confusion": [[2, 0, 0], [1, 1, 0], [0, 0, 2]],
        "reliability": [0.9, 0.5, 0.8],
        "prior": [0.4, 0.4, 0.2],
        "agreement": 0.55,
    }
    project.rank(project.next(), **metrics)


CONTENT = {
    "label": lambda page: page.get("bidi_component") and page.button(key="for_me_button"),
    "rounds": lambda page: page.title[0].value == "Rounds" and page.button(key="start_round"),
    "progress": lambda page: page.title[0].value == "Progress" and "Nothing is labelled yet" in words(page),
    "grid": lambda page: len(sheet(page)["items"]) == 12,
    "review": lambda page: "No image is marked unsure" in sheet(page)["empty"],
    "data": lambda page: page.title[0].value == "Data" and page.metric[0].value == "12",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_through_the_menu(name: str, tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = through_the_menu(name)
    assert not page.exception
    assert CONTENT[name](page)


@pytest.mark.parametrize("name", NAMES)
def test_an_error_no_page_expects_is_said_in_its_own_words(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    steel_project(studio(), tmp_path / "images")

    def locked(*_args: object, **_more: object) -> None:
        raise StudioError("The database is locked_by another program.")

    for verb in ("image_totals", "why_no_round", "progress"):
        monkeypatch.setattr(workspace, verb, locked)
    page = through_the_menu(name)
    assert not page.exception
    assert [plain_again(error.value) for error in page.error] == ["The database is locked_by another program."]


def plain_again(text: str) -> str:
    return text.replace("\\", "")


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
    drawn, go_on = Flag(), Flag()

    def steps():
        yield Event("draw", 1, 4)
        drawn.set()
        go_on.wait()

    job = start_job(DEMO, steps())
    drawn.wait()
    page = opened("label")
    go_on.set()
    job.wait()
    (bar,) = page.get("progress")
    assert bar.proto.value == 25 and "demo project" in bar.proto.text


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


def test_the_automatic_start_is_kept(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images")
    opened("rounds").selectbox(key=f"auto_every-{project.id}").select(100).run()
    assert workspace.find_project(studio(), project.name).settings["auto_every"] == 100


def two_projects(tmp_path: Path) -> list[Project]:
    return [steel_project(studio(), tmp_path / name, name=name) for name in ("North", "South")]


def settings(project: Project) -> dict[str, object]:
    return dict(workspace.find_project(studio(), project.name).settings)


def test_after_a_change_of_project_its_own_settings_show_and_stay(tmp_path: Path):
    north, south = two_projects(tmp_path)
    workspace.update_settings(studio(), south.id, strategy="random", batch=17, preset="paper", auto_every=50)
    page = opened("rounds", project="North")
    page.selectbox(key=f"auto_every-{north.id}").select(1000).run()
    page.number_input(key=f"batch-{north.id}").set_value(99).run()
    page.selectbox(key="project_box").select("South").run()
    shown = {
        "strategy": page.selectbox(key=f"strategy-{south.id}").value,
        "batch": page.number_input(key=f"batch-{south.id}").value,
        "preset": page.radio(key=f"preset-{south.id}").value,
        "auto_every": page.selectbox(key=f"auto_every-{south.id}").value,
    }
    assert shown == {"strategy": "random", "batch": 17, "preset": "paper", "auto_every": 50}
    assert settings(south)["auto_every"] == 50 and settings(north)["auto_every"] == 1000


def test_after_a_change_of_project_the_rare_classes_are_its_own(tmp_path: Path):
    north, south = two_projects(tmp_path)
    for project, place in ((north, 0), (south, 2)):
        workspace.label_for_me(studio(), project.id, 6)
        wanted = workspace.classes(studio(), project.id)[place].id
        workspace.update_settings(studio(), project.id, rare_class_ids=[wanted])
    page = opened("progress", project="North")
    page.selectbox(key="project_box").select("South").run()
    assert page.multiselect(key=f"rare-{south.id}").value == [CLASSES[2]]


def test_rare_classes_chosen_by_the_person_are_kept(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images")
    workspace.label_for_me(studio(), project.id, 6)
    opened("progress").multiselect(key=f"rare-{project.id}").set_value([CLASSES[2]]).run()
    last = workspace.classes(studio(), project.id)[2]
    assert workspace.find_project(studio(), project.name).settings["rare_class_ids"] == [last.id]


def test_charts_appear_with_the_first_round(tmp_path: Path):
    project = filled(tmp_path / "data", hidden=True, evaluation=6)
    workspace.label_for_me(project.ws, project.project_id, 6)
    before = len(opened("progress").get("plotly_chart"))
    ranked(project)
    assert len(opened("progress").get("plotly_chart")) >= before + 3


def test_the_data_page_leads_to_the_grid_and_offers_the_import(tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = opened("data")
    assert [one.label for one in page.get("page_link")][:2] == [
        "See the images in the Grid",
        "Check and correct the labels",
    ]
    assert page.button(key="import_look") and "Download labels (CSV)" in str(
        [one.proto.body for one in page.get("html")]
    )
