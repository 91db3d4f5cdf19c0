"""The log of labels: what the rows of an image say together, and that every reader agrees."""

import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from workspaces import Filled, filled, flag, label, skip, undo, unsure

from vabal_core import workspace
from vabal_core.store.counts import label_counts
from vabal_core.store.database import reading
from vabal_core.store.label_state import fold
from vabal_core.store.labels import current_labels
from vabal_core.store.tables import image, label_event


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def rows_of(steel: Filled) -> list[sa.Row]:
    with reading(steel.ws.engine) as transaction:
        return list(transaction.execute(sa.select(label_event).order_by(label_event.c.id)))


def labels_of(steel: Filled) -> dict[int, int]:
    return current_labels(steel.ws.engine, steel.project_id)


def state_of(steel: Filled, image_id: int) -> str:
    with reading(steel.ws.engine) as transaction:
        return transaction.execute(sa.select(image.c.state).where(image.c.id == image_id)).scalar_one()


def test_the_last_label_counts(steel: Filled) -> None:
    first, second, _ = steel.class_ids
    steel.record(label(steel.pool[0], first), label(steel.pool[0], second))
    assert labels_of(steel) == {steel.pool[0]: second}


def test_undo_brings_back_what_stood_before_step_by_step(steel: Filled) -> None:
    image_id, (first, second, _) = steel.pool[0], steel.class_ids
    steel.record(label(image_id, first, "e1"), label(image_id, second, "e2"))
    steel.record(undo(image_id, "e2"))
    assert labels_of(steel) == {image_id: first}
    steel.record(undo(image_id, "e1"))
    assert labels_of(steel) == {}
    assert [row.class_id for row in rows_of(steel)] == [first, second, first, None]


def test_undo_in_the_same_sending_as_its_label_takes_it_back(steel: Filled) -> None:
    steel.record(label(steel.pool[0], steel.class_ids[0], "e1"), undo(steel.pool[0], "e1"))
    assert labels_of(steel) == {}


def test_undo_of_a_label_that_somebody_replaced_changes_nothing(steel: Filled) -> None:
    image_id, (first, second, _) = steel.pool[0], steel.class_ids
    steel.record(label(image_id, first, "mine"))
    steel.record(label(image_id, second, "theirs"), annotator="bob")
    steel.record(undo(image_id, "mine"))
    assert labels_of(steel) == {image_id: second}
    assert len(rows_of(steel)) == 3


def test_a_label_its_author_took_back_does_not_return_when_another_is_undone(steel: Filled) -> None:
    image_id, (first, second, _) = steel.pool[0], steel.class_ids
    steel.record(label(image_id, first, "anns"))
    steel.record(label(image_id, second, "bobs"), annotator="bob")
    steel.record(undo(image_id, "anns"))
    steel.record(undo(image_id, "bobs"), annotator="bob")
    assert labels_of(steel) == {}
    assert label_counts(steel.ws.engine, steel.project_id) == {}
    assert image_id in steel.next(count=20)


def test_the_same_label_undone_from_two_tabs_is_undone_once(steel: Filled) -> None:
    image_id, (first, second, _) = steel.pool[0], steel.class_ids
    steel.record(label(image_id, first, "e1"), label(image_id, second, "e2"))
    steel.record(undo(image_id, "e2"))
    steel.record(undo(image_id, "e2"))
    assert labels_of(steel) == {image_id: first}


def test_a_skip_touches_no_label(steel: Filled) -> None:
    steel.record(label(steel.pool[0], steel.class_ids[0]), skip(steel.pool[0]), skip(steel.pool[1]))
    assert labels_of(steel) == {steel.pool[0]: steel.class_ids[0]}


@pytest.mark.parametrize(("doubt", "state"), [(unsure, "unsure"), (flag, "flagged")])
def test_a_doubt_takes_the_label_away_until_it_is_undone(steel: Filled, doubt: Any, state: str) -> None:
    image_id, class_id = steel.pool[0], steel.class_ids[0]
    steel.record(label(image_id, class_id), doubt(image_id, "doubt"), annotator="ann")
    assert labels_of(steel) == {} and label_counts(steel.ws.engine, steel.project_id) == {}
    assert state_of(steel, image_id) == state
    steel.record(undo(image_id, "doubt"))
    assert labels_of(steel) == {image_id: class_id}
    assert label_counts(steel.ws.engine, steel.project_id) == {("pool", class_id): 1}
    assert state_of(steel, image_id) == "labelled"


def test_a_label_ends_a_doubt_and_undoing_it_brings_the_doubt_back(steel: Filled) -> None:
    image_id = steel.pool[0]
    steel.record(flag(image_id), label(image_id, steel.class_ids[1], "e1"))
    assert (state_of(steel, image_id), labels_of(steel)) == ("labelled", {image_id: steel.class_ids[1]})
    steel.record(undo(image_id, "e1"))
    assert (state_of(steel, image_id), labels_of(steel)) == ("flagged", {})


def test_a_skip_does_not_touch_a_doubt_and_a_doubt_brings_a_skipped_image_back(steel: Filled) -> None:
    image_id = steel.pool[0]
    steel.record(skip(image_id), unsure(image_id, "doubt"), skip(image_id))
    assert state_of(steel, image_id) == "unsure"
    steel.record(undo(image_id, "doubt"))
    assert state_of(steel, image_id) == "waiting"


def test_a_comment_is_kept_without_outer_spaces_and_an_empty_one_is_none(steel: Filled) -> None:
    steel.record(flag(steel.pool[0], "f1", "  a hair on the lens "), flag(steel.pool[1], "f2", "  "))
    assert [row.comment for row in rows_of(steel)] == ["a hair on the lens", None]
    assert steel.record(flag(steel.pool[0], "f1", "  a hair on the lens ")) == ["f1"]
    assert len(rows_of(steel)) == 2


SIMPLE = {"skip": skip, "unsure": unsure, "flag": flag}


def test_counts_queue_and_current_labels_agree_with_the_log_whatever_was_done(steel: Filled) -> None:
    chance = random.Random(3)
    images, sent = steel.pool[:4] + steel.evaluation[:2], []
    for i in range(300):
        image_id = chance.choice(images)
        decisions = [event for event in sent if event.image_id == image_id and event.kind != "undo"]
        kind = chance.choice(("label", "label", "skip", "unsure", "flag", "undo"))
        if kind == "undo" and decisions:
            event = undo(image_id, chance.choice(decisions[-3:]).event_id)
        elif kind in SIMPLE:
            event = SIMPLE[kind](image_id, f"e{i}")
        else:
            event = label(image_id, chance.choice(steel.class_ids), f"e{i}")
        sent.append(event)
        steel.record(event)
    folded = {image_id: fold([row for row in rows_of(steel) if row.image_id == image_id]) for image_id in images}
    expected = {image_id: now.class_id for image_id, now in folded.items() if now.class_id is not None}
    assert labels_of(steel) == expected
    counted = label_counts(steel.ws.engine, steel.project_id)
    by_hand: dict[tuple[str, int], int] = {}
    for image_id, class_id in expected.items():
        split = "pool" if image_id in steel.pool else "evaluation"
        by_hand[split, class_id] = by_hand.get((split, class_id), 0) + 1
    assert counted == by_hand
    with reading(steel.ws.engine) as transaction:
        states = {row[0]: row[1] for row in transaction.execute(sa.select(image.c.id, image.c.state))}
    assert {image_id: states[image_id] for image_id in images} == {
        image_id: now.state for image_id, now in folded.items()
    }
    taken_back = {event.undoes for event in sent if event.kind == "undo"}
    decided = [event for event in sent if event.kind not in ("skip", "undo") and event.event_id not in taken_back]
    last = {event.image_id: event for event in decided}
    assert {image_id: event.class_id for image_id, event in last.items() if event.kind == "label"} == expected
    counts = workspace.counts(steel.ws, steel.project_id)
    kinds = [event.kind for event in last.values()]
    assert (counts.unsure, counts.flagged) == (kinds.count("unsure"), kinds.count("flag"))
