"""Images held by one desk are given to no other, however many ask at the same moment, and come back by themselves."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from threading import Barrier

import pytest
from workspaces import ANN, Filled, filled, label, undo

from vabal_core import workspace
from vabal_core.store import leases
from vabal_core.workspace import DeskRequest

DESKS = 8
EACH = 4

CLAIMING = """
import sys
from pathlib import Path
from vabal_core import workspace

ws = workspace.open_workspace(Path(sys.argv[1]))
ann = workspace.person("ann")
print("ready", flush=True)
sys.stdin.readline()
for _ in range(5):
    for item in workspace.claim_next(ws, ann, int(sys.argv[3]), "ranked", desk=sys.argv[2], count=4, exclude=[-1]):
        print(item.image_id)
"""


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path, pool=60)


def claim(steel: Filled, desk: str, count: int = EACH, **more: object) -> list[int]:
    items = workspace.claim_next(steel.ws, ANN, steel.project_id, "ranked", desk=desk, count=count, **more)
    return [item.image_id for item in items]


def test_desks_that_ask_at_the_same_moment_get_different_images(steel: Filled) -> None:
    together = Barrier(DESKS)

    def claim_together(desk: int) -> list[int]:
        together.wait()
        return claim(steel, f"{desk}")

    with ThreadPoolExecutor(DESKS) as threads:
        claimed = [image_id for part in threads.map(claim_together, range(DESKS)) for image_id in part]
    assert len(claimed) == len(set(claimed)) == DESKS * EACH


def test_desks_on_two_servers_get_different_images(steel: Filled) -> None:
    folder, project = str(steel.ws.data_dir), str(steel.project_id)
    command = [sys.executable, "-W", "error", "-c", CLAIMING, folder]
    servers = [
        subprocess.Popen([*command, desk, project], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for desk in ("a", "b")
    ]
    assert [server.stdout.readline() for server in servers] == ["ready\n"] * 2
    for server in servers:
        server.stdin.write("go\n")
        server.stdin.flush()
    first, second = ({int(line) for line in server.communicate(timeout=60)[0].split()} for server in servers)
    assert first and second and not first & second


def test_one_person_at_two_desks_and_two_persons_at_desks_of_one_name_hold_for_themselves(steel: Filled) -> None:
    first = claim(steel, "a")
    assert not set(first) & set(claim(steel, "b"))
    bob = workspace.claim_next(steel.ws, workspace.person("bob"), steel.project_id, "ranked", desk="a", count=EACH)
    assert not set(first) & {item.image_id for item in bob}
    assert claim(steel, "a") == first, "its own images stay its own"


def test_where_all_that_wait_are_on_other_desks_those_come_again_unless_some_were_left_out(steel: Filled) -> None:
    everything = claim(steel, "a", count=60)
    assert claim(steel, "b", count=60) == everything
    assert claim(steel, "b", count=60, exclude=everything[:1]) == []


def test_what_one_desk_holds_another_cannot_take_by_naming_it(steel: Filled) -> None:
    first = claim(steel, "a")
    at_desk(steel, "b", have=first)
    assert not set(first) & set(claim(steel, "c"))
    assert claim(steel, "a") == first


def test_leases_of_images_that_are_no_longer_there_or_of_another_project_are_not_written(steel: Filled) -> None:
    other = filled(steel.ws.data_dir, name="Other")
    at_desk(steel, "a", have=[10**9, other.pool[0]])
    free = workspace.claim_next(other.ws, ANN, other.project_id, "ranked", desk="b", count=20)
    assert other.pool[0] in {item.image_id for item in free}


def test_a_lease_that_ran_out_gives_the_images_back(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(leases, "LEASE", timedelta(seconds=-1))
        first = claim(steel, "a")
    assert claim(steel, "b") == first


def test_a_lease_about_to_run_out_is_renewed_by_a_look(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(leases, "LEASE", timedelta(seconds=2))
        first = claim(steel, "a")
    at_desk(steel, "a", have=first)
    monkeypatch.setattr(leases, "datetime", Later)
    assert not set(first) & set(claim(steel, "b"))


def test_a_decided_image_is_held_no_more_and_one_brought_back_is_held_again(steel: Filled) -> None:
    first, *rest = claim(steel, "a")
    at_desk(steel, "a", label(first, steel.class_ids[0], "e1"), have=rest)
    steel.record(undo(first, "e1"))
    assert first in claim(steel, "b", count=60)


class Later(datetime):
    """Some seconds from now: later than a lease of two seconds, earlier than one of fifteen."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + timedelta(seconds=5)


def at_desk(steel: Filled, desk: str, *events: object, have: list[int]) -> None:
    request = DeskRequest(desk=desk, queue="ranked", count=0, have=have, events=events)
    workspace.at_desk(steel.ws, ANN, steel.project_id, request)
