"""Every page, alone and through the menu: empty, full, and whatever is asked of it says what to do next."""

from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag

import pytest
from streamlit.testing.v1 import AppTest
from ui_pages import PAGES, opened, sheet
from ui_projects import steel_project
from workspaces import ANN, filled

from vabal_core import workspace
from vabal_core.types import Progress, StudioError
from vabal_core.types.names import page_word
from vabal_core.ui.app.background import find_job, forget_job, start_job
from vabal_core.ui.app.lifespan import DEMO
from vabal_core.ui.app.studio import studio

NAMES = ("label", "grid", "review", "rounds", "progress", "experiments", "data", "audit", "status")


Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    # Asking what rounds compute on starts a process and takes seconds.
    monkeypatch.setattr(workspace, "devices_so_far", lambda: "CPU (2 threads)")
    monkeypatch.setattr(workspace, "expected_duration", lambda *_: "about 1 minute on this computer")
    yield tmp_path
    forget_job(DEMO)


def through_the_menu(name: str) -> AppTest:
    page = AppTest.from_file(PAGES.parent / "vabal_core" / "ui" / "app" / "main.py", default_timeout=20).run()
    return page.switch_page(str(PAGES / f"{name}.py")).run()


def words(page: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "info", "warning", "error", "success", "caption", "text")
    return "\n".join(str(element.value) for kind in kinds for element in page.get(kind))


@pytest.mark.parametrize("name", ["label", "grid", "review", "rounds", "progress", "experiments"])
def test_before_there_is_any_project_a_page_says_how_to_start_one(name: str):
    page = opened(name)
    assert page.title[0].value == "Welcome to VaB-AL Studio"
    assert "There is no project yet" in words(page)


def test_before_there_is_any_project_the_data_page_offers_an_import():
    page = opened("data")
    assert page.title[0].value == "Data"
    assert not page.button(key="import_look").disabled
    assert page.selectbox(key="import_into-0").value == page_word("A new project")


@pytest.mark.parametrize(
    ("name", "instruction"),
    [
        ("label", "they come here one after another"),
        ("grid", "they stand here side by side"),
        ("review", "they are looked at again here"),
        ("rounds", "This project holds no images to learn from yet"),
        ("progress", "Nothing is labelled yet"),
        ("experiments", "A replay needs 50 labels"),
        ("data", "Nothing is written before you have seen what would become of it"),
        ("audit", "Nothing has been written down here yet"),
        ("status", "no import is open"),
    ],
)
def test_a_page_says_what_to_do_on_a_project_without_images(name: str, instruction: str):
    workspace.create_project(studio(), ANN, "Empty")
    assert instruction in words(opened(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_on_a_project_with_images(name: str, tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = opened(name)
    assert not page.exception and "holds no images" not in words(page)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_after_a_round(name: str, tmp_path: Path):
    project = filled(tmp_path / "data", hidden=True, evaluation=6)
    workspace.label_for_me(project.ws, ANN, project.project_id, 6)
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
    "label": lambda page: page.get("bidi_component") and page.menu_button(key="simulate"),
    "rounds": lambda page: page.title[0].value == "Rounds" and page.button(key="start_round"),
    "progress": lambda page: page.title[0].value == "Progress" and "Nothing is labelled yet" in words(page),
    "experiments": lambda page: page.title[0].value == "Experiments" and "A replay needs 50 labels" in words(page),
    "grid": lambda page: len(sheet(page)["items"]) == 12,
    "review": lambda page: "No image is marked unsure" in sheet(page)["empty"],
    "data": lambda page: page.title[0].value == "Data" and page.metric[0].value == "12",
    "status": lambda page: page.title[0].value == "Status" and len(page.metric) >= 4,
    "audit": lambda page: page.title[0].value == "Audit" and "Nothing has been written down here yet" in words(page),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_through_the_menu(name: str, tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = through_the_menu(name)
    assert not page.exception
    assert not page.error, words(page)  # a page that shows what went wrong has no title to look at
    assert CONTENT[name](page), words(page)


@pytest.mark.parametrize("name", NAMES)
def test_an_error_no_page_expects_is_said_in_its_own_words(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    steel_project(studio(), tmp_path / "images")

    def locked(*_args: object, **_more: object) -> None:
        raise StudioError("The database is locked_by another program.")

    for verb in (
        "image_totals",
        "why_no_round",
        "read_learning_curves",
        "list_experiments",
        "read_trail",
        "read_status",
    ):
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


def test_an_unknown_project_in_the_address_is_said_and_another_shown_when_it_is_chosen(tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = opened("label", project="Gone")
    assert "Gone" in page.warning[0].value and not page.selectbox
    page.button[0].click().run()
    assert page.selectbox(key="project_box").value == "Steel" and not page.warning


def test_choosing_a_project_puts_it_into_the_address(tmp_path: Path):
    for name in ("North mill", "South mill"):
        steel_project(studio(), tmp_path / name, name=name)
    page = opened("data")
    page.selectbox(key="project_box").select("North mill").run()
    assert page.query_params["project"] == "North mill"


def test_while_the_demo_is_made_the_page_shows_how_far_it_is():
    drawn, go_on = Flag(), Flag()

    def steps():
        yield Progress("draw", 1, 4)
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
        yield Progress("draw", 1, 2)
        raise OSError("no space left")

    start_job(DEMO, steps())
    find_job(DEMO).wait()
    assert "no space left" in opened("label").error[0].value


def test_charts_appear_with_the_first_round(tmp_path: Path):
    project = filled(tmp_path / "data", hidden=True, evaluation=6)
    workspace.label_for_me(project.ws, ANN, project.project_id, 6)
    before = len(opened("progress").get("plotly_chart"))
    ranked(project)
    assert len(opened("progress").get("plotly_chart")) >= before + 2


def test_the_data_page_leads_to_the_grid_and_offers_the_import(tmp_path: Path):
    steel_project(studio(), tmp_path / "images")
    page = opened("data")
    assert [page_link.label for page_link in page.get("page_link")][:2] == [
        "See the images in the Grid",
        "Check and correct the labels",
    ]
    assert page.button(key="import_look") and "Download labels (CSV)" not in html_of(page), "there is none"
    workspace.label_for_me(studio(), ANN, workspace.list_projects(studio())[0].id, 3)
    assert "Download labels (CSV)" in html_of(page.run())


def html_of(page: AppTest) -> str:
    return " ".join(html.proto.body for html in page.get("html"))
