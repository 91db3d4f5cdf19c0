"""The log of changes: written with what it tells of, never changed, and read page by page."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from workspaces import ANN, Filled, filled, label, undo

from vabal_core.store.change_log import changers, changes, last_change, log_change
from vabal_core.store.change_tables import change_event
from vabal_core.store.database import writing
from vabal_core.store.label_history import label_history, labellers
from vabal_core.store.log_order import LogFilter
from vabal_core.types import Actor

BERTA = Actor(id="berta", name="berta", role="admin", page="data")
EVERYTHING = LogFilter()


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def given(steel: Filled, chosen: LogFilter = EVERYTHING, **page: int | None) -> list[str]:
    rows = label_history(steel.ws.engine, steel.project_id, chosen, **{"limit": 50, **page})
    return [f"{row.person}: {row.kind} {row.path} {row.old} -> {row.new}" for row in rows]


def made(steel: Filled, chosen: LogFilter = EVERYTHING, **page: int | None) -> list[str]:
    rows = changes(steel.ws.engine, steel.project_id, chosen, **{"limit": 50, **page})
    return [f"{row.person}: {row.action} {row.subject} {row.old} -> {row.new}" for row in rows]


@pytest.mark.parametrize("change", [sa.update(change_event).values(person="nobody"), sa.delete(change_event)])
def test_no_line_is_ever_changed_or_deleted(steel: Filled, change: sa.Update | sa.Delete):
    before = made(steel)
    assert before
    with pytest.raises(sa.exc.DBAPIError, match="rows are only ever added"), writing(steel.ws.engine) as transaction:
        transaction.execute(change)
    assert made(steel) == before


def test_a_change_that_is_not_stored_leaves_no_line(steel: Filled):
    before = made(steel)
    with pytest.raises(RuntimeError), writing(steel.ws.engine) as transaction:
        log_change(transaction, BERTA, steel.project_id, "class added", "hole")
        raise RuntimeError
    assert made(steel) == before


def test_lines_are_read_page_by_page_the_newest_first(steel: Filled):
    for number in range(7):
        with writing(steel.ws.engine) as transaction:
            log_change(transaction, BERTA, steel.project_id, "class added", f"class {number}")
    first = changes(steel.ws.engine, steel.project_id, EVERYTHING, limit=3)
    second = changes(steel.ws.engine, steel.project_id, EVERYTHING, before=first[-1].id, limit=3)
    assert [row.subject for row in (*first, *second)] == [f"class {number}" for number in (6, 5, 4, 3, 2, 1)]
    assert {(row.person, row.page) for row in first} == {("berta", "data")}


def test_lines_are_chosen_by_person_kind_and_time(steel: Filled):
    with writing(steel.ws.engine) as transaction:
        log_change(transaction, BERTA, steel.project_id, "setting changed", "batch", old=250, new=100)
        log_change(transaction, BERTA, None, "account made", "Carl", new="labeller")
    setting = "berta: setting changed batch 250 -> 100"
    assert made(steel, LogFilter(person="berta")) == [setting]
    assert made(steel, LogFilter(kind="setting changed")) == [setting]
    now = datetime.now(UTC)
    assert made(steel, LogFilter(since=now - timedelta(minutes=5))) == made(steel)
    assert made(steel, LogFilter(until=now - timedelta(minutes=5))) == []
    assert made(steel, LogFilter(since=now + timedelta(minutes=5))) == []
    assert changers(steel.ws.engine, steel.project_id) == sorted({ANN.name, "berta"})
    assert changers(steel.ws.engine, None) == ["berta"]
    assert last_change(steel.ws.engine, "account made").subject == "Carl"
    assert last_change(steel.ws.engine, "backup made") is None


def test_decisions_are_told_with_what_was_there_before(steel: Filled):
    one, two = steel.pool[:2]
    crazing, inclusion, _ = steel.class_ids
    steel.record(label(one, crazing, "e1"), label(two, crazing, "e2"))
    steel.record(label(one, inclusion, "e3"), annotator="berta")
    steel.record(undo(one, "e3"), annotator="berta")
    lines = [
        "berta: undo p/0.png inclusion -> crazing",
        "berta: label p/0.png crazing -> inclusion",
        "ann: label p/1.png None -> crazing",
        "ann: label p/0.png None -> crazing",
    ]
    assert given(steel) == lines
    assert given(steel, LogFilter(person="ann")) == lines[2:]
    assert given(steel, LogFilter(kind="undo")) == lines[:1]
    assert given(steel, LogFilter(class_id=inclusion)) == lines[:2]
    assert given(steel, LogFilter(image="p/1.png")) == [lines[2]]
    assert given(steel, LogFilter(image="0.PNG", person="ann")) == [lines[3]]
    assert given(steel, LogFilter(image="nowhere")) == []
    assert labellers(steel.ws.engine, steel.project_id) == ["ann", "berta"]


def test_times_cut_the_log_of_labels_at_every_place(steel: Filled):
    steel.give(4, 3)
    rows = label_history(steel.ws.engine, steel.project_id, EVERYTHING, limit=50)
    for row in rows:
        since = label_history(steel.ws.engine, steel.project_id, LogFilter(since=row.created_at), limit=50)
        assert [later.id for later in since] == [later.id for later in rows if later.created_at >= row.created_at]
        until = label_history(steel.ws.engine, steel.project_id, LogFilter(until=row.created_at), limit=50)
        assert {earlier.id for earlier in until} == {e.id for e in rows if e.created_at < row.created_at}
