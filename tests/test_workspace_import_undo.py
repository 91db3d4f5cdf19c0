"""What an import changed of images that were there already is listed, counted, undone whole, and brought back."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from image_files import write_image
from long_work import result_of
from workspaces import ANN, label, undo

from vabal_core import workspace
from vabal_core.store.database import reading
from vabal_core.store.tables import label_event
from vabal_core.types import ImportPlan
from vabal_core.workspace import Import, UndoneImport, change_writing, import_undo, importing


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


@pytest.fixture
def folder(tmp_path: Path, ws: workspace.Workspace) -> Path:
    """Six pictures that are imported as crazing, two as good."""
    for i in range(8):
        write_image(tmp_path / "steel" / ("crazing" if i < 6 else "good") / f"{i}.png", i)
    bring(ws, tmp_path / "steel")
    return tmp_path / "steel"


def plan_of(ws: workspace.Workspace, source: Path) -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, labels="use", holdout=0))


def bring(ws: workspace.Workspace, source: Path, which: Any = "older", from_bin: bool = False) -> dict[str, int]:
    plan = plan_of(ws, source)
    apply = workspace.changes_to_apply(plan, which)
    return result_of(workspace.commit_import(ws, ANN, "Steel", plan, apply=apply, from_bin=from_bin))


def table(folder: Path, name: str, rows: dict[int, str]) -> Path:
    """A table that says of pictures by number what they are, "pits" or "pits,test"."""
    file = folder / f"{name}.csv"
    lines = [f"crazing/{i}.png,{words}{'' if ',' in words else ','}\n" for i, words in rows.items()]
    file.write_text("path,label,split\n" + "".join(lines))
    return file


def project_id(ws: workspace.Workspace) -> int:
    return workspace.find_project(ws, "Steel").id


def labels(ws: workspace.Workspace) -> dict[int, tuple[str, str]]:
    """Of those that are not good: what they are, and where."""
    rows = workspace.export_rows(ws, project_id(ws))
    return {int(Path(row.path).stem): (row.label, row.split) for row in rows if row.label != "good"}


def exported(ws: workspace.Workspace) -> list[Any]:
    return list(workspace.export_rows(ws, project_id(ws)))


def newest(ws: workspace.Workspace) -> Import:
    return workspace.list_imports(ws, project_id(ws))[0]


def undo_import(ws: workspace.Workspace, import_id: int) -> UndoneImport:
    return result_of(workspace.undo_import(ws, ANN, import_id))


def restore_import(ws: workspace.Workspace, import_id: int) -> UndoneImport:
    return result_of(workspace.restore_import(ws, ANN, import_id))


def image_id(ws: workspace.Workspace, number: int) -> int:
    return workspace.image_ids_at(ws, project_id(ws), [f"crazing/{number}.png"])[0]


def class_id(ws: workspace.Workspace, name: str) -> int:
    return workspace.class_id_of(ws, project_id(ws), name)


def say(ws: workspace.Workspace, number: int, name: str, event_id: str = "") -> None:
    """Nina labels a picture."""
    event = label(image_id(ws, number), class_id(ws, name), event_id)
    workspace.record(ws, workspace.person("nina"), project_id(ws), [event])


def log(ws: workspace.Workspace) -> list[Any]:
    with reading(ws.engine) as transaction:
        return list(transaction.execute(label_event.select().order_by(label_event.c.id)))


def test_an_import_that_only_changed_labels_and_splits_is_listed_undone_and_brought_back(
    ws: workspace.Workspace, folder: Path
) -> None:
    before, log_before = exported(ws), log(ws)
    bring(ws, table(folder, "later", {0: "pits,test", 1: "pits", 2: "scratches", 3: "crazing,test"}))
    after = labels(ws)
    listed = newest(ws)
    assert (listed.images, listed.labels_changed, listed.splits_changed, listed.state) == (0, 3, 2, "whole")
    assert undo_import(ws, listed.id) == UndoneImport(labels=3, splits=2)
    assert exported(ws) == before, "who gave the labels, and when, is as before too"
    assert [each.name for each in workspace.classes(ws, project_id(ws))] == ["crazing", "good"]
    assert log(ws)[: len(log_before)] == log_before and len(log(ws)) == len(log_before) + 6, "the log only grows"
    assert newest(ws).state == "undone"
    assert undo_import(ws, listed.id) == UndoneImport(), "twice"
    assert restore_import(ws, listed.id) == UndoneImport(labels=3, splits=2)
    assert (labels(ws), newest(ws).state) == (after, "whole")
    assert restore_import(ws, listed.id) == UndoneImport()
    undo_import(ws, listed.id)
    assert exported(ws) == before
    assert not workspace.mend_counts(ws)


def test_what_somebody_decided_after_the_import_stays_both_ways_and_is_counted(
    ws: workspace.Workspace, folder: Path
) -> None:
    bring(ws, table(folder, "later", {i: "pits" for i in range(4)}))
    say(ws, 0, "crazing")
    say(ws, 1, "pits", "ninas")
    listed = newest(ws)
    assert undo_import(ws, listed.id) == UndoneImport(labels=2, kept=2)
    assert newest(ws).kept == 2
    assert {number: name for number, (name, _) in labels(ws).items()} == {
        0: "crazing", 1: "pits", 2: "crazing", 3: "crazing", 4: "crazing", 5: "crazing"
    }  # fmt: skip
    say(ws, 2, "crazing")
    assert restore_import(ws, listed.id) == UndoneImport(labels=1, kept=3)
    assert [labels(ws)[number][0] for number in range(4)] == ["crazing", "pits", "crazing", "pits"]
    workspace.record(ws, ANN, project_id(ws), [undo(image_id(ws, 1), "ninas")])
    assert labels(ws)[1][0] == "crazing", "what nina took back had been given over a label that is undone"
    assert not workspace.mend_counts(ws)


def test_after_an_undo_the_right_table_is_taken_without_a_question(ws: workspace.Workspace, folder: Path) -> None:
    """The labels that an undo brings back are those of the first import still: no person decided them."""
    bring(ws, table(folder, "wrong", {0: "pits"}))
    undo_import(ws, newest(ws).id)
    plan = plan_of(ws, table(folder, "right", {0: "scratches"}))
    assert [change.newer for change in plan.changes] == [False]
    say(ws, 1, "crazing")
    bring(ws, table(folder, "over", {1: "pits"}), "all")
    undo_import(ws, newest(ws).id)
    plan = plan_of(ws, table(folder, "again", {1: "scratches"}))
    assert [change.newer for change in plan.changes] == [True], "nina's word counts again, and is hers"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_imports_that_changed_the_same_are_undone_in_any_order(
    ws: workspace.Workspace, folder: Path, order: tuple[int, int]
) -> None:
    before = exported(ws)
    bring(ws, table(folder, "first", {0: "pits,test", 1: "pits"}))
    first = newest(ws).id
    bring(ws, table(folder, "second", {0: "scratches,train", 1: "scratches"}), "all")
    second = newest(ws).id
    both = labels(ws)
    assert both[0] == ("scratches", "pool")
    undo_import(ws, (first, second)[order[0]])
    assert labels(ws)[0] == (("scratches", "pool") if order[0] == 0 else ("pits", "evaluation"))
    undo_import(ws, (first, second)[order[1]])
    assert exported(ws) == before
    for import_id in (first, second):
        restore_import(ws, import_id)
    assert labels(ws) == both
    assert not workspace.mend_counts(ws)


def test_an_older_import_comes_back_below_a_newer_one(ws: workspace.Workspace, folder: Path) -> None:
    bring(ws, table(folder, "first", {0: "pits,test"}))
    first = newest(ws).id
    bring(ws, table(folder, "second", {0: "scratches,train"}), "all")
    second = newest(ws).id
    assert undo_import(ws, first) == UndoneImport(kept=2)
    assert restore_import(ws, first) == UndoneImport(kept=2)
    assert labels(ws)[0] == ("scratches", "pool")
    undo_import(ws, second)
    assert labels(ws)[0][1] == "evaluation", "where the first import had taken it"


def test_images_that_went_into_the_bin_since_come_back_as_before_the_import(
    ws: workspace.Workspace, folder: Path
) -> None:
    before = exported(ws)
    bring(ws, table(folder, "later", {0: "pits,test", 1: "pits"}))
    ids = [image_id(ws, number) for number in (0, 1)]
    workspace.remove_images(ws, ANN, project_id(ws), ids)
    undo_import(ws, newest(ws).id)
    assert workspace.bin_contents(ws, project_id(ws)).image_count == 2, "nobody asked for them"
    workspace.restore_images(ws, ANN, project_id(ws), ids)
    assert exported(ws) == before
    assert not workspace.mend_counts(ws)


def test_images_emptied_out_of_the_bin_since_stand_in_no_way(ws: workspace.Workspace, folder: Path) -> None:
    bring(ws, table(folder, "later", {0: "pits,test", 1: "pits"}))
    workspace.remove_images(ws, ANN, project_id(ws), [image_id(ws, 0)])
    workspace.empty_bin(ws, ANN, project_id(ws))
    listed = newest(ws)
    undo_import(ws, listed.id)
    assert labels(ws) == dict.fromkeys(range(1, 6), ("crazing", "pool"))
    restore_import(ws, listed.id)
    assert labels(ws)[1] == ("pits", "pool")
    assert not workspace.mend_counts(ws)


def test_a_class_emptied_out_of_the_bin_has_its_name_again_when_the_import_is_back(
    ws: workspace.Workspace, folder: Path
) -> None:
    bring(ws, table(folder, "later", {0: "pits"}))
    undo_import(ws, newest(ws).id)
    assert [gone.name for gone in workspace.bin_contents(ws, project_id(ws)).classes] == ["pits"]
    workspace.empty_bin(ws, ANN, project_id(ws))
    restore_import(ws, newest(ws).id)
    assert labels(ws)[0] == ("pits", "pool")


def test_images_set_aside_for_evaluation_since_go_into_the_bin_with_their_import(
    ws: workspace.Workspace, folder: Path, tmp_path: Path
) -> None:
    write_image(tmp_path / "more" / "20.png", 20)
    bring(ws, tmp_path / "more")
    assert workspace.set_aside(ws, ANN, project_id(ws), count=1) == 1
    assert undo_import(ws, newest(ws).id).images == 1
    assert workspace.image_totals(ws, project_id(ws)) == {"pool": 8, "evaluation": 0}
    assert restore_import(ws, newest(ws).id).images == 1
    assert workspace.image_totals(ws, project_id(ws)) == {"pool": 8, "evaluation": 1}


def test_what_came_back_with_an_import_goes_into_the_bin_with_it_again(ws: workspace.Workspace, folder: Path) -> None:
    first = newest(ws).id
    undo_import(ws, first)
    assert bring(ws, folder, from_bin=True)["from_bin"] == 8
    second = newest(ws)
    assert (second.id != first, second.from_bin, second.images) == (True, 8, 0)
    states = [listed.state for listed in workspace.list_imports(ws, project_id(ws))]
    assert states == ["whole", "brought back"], "the images are in use, so nobody is told that they are gone"
    assert undo_import(ws, second.id).images == 8
    assert [listed.state for listed in workspace.list_imports(ws, project_id(ws))] == ["undone", "undone"]
    assert restore_import(ws, first).images == 8
    assert newest(ws).state == "undone"


def test_the_picture_that_a_new_one_replaced_comes_back(ws: workspace.Workspace, folder: Path) -> None:
    write_image(folder / "crazing" / "0.png", 100)
    before = exported(ws)
    assert bring(ws, folder)["replaced"] == 1
    listed = newest(ws)
    assert (listed.images, listed.replaced) == (1, 1)
    assert undo_import(ws, listed.id) == UndoneImport(images=1, replaced=1)
    assert exported(ws) == before
    assert restore_import(ws, listed.id) == UndoneImport(images=1, replaced=1)


def test_files_that_were_linked_anew_are_linked_as_before_only_where_they_lie_there_again(
    ws: workspace.Workspace, folder: Path
) -> None:
    folder.rename(folder.parent / "moved")
    assert bring(ws, folder.parent / "moved")["moved"] == 8
    listed = newest(ws)
    assert (listed.files_linked, listed.images) == (8, 0)
    assert undo_import(ws, listed.id).files == 0
    assert workspace.changed_images(ws, project_id(ws)) == (), "no image loses its file"
    restore_import(ws, listed.id)
    (folder.parent / "moved").rename(folder)
    assert undo_import(ws, listed.id).files == 8
    assert workspace.changed_images(ws, project_id(ws)) == ()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_an_undo_that_was_killed_goes_on(
    ws: workspace.Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(import_undo, "PIECE", 2)
    monkeypatch.setattr(import_undo, "CHANGES", 2)
    before = exported(ws)
    for i in range(10, 13):
        write_image(folder / "crazing" / f"{i}.png", i)
    bring(ws, table(folder, "later", {0: "pits,test", 1: "pits", 2: "pits", 10: "pits", 11: "pits", 12: "pits"}))
    after = exported(ws)
    listed = newest(ws)
    verbs: list[Callable[..., Any]] = [workspace.undo_import, workspace.restore_import]
    for verb, expected in zip(verbs, (before, after), strict=True):
        killed = verb(ws, ANN, listed.id)
        assert len(list(islice(killed, steps + 1))) == steps + 1
        killed.close()
        assert newest(ws).state == "undone in part"
        result_of(verb(ws, ANN, listed.id))
        assert [row.label for row in exported(ws)] == [row.label for row in expected]
    assert not workspace.mend_counts(ws)


def test_labels_are_given_while_an_import_is_undone(
    ws: workspace.Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_undo, "CHANGES", 1)
    bring(ws, table(folder, "later", {i: "pits" for i in range(3)}))
    work = workspace.undo_import(ws, ANN, newest(ws).id)
    next(work), next(work)
    say(ws, 0, "pits")  # undone piece by piece from the last one on: this one's turn has not come
    say(ws, 2, "pits")
    result_of(work)
    assert [labels(ws)[number][0] for number in range(3)] == ["pits", "crazing", "pits"]


def test_an_import_that_was_killed_between_its_changes_is_undone_whole(
    ws: workspace.Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_writing, "PIECE", 1)
    before = exported(ws)
    plan = plan_of(ws, table(folder, "later", {0: "pits", 1: "pits", 2: "pits,test"}))
    killed = workspace.commit_import(ws, ANN, "Steel", plan, apply=workspace.changes_to_apply(plan, "older"))
    list(islice(killed, 3))
    killed.close()
    assert (newest(ws).state, newest(ws).labels_changed) == ("broken off", 2)
    undo_import(ws, newest(ws).id)
    assert exported(ws) == before


def test_a_change_is_not_made_where_somebody_decided_after_it_was_looked_up(
    ws: workspace.Workspace, folder: Path
) -> None:
    """The plan waits on the page while others label."""
    plan = plan_of(ws, table(folder, "later", {0: "pits", 1: "pits", 2: "pits"}))
    workspace.add_class(ws, ANN, project_id(ws), "scratches")
    say(ws, 0, "scratches")
    workspace.remove_images(ws, ANN, project_id(ws), [image_id(ws, 1)])
    workspace.rename_class(ws, ANN, class_id(ws, "crazing"), "cracks")
    written = result_of(workspace.commit_import(ws, ANN, "Steel", plan, apply=plan.changes))
    assert written["labels_changed"] == 1
    assert (labels(ws)[0][0], labels(ws)[2][0], labels(ws)[3][0]) == ("scratches", "pits", "cracks")


def test_a_class_that_an_import_took_out_of_the_bin_goes_back_into_it(ws: workspace.Workspace, folder: Path) -> None:
    spare = workspace.add_class(ws, ANN, project_id(ws), "pits")
    workspace.remove_class(ws, ANN, spare.id)
    bring(ws, table(folder, "later", {0: "pits"}))
    undo_import(ws, newest(ws).id)
    assert [gone.id for gone in workspace.bin_contents(ws, project_id(ws)).classes] == [spare.id]
    restore_import(ws, newest(ws).id)
    assert workspace.bin_contents(ws, project_id(ws)).classes == ()


def test_a_class_that_two_imports_use_goes_with_the_last_of_them(ws: workspace.Workspace, folder: Path) -> None:
    bring(ws, table(folder, "first", {0: "pits"}))
    first = newest(ws).id
    bring(ws, table(folder, "second", {1: "pits"}))
    second = newest(ws).id
    names = [each.name for each in workspace.classes(ws, project_id(ws))]
    undo_import(ws, first)
    assert [each.name for each in workspace.classes(ws, project_id(ws))] == names
    undo_import(ws, second)
    assert [each.name for each in workspace.classes(ws, project_id(ws))] == ["crazing", "good"]
    restore_import(ws, second)
    assert [each.name for each in workspace.classes(ws, project_id(ws))] == names


def test_a_class_into_which_an_older_one_was_merged_stays(ws: workspace.Workspace, folder: Path) -> None:
    old = workspace.add_class(ws, ANN, project_id(ws), "dents")
    bring(ws, table(folder, "later", {0: "pits"}))
    workspace.merge_classes(ws, ANN, old.id, class_id(ws, "pits"))
    undo_import(ws, newest(ws).id)
    assert "pits" in [each.name for each in workspace.classes(ws, project_id(ws))], "dents are to be labelled so"


@pytest.mark.parametrize("labelling", ["use", "hide"])
def test_what_runs_while_its_class_is_merged_keeps_its_own_name_in_the_log(
    ws: workspace.Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labelling: Any
) -> None:
    """Each half of the import is told apart when the merge is taken back."""
    monkeypatch.setattr(importing, "PIECE", 3)
    for i in range(6):
        write_image(tmp_path / "steel" / ("crazing" if i % 2 else "scratches") / f"{i}.png", i)
    plan = result_of(workspace.prepare_import(ws, "Steel", tmp_path / "steel", labels=labelling, holdout=0))
    work = workspace.commit_import(ws, ANN, "Steel", plan)
    next(work), next(work)
    crazing, scratches = class_id(ws, "crazing"), class_id(ws, "scratches")
    workspace.merge_classes(ws, ANN, crazing, scratches)
    result_of(work)
    workspace.restore_class(ws, ANN, crazing)
    if labelling == "hide":
        workspace.label_for_me(ws, ANN, project_id(ws), 6)
    assert workspace.counts(ws, project_id(ws)).pool == {crazing: 3, scratches: 3}
    assert not workspace.mend_counts(ws)


def test_what_runs_while_classes_change_names_labels_as_its_source_meant(
    ws: workspace.Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PIECE", 3)
    for i in range(6):
        write_image(tmp_path / "steel" / ("crazing" if i % 2 else "scratches") / f"{i}.png", i)
    plan = result_of(workspace.prepare_import(ws, "Steel", tmp_path / "steel", labels="use", holdout=0))
    work = workspace.commit_import(ws, ANN, "Steel", plan)
    next(work), next(work)
    crazing = class_id(ws, "crazing")
    workspace.rename_class(ws, ANN, crazing, "cracks")
    workspace.add_class(ws, ANN, project_id(ws), "crazing")
    result_of(work)
    assert workspace.counts(ws, project_id(ws)).pool[crazing] == 3
    assert sorted(labels(ws).values()) == [("cracks", "pool")] * 3 + [("scratches", "pool")] * 3


def test_labels_that_change_while_their_class_is_merged_keep_its_name(
    ws: workspace.Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_writing, "PIECE", 1)
    before = exported(ws)
    plan = plan_of(ws, table(folder, "later", {0: "pits", 1: "pits"}))
    work = workspace.commit_import(ws, ANN, "Steel", plan, apply=plan.changes)
    next(work), next(work)
    pits, good = class_id(ws, "pits"), class_id(ws, "good")
    workspace.merge_classes(ws, ANN, pits, good)
    result_of(work)
    workspace.restore_class(ws, ANN, pits)
    assert workspace.counts(ws, project_id(ws)).pool[pits] == 2
    workspace.merge_classes(ws, ANN, pits, good)
    undo_import(ws, newest(ws).id)
    assert exported(ws) == before
    restore_import(ws, newest(ws).id)
    workspace.restore_class(ws, ANN, pits)
    assert workspace.counts(ws, project_id(ws)).pool[pits] == 2
    assert not workspace.mend_counts(ws)


def test_a_class_that_went_into_the_bin_while_its_import_ran_is_out_of_it(
    ws: workspace.Workspace, folder: Path, tmp_path: Path
) -> None:
    spare = workspace.add_class(ws, ANN, project_id(ws), "pits")
    for i in range(3):
        write_image(tmp_path / "more" / ("pits" if i else "good") / f"{i}.png", 50 + i)
    work = workspace.commit_import(ws, ANN, "Steel", plan_of(ws, tmp_path / "more"))
    next(work)
    workspace.remove_class(ws, ANN, spare.id)
    result_of(work)
    assert workspace.counts(ws, project_id(ws)).pool[spare.id] == 2
