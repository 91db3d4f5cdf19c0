"""What holds on either database, and on PostgreSQL had to be made: a log that only grows, one state, one writer."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from workspaces import ANN, Filled, filled, label

from vabal_core import workspace
from vabal_core.store import migrate
from vabal_core.store.database import reading, writing
from vabal_core.store.labels import current_labels
from vabal_core.store.tables import label_event, metadata, project
from vabal_core.types import Busy, StudioError


@pytest.fixture
def steel(tmp_path) -> Filled:
    return filled(tmp_path)


def test_every_schema_leads_on_and_back(steel):
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with writing(steel.ws.engine) as transaction:
        config.attributes["connection"] = transaction
        command.downgrade(config, "base")
        assert sa.inspect(transaction).get_table_names() == ["alembic_version"]
        command.upgrade(config, "head")
        assert compare_metadata(MigrationContext.configure(transaction), metadata) == []


def test_a_transaction_that_reads_sees_one_state_and_may_not_write(steel, database):
    count = sa.select(sa.func.count()).select_from(label_event)
    with reading(steel.ws.engine) as transaction:
        before = transaction.execute(count).scalar()
        steel.record(label(steel.pool[0], steel.class_ids[0]))
        assert transaction.execute(count).scalar() == before
        with pytest.raises(ValueError, match="only reads"), writing(transaction):
            pass
    with reading(steel.ws.engine) as transaction:
        assert transaction.execute(count).scalar() == before + 1


def test_two_people_who_label_the_same_images_in_opposite_order_both_succeed(steel):
    def press(name, images, class_id):
        for image_id in images:
            workspace.record(steel.ws, workspace.person(name), steel.project_id, [label(image_id, class_id)])

    with ThreadPoolExecutor() as people:
        pressing = [
            people.submit(press, "ann", steel.pool, steel.class_ids[0]),
            people.submit(press, "bob", steel.pool[::-1], steel.class_ids[1]),
        ]
        assert [future.result() for future in pressing] == [None, None]
    assert not workspace.mend_counts(steel.ws)
    assert set(current_labels(steel.ws.engine, steel.project_id)) >= set(steel.pool)


def test_a_name_taken_at_the_same_moment_is_told_in_words(steel, database):
    if database == "sqlite":
        pytest.skip("on SQLite writers are never at it at the same moment")
    row = {"name": "Twice", "created_at": sa.func.now(), "synthetic": False, "settings": {}}
    with writing(steel.ws.engine) as transaction:
        transaction.execute(sa.insert(project).values(row))
    with pytest.raises(Busy, match="a project of this name was made just now"), writing(steel.ws.engine) as transaction:
        transaction.execute(sa.insert(project).values(row))


@pytest.mark.parametrize("wrong", [{"comment": "half\0way"}, {"class_id": 2**40}, {"round": 2**40}])
def test_a_decision_that_cannot_be_stored_is_refused_and_holds_up_no_other(steel, database, wrong):
    first, second = steel.pool[:2]
    events = replace(label(first, steel.class_ids[0], "bad"), **wrong), label(second, steel.class_ids[0], "good")
    request = workspace.DeskRequest(queue="ranked", count=1, events=events)
    state = workspace.at_desk(steel.ws, ANN, steel.project_id, request)
    assert "good" in state.stored
    if database == "postgresql" or "comment" not in wrong:  # SQLite holds any character
        assert [refusal.event_id for refusal in state.refused] == ["bad"]


def test_what_a_transaction_that_writes_has_read_is_so_until_it_ends(steel):
    name = sa.select(project.c.name).where(project.c.id == steel.project_id)
    first_has_read, names = threading.Event(), []

    def rename(new, wait):
        with writing(steel.ws.engine) as transaction:
            names.append(transaction.execute(name).scalar())
            first_has_read.set()
            wait()
            transaction.execute(sa.update(project).where(project.c.id == steel.project_id).values(name=new))

    with ThreadPoolExecutor() as people:
        first = people.submit(rename, "Copper", lambda: time.sleep(0.3))  # in which the other would read and write
        assert first_has_read.wait(60)
        second = people.submit(rename, "Zinc", lambda: None)
        assert [first.result(), second.result()] == [None, None]
    assert names == ["Steel", "Copper"]
    with reading(steel.ws.engine) as transaction:
        assert transaction.execute(name).scalar() == "Zinc"


def test_a_server_that_does_not_answer_is_told_in_words(tmp_path):
    with pytest.raises(StudioError, match="cannot be reached"):
        workspace.open_workspace(tmp_path / "other", f"postgresql+psycopg://studio@/studio?host={tmp_path}")
