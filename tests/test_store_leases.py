"""Images held by one person are given to no other, however many ask at the same moment, and come back by themselves."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from threading import Barrier

import pytest
from workspaces import ANN, Filled, filled, label, undo

from vabal_core import workspace
from vabal_core.store import leases
from vabal_core.store.leases import BACK_IN
from vabal_core.workspace import DeskRequest, desk, lease_time
from vabal_core.workspace.lease_time import MAX_TIME, MIN_TIME, time_for

DESKS = 8
EACH = 4

CLAIMING = """
import sys
from pathlib import Path
from vabal_core import workspace

ws = workspace.open_workspace(Path(sys.argv[1]))
person = workspace.person(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(5):
    request = workspace.DeskRequest(queue="ranked", count=4, have=[-1])
    for item in workspace.at_desk(ws, person, int(sys.argv[3]), request).items:
        print(item.image_id)
"""


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path, pool=60)


def claim(steel: Filled, person: str, count: int = EACH, have: Sequence[int] = (), **more: object) -> list[int]:
    request = DeskRequest(queue="ranked", count=count, have=have, **more)
    items = workspace.at_desk(steel.ws, workspace.person(person), steel.project_id, request).items
    return [item.image_id for item in items]


def test_desks_that_ask_at_the_same_moment_get_different_images(steel: Filled) -> None:
    together = Barrier(DESKS)

    def claim_together(person: int) -> list[int]:
        together.wait()
        return claim(steel, f"{person}")

    with ThreadPoolExecutor(DESKS) as threads:
        claimed = [image_id for part in threads.map(claim_together, range(DESKS)) for image_id in part]
    assert len(claimed) == len(set(claimed)) == DESKS * EACH


def test_desks_on_two_servers_get_different_images(steel: Filled) -> None:
    folder, project = str(steel.ws.data_dir), str(steel.project_id)
    command = [sys.executable, "-W", "error", "-c", CLAIMING, folder]
    servers = [
        subprocess.Popen([*command, person, project], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for person in ("a", "b")
    ]
    assert [server.stdout.readline() for server in servers] == ["ready\n"] * 2
    for server in servers:
        server.stdin.write("go\n")
        server.stdin.flush()
    first, second = ({int(line) for line in server.communicate(timeout=60)[0].split()} for server in servers)
    assert first and second and not first & second


def test_a_forgotten_tab_withholds_nothing_from_its_own_person_and_everything_from_others(steel: Filled) -> None:
    steel.rank(steel.pool)
    assert claim(steel, "ann") == list(steel.pool[:EACH])
    assert claim(steel, "ann") == list(steel.pool[:EACH]), "in a second tab"
    assert claim(steel, "bob") == list(steel.pool[EACH : 2 * EACH])


def test_where_others_have_all_that_wait_those_come_again_unless_some_were_left_out(steel: Filled) -> None:
    everything = claim(steel, "a", count=60)
    assert claim(steel, "b", count=60) == everything
    assert claim(steel, "b", count=60, have=everything[:1]) == []


def test_what_one_person_holds_another_cannot_take_by_naming_it(steel: Filled) -> None:
    first = claim(steel, "a")
    at_desk(steel, "b", have=first)
    assert not set(first) & set(claim(steel, "c"))
    assert claim(steel, "a") == first


def test_an_idle_desk_holds_nothing_and_what_is_only_shown_is_not_held(steel: Filled) -> None:
    first = claim(steel, "a", idle=True)
    at_desk(steel, "a", have=first, idle=True)
    at_desk(steel, "a", have=[], shown=first)
    steel.rank(first)
    free = workspace.free_images(steel.ws, ANN, steel.project_id, "ranked", count=EACH)
    assert [item.image_id for item in free] == first
    assert claim(steel, "b") == first


def test_a_desk_hears_which_of_its_images_wait_no_more_or_are_anothers(steel: Filled) -> None:
    first, second, third, fourth = steel.pool[:4]
    at_desk(steel, "bob", label(first, steel.class_ids[0]), have=[second])
    request = DeskRequest(queue="ranked", count=0, have=[first, second, third], shown=[fourth])
    state = workspace.at_desk(steel.ws, ANN, steel.project_id, request)
    assert state.taken == {first, second}


def test_the_best_image_that_comes_free_comes_next(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    steel.rank(steel.pool)
    with monkeypatch.context() as patched:
        patched.setattr(desk, "lease_time", lambda *_: timedelta(seconds=2))
        claim(steel, "bob")
        behind = claim(steel, "ann")
    assert behind == list(steel.pool[EACH : 2 * EACH])
    monkeypatch.setattr(leases, "datetime", later(timedelta(seconds=5)))
    assert claim(steel, "ann", count=2, have=behind) == list(steel.pool[:2])


def test_leases_of_images_that_are_no_longer_there_or_of_another_project_are_not_written(steel: Filled) -> None:
    other = filled(steel.ws.data_dir, name="Other")
    at_desk(steel, "a", have=[10**9, other.pool[0]])
    assert other.pool[0] in claim(other, "b", count=20)


def test_a_lease_that_ran_out_gives_the_images_back(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(desk, "lease_time", lambda *_: timedelta(seconds=-1))
        first = claim(steel, "a")
    assert claim(steel, "b") == first


def test_a_lease_about_to_run_out_is_renewed_by_a_look(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(desk, "lease_time", lambda *_: timedelta(seconds=2))
        first = claim(steel, "a")
    at_desk(steel, "a", have=first)
    monkeypatch.setattr(leases, "datetime", later(timedelta(seconds=5)))
    assert not set(first) & set(claim(steel, "b"))


def test_a_decided_image_is_held_no_more_and_one_brought_back_is_held_again(steel: Filled) -> None:
    first, *rest = claim(steel, "a")
    at_desk(steel, "a", label(first, steel.class_ids[0], "e1"), have=rest)
    steel.record(undo(first, "e1"))
    assert first in claim(steel, "b", count=60)


@pytest.mark.parametrize(
    ("median_seconds", "lasting"),
    [(0.0, 30), (1.2, 30), (10.0, 30), (10.5, 31.5), (40.0, 120), (100.0, 300), (3600.0, 300)],
)
def test_a_lease_lasts_three_times_as_long_as_people_look_at_an_image(median_seconds: float, lasting: float) -> None:
    assert time_for(median_seconds) == timedelta(seconds=lasting)


def test_how_long_people_look_is_read_from_their_last_decisions(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_time, "FRESH_SECONDS", -1.0)
    assert lease_time.lease_time(steel.ws, steel.project_id) == MIN_TIME
    times = [90_000, 14_000, 16_000, 15_000, None, 200]  # milliseconds: the median of those that are told is 15 s
    events = [label(i, steel.class_ids[0]) for i in steel.pool[: len(times)]]
    steel.record(*(replace(event, milliseconds=time) for event, time in zip(events, times, strict=True)))
    assert lease_time.lease_time(steel.ws, steel.project_id) == timedelta(seconds=45)
    other = filled(steel.ws.data_dir, name="Other")
    assert lease_time.lease_time(other.ws, other.project_id) == MIN_TIME, "of its own people alone"


def test_a_desk_that_is_left_gives_its_images_back_where_no_other_desk_of_its_person_has_them(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "lease_time", lambda *_: MAX_TIME)
    first, second = claim(steel, "ann"), claim(steel, "bob")
    at_desk(steel, "ann", have=first, idle=True)
    at_desk(steel, "bob", have=second, idle=True)
    at_desk(steel, "bob", have=second)  # his other window
    monkeypatch.setattr(leases, "datetime", later(BACK_IN + timedelta(seconds=1)))
    assert claim(steel, "eve", count=2 * EACH) == [*first, *steel.next(count=3 * EACH)[2 * EACH :]]


def test_after_a_restart_images_of_desks_that_are_gone_come_back_though_leases_are_long(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "lease_time", lambda *_: MAX_TIME)
    first, second = claim(steel, "ann"), claim(steel, "bob")
    workspace.expect_desks_again(steel.ws)
    at_desk(steel, "bob", have=second)
    monkeypatch.setattr(leases, "datetime", later(MIN_TIME + timedelta(seconds=1)))
    assert claim(steel, "eve", count=EACH) == first
    assert not set(second) & set(claim(steel, "max", count=60))


def later(seconds: timedelta) -> type[datetime]:
    """A clock that is so much ahead."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + seconds

    return Later


def at_desk(steel: Filled, person: str, *events: object, have: Sequence[int], **more: object) -> None:
    request = DeskRequest(queue="ranked", count=0, have=have, events=events, **more)
    workspace.at_desk(steel.ws, workspace.person(person), steel.project_id, request)
