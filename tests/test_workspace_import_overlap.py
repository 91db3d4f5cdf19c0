"""Imports that name the same images: what one brought stays for as long as another one in force named it, too."""

from pathlib import Path

import pytest
from image_files import write_image
from import_changes import bring, labels, newest, project_id, restore_import, table, undo_import
from workspaces import ANN

from vabal_core import workspace
from vabal_core.workspace import UndoneImport


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


@pytest.fixture
def overlap(tmp_path: Path, ws: workspace.Workspace) -> tuple[int, int]:
    """The imports of a folder of two images, and of its parent, which has one more."""
    for i in range(3):
        write_image(tmp_path / "steel" / ("pits" if i < 2 else "cracks") / f"{i}.png", i)
    bring(ws, tmp_path / "steel" / "pits")
    first = newest(ws).id
    bring(ws, tmp_path / "steel")
    return first, newest(ws).id


def in_use(ws: workspace.Workspace) -> int:
    return sum(workspace.image_totals(ws, project_id(ws)).values())


def states(ws: workspace.Workspace) -> list[str]:
    return [listed.state for listed in workspace.list_imports(ws, project_id(ws))]


def test_images_that_a_later_import_named_too_stay_when_the_first_is_undone(
    ws: workspace.Workspace, overlap: tuple[int, int]
) -> None:
    first, second = overlap
    assert newest(ws).present == 2
    undone = undo_import(ws, first)
    assert (undone.images, undone.held, undone.holders) == (0, 2, (second,))
    assert in_use(ws) == 3 and states(ws) == ["whole", "undone"]
    assert undo_import(ws, second) == UndoneImport(images=3, labels=2), "the labels that it had given, too"
    assert in_use(ws) == 0 and states(ws) == ["undone", "undone"]
    assert not workspace.mend_counts(ws)


def test_the_later_import_undone_takes_only_what_it_alone_brought(
    ws: workspace.Workspace, overlap: tuple[int, int]
) -> None:
    first, second = overlap
    assert undo_import(ws, second) == UndoneImport(images=1, labels=2)
    assert in_use(ws) == 2 and states(ws) == ["undone", "whole"]
    assert undo_import(ws, first) == UndoneImport(images=2)
    assert in_use(ws) == 0


@pytest.mark.parametrize("undone_first", [0, 1])
@pytest.mark.parametrize("restored_first", [0, 1])
def test_both_undone_each_brings_back_what_it_named(
    ws: workspace.Workspace, overlap: tuple[int, int], undone_first: int, restored_first: int
) -> None:
    before = labels(ws)
    undo_import(ws, overlap[undone_first])
    undo_import(ws, overlap[1 - undone_first])
    restore_import(ws, overlap[restored_first])
    assert in_use(ws) == (3 if restored_first else 2)
    restore_import(ws, overlap[1 - restored_first])
    assert in_use(ws) == 3 and labels(ws) == before and states(ws) == ["whole", "whole"]
    undo_import(ws, overlap[1])
    assert in_use(ws) == 2, "as if nothing had been undone before"
    assert not workspace.mend_counts(ws)


def test_what_a_person_put_into_the_bin_stays_there_whichever_import_comes_back(
    ws: workspace.Workspace, overlap: tuple[int, int]
) -> None:
    image_id = workspace.image_ids_at(ws, project_id(ws), ["0.png"])[0]
    workspace.remove_images(ws, ANN, project_id(ws), [image_id])
    for import_id in overlap:
        undo_import(ws, import_id)
    for import_id in overlap:
        restore_import(ws, import_id)
    assert in_use(ws) == 2


def test_a_table_that_only_changes_labels_holds_no_images(tmp_path: Path, ws: workspace.Workspace) -> None:
    for i in range(2):
        write_image(tmp_path / "crazing" / f"{i}.png", i)
    bring(ws, tmp_path)
    first = newest(ws).id
    bring(ws, table(tmp_path, "later", {0: "pits", 1: "pits"}))
    assert undo_import(ws, first).images == 2 and in_use(ws) == 0
