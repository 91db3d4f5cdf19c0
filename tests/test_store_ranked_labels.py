"""How many labels each ranking brought is kept with the labels, and equals what the log says, whatever was done."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from test_store_costs import plans_of
from test_store_counts import any_event
from workspaces import ANN, Filled, filled, label

from vabal_core import workspace
from vabal_core.store.bin import among, remove, restore
from vabal_core.store.count_tables import ranked_count
from vabal_core.store.database import reading, writing
from vabal_core.store.provenance import EXCEPTION
from vabal_core.store.ranked_labels import ranked_label_counts
from vabal_core.store.splits import move_to_split
from vabal_core.store.tables import image, label_event
from vabal_core.types import LabelEvent

Numbers = Counter[tuple[int, str, int]]


def by_log(steel: Filled) -> Numbers:
    """(round, strategy, class) -> labelled images of the pool, read from every row of the log."""
    with reading(steel.ws.engine) as transaction:
        rows = list(transaction.execute(sa.select(label_event).order_by(label_event.c.id)))
        of_pool = image.c.project_id == steel.project_id, image.c.split == "pool", image.c.state == "labelled"
        labelled = set(transaction.execute(sa.select(image.c.id).where(*of_pool)).scalars())
    last = {row.image_id: row for row in rows if row.kind != "skip"}
    standing = [row for image_id, row in last.items() if image_id in labelled]
    return Counter(
        (row.round, row.strategy, row.class_id)
        for row in standing
        if row.rank is not None and row.strategy != EXCEPTION
    )


def kept(steel: Filled) -> Numbers:
    rows = ranked_label_counts(steel.ws.engine, steel.project_id)
    return Counter({(row.round, row.strategy, row.class_id): row.count for row in rows})


def out_of_a_ranking(event: LabelEvent, chance: random.Random) -> LabelEvent:
    if event.kind != "label":
        return event
    return replace(event, round=chance.choice((0, 1, 2)), by_exception=chance.random() < 0.2)


@pytest.mark.parametrize("seed", range(4))
def test_the_numbers_equal_the_log_after_labels_the_bin_and_other_splits(tmp_path: Path, seed: int) -> None:
    steel = filled(tmp_path)
    steel.rank(steel.pool)
    steel.rank(steel.pool[:10], strategy="random")
    steel.record(label(steel.pool[9], steel.class_ids[0], round=1))
    chance, sent = random.Random(seed), []
    for _ in range(30):
        events = [out_of_a_ranking(any_event(steel, chance, sent), chance) for _ in range(4)]
        sent += events
        steel.record(*events, annotator=chance.choice(("ann", "bob")))
        some = chance.sample(steel.pool[:5] + steel.evaluation[:3], 2)
        with writing(steel.ws.engine) as transaction:
            match chance.randrange(4):
                case 0:
                    remove(transaction, steel.project_id, among(some)[0], datetime.now(UTC))
                case 1:
                    restore(transaction, steel.project_id, among(some)[0])
                case 2:
                    move_to_split(transaction, steel.project_id, some, chance.choice(("pool", "evaluation")))
        assert kept(steel) == by_log(steel)
    assert by_log(steel)
    assert not workspace.mend_counts(steel.ws)


def test_a_merged_class_counts_as_the_other_and_as_itself_when_it_is_back(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    first, second, _ = steel.class_ids
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], first, round=1), label(steel.pool[1], second, round=1))
    workspace.merge_classes(steel.ws, ANN, second, first)
    rows = ranked_label_counts(steel.ws.engine, steel.project_id)
    assert [(row.class_id, row.count) for row in rows] == [(first, 1), (first, 1)]
    workspace.restore_class(steel.ws, ANN, second)
    assert kept(steel) == {(1, "vabal", first): 1, (1, "vabal", second): 1}


def test_labels_that_an_older_version_wrote_without_counting_are_counted_at_the_next_start(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[0], round=1))
    with writing(steel.ws.engine) as transaction:
        transaction.execute(sa.delete(ranked_count))
    assert not kept(steel)
    assert workspace.mend_counts(steel.ws)
    assert kept(steel) == {(1, "vabal", steel.class_ids[0]): 1}
    assert not workspace.mend_counts(steel.ws)


def test_to_ask_for_them_reads_neither_images_nor_log(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[0], round=1))
    plans = plans_of(steel, lambda: ranked_label_counts(steel.ws.engine, steel.project_id))
    assert plans
    assert [plan for plan in plans if "image" in plan or "label_event" in plan] == []
