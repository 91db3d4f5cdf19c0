"""The demo project: made where it is missing or half made, and nowhere else."""

from pathlib import Path

import pytest
from long_work import result_of
from ui_projects import steel_project
from workspaces import ANN, entry

from vabal_core import workspace
from vabal_core.types import ImportPlan
from vabal_core.workspace import demo


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def demo_with(ws: workspace.Workspace, images: int) -> None:
    entries = tuple(entry(i, "crazing", label_use="hide") for i in range(images))
    plan = ImportPlan(entries=entries, problems=(), already_present=0)
    result_of(workspace.commit_import(ws, ANN, demo.DEMO, plan, synthetic=True))


def test_a_new_studio_wants_the_demo(ws: workspace.Workspace):
    assert workspace.demo_is_wanted(ws)


@pytest.mark.parametrize(("images", "is_wanted"), [(0, True), (4, True), (5, False), (6, False)])
def test_a_demo_of_before_imports_were_remembered_is_wanted_again_where_images_are_missing(
    ws: workspace.Workspace, monkeypatch: pytest.MonkeyPatch, images: int, is_wanted: bool
):
    monkeypatch.setattr(demo, "COUNTS", {"crazing": 3, "scratches": 2})
    monkeypatch.setattr(demo, "list_imports", lambda ws, project_id: [])
    demo_with(ws, images)
    assert workspace.demo_is_wanted(ws) is is_wanted


def test_a_demo_whose_import_broke_off_is_wanted_again(ws: workspace.Workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("vabal_core.workspace.importing.finish_import", lambda database, import_id: None)
    demo_with(ws, 4)
    assert workspace.demo_is_wanted(ws)
    monkeypatch.undo()
    demo_with(ws, 6)
    assert not workspace.demo_is_wanted(ws)


def test_the_evaluation_images_are_drawn_from_all_alike_and_the_project_says_so(
    ws: workspace.Workspace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("vabal_core.images.demo.demo_set.COUNTS", {"scratches": 60, "crazing": 20})
    project = result_of(workspace.ensure_demo(ws, ANN))
    assert workspace.image_totals(ws, project.id) == {"pool": 64, "evaluation": 16}
    assert workspace.read_learning_curves(ws, project.id).evaluation_from == "drawn"
    counts = workspace.counts(ws, project.id)
    assert (counts.pool_total, counts.evaluation_total) == (0, 16), "the pool's labels are hidden"
    by_class = tuple(counts.evaluation.values())
    assert by_class not in {(12, 4), (4, 12)}, "as many of each class as its part would be no draw from all alike"
    assert workspace.knows_answers(ws, project.id)


def test_a_studio_with_projects_of_its_own_wants_none(ws: workspace.Workspace, tmp_path: Path):
    steel_project(ws, tmp_path / "images", pool=1, evaluation=1)
    assert not workspace.demo_is_wanted(ws)


def test_a_project_of_a_person_with_the_demos_name_is_left_alone(ws: workspace.Workspace):
    workspace.create_project(ws, ANN, demo.DEMO)
    assert not workspace.demo_is_wanted(ws)


def test_the_guide_says_what_each_class_looks_like_and_is_not_written_twice(
    ws: workspace.Workspace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("vabal_core.images.demo.demo_set.COUNTS", {"scratches": 40, "crazing": 30})
    project = result_of(workspace.ensure_demo(ws, ANN))
    guide = workspace.read_class_guide(ws, project.id)
    assert {of_class.name for of_class in guide} == {"scratches", "crazing"}
    for of_class in guide:
        assert of_class.note == demo.NOTES[of_class.name]
        assert len(of_class.examples) == demo.EXAMPLES
    workspace.set_note(ws, ANN, guide[0].class_id, "as we see it")
    result_of(workspace.ensure_demo(ws, ANN))
    assert [of_class.note for of_class in workspace.read_class_guide(ws, project.id)] == ["as we see it", guide[1].note]


def test_every_class_that_is_drawn_has_its_note():
    assert demo.NOTES.keys() == demo.COUNTS.keys()
