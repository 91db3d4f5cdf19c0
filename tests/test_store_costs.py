"""What the queries behind the pages cost: read from indexes, no dearer when much is labelled."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import event as engine_event
from workspaces import ANN, Filled, filled, flag, label, skip

from vabal_core import workspace
from vabal_core.store import queue as queue_rows
from vabal_core.store.database import MAX_TURN_SECONDS
from vabal_core.types import Counts, LabelEvent


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def counts(steel: Filled) -> Counts:
    return workspace.counts(steel.ws, steel.project_id)


def plans_of(steel: Filled, verb: Callable[[], object]) -> list[str]:
    """How SQLite carries out the queries of `verb`."""
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, context, executemany) -> None:  # noqa: ANN001
        if statement.startswith("SELECT"):
            plans.extend(row[3] for row in cursor.execute("EXPLAIN QUERY PLAN " + statement, parameters))

    engine_event.listen(steel.ws.engine, "before_cursor_execute", explain)
    try:
        verb()
    finally:
        engine_event.remove(steel.ws.engine, "before_cursor_execute", explain)
    return plans


def test_the_search_for_answers_is_read_from_an_index_alone(steel: Filled) -> None:
    answers = plans_of(steel, lambda: workspace.knows_answers(steel.ws, steel.project_id))
    assert any("ix_image_truth" in plan for plan in answers)


@pytest.mark.parametrize("queue", ["ranked", "evaluation"])
def test_no_query_of_the_queue_reads_a_whole_table(steel: Filled, queue: str) -> None:
    steel.rank(steel.pool[:6])
    steel.record(skip(steel.pool[0]), label(steel.pool[1], steel.class_ids[0]))
    plans = plans_of(steel, lambda: (steel.next(queue, count=50), counts(steel)))
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN") and "anon" not in plan] == []


def test_the_other_queries_behind_the_label_page_read_no_whole_table(steel: Filled) -> None:
    steel.rank(steel.pool[:6])
    steel.record(label(steel.pool[1], steel.class_ids[0]), flag(steel.pool[2]))
    workspace.pin(steel.ws, ANN, steel.project_id, steel.class_ids[0], steel.pool[1], "example")
    big = ("image", "label_event", "ranking", "out_of_sample", "later")
    plans = plans_of(
        steel,
        lambda: (
            workspace.recent(steel.ws, steel.project_id, annotator="ann"),
            workspace.images_by_id(steel.ws, steel.pool),
            workspace.read_class_guide(steel.ws, steel.project_id),
            workspace.annotators(steel.ws, steel.project_id),
        ),
    )
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN") and plan.split()[1] in big] == []


def test_no_count_reads_the_log_or_the_images(steel: Filled) -> None:
    steel.record(label(steel.pool[0], steel.class_ids[0]), flag(steel.pool[1]))
    plans = plans_of(steel, lambda: (counts(steel), workspace.image_totals(steel.ws, steel.project_id)))
    assert plans
    assert [plan for plan in plans if "label_event" in plan or "image" in plan] == []


def steps_of(steel: Filled, verb: Callable[[], object]) -> int:
    """How many instructions SQLite's machine takes for the queries of `verb`: a measure of work that no clock sways."""
    taken = 0

    def count_step() -> int:
        nonlocal taken
        taken += 1
        return 0

    def watch(connection, *_) -> None:  # noqa: ANN001
        connection.connection.driver_connection.set_progress_handler(count_step, 1)

    engine_event.listen(steel.ws.engine, "before_cursor_execute", watch)
    try:
        verb()
    finally:
        engine_event.remove(steel.ws.engine, "before_cursor_execute", watch)
        steel.ws.engine.dispose()
    return taken


@pytest.mark.parametrize("ranked", [False, True])
def test_the_next_images_cost_no_more_when_many_are_labelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ranked: bool
) -> None:
    monkeypatch.setattr(queue_rows, "FEW", 10)
    steel = filled(tmp_path, pool=600, evaluation=0)
    at_first = steps_of(steel, lambda: steel.next(count=5))
    drawn = steel.next(count=600)
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in drawn[:400]))
    if ranked:
        steel.rank(drawn[400:])
    assert len(steel.next(count=5)) == 5
    assert steps_of(steel, lambda: steel.next(count=5)) < 2 * at_first + 500


def test_the_end_of_the_queue_costs_no_walk_through_the_ranking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_rows, "FEW", 10)
    steel = filled(tmp_path, pool=600, evaluation=0)
    steel.rank(steel.pool)
    at_first = steps_of(steel, lambda: steel.next(count=5))
    steel.record(*(label(image_id, steel.class_ids[0], round=1) for image_id in steel.pool[:-3]))
    assert steel.next(count=5) == list(steel.pool[-3:])
    assert steps_of(steel, lambda: steel.next(count=5)) < 2 * at_first + 500
    steel.record(*(label(image_id, steel.class_ids[0], round=1) for image_id in steel.pool[-3:]))
    assert steel.next(count=5) == []
    assert steps_of(steel, lambda: steel.next(count=5)) < 2 * at_first + 500


@dataclass
class Desk:
    """A desk with some images at hand, which labels the first and asks for one more."""

    steel: Filled
    have: list[int] = field(default_factory=list)

    def ask(self, *events: LabelEvent, count: int = 1) -> None:
        request = workspace.DeskRequest(queue="ranked", count=count, have=self.have, events=events)
        state = workspace.at_desk(self.steel.ws, ANN, self.steel.project_id, request)
        self.have = self.have + [item.image_id for item in state.items]

    def press(self) -> None:
        image_id, *self.have = self.have
        self.ask(label(image_id, self.steel.class_ids[0]))


def test_an_answer_of_the_desk_costs_no_more_when_many_are_labelled(tmp_path: Path) -> None:
    steel = filled(tmp_path, pool=1_200, evaluation=0)
    desk = Desk(steel)
    desk.ask(count=3)
    desk.press()
    at_first = steps_of(steel, desk.press)
    others = [image_id for image_id in steel.pool if image_id not in desk.have]
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in others[:1_000]))
    assert steps_of(steel, desk.press) < 1.5 * at_first


def transactions_of(steel: Filled, verb: Callable[[], object]) -> Counter[str]:
    """How many statements `verb` takes by their first word; BEGIN counts the transactions."""
    words: Counter[str] = Counter()

    def count(connection, cursor, statement, *_) -> None:  # noqa: ANN001
        words[statement.split()[0]] += 1

    engine_event.listen(steel.ws.engine, "before_cursor_execute", count)
    try:
        verb()
    finally:
        engine_event.remove(steel.ws.engine, "before_cursor_execute", count)
    return words


def test_an_answer_of_the_desk_is_one_transaction_of_few_statements(steel: Filled) -> None:
    steel.rank(steel.pool)
    desk = Desk(steel)
    desk.ask(count=5)
    labelled = transactions_of(steel, desk.press)
    assert labelled["BEGIN"] == 1
    assert labelled.total() <= 28, "one of them, PRAGMA, says how long the database may be waited for"
    looked = transactions_of(steel, lambda: desk.ask(count=0))
    assert looked["BEGIN"] == 1 and set(looked) <= {"BEGIN", "PRAGMA", "SELECT"}, "whoever only looks writes nothing"
    assert looked.total() <= 9


def test_images_that_are_asked_for_by_their_ids_are_not_looked_for_in_all_of_the_project(steel: Filled) -> None:
    """Else each piece of long work would cost as much as the project is large, while the write lock is held."""
    ids, project_id = list(steel.pool), steel.project_id
    plans = plans_of(steel, lambda: workspace.remove_images(steel.ws, ANN, project_id, ids))
    plans += plans_of(steel, lambda: workspace.restore_images(steel.ws, ANN, project_id, ids))
    plans += plans_of(steel, lambda: steel.record(*(label(image_id, steel.class_ids[0]) for image_id in ids)))
    assert plans
    assert [plan for plan in plans if "ix_image_queue" in plan] == []


def test_others_have_a_turn_after_each_piece_of_long_work(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[float] = []
    monkeypatch.setattr("vabal_core.store.database.time.sleep", turns.append)
    monkeypatch.setattr("vabal_core.workspace.bin.PIECE", 5)
    workspace.remove_images(steel.ws, ANN, steel.project_id, steel.pool)
    assert len(turns) == len(steel.pool) / 5
    assert all(0 < seconds <= MAX_TURN_SECONDS for seconds in turns)
