"""One state for all that a thread reads in a row: read once, true throughout, renewed by what it writes itself."""

from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from statements import counted_statements
from workspaces import Filled, filled, label

from vabal_core import workspace
from vabal_core.store.database import reading
from vabal_core.store.snapshot import snapshot_of
from vabal_core.types import StudioError


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def labels(steel: Filled) -> int:
    return workspace.counts(steel.ws, steel.project_id).pool_total


def elsewhere(steel: Filled) -> None:
    """Another thread gives a label."""
    thread = Thread(target=lambda: steel.record(label(steel.pool[0], steel.class_ids[0]), annotator="bob"))
    thread.start()
    thread.join()


def test_what_others_write_meanwhile_is_seen_after_the_block(steel: Filled) -> None:
    with workspace.one_state(steel.ws):
        before = labels(steel)
        elsewhere(steel)
        assert labels(steel) == before == 0
    assert labels(steel) == 1


def test_what_the_thread_writes_itself_is_seen_at_once_with_what_others_wrote(steel: Filled) -> None:
    with workspace.one_state(steel.ws):
        assert labels(steel) == 0
        elsewhere(steel)
        steel.record(label(steel.pool[1], steel.class_ids[1]))
        assert labels(steel) == 2


def test_what_was_asked_before_goes_to_the_database_no_more(steel: Filled) -> None:
    with workspace.one_state(steel.ws):
        labels(steel)
        with counted_statements(steel.ws) as statements:
            labels(steel)
        assert statements == []


def test_a_write_within_a_block_that_reads_leaves_that_block_its_state(steel: Filled) -> None:
    query = sa.text("SELECT count(*) FROM label_event")
    with workspace.one_state(steel.ws):
        with reading(steel.ws.engine) as transaction:
            before = transaction.execute(query).scalar()
            elsewhere(steel)
            assert transaction.execute(query).scalar() == before
            with reading(steel.ws.engine) as inner:
                assert inner is transaction
        steel.record(label(steel.pool[1], steel.class_ids[1]))
        with reading(steel.ws.engine) as transaction:
            assert transaction.execute(query).scalar() == before + 2


def test_an_error_of_the_database_ends_what_was_read_and_the_next_question_is_answered(steel: Filled) -> None:
    with workspace.one_state(steel.ws):
        labels(steel)
        with pytest.raises((sa.exc.DBAPIError, StudioError)), reading(steel.ws.engine) as transaction:
            transaction.execute(sa.text("SELECT * FROM no_such_table"))
        assert labels(steel) == 0


def test_nothing_is_held_after_the_block_however_it_ended(steel: Filled) -> None:
    with pytest.raises(ZeroDivisionError), workspace.one_state(steel.ws), workspace.one_state(steel.ws):
        labels(steel)
        raise ZeroDivisionError
    assert snapshot_of(steel.ws.engine) is None
    assert steel.ws.engine.pool.checkedout() == 0
