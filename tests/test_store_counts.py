"""The counts kept with each label equal what the log and the images say, whatever was done."""

import random
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from workspaces import Filled, filled, flag, label, skip, undo, unsure

from vabal_core import workspace
from vabal_core.store.count_tables import label_count, state_count
from vabal_core.store.counts import label_counts, state_counts
from vabal_core.store.database import reading, writing
from vabal_core.store.label_state import fold
from vabal_core.store.tables import image, label_event
from vabal_core.types import LabelEvent

KINDS = {"skip": skip, "unsure": unsure, "flag": flag}


def by_fold(steel: Filled) -> tuple[Counter[tuple[str, int]], Counter[tuple[str, str]]]:
    """(labels by split and class, images by split and state), read from every row of the log."""
    labels: Counter[tuple[str, int]] = Counter()
    states: Counter[tuple[str, str]] = Counter()
    with reading(steel.ws.engine) as transaction:
        log = list(transaction.execute(sa.select(label_event).order_by(label_event.c.id)))
        images = list(transaction.execute(sa.select(image).where(image.c.project_id == steel.project_id)))
    for row in images:
        now = fold(event for event in log if event.image_id == row.id)
        states[row.split, now.state] += 1
        if now.class_id is not None:
            labels[row.split, now.class_id] += 1
    return labels, states


def kept(steel: Filled) -> tuple[Counter[tuple[str, int]], Counter[tuple[str, str]]]:
    labels, states = (read(steel.ws.engine, steel.project_id) for read in (label_counts, state_counts))
    return Counter(labels), +Counter(states)


def any_event(steel: Filled, chance: random.Random, sent: list[LabelEvent]) -> LabelEvent:
    image_id = chance.choice(steel.pool[:5] + steel.evaluation[:3])
    decisions = [event for event in sent if event.image_id == image_id and event.kind != "undo"]
    kind = chance.choice(("label", "label", "label", "skip", "unsure", "flag", "undo", "undo"))
    if kind == "undo" and decisions:
        return undo(image_id, chance.choice(decisions).event_id)
    if kind in KINDS:
        return KINDS[kind](image_id)
    return label(image_id, chance.choice(steel.class_ids))


@pytest.mark.parametrize("seed", range(5))
def test_counts_equal_the_fold_of_the_log_after_any_events(tmp_path: Path, seed: int) -> None:
    steel = filled(tmp_path, hidden=True)  # its evaluation images are imported with their labels
    other = filled(tmp_path, name="Other", hidden=True)
    chance, sent = random.Random(seed), []
    for _ in range(40):
        events = []
        for _ in range(chance.randint(1, 6)):
            events.append(any_event(steel, chance, sent + events))
        sent += events
        again = chance.sample(sent, min(2, len(sent)))  # a browser that saw no answer sends once more
        steel.record(*events, *again, annotator=chance.choice(("ann", "bob")))
    assert kept(steel) == by_fold(steel)
    assert kept(other) == by_fold(other)


def test_events_that_are_refused_leave_the_counts_as_they_were(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    before = kept(steel)
    with pytest.raises(ValueError, match="no class"):
        steel.record(label(steel.pool[1], steel.class_ids[0]), label(steel.pool[2], 999))
    assert kept(steel) == before == by_fold(steel)


def test_labels_that_an_older_version_wrote_without_counting_are_counted_at_the_next_start(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.record(label(steel.pool[0], steel.class_ids[0], "e1"), label(steel.pool[1], steel.class_ids[1], "e2"))
    assert not workspace.mend_counts(steel.ws)
    counted = kept(steel)
    steel.record(label(steel.pool[2], steel.class_ids[0], "e3"), undo(steel.pool[0], "e1"), unsure(steel.pool[4]))
    with writing(steel.ws.engine) as transaction:  # as if nobody had counted these three
        for table, values in zip((label_count, state_count), counted, strict=True):
            transaction.execute(sa.delete(table))
            names = [column.name for column in table.columns]
            rows = [dict(zip(names, (steel.project_id, *key, 0, count), strict=True)) for key, count in values.items()]
            transaction.execute(sa.insert(table), rows)
    assert kept(steel) == counted != by_fold(steel)
    assert workspace.mend_counts(steel.ws)
    assert kept(steel) == by_fold(steel)
    assert not workspace.mend_counts(steel.ws)
