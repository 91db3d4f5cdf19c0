"""On PostgreSQL people label beside each other: nobody waits for another, nothing is lost, doubled or shared by it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Barrier
from typing import TypeVar

import pytest
import sqlalchemy as sa
from workspaces import Filled, filled, label

from vabal_core import workspace
from vabal_core.store.database import MAX_TRIES, repeated, writing
from vabal_core.store.database_words import InTheWay
from vabal_core.store.label_changes import decided_since
from vabal_core.store.labels import current_labels, lock_images, newest_event, record
from vabal_core.store.leases import hold
from vabal_core.store.turns import patience
from vabal_core.types import Busy
from vabal_core.workspace import DeskRequest, DeskState
from vabal_core.workspace.lease_time import MIN_TIME

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
T = TypeVar("T")
WAITS = 10.0  # seconds, at most, for what waits for nobody


@pytest.fixture
def steel(tmp_path) -> Filled:
    return filled(tmp_path, pool=60)


@contextmanager
def anns_label_under_way(steel: Filled, *image_ids: int) -> Iterator[sa.Connection]:
    """Ann has labelled these images and holds the next three: all of it is written, none of it is stored yet."""
    with writing(steel.ws.engine, beside=True) as transaction:
        events = [label(image_id, steel.class_ids[0], f"ann-{image_id}") for image_id in image_ids]
        record(transaction, steel.project_id, events, "ann")
        hold(transaction, steel.project_id, "ann", steel.pool[20:23], MIN_TIME)
        yield transaction


def at_desk(steel: Filled, person: str, *events, count: int = 4, have=()) -> DeskState:
    request = DeskRequest(queue="ranked", count=count, have=have, events=events)
    return workspace.at_desk(steel.ws, workspace.person(person), steel.project_id, request)


def elsewhere(work: Callable[[], T]) -> T:
    """What `work` returns in a thread of its own, which waits for nobody for longer than WAITS."""
    with ThreadPoolExecutor(1) as pool, patience(WAITS):
        return pool.submit(copy_context().run, work).result()


def test_a_label_and_a_claim_wait_for_no_label_that_somebody_else_gives_just_now(steel):
    steel.rank(steel.pool)
    with anns_label_under_way(steel, steel.pool[0]):
        state = elsewhere(lambda: at_desk(steel, "bob", label(steel.pool[1], steel.class_ids[0], "bob-1")))
        assert state.stored == ("bob-1",)
        assert [row.image_id for row in state.waiting] == list(steel.pool[2:6])
    assert set(current_labels(steel.ws.engine, steel.project_id)) == set(steel.pool[:2])
    assert not workspace.mend_counts(steel.ws), "both are counted"


def test_what_somebody_claims_just_now_is_passed_over_and_lost_to_nobody(steel):
    steel.rank(steel.pool)
    together = Barrier(8)

    def claim(person: int) -> list[int]:
        together.wait()
        return [row.image_id for row in at_desk(steel, f"{person}", count=7).waiting]

    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(claim, range(8)))
    claimed = [image_id for part in claims for image_id in part]
    assert sorted(claimed) == sorted(steel.pool[:56])


def test_two_people_who_decide_on_one_image_at_the_same_moment_do_so_one_after_the_other(steel):
    image_id, second = steel.pool[0], steel.class_ids[1]
    with ThreadPoolExecutor(1) as pool:
        with anns_label_under_way(steel, image_id):
            deciding = pool.submit(steel.record, label(image_id, second, "bob-1"), annotator="bob")
            threading.Event().wait(0.2)
            assert not deciding.done()
        assert deciding.result() == ["bob-1"]
    assert current_labels(steel.ws.engine, steel.project_id) == {image_id: second}
    assert not workspace.mend_counts(steel.ws), "the second label took the place of the first"


def test_whoever_writes_alone_waits_for_labels_and_labels_for_it(steel):
    with anns_label_under_way(steel, steel.pool[0]), patience(0.2), pytest.raises(Busy):
        workspace.add_class(steel.ws, workspace.STUDIO, steel.project_id, "Rust")
    with writing(steel.ws.engine), patience(0.2), pytest.raises(Busy):
        steel.record(label(steel.pool[1], steel.class_ids[0]))


def test_what_is_to_be_written_alone_is_no_part_of_what_is_written_beside_others(steel):
    with writing(steel.ws.engine, beside=True) as beside, pytest.raises(ValueError, match="beside others"):
        writing(beside).__enter__()


def test_the_newest_number_of_the_log_is_told_when_no_lower_one_can_come_any_more(steel):
    """Ann's label has the lower number and is stored last: whoever remembers the newest must not miss it."""
    with ThreadPoolExecutor(1) as pool:
        with anns_label_under_way(steel, steel.pool[0]):
            elsewhere(lambda: steel.record(label(steel.pool[1], steel.class_ids[0])))
            asking = pool.submit(newest_event, steel.ws.engine, steel.project_id)
            threading.Event().wait(0.2)
            assert not asking.done()
        newest = asking.result()
    assert decided_since(steel.ws.engine, steel.project_id, newest) == (newest, [])
    assert decided_since(steel.ws.engine, steel.project_id, 0) == (newest, list(steel.pool[:2]))


def test_of_two_who_wait_for_each_other_one_begins_again_and_both_succeed(steel):
    together, tries = Barrier(2), []

    def lock(mine: int, other: int) -> int:
        def work() -> int:
            tries.append(mine)
            with writing(steel.ws.engine, beside=True) as transaction:
                lock_images(transaction, [mine])
                if len(tries) <= 2:
                    together.wait()
                lock_images(transaction, [other])
                return mine

        return repeated(work)

    first, second = steel.pool[:2]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lock, (first, second), (second, first))) == [first, second]
    assert len(tries) >= 3


def test_who_is_always_in_the_way_is_told_after_some_tries(monkeypatch):
    tries = []

    def work() -> None:
        tries.append(1)
        raise InTheWay("two changes at the same time")

    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(Busy, match="two changes"):
        repeated(work)
    assert len(tries) == MAX_TRIES
