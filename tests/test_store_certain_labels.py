"""Labels that a reviewer calls certain: they stay the labels of whoever gave them."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from workspaces import ANN, Filled, filled, label, undo, unsure

from vabal_core import workspace
from vabal_core.store.counts import recount
from vabal_core.store.database import writing
from vabal_core.store.labels import append_imported, current_labels
from vabal_core.store.second_looks import give_blind
from vabal_core.types import Actor
from vabal_core.workspace import LogFilter

RITA, BERT, CARL = (replace(workspace.person(name), page="review") for name in ("rita", "bert", "carl"))
EVERYTHING = LogFilter()


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """All images to learn from came with a label, and every label of a person is to be given by a second one too."""
    made = filled(tmp_path, pool=6, evaluation=4)
    workspace.update_settings(made.ws, ANN, made.project_id, second_share=1.0)
    with writing(made.ws.engine) as transaction:
        rows = [(image_id, "pool", f"{image_id:064x}", made.class_ids[0]) for image_id in made.pool]
        append_imported(transaction, made.project_id, rows)
    return made


def say_blind(steel: Filled, actor: Actor, image_id: int, class_id: int, event_id: str | None = None) -> None:
    with writing(steel.ws.engine) as transaction:
        give_blind(transaction, steel.project_id, actor.name, [image_id])
    workspace.record(steel.ws, actor, steel.project_id, [label(image_id, class_id, event_id)])


def mark(steel: Filled, image_ids: tuple[int, ...]) -> int:
    return workspace.mark_gold(steel.ws, RITA, steel.project_id, image_ids)


def labels_of(steel: Filled) -> dict[int, int]:
    return current_labels(steel.ws.engine, steel.project_id)


def log_of(steel: Filled, person: str) -> list[tuple[str, str | None, str | None, str | None]]:
    rows = workspace.read_trail(steel.ws, ANN, steel.project_id, "labels", LogFilter(person=person))
    return [(row.kind, row.old, row.new, row.opinion) for row in rows]


def test_who_calls_imported_labels_certain_has_labelled_nothing(steel: Filled) -> None:
    before = {row.path: (row.annotator, row.labelled_at) for row in workspace.export_rows(steel.ws, steel.project_id)}
    assert mark(steel, steel.pool) == 6
    assert workspace.recent(steel.ws, steel.project_id, annotator="rita") == []
    assert [facts.name for facts in workspace.people_facts(steel.ws, ANN, steel.project_id)] == []
    assert workspace.annotators(steel.ws, steel.project_id) == ["import"]
    after = {row.path: (row.annotator, row.labelled_at) for row in workspace.export_rows(steel.ws, steel.project_id)}
    assert after == before
    row = workspace.search_images(steel.ws, steel.project_id, labelled=True, gold=True)[0][0]
    assert (row.annotator, row.class_id) == ("import", steel.class_ids[0])
    assert workspace.second_look_counts(steel.ws, steel.project_id).waiting == 0, "no label of a person's is among them"
    assert not recount(steel.ws.engine), "the counts are those of the log"


def test_the_log_tells_who_called_a_label_certain_and_when(steel: Filled) -> None:
    mark(steel, steel.pool[:2])
    assert log_of(steel, "rita") == [("certain", "crazing", "crazing", None)] * 2
    (first, _) = workspace.read_trail(steel.ws, ANN, steel.project_id, "labels", LogFilter(person="rita"))
    assert first.page == "review" and first.created_at.tzinfo is not None
    changes = workspace.read_trail(steel.ws, ANN, steel.project_id, "project", LogFilter(person="rita"))
    assert [(row.action, row.new) for row in changes] == [("labels made certain", "2")]


def test_whoever_gave_a_certain_label_may_take_it_back_and_what_is_said_next_is_not_certain(steel: Filled) -> None:
    one, two, three = steel.class_ids
    image_id = steel.evaluation[0]
    steel.record(label(image_id, one, "a1"))
    mark(steel, (image_id,))
    assert [decision.event_id for decision in workspace.recent(steel.ws, steel.project_id, annotator="ann")] == ["a1"]
    steel.record(undo(image_id, "a1"))
    assert image_id not in labels_of(steel)
    steel.record(label(image_id, three))
    say_blind(steel, BERT, image_id, two)
    say_blind(steel, CARL, image_id, two)
    assert labels_of(steel)[image_id] == two, "most people say so, and nobody called that label certain"
    assert not recount(steel.ws.engine)


def test_no_opinion_changes_a_certain_label_before_or_after(steel: Filled) -> None:
    one, two, _ = steel.class_ids
    image_id = steel.evaluation[0]
    steel.record(label(image_id, one))
    say_blind(steel, BERT, image_id, two)
    mark(steel, (image_id,))
    say_blind(steel, CARL, image_id, two)
    counts = workspace.second_look_counts(steel.ws, steel.project_id)
    assert labels_of(steel)[image_id] == one and (counts.differing, counts.adjudicated) == (0, 1)
    rows = {row.path: row for row in workspace.export_rows(steel.ws, steel.project_id)}
    row = rows["p/6.png"]
    assert (row.annotator, row.agreement, row.adjudicated_by) == ("ann", "adjudicated", "rita")
    assert not recount(steel.ws.engine)


def test_no_desk_may_send_that_a_label_is_certain(steel: Filled) -> None:
    event = replace(label(steel.pool[0], steel.class_ids[0]), kind="certain")
    with pytest.raises(ValueError, match="the kind is one of"):
        steel.record(event)


def test_the_trail_says_what_the_label_became_and_beside_it_what_a_second_person_said(steel: Filled) -> None:
    one, two, _ = steel.class_ids
    image_id = steel.evaluation[0]
    steel.record(label(image_id, two))
    say_blind(steel, BERT, image_id, one)
    assert log_of(steel, "bert") == [("blind label", "inclusion", "inclusion", "crazing")]
    export = workspace.export_trail(steel.ws, ANN, steel.project_id, "labels", LogFilter(person="bert"))
    (row,) = csv.DictReader(io.StringIO(b"".join(export.pieces).decode("utf-8-sig")))
    assert (row["old"], row["new"], row["opinion"]) == ("inclusion", "inclusion", "crazing")


def test_images_labelled_twice_are_counted_the_same_by_their_standing_and_by_what_people_said(steel: Filled) -> None:
    one, two, _ = steel.class_ids
    steel.record(*(label(image_id, one) for image_id in steel.evaluation))
    mark(steel, steel.pool)
    first, second, third, _ = steel.evaluation
    say_blind(steel, BERT, first, one)
    say_blind(steel, BERT, second, two)
    with writing(steel.ws.engine) as transaction:
        give_blind(transaction, steel.project_id, "bert", [third])
    steel.record(unsure(third), annotator="bert")
    counts = workspace.second_look_counts(steel.ws, steel.project_id)
    people = workspace.people_agreement(steel.ws, steel.project_id)
    assert (counts.labelled_twice, counts.agreed, counts.differing, counts.waiting) == (3, 1, 2, 1)
    assert people.overall.percent.count + people.unclassed == counts.labelled_twice
