"""What a later source says of images that are there: offered as changes, counted, and made by choice."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import facts, run
from image_files import encoded, grey, make_zip, write_image
from long_work import result_of

from vabal_core import workspace
from vabal_core.store.counts import label_counts, recount, state_counts
from vabal_core.types import ImportPlan

ANN = workspace.person("Ann")


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> workspace.Workspace:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("VABAL_DATABASE_URL", raising=False)
    return workspace.open_workspace()


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Six pictures without labels, a table that labels them beside them, and the same pictures in class folders."""
    rows = []
    for i in range(6):
        name = "pits" if i < 3 else "scratches"
        write_image(tmp_path / "flat" / f"{i}.png", i)
        write_image(tmp_path / "sorted" / name / f"{i}.png", i)
        rows.append(f"{i}.png,{name},{'test' if i == 0 else ''}\n")
    (tmp_path / "flat" / "labels.csv").write_text("path,label,split\n" + "".join(rows))
    return tmp_path / "flat"


def plan_of(ws: workspace.Workspace, source: Path, **options: Any) -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, **{"labels": "use", "holdout": 0, **options}))


def bring(ws: workspace.Workspace, source: Path, which: Any = "none", **options: Any) -> dict[str, int]:
    plan = plan_of(ws, source, **options)
    apply = workspace.changes_to_apply(plan, which)
    return result_of(workspace.commit_import(ws, ANN, "Steel", plan, apply=apply))


def project_id(ws: workspace.Workspace) -> int:
    return workspace.find_project(ws, "Steel").id


def labels(ws: workspace.Workspace) -> dict[str, tuple[str, str]]:
    return {row.path: (row.label, row.split) for row in workspace.export_rows(ws, project_id(ws))}


@pytest.mark.parametrize("source", ["flat/labels.csv", "sorted"])
def test_labels_that_come_later_are_offered_and_written_by_choice(
    ws: workspace.Workspace, flat: Path, tmp_path: Path, source: str
) -> None:
    bring(ws, flat)
    plan = plan_of(ws, tmp_path / source)
    offered = [change for change in plan.changes if change.kind == "label"]
    assert [(change.old, change.new, change.newer) for change in offered] == [
        ("", "pits" if i < 3 else "scratches", False) for i in range(6)
    ]
    assert workspace.plan_summary(plan)["changes"]["label"] == 6
    result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    assert labels(ws) == {}
    assert bring(ws, tmp_path / source, "older")["labels_changed"] == 6
    assert [label for label, _ in labels(ws).values()] == ["pits"] * 3 + ["scratches"] * 3
    assert plan_of(ws, tmp_path / source).changes == ()


def test_a_split_that_is_stated_later_moves_the_image_and_its_counts(ws: workspace.Workspace, flat: Path) -> None:
    bring(ws, flat)
    written = bring(ws, flat / "labels.csv", "all")
    assert (written["labels_changed"], written["splits_changed"]) == (6, 1)
    assert labels(ws)["0.png"] == ("pits", "evaluation")
    pits, scratches = (each.id for each in workspace.classes(ws, project_id(ws)))
    expected = {("pool", pits): 2, ("evaluation", pits): 1, ("pool", scratches): 3}
    assert label_counts(ws.engine, project_id(ws)) == expected
    assert state_counts(ws.engine, project_id(ws))["evaluation", "labelled"] == 1
    assert not recount(ws.engine), "the counts that were kept are not those of the log"


def test_an_image_set_aside_is_not_learned_from_because_a_source_says_pool(ws: workspace.Workspace, flat: Path) -> None:
    bring(ws, flat / "labels.csv")
    (flat / "pool.csv").write_text("path,label,split\n0.png,pits,pool\n")
    assert bring(ws, flat / "pool.csv", "older")["splits_changed"] == 0
    assert bring(ws, flat / "pool.csv", "all")["splits_changed"] == 1


def test_pictures_moved_to_another_class_folder_are_a_change_a_person_s_word_a_conflict(
    ws: workspace.Workspace, flat: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "sorted"
    bring(ws, folder)
    (flat / "person.csv").write_text("path,label\n0.png,scratches\n")
    workspace.label_from_csv(ws, ANN, project_id(ws), flat / "person.csv")
    (folder / "pits" / "1.png").rename(folder / "scratches" / "1.png")
    plan = plan_of(ws, folder)
    described = {(change.path, change.kind, change.old, change.new, change.newer) for change in plan.changes}
    assert described == {
        ("pits/0.png", "label", "scratches", "pits", True),
        ("pits/1.png", "label", "pits", "scratches", False),
        ("pits/1.png", "moved", str(folder / "pits/1.png"), str(folder / "scratches/1.png"), False),
    }
    written = bring(ws, folder, "older")
    assert (written["labels_changed"], written["moved"]) == (1, 1)
    assert labels(ws)["pits/0.png"] == ("scratches", "pool") and labels(ws)["scratches/1.png"] == ("scratches", "pool")


def test_importing_a_moved_folder_again_brings_the_addresses_up_to_date(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    for i in range(4):
        write_image(tmp_path / "day" / ("pits" if i < 2 else "scratches") / f"{i}.png", i)
    bring(ws, tmp_path / "day")
    (tmp_path / "day").rename(tmp_path / "archive")
    assert len(workspace.changed_images(ws, project_id(ws))) == 4
    written = bring(ws, tmp_path / "archive")
    assert (written["images"], written["moved"], written["already_present"]) == (0, 4, 4)
    assert workspace.changed_images(ws, project_id(ws)) == ()


def test_a_zip_imported_again_mends_pictures_that_were_lost(ws: workspace.Workspace, tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "set.zip", {f"pits/{i}.png": encoded(grey(i)) for i in range(3)})
    bring(ws, archive)
    for folder in (tmp_path / "data" / "projects").glob("*/images"):
        shutil.rmtree(folder)
    assert len(workspace.changed_images(ws, project_id(ws))) == 3
    bring(ws, archive)
    assert workspace.changed_images(ws, project_id(ws)) == ()
    assert plan_of(ws, archive).changes == () and workspace.changed_images(ws, project_id(ws)) == ()


def camera(folder: Path, delivery: int) -> Path:
    for i in range(3):
        os.utime(write_image(folder / f"{i:04}.png", 100 * delivery + i), (delivery, delivery))
    return folder


def test_a_folder_written_over_comes_as_new_images_and_the_old_ones_go_to_the_bin_by_choice(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    bring(ws, camera(tmp_path / "cam", 1))
    (tmp_path / "cam" / "labels.csv").write_text("path,label\n" + "".join(f"{i:04}.png,pits\n" for i in range(3)))
    labelled = workspace.label_from_csv(ws, ANN, project_id(ws), tmp_path / "cam" / "labels.csv", create_classes=True)
    assert labelled.written == 3
    camera(tmp_path / "cam", 2)
    again = workspace.label_from_csv(ws, ANN, project_id(ws), tmp_path / "cam" / "labels.csv")
    assert {problem.reason for problem in again.problems} == {"the file has changed since it was imported"}
    assert bring(ws, tmp_path / "cam")["images"] == 3
    assert labels(ws) == {}, "the labels are of pictures that are not there"
    named = workspace.label_from_csv(ws, ANN, project_id(ws), tmp_path / "cam" / "labels.csv")
    assert (named.written, named.problems) == (3, ()), "the new image of each name is meant"
    camera(tmp_path / "cam", 3)
    assert bring(ws, tmp_path / "cam", "older")["replaced"] >= 3
    assert workspace.changed_images(ws, project_id(ws)) == ()


def test_a_new_picture_in_an_old_file_is_taken_as_a_new_image(ws: workspace.Workspace, tmp_path: Path) -> None:
    write_image(tmp_path / "cam" / "scratches" / "9.png", 9)
    bring(ws, camera(tmp_path / "cam" / "pits", 1).parent)
    assert workspace.counts(ws, project_id(ws)).pool_total == 4
    camera(tmp_path / "cam" / "pits", 2)
    (tmp_path / "cam" / "pits" / "0002.png").write_bytes(b"no picture")
    changed = [image.image_id for image in workspace.changed_images(ws, project_id(ws))]
    taken = result_of(workspace.take_changed(ws, ANN, project_id(ws), changed))
    assert taken == {"taken": 2, "left": 1}
    assert [image.path for image in workspace.changed_images(ws, project_id(ws))] == ["pits/0002.png"]
    assert workspace.counts(ws, project_id(ws)).pool_total == 2, "the labels went into the bin with their pictures"


def test_an_own_export_is_read_back_whatever_the_names_are(ws: workspace.Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for i, name in enumerate(("-1.png", "2.png", " 3.png", "'4.png")):
        write_image(folder / name, i)
    (folder / "first.csv").write_text("path,label\n-1.png,-edge\n2.png,-edge\n 3.png,'=x\n'4.png,ok\n")
    bring(ws, folder / "first.csv")
    before = labels(ws)
    assert before["-1.png"][0] == "-edge" and len(before) == 4
    (folder / "export.csv").write_bytes(b"".join(workspace.export_csv(ws, project_id(ws))))
    plan = result_of(workspace.prepare_import(ws, "Copy", folder / "export.csv", labels="use", holdout=0))
    assert {entry.path: (entry.label, entry.split) for entry in plan.entries} == before
    assert plan.problems == ()


def test_an_own_export_of_two_deliveries_with_the_same_names_finds_its_pictures(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    for day in (1, 2):
        for i in range(3):
            write_image(tmp_path / f"day{day}" / f"day {day}" / f"{i:04}.png", 100 * day + i)
        bring(ws, tmp_path / f"day{day}" / f"day {day}", layout=None)
    (tmp_path / "labels.csv").write_text("")
    rows = [f"{i:04}.png,pits,{image.fingerprint}\n" for i, image in _numbered(ws)]
    (tmp_path / "export.csv").write_text("path,label,fingerprint\n" + "".join(rows))
    for elsewhere in (False, True):
        if elsewhere:  # another Studio, which knows none of the pictures, beside the folders
            ws = workspace.open_workspace(tmp_path / "other")
        plan = result_of(workspace.prepare_import(ws, "Copy", tmp_path / "export.csv", labels="use", holdout=0))
        assert len(plan.entries) == 6 and {entry.label for entry in plan.entries} == {"pits"}
        assert len({entry.file for entry in plan.entries}) == 6


def _numbered(ws: workspace.Workspace) -> list[tuple[int, Any]]:
    images, _ = workspace.search_images(ws, project_id(ws), offset=0, limit=10)
    return [(number % 3, image) for number, image in enumerate(images)]


def test_a_row_that_names_another_content_than_its_file_has_labels_nothing(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    write_image(tmp_path / "set" / "1.png", 1)
    (tmp_path / "set" / "export.csv").write_text(f"path,label,fingerprint\n1.png,pits,{'a' * 64}\n")
    plan = plan_of(ws, tmp_path / "set" / "export.csv")
    assert plan.entries == () and "another picture: line 2 names other content" in plan.problems[0].reason


def test_the_command_line_applies_older_changes_and_says_what_it_keeps(flat: Path, tmp_path: Path, ws: Any) -> None:
    facts("import", flat, "--project", "Steel", "--evaluation", "0")
    offered = facts("import", tmp_path / "sorted", "--project", "Steel", "--dry-run")
    assert offered["plan"]["changes"] == {"label": 6}
    kept = run("import", tmp_path / "sorted", "--project", "Steel", "--apply-changes", "none")
    assert "kept: 0.png: label none here, “pits” there" in kept.stderr
    assert facts("import", tmp_path / "sorted", "--project", "Steel")["written"]["labels_changed"] == 6
    shutil.move(flat, tmp_path / "elsewhere")
    assert facts("changed", "--project", "Steel")["missing"] == 6
    assert facts("locate", tmp_path / "elsewhere", "--project", "Steel") == {"linked": 6, "missing": 0}
