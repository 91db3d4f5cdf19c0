"""Projects under other names, in the bin, and back: no file and no label is lost on the way."""

from pathlib import Path

import pytest
from long_work import result_of
from test_workspace_emptying import archive, bring, ids, ws  # noqa: F401 (fixtures)
from test_workspace_importing import write_class
from workspaces import ANN, filled, label

from vabal_core import workspace
from vabal_core.store import rounds
from vabal_core.types import Actor, NotAllowed, NotFound, StudioError

Workspace = workspace.Workspace


def test_a_project_of_another_name_keeps_its_files_and_takes_new_ones(ws: Workspace, archive: Path) -> None:  # noqa: F811
    bring(ws, archive)
    project = workspace.find_project(ws, "Steel")
    assert workspace.rename_project(ws, ANN, project.id, "Cold rolled").name == "Cold rolled"
    assert all(workspace.image_file(ws, image_id).exists() for image_id in ids(ws, project.id))
    assert len(bring(ws, archive, "Cold rolled").entries) == 0
    other = workspace.create_project(ws, ANN, "Steel")
    assert other.id != project.id
    bring(ws, archive)
    files = {workspace.image_file(ws, image_id) for image_id in ids(ws, project.id)}
    assert files.isdisjoint(workspace.image_file(ws, image_id) for image_id in ids(ws, other.id)), "two folders"
    workspace.remove_project(ws, ANN, project.id)
    workspace.empty_project(ws, ANN, project.id)
    assert all(workspace.image_file(ws, image_id).exists() for image_id in ids(ws, other.id))


def test_a_plan_made_under_the_old_name_loses_no_file_when_it_is_written(ws: Workspace, archive: Path) -> None:  # noqa: F811
    project = workspace.create_project(ws, ANN, "Steel")
    plan = result_of(workspace.prepare_import(ws, "Steel", archive, labels="use", holdout=0))
    workspace.rename_project(ws, ANN, project.id, "Cold rolled")
    result_of(workspace.commit_import(ws, ANN, "Cold rolled", plan))
    workspace.sweep(ws, now=2e10)
    assert all(workspace.image_file(ws, image_id).exists() for image_id in ids(ws, project.id))


def test_a_name_that_another_project_has_is_refused(ws: Workspace) -> None:  # noqa: F811
    first, second = (workspace.create_project(ws, ANN, name) for name in ("Steel", "Copper"))
    for taken in ("Steel", " steel "):
        with pytest.raises(StudioError, match="There is a project"):
            workspace.rename_project(ws, ANN, second.id, taken)
    with pytest.raises(StudioError, match="is empty"):
        workspace.rename_project(ws, ANN, second.id, " ")
    assert workspace.rename_project(ws, ANN, first.id, "STEEL").name == "STEEL"
    assert workspace.rename_project(ws, ANN, first.id, "STEEL").name == "STEEL"


def test_a_project_is_made_with_its_classes_or_not_at_all(ws: Workspace) -> None:  # noqa: F811
    with pytest.raises(StudioError):
        workspace.create_project(ws, ANN, "Steel", classes=["crazing", "  "])
    assert workspace.list_projects(ws) == []
    project = workspace.create_project(ws, ANN, "Steel", classes=["crazing", "Pits", "pits"])
    made = [(listed.name, listed.key) for listed in workspace.classes(ws, project.id)]
    assert made == [("crazing", "1"), ("Pits", "2")]


def test_a_project_in_the_bin_is_nowhere_and_comes_back_as_it_was(tmp_path: Path) -> None:
    steel = filled(tmp_path, hidden=True)
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    request = workspace.DeskRequest(queue="ranked", count=3)
    workspace.at_desk(steel.ws, ANN, steel.project_id, request)
    before = list(workspace.export_rows(steel.ws, steel.project_id)), workspace.list_projects(steel.ws)
    running = _running(steel)
    workspace.remove_project(steel.ws, ANN, steel.project_id)
    workspace.remove_project(steel.ws, ANN, steel.project_id)
    assert (workspace.list_projects(steel.ws), len(workspace.removed_projects(steel.ws))) == ([], 1)
    assert rounds.round_by_id(steel.ws.engine, running).state == "cancelled"
    for verb in (
        lambda: workspace.counts(steel.ws, steel.project_id) and workspace.export_csv(steel.ws, steel.project_id),
        lambda: workspace.at_desk(steel.ws, ANN, steel.project_id, request),
        lambda: steel.record(label(steel.pool[1], steel.class_ids[0])),
        lambda: workspace.find_project(steel.ws, "Steel"),
    ):
        with pytest.raises(NotFound):
            verb()
    assert workspace.restore_project(steel.ws, ANN, steel.project_id).name == "Steel"
    assert (list(workspace.export_rows(steel.ws, steel.project_id)), workspace.list_projects(steel.ws)) == before


def _running(steel) -> int:  # noqa: ANN001
    about = {"strategy": "vabal", "preset": "interactive", "batch": 3, "seed": 0, "config": {}, "metrics": {}}
    about |= {"class_ids": steel.class_ids, "labelled": 1}
    return rounds.start_round(steel.ws.engine, steel.project_id, **about).id


def test_a_project_in_the_bin_stands_in_nobodys_way(ws: Workspace) -> None:  # noqa: F811
    first = workspace.create_project(ws, ANN, "Steel")
    workspace.remove_project(ws, ANN, first.id)
    second = workspace.create_project(ws, ANN, "Steel")
    workspace.remove_project(ws, ANN, second.id)
    third = workspace.create_project(ws, ANN, "steel")
    assert sorted(project.name for project in workspace.removed_projects(ws)) == [
        "Steel (removed 1)", "Steel (removed 2)"
    ]  # fmt: skip
    back = workspace.restore_project(ws, ANN, first.id)
    assert {project.name for project in workspace.list_projects(ws)} == {third.name, back.name}


def test_an_import_into_the_name_of_a_project_in_the_bin_makes_a_new_one(ws: Workspace, tmp_path: Path) -> None:  # noqa: F811
    write_class(tmp_path / "steel", "scratches", 2)
    write_class(tmp_path / "steel", "crazing", 2)
    bring(ws, tmp_path / "steel")
    first = workspace.find_project(ws, "Steel")
    workspace.remove_project(ws, ANN, first.id)
    assert len(bring(ws, tmp_path / "steel").entries) == 4
    assert workspace.find_project(ws, "Steel").id != first.id


def test_a_labeller_may_neither_rename_nor_remove(ws: Workspace) -> None:  # noqa: F811
    project = workspace.create_project(ws, ANN, "Steel")
    bob = Actor(id="bob", name="bob", role="labeller")
    for verb in (
        lambda: workspace.rename_project(ws, bob, project.id, "Mine"),
        lambda: workspace.remove_project(ws, bob, project.id),
        lambda: workspace.restore_project(ws, bob, project.id),
        lambda: workspace.empty_project(ws, bob, project.id),
    ):
        with pytest.raises(NotAllowed):
            verb()


def test_the_demo_does_not_come_back_by_itself(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    workspace.remove_project(steel.ws, ANN, steel.project_id)
    assert not workspace.demo_is_wanted(steel.ws)
