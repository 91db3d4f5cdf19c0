"""The round a label remembers, and what its ranking said: after a correction, an undo, and when the ranking is gone."""

from dataclasses import replace
from pathlib import Path

import pytest
from workspaces import Filled, filled, flag, label, skip, undo

from vabal_core import workspace
from vabal_core.store.database import writing
from vabal_core.store.images import show_first
from vabal_core.store.labels import append_imported, prequential_classes
from vabal_core.store.ranked_labels import ranked_label_counts
from vabal_core.types import LabelEvent
from vabal_core.workspace import ExportRow


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def remembered(steel: Filled, i: int = 0) -> tuple[int, int | None, str | None, str | None]:
    """(round, rank, predicted label, strategy) of image i, as the export tells it."""
    rows: dict[str, ExportRow] = {row.path: row for row in workspace.export_rows(steel.ws, steel.project_id)}
    row = rows[f"p/{i}.png"]
    return row.round, row.rank, row.predicted_label, row.strategy


NOTHING = (0, None, None, None)
FIRST = (1, 1, "crazing", "vabal")


def test_a_first_label_without_a_round_was_shown_by_none_whatever_has_been_ranked_since(steel: Filled) -> None:
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    assert remembered(steel) == NOTHING


def test_a_correction_keeps_the_facts_of_the_label_it_corrects(steel: Filled) -> None:
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[0], round=1))
    # The second round began before the label was given and ranks the image again: it did not show it.
    steel.rank(steel.pool[::-1], strategy="entropy")
    steel.record(label(steel.pool[0], steel.class_ids[1]))
    assert remembered(steel) == FIRST


def test_a_correction_of_a_label_given_before_the_ranking_takes_what_the_ranking_says(steel: Filled) -> None:
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[1]))
    assert remembered(steel) == FIRST


def test_a_correction_of_an_image_no_ranking_holds_remembers_none(steel: Filled) -> None:
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    steel.rank(steel.pool[1:])
    steel.record(label(steel.pool[0], steel.class_ids[1]))
    assert remembered(steel) == NOTHING


def test_a_new_label_after_an_undo_keeps_the_facts_of_the_one_taken_back(steel: Filled) -> None:
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[0], "e1", round=1))
    steel.rank(steel.pool[1:])
    steel.record(undo(steel.pool[0], "e1"))
    steel.record(label(steel.pool[0], steel.class_ids[1]))
    assert remembered(steel) == FIRST


def test_a_label_given_on_review_keeps_the_facts_of_the_doubt_it_ends(steel: Filled) -> None:
    steel.rank(steel.pool)
    steel.record(LabelEvent("f1", steel.pool[0], "flag", round=1))
    steel.rank(steel.pool[::-1], strategy="entropy")
    steel.record(label(steel.pool[0], steel.class_ids[1]))
    assert remembered(steel) == FIRST


def test_a_label_after_a_doubt_about_it_keeps_its_facts(steel: Filled) -> None:
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[0], round=1))
    steel.rank(steel.pool[1:])
    steel.record(flag(steel.pool[0]), label(steel.pool[0], steel.class_ids[1]))
    assert remembered(steel) == FIRST


def test_facts_are_handed_on_within_one_sending_too(steel: Filled) -> None:
    steel.rank(steel.pool)
    first, second, _ = steel.class_ids
    steel.record(label(steel.pool[0], first, "e1", round=1), undo(steel.pool[0], "e1"), label(steel.pool[0], second))
    assert remembered(steel) == FIRST


def test_a_correction_sent_twice_is_stored_once(steel: Filled) -> None:
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[0], round=1))
    correction = label(steel.pool[0], steel.class_ids[1], "again")
    assert steel.record(correction) == steel.record(correction) == ["again"]
    assert remembered(steel) == FIRST


def test_an_undo_brings_the_facts_back_to_the_data_page(steel: Filled) -> None:
    steel.rank(steel.pool)
    steel.record(
        label(steel.pool[0], steel.class_ids[0], "e1", round=1), label(steel.pool[0], steel.class_ids[1], "e2")
    )
    steel.record(undo(steel.pool[0], "e2"))
    rows, _ = workspace.search_images(steel.ws, steel.project_id, round=1)
    assert [(row.image_id, row.class_id) for row in rows] == [(steel.pool[0], steel.class_ids[0])]


def test_a_label_from_a_tab_older_than_the_rankings_kept_names_its_round(steel: Filled) -> None:
    for _ in range(3):
        steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[0], round=1), label(steel.pool[1], steel.class_ids[0], round=2))
    assert remembered(steel, 0) == (1, None, None, None)
    assert remembered(steel, 1) == (2, 2, "crazing", "vabal")


def test_a_table_of_labels_corrects_without_losing_the_facts(steel: Filled, tmp_path: Path) -> None:
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[0], round=1))
    (tmp_path / "labels.csv").write_text("path,label\np/0.png,scratches\np/1.png,scratches\n")
    workspace.label_from_csv(steel.ws, workspace.person("table"), steel.project_id, tmp_path / "labels.csv")
    assert (remembered(steel, 0), remembered(steel, 1)) == (FIRST, (0, None, None, "table"))


TYPICAL = (0, None, None, "coverage")


def typical(steel: Filled, i: int, event_id: str = "") -> LabelEvent:
    return replace(label(steel.pool[i], steel.class_ids[0], event_id), typical=True)


def test_a_label_of_an_image_shown_as_typical_says_so(steel: Filled) -> None:
    steel.record(typical(steel, 0), label(steel.pool[1], steel.class_ids[0]))
    assert remembered(steel, 0) == TYPICAL and remembered(steel, 1) == NOTHING


def test_a_correction_keeps_that_its_image_was_shown_as_typical_whatever_has_been_ranked_since(steel: Filled) -> None:
    steel.record(typical(steel, 0, "e1"))
    steel.rank(steel.pool)
    steel.record(label(steel.pool[0], steel.class_ids[1], "e2"))
    assert remembered(steel) == TYPICAL
    steel.record(undo(steel.pool[0], "e2"), undo(steel.pool[0], "e1"))
    steel.record(label(steel.pool[0], steel.class_ids[1], round=1))
    assert remembered(steel) == FIRST, "shown again, by the ranking"


def test_a_skip_and_an_undo_of_a_typical_image_remember_nothing(steel: Filled) -> None:
    steel.record(replace(skip(steel.pool[0]), typical=True))
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    assert remembered(steel) == NOTHING


def test_labels_taken_from_the_answers_say_how_their_images_were_chosen(tmp_path: Path) -> None:
    steel = filled(tmp_path, hidden=True)
    show_first(steel.ws.engine, steel.project_id, steel.pool[5:7])
    workspace.label_for_me(steel.ws, workspace.person("ann"), steel.project_id, 3)
    rows = workspace.export_rows(steel.ws, steel.project_id)
    chosen = {row.path: row.strategy for row in rows if row.split == "pool"}
    assert {path for path, strategy in chosen.items() if strategy == "coverage"} == {"p/5.png", "p/6.png"}
    assert sorted(chosen.values()) == ["audit", "coverage", "coverage"]


def chosen(steel: Filled, i: int, **how) -> LabelEvent:
    return replace(label(steel.pool[i], steel.class_ids[0], round=how.pop("round", 0)), **how)


@pytest.mark.parametrize("way", ["filter", "similar", "table", "import"])
def test_what_a_person_or_a_table_chose_says_so_and_is_no_success_of_the_ranking(steel: Filled, way) -> None:
    steel.rank(steel.pool)
    steel.record(chosen(steel, 0, chosen_by=way, round=1), chosen(steel, 1, chosen_by=way))
    assert remembered(steel, 0) == (1, None, "crazing", way)
    assert remembered(steel, 1) == (0, None, None, way)
    assert ranked_label_counts(steel.ws.engine, steel.project_id) == []


def test_a_correction_keeps_what_its_image_was_chosen_by_first(steel: Filled) -> None:
    steel.rank(steel.pool)
    steel.record(chosen(steel, 0, chosen_by="similar", round=1), chosen(steel, 1, audit=True, round=1))
    steel.record(chosen(steel, 0, round=1), chosen(steel, 1, chosen_by="filter"))
    assert (remembered(steel, 0)[3], remembered(steel, 1)[3]) == ("similar", "audit")


@pytest.mark.parametrize("kind", ["label", "unsure", "flag"])
def test_an_image_decided_elsewhere_is_no_audit_when_a_desk_that_had_drawn_it_answers_too(steel: Filled, kind) -> None:
    """In the Grid by a filter, before there is a ranking and after; the desk kept the image on screen meanwhile."""
    class_id = steel.class_ids[0] if kind == "label" else None
    first = replace(label(steel.pool[0], 0), kind=kind, class_id=class_id)
    steel.record(first, replace(first, event_id="f", image_id=steel.pool[1], chosen_by="filter"))
    steel.record(chosen(steel, 0, audit=True), chosen(steel, 1, audit=True))
    assert (remembered(steel, 0), remembered(steel, 1)) == (NOTHING, (0, None, None, "filter"))


def test_an_image_that_a_person_chose_is_no_audit_whatever_else_the_event_says(steel: Filled) -> None:
    steel.record(chosen(steel, 0, chosen_by="filter", audit=True))
    assert remembered(steel)[3] == "filter"


def test_a_drawn_image_that_was_taken_back_and_then_picked_is_no_audit(steel: Filled) -> None:
    steel.record(replace(chosen(steel, 0, audit=True), event_id="e1"), undo(steel.pool[0], "e1"))
    steel.record(chosen(steel, 0, chosen_by="filter"))
    assert remembered(steel)[3] == "filter"


def test_a_drawn_image_that_was_taken_back_and_answered_on_the_same_desk_is_an_audit(steel: Filled) -> None:
    steel.record(replace(chosen(steel, 0, audit=True), event_id="e1"), undo(steel.pool[0], "e1"))
    steel.record(chosen(steel, 0, audit=True))
    assert remembered(steel)[3] == "audit"


def test_how_often_the_model_is_right_is_not_read_from_what_people_picked(steel: Filled) -> None:
    steel.rank(steel.pool)
    ways = {0: "filter", 1: "similar", 2: None}
    steel.record(*(chosen(steel, i, chosen_by=way, round=1) for i, way in ways.items()))
    steel.record(chosen(steel, 3, audit=True, round=1))
    assert {*prequential_classes(steel.ws.engine, steel.project_id)} == {steel.pool[2], steel.pool[3]}


def test_a_label_that_came_with_its_image_says_so_also_when_it_is_corrected(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    with writing(steel.ws.engine) as transaction:
        append_imported(transaction, steel.project_id, [(steel.pool[0], "pool", "0", steel.class_ids[0])])
    steel.rank(steel.pool)
    assert remembered(steel) == (0, None, None, "import")
    steel.record(label(steel.pool[0], steel.class_ids[1]))
    assert remembered(steel) == (0, None, None, "import")
