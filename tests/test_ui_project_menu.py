"""The menu of projects: made with their classes in one go, renamed, into the bin and back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from ui_pages import opened
from ui_projects import steel_project
from workspaces import ANN

from vabal_core import workspace
from vabal_core.ui.app.studio import studio


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))


def with_new_project(name: str, classes: str) -> AppTest:
    """The Data page once a project of this name and these classes has been asked for."""
    page = opened("data")
    page.button(key="project_new").click().run()
    page.text_input(key="new_project_name").set_value(name)
    page.text_area(key="new_project_classes").set_value(classes)
    return page.button(key="new_project_make").click().run()


def class_names(project_name: str) -> list[str]:
    project = workspace.find_project(studio(), project_name)
    return [defect_class.name for defect_class in workspace.classes(studio(), project.id)]


def test_a_project_is_made_with_pasted_classes_and_is_open():
    page = with_new_project("Line 2", "no defect\n  crazing \n\nScratches\nscratches\n")
    assert class_names("Line 2") == ["no defect", "crazing", "Scratches"]
    assert page.session_state["chosen_project"] == "Line 2"


def test_no_defect_is_proposed():
    page = opened("data")
    page.button(key="project_new").click().run()
    assert page.text_area(key="new_project_classes").value.splitlines() == ["no defect"]


@pytest.mark.parametrize(("name", "classes"), [("", "crazing"), ("Steel", "crazing"), ("Line 2", "x" * 300)])
def test_a_name_that_will_not_do_is_said_and_nothing_is_made(tmp_path: Path, name: str, classes: str):
    steel_project(studio(), tmp_path / "images")
    page = with_new_project(name, classes)
    assert "name" in page.error[0].value or "Steel" in page.error[0].value
    assert [project.name for project in workspace.list_projects(studio())] == ["Steel"]


def with_project(tmp_path: Path) -> AppTest:
    steel_project(studio(), tmp_path / "images")
    return opened("data", project="Steel")


def test_a_project_gets_another_name_and_stays_open(tmp_path: Path):
    page = with_project(tmp_path)
    page.button(key="project_rename").click().run()
    field, button = page.text_input(key="rename_project_name"), page.button(key="rename_project")
    assert field.form_id and field.form_id == button.form_id, "Enter in the field does as the button"
    field.set_value("Strip mill")
    button.click().run()
    assert [project.name for project in workspace.list_projects(studio())] == ["Strip mill"]
    assert page.session_state["chosen_project"] == "Strip mill"


def test_a_project_is_removed_by_typing_its_name_and_comes_back(tmp_path: Path):
    page = with_project(tmp_path)
    page.button(key="project_remove").click().run()
    assert "15 images" in " ".join(str(text.value) for text in page.markdown)
    assert page.button(key="remove_project").disabled
    page.text_input(key="remove_project_name").set_value("steel").run()
    page.button(key="remove_project").click().run()
    assert not workspace.list_projects(studio())
    page = opened("data")
    page.button(key="project_bin").click().run()
    (removed,) = workspace.removed_projects(studio())
    page.button(key=f"restore_project-{removed.id}").click().run()
    assert [project.name for project in workspace.list_projects(studio())] == ["Steel"]


def test_a_removed_project_is_deleted_by_hand(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images")
    workspace.remove_project(studio(), ANN, project.id)
    page = opened("data")
    page.button(key="project_bin").click().run()
    page.button(key=f"empty_project_now-{project.id}").click().run()
    assert not workspace.removed_projects(studio())
