"""What a running round reports: its newest event, its losses, and no more of them than are read."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from workspaces import Filled, filled

from vabal_core import workspace
from vabal_core.store import round_events, rounds
from vabal_core.store.database import reading
from vabal_core.store.round_events import (
    append_event,
    append_processor_share,
    last_event,
    last_processor_share,
    phase_losses,
)
from vabal_core.store.tables import round_event
from vabal_core.types import Progress, Round


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def start(steel: Filled) -> Round:
    values: dict[str, Any] = {"strategy": "vabal", "preset": "interactive", "batch": 5, "seed": 0, "labelled": 7}
    values |= {"config": {}, "class_ids": steel.class_ids, "metrics": {}}
    return rounds.start_round(steel.ws.engine, steel.project_id, **values)


def rows_of(steel: Filled) -> list[int]:
    """The round of each stored event."""
    with reading(steel.ws.engine) as transaction:
        return list(transaction.execute(sa.select(round_event.c.round_id).order_by(round_event.c.id)).scalars())


def test_the_newest_event_comes_back_as_it_was(steel: Filled) -> None:
    engine, started = steel.ws.engine, start(steel)
    assert last_event(engine, started.id) is None
    for event in (
        Progress("train", 1, 4, epoch=1, epochs=2, metrics={"loss": 0.25}),
        Progress("score", message="done"),
    ):
        append_event(engine, started.id, event)
        assert last_event(engine, started.id) == event


def test_the_losses_are_those_of_one_phase_in_their_order(steel: Filled) -> None:
    engine, started = steel.ws.engine, start(steel)
    for event in (
        Progress("train", 5, 10, metrics={"loss": 1.5}),
        Progress("train", 6, 10),
        Progress("train", 10, 10, metrics={"loss": 0.5}),
        Progress("vae", 1, 9, metrics={"loss": 7.0}),
        Progress("vae", 2, 9, metrics={"agreement": 0.5}),
    ):
        append_event(engine, started.id, event)
    assert phase_losses(engine, started.id, "train") == (1.5, 0.5)
    assert phase_losses(engine, started.id, "vae") == (7.0,)
    assert phase_losses(engine, started.id, "score") == ()


def test_the_share_of_the_processor_is_no_step_of_the_round(steel: Filled) -> None:
    engine, started = steel.ws.engine, start(steel)
    assert last_processor_share(engine, started.id) == 1
    append_event(engine, started.id, Progress("train", 1, 4))
    for share in (0.5, 0.04):
        append_processor_share(engine, started.id, share)
    assert last_processor_share(engine, started.id) == 0.04
    assert last_event(engine, started.id) == Progress("train", 1, 4)


def test_following_a_round_reads_its_newest_event_and_losses_however_many_there_are(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = start(steel)
    for step in range(1, 200):
        append_event(steel.ws.engine, started.id, Progress("train", step, 1000, epoch=1 + step // 100, epochs=10))
    last = Progress("train", 200, 1000, epoch=2, epochs=10, metrics={"loss": 0.5})
    append_event(steel.ws.engine, started.id, last)
    append_processor_share(steel.ws.engine, started.id, 0.5)
    read: list[str] = []
    monkeypatch.setattr(round_events, "Progress", lambda **values: read.append(values["phase"]) or Progress(**values))
    progress = workspace.follow_round(steel.ws, steel.project_id)
    assert (progress.event.done, progress.losses) == (200, (0.5,))
    assert read == ["train", "processor"]


def test_only_the_newest_round_keeps_its_events(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(round_events, "PIECE", 2)
    other = filled(steel.ws.data_dir, name="Other")
    elsewhere = start(other)
    append_event(other.ws.engine, elsewhere.id, Progress("train"))
    for _ in range(3):
        started = start(steel)
        for step in range(5):
            append_event(steel.ws.engine, started.id, Progress("train", step, 5))
        rounds.end_round(steel.ws.engine, started.id, "failed", "no room")
        assert rows_of(steel) == [elsewhere.id] + [started.id] * 5
