"""Every import can be taken back, and one that broke off goes on."""

import subprocess
import sys
from collections.abc import Generator
from itertools import islice
from pathlib import Path

import pytest
from image_files import png
from long_work import result_of
from test_workspace_importing import bring, write_class
from workspaces import ANN

from vabal_core import workspace
from vabal_core.store.images import learning_images
from vabal_core.types import ImportPlan, LabelUse, Progress, StudioError
from vabal_core.workspace import importing


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def plan_of(ws: workspace.Workspace, source: Path, labels: LabelUse = "use") -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, labels=labels, holdout=0))


def steps(ws: workspace.Workspace, plan: ImportPlan) -> Generator[Progress, None, dict[str, int]]:
    return workspace.commit_import(ws, ANN, "Steel", plan)


def undo(ws: workspace.Workspace, import_id: int) -> int:
    """How many images went."""
    return result_of(workspace.undo_import(ws, ANN, import_id)).images


def restore(ws: workspace.Workspace, import_id: int) -> int:
    """How many images came back."""
    return result_of(workspace.restore_import(ws, ANN, import_id)).images


def names(ws: workspace.Workspace, project_id: int) -> list[str]:
    return [defect_class.name for defect_class in workspace.classes(ws, project_id)]


def first_and_second(folder: Path) -> None:
    """Two folders: the second has three images of the first, two more of one of its classes, and two of a new one."""
    write_class(folder / "first", "crazing", 3)
    write_class(folder / "first", "good", 1)
    write_class(folder / "second", "crazing", 5)
    write_class(folder / "second", "pits", 2)


def test_an_import_undone_takes_its_images_and_the_classes_that_it_alone_brought(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    first_and_second(tmp_path)
    bring(ws, tmp_path / "first")
    project_id = workspace.find_project(ws, "Steel").id
    bring(ws, tmp_path / "second")
    second, first = workspace.list_imports(ws, project_id)
    assert (first.source, first.images, first.labelled) == (str(tmp_path / "first"), 4, 4)
    assert (second.planned, second.images, second.annotator) == (4, 4, "ann"), "three images are the first import's"
    assert undo(ws, second.id) == 4
    assert undo(ws, second.id) == 0
    assert names(ws, project_id) == ["crazing", "good"], "images of the first import are labelled so"
    assert workspace.image_totals(ws, project_id)["pool"] == 4
    contents = workspace.bin_contents(ws, project_id)
    assert (contents.image_count, [gone.name for gone in contents.classes]) == (4, ["pits"])
    assert restore(ws, second.id) == 4
    assert restore(ws, second.id) == 0
    assert names(ws, project_id) == ["crazing", "good", "pits"]
    assert [row.undone_at for row in workspace.list_imports(ws, project_id)] == [None, None]


def test_what_went_into_the_bin_before_stays_there_when_the_import_is_back(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    write_class(tmp_path / "first", "crazing", 3)
    bring(ws, tmp_path / "first")
    project_id = workspace.find_project(ws, "Steel").id
    image_id = learning_images(ws.engine, project_id)[0].image_id
    workspace.remove_images(ws, ANN, project_id, [image_id])
    (only,) = workspace.list_imports(ws, project_id)
    assert undo(ws, only.id) == 2
    assert restore(ws, only.id) == 2
    assert [image.id for image in workspace.bin_contents(ws, project_id).images] == [image_id]


def test_content_in_the_bin_is_offered_back_not_counted_as_there(ws: workspace.Workspace, tmp_path: Path) -> None:
    first_and_second(tmp_path)
    bring(ws, tmp_path / "first")
    project_id = workspace.find_project(ws, "Steel").id
    before = workspace.search_images(ws, project_id)
    undo(ws, workspace.list_imports(ws, project_id)[0].id)
    write_class(tmp_path / "first", "pits", 1)
    plan = plan_of(ws, tmp_path / "first")
    assert (len(plan.entries), plan.already_present, len(plan.in_bin)) == (1, 0, 4)
    assert workspace.plan_summary(plan)["in_bin"] == 4
    assert result_of(steps(ws, plan))["from_bin"] == 0
    assert workspace.image_totals(ws, project_id)["pool"] == 1, "they stay in the bin unless somebody chooses otherwise"
    again = plan_of(ws, tmp_path / "first")
    assert result_of(workspace.commit_import(ws, ANN, "Steel", again, from_bin=True))["from_bin"] == 4
    rows, _ = workspace.search_images(ws, project_id)
    assert rows[:4] == before[0]
    assert sorted(names(ws, project_id)) == ["crazing", "good", "pits"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10,000 images of one pixel each, in two folders."""
    folder = tmp_path_factory.mktemp("many")
    for name in ("crazing", "pits"):
        (folder / name).mkdir()
        for i in range(5_000):
            text = b"tEXt" + f"{name}{i}".encode()
            pixels = bytes([0, i % 256])
            (folder / name / f"{i:04}.png").write_bytes(png(1, 1, pixels, depth=8, colour_type=0) + text)
    return folder


def test_ten_thousand_images_cancelled_in_the_middle_go_on_and_are_undone(ws: workspace.Workspace, many: Path) -> None:
    plan = plan_of(ws, many)
    cancelled = steps(ws, plan)
    done = [event.done for event in islice(cancelled, 3)]
    assert done == [0, importing.PIECE, 2 * importing.PIECE]
    cancelled.close()
    project_id = workspace.find_project(ws, "Steel").id
    (broken,) = workspace.list_imports(ws, project_id)
    assert (broken.planned, broken.images, broken.finished_at) == (10_000, 4_000, None)
    rest = plan_of(ws, many)
    assert (len(rest.entries), rest.already_present) == (6_000, 4_000), "only what is missing"
    written = result_of(steps(ws, rest))
    assert (written["images"], written["labels"]) == (6_000, 6_000)
    (whole,) = workspace.list_imports(ws, project_id)
    assert (whole.id, whole.planned, whole.images, whole.labelled) == (broken.id, 10_000, 10_000, 10_000)
    assert whole.finished_at is not None
    assert undo(ws, whole.id) == 10_000
    assert workspace.image_totals(ws, project_id) == {"pool": 0, "evaluation": 0}
    assert (workspace.counts(ws, project_id).pool_total, names(ws, project_id)) == (0, [])
    assert not workspace.mend_counts(ws)
    assert restore(ws, whole.id) == 10_000
    assert workspace.counts(ws, project_id).pool_total == 10_000


def test_an_import_that_broke_off_is_undone_and_another_one_begins_anew(
    ws: workspace.Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PIECE", 3)
    write_class(tmp_path / "steel", "crazing", 4)
    cancelled = steps(ws, plan_of(ws, tmp_path / "steel"))
    next(cancelled), next(cancelled)
    cancelled.close()
    project_id = workspace.find_project(ws, "Steel").id
    (broken,) = workspace.list_imports(ws, project_id)
    assert undo(ws, broken.id) == 3
    write_class(tmp_path / "steel", "pits", 1)
    result_of(steps(ws, plan_of(ws, tmp_path / "steel")))
    assert [(row.images, row.removed) for row in workspace.list_imports(ws, project_id)] == [(2, 0), (0, 3)]


def test_an_import_that_is_undone_while_it_is_under_way_stops(
    ws: workspace.Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PIECE", 2)
    write_class(tmp_path / "steel", "crazing", 5)
    under_way = steps(ws, plan_of(ws, tmp_path / "steel"))
    next(under_way), next(under_way)
    project_id = workspace.find_project(ws, "Steel").id
    undo(ws, workspace.list_imports(ws, project_id)[0].id)
    with pytest.raises(StudioError, match="undone while it was under way"):
        result_of(under_way)
    assert workspace.image_totals(ws, project_id)["pool"] == 0


def test_an_import_with_nothing_new_is_not_remembered(ws: workspace.Workspace, tmp_path: Path) -> None:
    write_class(tmp_path / "steel", "crazing", 3)
    bring(ws, tmp_path / "steel")
    bring(ws, tmp_path / "steel")
    assert len(workspace.list_imports(ws, workspace.find_project(ws, "Steel").id)) == 1


def test_who_asks_for_an_import_that_is_not_there_is_told(ws: workspace.Workspace) -> None:
    for verb in (workspace.undo_import, workspace.restore_import):
        with pytest.raises(ValueError, match="no import has the id 9"):
            result_of(verb(ws, ANN, 9))


def test_two_processes_that_undo_and_bring_back_at_once_lose_nothing(ws: workspace.Workspace, tmp_path: Path) -> None:
    first_and_second(tmp_path)
    bring(ws, tmp_path / "second")
    project_id = workspace.find_project(ws, "Steel").id
    import_id = workspace.list_imports(ws, project_id)[0].id
    code = (
        "import sys; from pathlib import Path; from vabal_core import workspace as w\n"
        f"ws, ann = w.open_workspace(Path({str(ws.data_dir)!r})), w.person('ann')\n"
        "for _ in range(10):\n"
        f"    list(w.undo_import(ws, ann, {import_id})), list(w.restore_import(ws, ann, {import_id}))\n"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    workers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(worker.communicate(timeout=120)[1], worker.returncode) for worker in workers] == [("", 0)] * 2
    restore(ws, import_id)
    assert workspace.counts(ws, project_id).pool_total == 7
    assert not workspace.mend_counts(ws)
    assert sorted(names(ws, project_id)) == ["crazing", "pits"]


def test_images_that_come_back_from_the_bin_have_the_labels_that_the_source_gives_them_now(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    """A wrong import is undone, and the same pictures are imported rightly."""
    write_class(tmp_path / "wrong", "good", 2)
    bring(ws, tmp_path / "wrong")
    project_id = workspace.find_project(ws, "Steel").id
    undo(ws, workspace.list_imports(ws, project_id)[0].id)
    (tmp_path / "right").mkdir()
    (tmp_path / "wrong" / "good").rename(tmp_path / "right" / "cracked")
    write_class(tmp_path / "right", "pits", 1)
    plan = plan_of(ws, tmp_path / "right")
    written = result_of(workspace.commit_import(ws, ANN, "Steel", plan, from_bin=True))
    assert (written["from_bin"], written["labels_changed"], written["moved"]) == (2, 2, 2)
    labels = {row.path: row.label for row in workspace.export_rows(ws, project_id)}
    assert (
        sorted(labels.values()) == ["cracked", "cracked", "pits"] and workspace.counts(ws, project_id).pool_total == 3
    )
