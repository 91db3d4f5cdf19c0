"""Importing images: the plan, the writing, and doing either again."""

import os
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import sqlalchemy as sa
from image_files import write_image
from long_work import result_of
from workspaces import ANN, entry, label

from vabal_core import workspace
from vabal_core.images.ingest import fingerprint
from vabal_core.store import tables
from vabal_core.store.database import writing
from vabal_core.store.images import hidden_truth, learning_images
from vabal_core.store.labels import current_labels
from vabal_core.types import ImportPlan, Progress, StudioError
from vabal_core.workspace import importing
from vabal_core.workspace.import_source import project_folder
from vabal_core.workspace.projects import EVALUATION_FROM, evaluation_source


def write_class(folder: Path, name: str, count: int) -> None:
    for i in range(count):
        write_image(folder / name / f"{i}.png", seed=(crc32(name.encode()), i))


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_class(tmp_path / "steel", "scratches", 6)
    write_class(tmp_path / "steel", "crazing", 4)
    return tmp_path / "steel"


def bring(
    ws: workspace.Workspace, source: Path, labels: Any = "use", name: str = "Steel", **options: Any
) -> dict[str, int]:
    options = {"holdout": 0.1 if labels == "hide" else 0.0, **options}
    plan = result_of(workspace.prepare_import(ws, name, source, labels=labels, **options))
    return result_of(workspace.commit_import(ws, ANN, name, plan))


def test_a_folder_becomes_a_project_with_its_classes_and_labels(ws: workspace.Workspace, source: Path) -> None:
    written = bring(ws, source)
    assert (written["images"], written["labels"], written["hidden_labels"]) == (10, 10, 0)
    project = workspace.find_project(ws, "Steel")
    keys = {defect_class.name: defect_class.key for defect_class in workspace.classes(ws, project.id)}
    assert keys == {"crazing": "1", "scratches": "2"}
    assert sorted(workspace.counts(ws, project.id).pool.values()) == [4, 6]
    assert {row.annotator for row in workspace.export_rows(ws, project.id)} == {"import"}
    positions = [row.position for row in learning_images(ws.engine, project.id)]
    assert positions == list(range(10))


def test_a_plan_alone_writes_nothing_to_the_database(ws: workspace.Workspace, source: Path) -> None:
    result_of(workspace.prepare_import(ws, "Steel", source, labels="use"))
    assert workspace.list_projects(ws) == []


def test_hidden_labels_are_not_labels_but_those_of_evaluation_images_are(ws: workspace.Workspace, source: Path) -> None:
    written = bring(ws, source, labels="hide")
    assert (written["pool"], written["evaluation"]) == (9, 1)
    assert (written["labels"], written["hidden_labels"]) == (1, 9)
    project_id = workspace.find_project(ws, "Steel").id
    images = learning_images(ws.engine, project_id)
    assert set(current_labels(ws.engine, project_id)) == {row.image_id for row in images if row.split == "evaluation"}
    truth = hidden_truth(ws.engine, [row.image_id for row in images])
    names = {defect_class.id: defect_class.name for defect_class in workspace.classes(ws, project_id)}
    assert all(names[class_id] == Path(workspace.image(ws, i).file).parent.name for i, class_id in truth.items())
    assert set(truth) == {row.image_id for row in images if row.split == "pool"}


def test_importing_again_doubles_nothing_and_new_images_go_on_behind(ws: workspace.Workspace, source: Path) -> None:
    bring(ws, source)
    again = bring(ws, source)
    assert (again["images"], again["labels"], again["already_present"]) == (0, 0, 10)
    write_class(source, "patches", 3)
    more = bring(ws, source)
    assert (more["images"], more["already_present"]) == (3, 10)
    project_id = workspace.find_project(ws, "Steel").id
    assert [row.position for row in learning_images(ws.engine, project_id)] == list(range(13))
    assert [defect_class.name for defect_class in workspace.classes(ws, project_id)] == [
        "crazing",
        "scratches",
        "patches",
    ]


def test_a_plan_made_before_another_import_doubles_nothing(ws: workspace.Workspace, source: Path) -> None:
    plan = result_of(workspace.prepare_import(ws, "Steel", source, labels="use"))
    bring(ws, source)
    late = result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    assert (late["images"], late["labels"], late["already_present"]) == (0, 0, 10)


def test_an_import_that_broke_off_is_finished_by_the_next(
    ws: workspace.Workspace, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PIECE", 3)
    plan = result_of(workspace.prepare_import(ws, "Steel", source, labels="use", holdout=0))
    steps = workspace.commit_import(ws, ANN, "Steel", plan)
    assert [next(steps).done for _ in range(3)] == [0, 3, 6]
    steps.close()
    project_id = workspace.find_project(ws, "Steel").id
    assert workspace.counts(ws, project_id).pool_total == 6
    assert bring(ws, source)["images"] == 4
    assert workspace.counts(ws, project_id).pool_total == 10


def test_an_import_of_which_all_is_written_is_never_one_that_broke_off(
    ws: workspace.Workspace, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PIECE", 5)
    plan = result_of(workspace.prepare_import(ws, "Steel", source, labels="use", holdout=0))
    steps = workspace.commit_import(ws, ANN, "Steel", plan)
    while next(steps, None) is not None:  # who stops at any of these steps leaves something to go on with
        project_id = workspace.find_project(ws, "Steel").id
        assert workspace.image_totals(ws, project_id)["pool"] < 10
    assert workspace.list_imports(ws, project_id)[0].finished_at


def test_labelling_goes_on_between_the_pieces_of_an_import(
    ws: workspace.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PIECE", 2)
    plan = ImportPlan(entries=tuple(entry(i) for i in range(6)), problems=(), already_present=0)
    steps = workspace.commit_import(ws, ANN, "Steel", plan)
    next(steps), next(steps)
    project_id = workspace.find_project(ws, "Steel").id
    class_id = workspace.add_class(ws, ANN, project_id, "crazing").id
    image_id = workspace.next_images(ws, project_id, "ranked", count=1)[0].image_id
    assert workspace.record(ws, ANN, project_id, [label(image_id, class_id, "e1")]) == ["e1"]
    assert result_of(steps)["images"] == 6


@pytest.fixture
def archive(source: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(tmp_path / "steel.zip", "w") as packed:
        for file in sorted(source.rglob("*.png")):
            packed.write(file, file.relative_to(source))
    return tmp_path / "steel.zip"


def unpacked(ws: workspace.Workspace) -> list[Path]:
    return sorted((ws.data_dir / "projects").glob("*/images/*"))


def test_a_zip_is_unpacked_once_into_the_data_folder(ws: workspace.Workspace, archive: Path) -> None:
    assert bring(ws, archive)["images"] == 10
    project_id = workspace.find_project(ws, "Steel").id
    files = [workspace.image_file(ws, row.image_id) for row in learning_images(ws.engine, project_id)]
    assert all(file.is_relative_to(ws.data_dir / "projects") for file in files)
    steps = list(workspace.prepare_import(ws, "Steel", archive, labels="use"))
    assert not [event for event in steps if event.phase == "unpack"]


def test_what_a_zip_holds_beside_its_images_is_told_also_the_second_time(
    ws: workspace.Workspace, archive: Path
) -> None:
    with zipfile.ZipFile(archive, "a") as more:
        more.writestr("/etc/x.png", b"x")
    for _ in range(2):
        plan = result_of(workspace.prepare_import(ws, "Steel", archive, labels="use"))
        assert [(problem.path, len(plan.entries)) for problem in plan.problems] == [("/etc/x.png", 10)]


def test_a_large_zip_tells_how_far_its_check_is(
    ws: workspace.Workspace, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "HASHED_BETWEEN_EVENTS", 100)
    steps = workspace.prepare_import(ws, "Steel", archive, labels="use")
    events = [next(steps) for _ in range(3)]
    size = archive.stat().st_size
    assert [(event.phase, event.done, event.total) for event in events] == [("check", n, size) for n in (100, 200, 300)]
    steps.close()
    assert unpacked(ws) == []


def test_an_import_stopped_while_it_looks_leaves_nothing_unpacked(ws: workspace.Workspace, archive: Path) -> None:
    steps = workspace.prepare_import(ws, "Steel", archive, labels="use")
    while next(steps).phase != "read":
        pass
    assert len([path for path in unpacked(ws) if path.is_dir()]) == 1
    steps.close()
    assert unpacked(ws) == []


def test_a_discarded_plan_leaves_nothing_unpacked_and_can_be_made_again(ws: workspace.Workspace, archive: Path) -> None:
    plan = result_of(workspace.prepare_import(ws, "Steel", archive, labels="use"))
    workspace.discard_import(ws, "Steel", plan)
    workspace.discard_import(ws, "Steel", plan)
    assert unpacked(ws) == []
    with pytest.raises(StudioError, match="is gone: look through the ZIP again"):
        result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    assert workspace.list_projects(ws) == []
    assert bring(ws, archive)["images"] == 10


def test_discarding_touches_neither_what_images_use_nor_a_folder_of_ones_own(
    ws: workspace.Workspace, archive: Path, source: Path
) -> None:
    plan = result_of(workspace.prepare_import(ws, "Steel", archive, labels="use"))
    result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    workspace.discard_import(ws, "Steel", plan)
    assert len([path for path in unpacked(ws) if path.is_dir()]) == 1
    own = result_of(workspace.prepare_import(ws, "Other", source, labels="use"))
    workspace.discard_import(ws, "Other", own)
    assert len(list(source.rglob("*.png"))) == 10


def test_a_zip_with_nothing_new_leaves_nothing_unpacked(ws: workspace.Workspace, source: Path, archive: Path) -> None:
    bring(ws, source)
    plan = result_of(workspace.prepare_import(ws, "Steel", archive, labels="use"))
    assert (plan.already_present, unpacked(ws)) == (10, [])


def test_a_folder_whose_name_ends_like_an_archive_is_a_folder(ws: workspace.Workspace, source: Path) -> None:
    assert bring(ws, source.rename(source.with_name("steel.zip")))["images"] == 10


@pytest.mark.parametrize("refused", ["stat", "open"])
def test_a_source_that_may_not_be_read_is_said_in_words(
    ws: workspace.Workspace, archive: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    def forbidden(self: Path, *_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, refused, forbidden)
    with pytest.raises(StudioError, match="steel.zip cannot be read: Permission denied"):
        result_of(workspace.prepare_import(ws, "Steel", archive, labels="use"))


def test_the_same_images_may_be_in_two_projects(ws: workspace.Workspace, source: Path) -> None:
    assert bring(ws, source)["labels"] == bring(ws, source, name="Other")["labels"] == 10


def test_a_source_that_is_not_there_is_said_in_words(ws: workspace.Workspace, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="nothing at .*nowhere"):
        result_of(workspace.prepare_import(ws, "Steel", tmp_path / "nowhere", labels="use"))


def test_an_image_whose_class_name_is_too_long_comes_without_it(ws: workspace.Workspace, tmp_path: Path) -> None:
    write_class(tmp_path / "steel", "x" * 120, 1)
    write_class(tmp_path / "steel", "crazing", 1)
    plan = result_of(workspace.prepare_import(ws, "Steel", tmp_path / "steel", labels="use"))
    assert sorted(entry.label or "" for entry in plan.entries) == ["", "crazing"]
    assert "120 characters" in plan.label_problems[0].reason and plan.problems == ()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_a_file_name_no_database_can_hold_is_left_out_with_the_reason(ws: workspace.Workspace, source: Path) -> None:
    os.rename(source / "crazing" / "0.png", os.fsencode(source / "crazing") + b"/\xff.png")
    plan = result_of(workspace.prepare_import(ws, "Steel", source, labels="use"))
    assert len(plan.entries) == 9
    assert "UTF-8" in plan.problems[0].reason
    assert result_of(workspace.commit_import(ws, ANN, "Steel", plan))["images"] == 9


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_a_folder_name_no_database_can_hold_is_said_in_words(ws: workspace.Workspace, source: Path) -> None:
    renamed = source.with_name(os.fsdecode(b"st\xff"))
    os.rename(source, renamed)
    with pytest.raises(StudioError, match=r"st\\udcff is not valid UTF-8: rename"):
        result_of(workspace.prepare_import(ws, "Steel", renamed, labels="use"))


def test_names_that_read_alike_have_folders_of_their_own(ws: workspace.Workspace) -> None:
    folders = {project_folder(ws, name) for name in ("A B", "a-b", "鋼", "钢")}
    assert len(folders) == 4


def test_the_demo_is_made_once_with_its_labels_hidden(ws: workspace.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def few(folder: Path, *, seed: int = 0) -> Generator[Progress, None, Path]:
        write_class(folder, "scratches", 8)
        write_class(folder, "crazing", 2)
        yield Progress("draw", 10, 10)
        return folder

    monkeypatch.setattr("vabal_core.workspace.demo.make_demo", few)
    project = result_of(workspace.ensure_demo(ws, ANN))
    assert (project.name, project.synthetic) == ("Demo steel (synthetic)", True)
    assert workspace.counts(ws, project.id).pool_total == 0
    assert workspace.counts(ws, project.id).evaluation_total == 2
    assert result_of(workspace.ensure_demo(ws, ANN)) == project
    assert workspace.search_images(ws, project.id)[1] == 10
    assert workspace.label_for_me(ws, ANN, project.id, 9) == 8


def test_a_project_remembers_whether_its_evaluation_images_were_drawn_at_random(ws: workspace.Workspace, source: Path):
    bring(ws, source, "hide")
    assert evaluation_source(workspace.find_project(ws, "Steel")) == "drawn"
    write_class(source.parent / "stated", "patches", 3)
    write_class(source.parent / "stated", "pits", 3)
    bring(ws, source.parent / "stated", "evaluate")
    assert evaluation_source(workspace.find_project(ws, "Steel")) == "both"
    bring(ws, source, "evaluate", name="All stated")
    assert evaluation_source(workspace.find_project(ws, "All stated")) == "stated"
    bring(ws, source, "use", name="Nothing set aside")
    assert evaluation_source(workspace.find_project(ws, "Nothing set aside")) == "unknown"


def test_where_older_evaluation_images_come_from_stays_unknown_whatever_is_added(ws: workspace.Workspace, source: Path):
    bring(ws, source, "evaluate")
    project = workspace.find_project(ws, "Steel")
    settings = {key: value for key, value in project.settings.items() if key != EVALUATION_FROM}
    with writing(ws.engine) as transaction:
        transaction.execute(sa.update(tables.project).values(settings=settings))
    write_class(source.parent / "more", "patches", 10)
    bring(ws, source.parent / "more", "hide")
    assert workspace.image_totals(ws, project.id)["evaluation"] == 11
    assert evaluation_source(workspace.find_project(ws, "Steel")) == "unknown"


def test_no_person_sets_where_evaluation_images_come_from(ws: workspace.Workspace, source: Path):
    bring(ws, source)
    with pytest.raises(ValueError, match="no setting is called 'evaluation_from'"):
        workspace.update_settings(ws, ANN, workspace.find_project(ws, "Steel").id, evaluation_from="drawn")
