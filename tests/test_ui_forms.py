"""What is asked, chosen and kept on the pages: classes, settings, answers for the demo."""

from pathlib import Path

import pytest
from ui_pages import opened, with_specialists
from ui_projects import steel_project
from workspaces import ANN, CLASSES, filled

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.app.background import forget_job
from vabal_core.ui.app.lifespan import DEMO
from vabal_core.ui.app.studio import studio


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    # Asking what rounds compute on starts a process and takes seconds.
    monkeypatch.setattr(workspace, "devices_so_far", lambda: "CPU (2 threads)")
    monkeypatch.setattr(workspace, "expected_duration", lambda *_: "about 1 minute on this computer")
    yield tmp_path
    forget_job(DEMO)


def test_the_first_classes_are_asked_for_and_made_in_one_go(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images", labelled=False)
    page = opened("label")
    assert "Name your classes" in page.title[0].value
    proposed = page.text_area(key="new_classes").value
    page.text_area(key="new_classes").set_value(f"{proposed}scratches\n Pits \npits\n")
    page.button(key="add_classes_button").click().run()
    names = [defect_class.name for defect_class in workspace.classes(studio(), project.id)]
    assert names == ["no defect", "scratches", "Pits"]


def test_labels_are_simulated_and_taken_back_where_the_answers_are_known(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images", pool=12)
    page = opened("label")
    for choice, count in (("Give the next 100 labels", 12), ("Take the last ones back", 0)):
        page.menu_button(key="simulate").click(choice).run()
        assert workspace.counts(studio(), project.id).pool_total == count


def test_without_known_answers_nothing_can_be_simulated(tmp_path: Path):
    filled(tmp_path / "data")
    assert not opened("label").menu_button


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
    workspace.update_settings(studio(), ANN, south.id, strategy="random", batch=7, preset="paper", auto_every=50)
    page = with_specialists(project="North")
    page.selectbox(key=f"auto_every-{north.id}").select(1000).run()
    page.number_input(key=f"batch-{north.id}").set_value(9).run()
    page.selectbox(key="project_box").select("South").run()
    shown = {
        "strategy": page.selectbox(key=f"strategy-{south.id}").value,
        "batch": page.number_input(key=f"batch-{south.id}").value,
        "preset": page.radio(key=f"preset-{south.id}").value,
        "auto_every": page.selectbox(key=f"auto_every-{south.id}").value,
    }
    assert shown == {"strategy": "random", "batch": 7, "preset": "paper", "auto_every": 50}
    assert settings(south)["auto_every"] == 50 and settings(north)["auto_every"] == 1000


def test_after_a_change_of_project_the_rare_classes_are_its_own(tmp_path: Path):
    north, south = two_projects(tmp_path)
    for project, place in ((north, 0), (south, 2)):
        workspace.label_for_me(studio(), ANN, project.id, 6)
        class_id = workspace.classes(studio(), project.id)[place].id
        workspace.update_settings(studio(), ANN, project.id, rare_class_ids=[class_id])
    page = opened("progress", project="North")
    page.selectbox(key="project_box").select("South").run()
    assert page.multiselect(key=f"rare-{south.id}").value == [CLASSES[2]]


def test_rare_classes_chosen_by_the_person_are_kept(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images")
    workspace.label_for_me(studio(), ANN, project.id, 6)
    opened("progress").multiselect(key=f"rare-{project.id}").set_value([CLASSES[2]]).run()
    last = workspace.classes(studio(), project.id)[2]
    assert workspace.find_project(studio(), project.name).settings["rare_class_ids"] == [last.id]
