"""The log of labels as it is written: each decision once, never changed, and none that does not fit."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from workspaces import ANN, Filled, filled, label, skip, undo

from vabal_core import workspace
from vabal_core.store.counts import label_counts
from vabal_core.store.database import reading, writing
from vabal_core.store.labels import current_labels
from vabal_core.store.tables import label_event
from vabal_core.types import LabelEvent


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def rows_of(steel: Filled) -> list[sa.Row]:
    with reading(steel.ws.engine) as transaction:
        return list(transaction.execute(sa.select(label_event).order_by(label_event.c.id)))


def labels_of(steel: Filled) -> dict[int, int]:
    return current_labels(steel.ws.engine, steel.project_id)


def test_a_label_sent_twice_is_stored_once(steel: Filled) -> None:
    event = label(steel.pool[0], steel.class_ids[1], "e1")
    assert steel.record(event) == ["e1"]
    assert steel.record(event) == ["e1"]
    assert steel.record(event, event) == ["e1", "e1"]
    assert [row.event_id for row in rows_of(steel)] == ["e1"]
    assert labels_of(steel) == {steel.pool[0]: steel.class_ids[1]}


def test_a_stored_label_keeps_who_when_and_how_long(steel: Filled) -> None:
    steel.record(label(steel.pool[0], steel.class_ids[0]), annotator="  Berta ")
    row = rows_of(steel)[0]
    assert (row.annotator, row.milliseconds, row.split, row.round) == ("Berta", 700, "pool", 0)
    assert row.created_at.utcoffset() == timedelta(0)


def test_the_same_labels_from_many_threads_at_once_are_stored_once_each(steel: Filled) -> None:
    events = [label(image_id, steel.class_ids[i % 3], f"e{i}") for i, image_id in enumerate(steel.pool)]

    def send(seed: int) -> list[str]:
        shuffled = random.Random(seed).sample(events, len(events))
        return [acknowledged for event in shuffled for acknowledged in steel.record(event)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    assert all(len(answer) == len(events) for answer in answers)
    assert sorted(row.event_id for row in rows_of(steel)) == sorted(event.event_id for event in events)
    assert labels_of(steel) == {event.image_id: event.class_id for event in events}


SENDER = """
import sys
from pathlib import Path
from vabal_core import workspace
from vabal_core.types import LabelEvent
ws = workspace.open_workspace(Path(sys.argv[1]))
project = workspace.list_projects(ws)[0].id
class_id = workspace.classes(ws, project)[0].id
print("ready", flush=True)
sys.stdin.readline()
for i in range(60):
    for prefix in ("shared", sys.argv[2]):
        event = LabelEvent(f"{prefix}-{i}", 1 + i % 20, "label", class_id)
        workspace.record(ws, workspace.person(sys.argv[2]), project, [event])
        print(event.event_id, flush=True)
"""


def start_sender(folder: Path, name: str) -> subprocess.Popen:
    command = [sys.executable, "-W", "error", "-c", SENDER, str(folder), name]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_processes_writing_at_once_lose_and_double_nothing(steel: Filled) -> None:
    senders = [start_sender(steel.ws.data_dir, name) for name in ("a", "b")]
    for sender in senders:
        sender.stdin.write("go\n")
        sender.stdin.flush()
    outputs = [sender.communicate(timeout=60)[0].split() for sender in senders]
    assert [sender.returncode for sender in senders] == [0, 0]
    assert [len(output) for output in outputs] == [120, 120]
    expected = [f"{prefix}-{i}" for prefix in ("shared", "a", "b") for i in range(60)]
    assert sorted(row.event_id for row in rows_of(steel)) == sorted(expected)
    assert sum(label_counts(steel.ws.engine, steel.project_id).values()) == 20


def test_an_acknowledged_label_survives_a_killed_process(steel: Filled) -> None:
    sender = start_sender(steel.ws.data_dir, "a")
    sender.stdin.write("go\n")
    sender.stdin.flush()
    acknowledged = [sender.stdout.readline().strip() for _ in range(10)]
    sender.kill()
    sender.communicate(timeout=60)
    assert set(acknowledged) <= {row.event_id for row in rows_of(steel)}


def test_one_event_that_does_not_fit_keeps_the_whole_sending_out(steel: Filled) -> None:
    good = label(steel.pool[0], steel.class_ids[0])
    with pytest.raises(ValueError, match="image 999 is not in project"):
        steel.record(good, label(999, steel.class_ids[0]))
    with pytest.raises(ValueError, match="has no class 77"):
        steel.record(good, label(steel.pool[1], 77))
    with pytest.raises(ValueError, match="has no round 4"):
        steel.record(good, label(steel.pool[1], steel.class_ids[0], round=4))
    assert rows_of(steel) == []


def test_an_undo_of_something_unknown_or_of_another_image_is_refused(steel: Filled) -> None:
    steel.record(label(steel.pool[0], steel.class_ids[0], "e1"))
    with pytest.raises(ValueError, match="takes back nothing-like-it"):
        steel.record(undo(steel.pool[0], "nothing-like-it"))
    with pytest.raises(ValueError, match=f"no decision about image {steel.pool[1]}"):
        steel.record(undo(steel.pool[1], "e1"))


def test_images_and_classes_of_another_project_are_refused(steel: Filled) -> None:
    other = filled(steel.ws.data_dir, name="Other")
    with pytest.raises(ValueError, match="is not in project"):
        steel.record(label(other.pool[0], steel.class_ids[0]))
    with pytest.raises(ValueError, match="has no class"):
        steel.record(label(steel.pool[0], other.class_ids[0]))


def test_an_event_id_used_for_another_decision_is_refused(steel: Filled) -> None:
    steel.record(label(steel.pool[0], steel.class_ids[0], "e1"))
    with pytest.raises(ValueError, match="stored before for another decision"):
        steel.record(label(steel.pool[1], steel.class_ids[0], "e1"))
    with pytest.raises(ValueError, match="stored before for another decision"):
        steel.record(label(steel.pool[0], steel.class_ids[1], "e1"))


@pytest.mark.parametrize("change", [sa.update(label_event).values(annotator="x"), sa.delete(label_event)])
def test_the_database_refuses_to_change_the_log(steel: Filled, change: sa.Executable) -> None:
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    with pytest.raises(sa.exc.DatabaseError, match="label_event is a log"), writing(steel.ws.engine) as transaction:
        transaction.execute(change)


def test_a_wrong_call_is_refused_before_anything_is_written(steel: Filled) -> None:
    image_id = steel.pool[0]
    for event, words in (
        (LabelEvent("e", image_id, "label"), "needs its class"),
        (LabelEvent("e", image_id, "undo"), "needs the event"),
        (LabelEvent("", image_id, "skip"), "event id"),
        (LabelEvent("e", image_id, "delete"), "not 'delete'"),  # type: ignore[arg-type]
        (LabelEvent("e", image_id, "skip", milliseconds=-1), "cannot be"),
        (LabelEvent("e", image_id, "flag", comment="x" * 501), "501 characters; 500 is the most"),
    ):
        with pytest.raises(ValueError, match=words):
            steel.record(event)
    with pytest.raises(ValueError, match="annotator"):
        steel.record(skip(image_id), annotator=" ")
    with pytest.raises(ValueError, match="no project has the id 99"):
        workspace.record(steel.ws, ANN, 99, [skip(image_id)])
    assert rows_of(steel) == []
