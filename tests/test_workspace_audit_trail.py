"""Who changed what: each verb that changes something leaves its line, which reviewers read and take away."""

import csv
import io
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from workspaces import ANN, Filled, filled, label

from vabal_core import workspace
from vabal_core.store.change_log import log_change
from vabal_core.store.change_tables import change_event
from vabal_core.store.database import writing
from vabal_core.types import NotAllowed, StudioError
from vabal_core.workspace import LogFilter, evaluation, round_process

BERTA = replace(workspace.person("berta"), page="data")
EVERYTHING = LogFilter()


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def finish(steps) -> None:
    for _ in steps:
        pass


def lines(steel: Filled, trail: str = "project") -> list[tuple[str, ...]]:
    """Of berta, the oldest first."""
    rows = workspace.read_trail(steel.ws, ANN, steel.project_id, trail, LogFilter(person="berta"))
    return [(row.action, row.subject, row.old, row.new) for row in reversed(rows)]


def test_every_change_of_a_project_leaves_its_line(steel: Filled):
    ws, project_id = steel.ws, steel.project_id
    crazing, inclusion, scratches = steel.class_ids
    hole = workspace.add_class(ws, BERTA, project_id, "hole")
    workspace.rename_class(ws, BERTA, hole.id, "pinhole")
    workspace.set_class_key(ws, BERTA, hole.id, "q")
    workspace.set_note(ws, BERTA, hole.id, "round and dark")
    workspace.merge_classes(ws, BERTA, scratches, inclusion)
    workspace.restore_class(ws, BERTA, scratches)
    workspace.remove_class(ws, BERTA, hole.id)
    steel.record(label(steel.pool[0], crazing))
    workspace.pin(ws, BERTA, project_id, crazing, steel.pool[0], "example")
    workspace.update_settings(ws, BERTA, project_id, batch=100, auto_every=25)
    workspace.remove_images(ws, BERTA, project_id, steel.pool[1:3])
    workspace.restore_images(ws, BERTA, project_id, steel.pool[1:3])
    workspace.set_aside(ws, BERTA, project_id, image_ids=[steel.pool[4]])
    workspace.rename_project(ws, BERTA, project_id, "Plates")
    assert lines(steel) == [
        ("class added", "hole", None, None),
        ("class renamed", "hole", "hole", "pinhole"),
        ("class key changed", "pinhole", hole.key, "q"),
        ("class note changed", "pinhole", "", "round and dark"),
        ("class merged", "scratches", None, "inclusion"),
        ("class restored", "scratches", None, None),
        ("class removed", "pinhole", None, None),
        ("example changed", "crazing", None, "example: p/0.png"),
        ("setting changed", "batch", "250", "100"),
        ("images removed", "p/1.png and 1 more", None, "2"),
        ("images restored", "p/1.png and 1 more", None, "2"),
        ("images set aside", "p/4.png", None, "stated"),
        ("project renamed", "Steel", "Steel", "Plates"),
    ]


def test_a_project_in_the_bin_and_back_and_gone_leaves_its_lines(steel: Filled):
    other = workspace.create_project(steel.ws, BERTA, "Other", classes=["a"])
    workspace.remove_project(steel.ws, BERTA, other.id)
    workspace.restore_project(steel.ws, BERTA, other.id)
    rows = workspace.read_trail(steel.ws, ANN, other.id, "project", EVERYTHING)
    assert [row.action for row in rows] == ["project restored", "project removed", "project made"]
    assert {row.page for row in rows} == {"data"}


def test_a_change_that_is_refused_leaves_no_line(steel: Filled):
    before = len(workspace.read_trail(steel.ws, ANN, steel.project_id, "project", EVERYTHING))
    with pytest.raises(StudioError, match="already"):
        workspace.add_class(steel.ws, BERTA, steel.project_id, "crazing")
    assert len(workspace.read_trail(steel.ws, ANN, steel.project_id, "project", EVERYTHING)) == before


@pytest.mark.parametrize("module", [evaluation, round_process])
def test_what_the_log_cannot_tell_is_not_done(steel: Filled, monkeypatch: pytest.MonkeyPatch, module: ModuleType):
    def full(*_what: object, **_more: object) -> None:
        raise StudioError("the disk is full")

    steel.give(5, 5, 5)
    monkeypatch.setattr(module, "log_change", full)
    verb = workspace.set_aside if module is evaluation else workspace.start_round
    options = {"count": 3} if module is evaluation else {}
    before = workspace.image_totals(steel.ws, steel.project_id)
    with pytest.raises(StudioError, match="the disk is full"):
        verb(steel.ws, BERTA, steel.project_id, **options)
    assert workspace.image_totals(steel.ws, steel.project_id) == before
    assert workspace.list_rounds(steel.ws, steel.project_id) == []


def test_images_are_set_aside_in_pieces_each_with_its_line(steel: Filled, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(evaluation, "PIECE", 2)
    assert workspace.set_aside(steel.ws, BERTA, steel.project_id, image_ids=steel.pool[:3]) == 3
    assert [line[1] for line in lines(steel)] == ["p/0.png and 1 more", "p/2.png"]


def test_a_change_tells_how_long_the_studio_took_for_it(steel: Filled):
    began = time.monotonic()
    workspace.add_class(steel.ws, BERTA, steel.project_id, "hole")
    with writing(steel.ws.engine) as transaction:
        log_change(transaction, BERTA, steel.project_id, "files located", "there", began=began - 5)
    row = {"project_id": steel.project_id, "created_at": datetime.now(UTC), "person": "berta", "page": ""}
    with writing(steel.ws.engine) as transaction:  # as older versions wrote it
        transaction.execute(sa.insert(change_event).values(**row, action="class added", subject="before"))
    rows = workspace.read_trail(steel.ws, ANN, steel.project_id, "project", LogFilter(person="berta"))
    before, located, added = (row.milliseconds for row in rows)
    assert before is None and 5_000 <= located <= 5_000 + 1_000 * (time.monotonic() - began)
    assert 0 <= added <= located - 5_000


def test_a_decision_tells_the_page_that_it_came_from(steel: Filled):
    for page, image_id in zip(("label", "grid", ""), steel.pool, strict=False):
        actor = replace(ANN, page=page)
        workspace.record(steel.ws, actor, steel.project_id, [label(image_id, steel.class_ids[0])])
    rows = workspace.read_trail(steel.ws, ANN, steel.project_id, "labels", EVERYTHING)
    assert [row.page for row in rows] == ["", "grid", "label"]


def test_a_labeller_reads_none_of_it_and_a_reviewer_all_but_who_may_come_in(steel: Filled):
    labeller, reviewer = replace(ANN, role="labeller"), replace(ANN, role="reviewer")
    for read in (workspace.read_trail, workspace.export_trail):
        with pytest.raises(NotAllowed, match="may not see who changed what"):
            read(steel.ws, labeller, steel.project_id, "labels", EVERYTHING)
        with pytest.raises(NotAllowed, match="may not change who may come in"):
            read(steel.ws, reviewer, steel.project_id, "studio", EVERYTHING)
        read(steel.ws, reviewer, steel.project_id, "project", EVERYTHING)


def test_who_may_come_in_leaves_lines_that_concern_no_project(steel: Filled):
    workspace.make_account(steel.ws, ANN, "Ann", "admin")
    made = workspace.make_account(steel.ws, BERTA, "Carl", "labeller")
    workspace.set_role(steel.ws, BERTA, made.id, "reviewer")
    workspace.invite(steel.ws, BERTA, made.id)
    workspace.set_members(steel.ws, BERTA, steel.project_id, [made.id])
    assert lines(steel, "studio") == [
        ("account made", "Carl", None, "labeller"),
        ("account changed", "Carl", "labeller", "reviewer"),
        ("account invited", "Carl", None, None),
    ]
    assert lines(steel) == [("members changed", "", "", "Carl")]


def test_a_log_leaves_whole_and_runs_as_no_formula(steel: Filled, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("vabal_core.workspace.audit_trail.PAGE_ROWS", 3)
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in steel.pool[:10]), annotator="=cmd()")
    steel.record(label(steel.pool[0], steel.class_ids[1]))
    export = workspace.export_trail(steel.ws, ANN, steel.project_id, "labels", EVERYTHING)
    assert export.name == "Steel audit labels.csv"
    rows = list(csv.DictReader(io.StringIO(b"".join(export.pieces).decode("utf-8-sig"))))
    assert [row["person"] for row in rows] == ["ann"] + ["'=cmd()"] * 10
    assert (rows[0]["path"], rows[0]["old"], rows[0]["new"]) == ("p/0.png", "crazing", "inclusion")
    chosen = workspace.export_trail(steel.ws, ANN, steel.project_id, "labels", LogFilter(person="ann"))
    assert b"".join(chosen.pieces).count(b"\r\n") == 2
