"""Who writes next: the threads of a process in the order in which they came, none of them for ever."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from workspaces import filled, label

from vabal_core import workspace
from vabal_core.store.database import writing
from vabal_core.store.turns import BUSY_SECONDS, Turns, patience, seconds_to_wait
from vabal_core.types import Busy


def waiting(turns: Turns, count: int) -> None:
    """Until so many wait."""
    while len(turns._waiting) < count:
        threading.Event().wait(0.001)


def test_who_came_first_goes_first() -> None:
    turns, order = Turns(), []

    def write(number: int) -> None:
        with turns.turn(30):
            order.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    with turns.turn(30):
        for count, thread in enumerate(threads, start=1):
            thread.start()
            waiting(turns, count)
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_one_at_a_time_whatever_happens_in_a_turn() -> None:
    turns, inside, most = Turns(), [], []

    def write(number: int) -> None:
        try:
            with turns.turn(30):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)
                raise ValueError(number)
        except ValueError:
            pass

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(2_000)))
    assert len(most) == 2_000 and set(most) == {1}


def test_who_waited_long_enough_is_out_of_the_line_and_holds_up_nobody() -> None:
    turns = Turns()
    with turns.turn(30):
        with pytest.raises(TimeoutError, match=r"no turn to write within 0\.01 s"), turns.turn(0.01):
            pass
        assert not turns._waiting
    with turns.turn(0) as left:
        assert left == 0


def test_threads_that_give_up_and_threads_that_are_called_meanwhile_lose_no_turn() -> None:
    turns, done = Turns(), []

    def write(number: int) -> None:
        try:
            with turns.turn(0.0001 * (number % 7)):
                done.append(number)
        except TimeoutError:
            done.append(number)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(5_000)))
    assert len(done) == 5_000
    with turns.turn(0):
        assert not turns._waiting


def test_patience_is_of_the_block_and_of_no_thread_that_it_starts() -> None:
    heard = []
    with patience(3):
        assert seconds_to_wait() == 3
        thread = threading.Thread(target=lambda: heard.append(seconds_to_wait()))
        thread.start()
        thread.join()
    assert seconds_to_wait() == BUSY_SECONDS and heard == [BUSY_SECONDS]


def test_a_writer_that_waits_too_long_for_others_of_its_process_is_told_so(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    with writing(steel.ws.engine), ThreadPoolExecutor(1) as other:

        def impatient() -> None:
            with workspace.patience(0.01):
                steel.record(label(steel.pool[0], steel.class_ids[0]))

        with pytest.raises(Busy, match=r"studio\.db did not answer: others were writing all the time"):
            other.submit(impatient).result()
    assert len(steel.record(label(steel.pool[0], steel.class_ids[0]))) == 1


def test_the_time_spent_in_line_is_taken_off_the_time_for_the_database(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    timeouts: list[int] = []
    with steel.ws.engine.dialect.turns.turn(1) as seconds:
        assert 0 < seconds <= 1
    with workspace.patience(2.5), writing(steel.ws.engine) as transaction:
        timeouts.append(transaction.exec_driver_sql("PRAGMA busy_timeout").scalar_one())
    assert 2_000 < timeouts[0] <= 2_500


def test_many_threads_behind_a_lock_of_another_program_store_all_when_it_is_gone(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    other = sqlite3.connect(tmp_path / "studio.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    together = Barrier(len(steel.pool) + 1)

    def write(image_id: int) -> list[str]:
        together.wait()
        return steel.record(label(image_id, steel.class_ids[0], f"e{image_id}"))

    with ThreadPoolExecutor(len(steel.pool)) as pool:
        stored = [pool.submit(write, image_id) for image_id in steel.pool]
        together.wait()
        waiting(steel.ws.engine.dialect.turns, len(steel.pool) - 1)
        other.rollback()
        other.close()
        assert [future.result() for future in stored] == [[f"e{image_id}"] for image_id in steel.pool]
    assert workspace.counts(steel.ws, steel.project_id).pool_total == len(steel.pool)
