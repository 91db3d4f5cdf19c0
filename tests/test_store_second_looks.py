"""Second opinions in the log: who gets which image again, what counts, and what is taken back."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from workspaces import ANN, Filled, filled, label, skip, undo, unsure

from vabal_core import workspace
from vabal_core.store.change_tables import change_event
from vabal_core.store.counts import label_counts, recount
from vabal_core.store.database import reading, writing
from vabal_core.store.gold import next_gold
from vabal_core.store.labels import current_labels
from vabal_core.store.second_looks import SEED, SHARE, draw_of, give_blind, second_look_counts
from vabal_core.store.tables import lease
from vabal_core.types import Actor, LabelEvent, NotAllowed
from vabal_core.workspace import DeskRequest
from vabal_core.workspace.audit import RANDOM

BERT, CARL = workspace.person("bert"), workspace.person("carl")


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """Every image is to be labelled by a second person too."""
    made = filled(tmp_path, pool=6, evaluation=0)
    workspace.update_settings(made.ws, ANN, made.project_id, **{SHARE: 1.0})
    return made


def at_desk(steel: Filled, actor: Actor, *events: LabelEvent, **more: object) -> workspace.DeskState:
    request = DeskRequest(**{"queue": "ranked", "count": 10, "events": events} | more)
    return workspace.at_desk(steel.ws, actor, steel.project_id, request)


def label_all(steel: Filled, class_id: int) -> None:
    steel.record(*(label(image_id, class_id) for image_id in steel.pool))


def given_to(steel: Filled, actor: Actor, **more: object) -> list[int]:
    return [item.image_id for item in at_desk(steel, actor, **more).items]


def labels_of(steel: Filled) -> dict[int, int]:
    return current_labels(steel.ws.engine, steel.project_id)


def standings(steel: Filled) -> dict[str, int]:
    return second_look_counts(steel.ws.engine, steel.project_id)


def test_an_image_drawn_goes_to_another_person_and_not_to_whom_labelled_it(steel: Filled) -> None:
    label_all(steel, steel.class_ids[0])
    assert standings(steel) == {"open": 6}
    assert given_to(steel, ANN) == []
    assert sorted(given_to(steel, BERT)) == sorted(steel.pool)


def test_one_person_alone_goes_on_labelling_while_second_looks_wait(steel: Filled) -> None:
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in steel.pool[:3]))
    assert sorted(given_to(steel, ANN)) == sorted(steel.pool[3:])


def test_nothing_told_the_second_person_shows_that_there_is_a_label(steel: Filled) -> None:
    label_all(steel, steel.class_ids[0])
    items = at_desk(steel, BERT).items
    first = filled(steel.ws.data_dir / "fresh", pool=6, evaluation=0, name="Fresh")
    fresh = workspace.at_desk(first.ws, BERT, first.project_id, DeskRequest(queue="ranked", count=10)).items
    assert {item.why for item in items} == {item.why for item in fresh}
    assert all(item.label is None and item.audit and not item.settles and not item.put_aside for item in items)


def test_both_labels_stand_and_the_first_counts_where_they_differ(steel: Filled) -> None:
    one, two, _ = steel.class_ids
    label_all(steel, one)
    image_id = given_to(steel, BERT)[0]
    state = at_desk(steel, BERT, label(image_id, two, "b1"))
    assert (state.stored, state.replaced) == (("b1",), ())
    assert labels_of(steel)[image_id] == one
    assert standings(steel) == {"open": 5, "differing": 1}
    assert [decision.class_id for decision in workspace.recent(steel.ws, steel.project_id, annotator="bert")] == [two]
    assert not recount(steel.ws.engine), "the counts are those of the log"


def test_two_who_say_the_same_agree(steel: Filled) -> None:
    label_all(steel, steel.class_ids[0])
    at_desk(steel, BERT, label(given_to(steel, BERT)[0], steel.class_ids[0]))
    assert standings(steel) == {"open": 5, "agreed": 1}


def test_an_opinion_sent_twice_is_stored_once(steel: Filled) -> None:
    label_all(steel, steel.class_ids[0])
    event = label(given_to(steel, BERT)[0], steel.class_ids[1], "b1")
    assert at_desk(steel, BERT, event).stored == at_desk(steel, BERT, event).stored == ("b1",)
    assert at_desk(steel, BERT, label(event.image_id, steel.class_ids[2], "b1")).refused


def test_an_opinion_taken_back_leaves_the_label_and_the_image_waits_again(steel: Filled) -> None:
    label_all(steel, steel.class_ids[0])
    image_id = given_to(steel, BERT)[0]
    at_desk(steel, BERT, label(image_id, steel.class_ids[1], "b1"))
    assert image_id not in given_to(steel, BERT)
    at_desk(steel, BERT, undo(image_id, "b1"))
    assert standings(steel) == {"open": 6} and labels_of(steel)[image_id] == steel.class_ids[0]
    assert image_id in given_to(steel, BERT)


def give_back(steel: Filled) -> None:
    """Nobody holds an image any more."""
    with writing(steel.ws.engine) as transaction:
        transaction.execute(sa.delete(lease))


def test_what_most_people_say_counts_and_a_tie_leaves_the_first_label(steel: Filled) -> None:
    one, two, three = steel.class_ids
    label_all(steel, one)
    image_id = given_to(steel, BERT)[0]
    give_back(steel)
    assert image_id in given_to(steel, CARL)
    at_desk(steel, BERT, label(image_id, two, "b1"))
    at_desk(steel, CARL, label(image_id, two))
    assert labels_of(steel)[image_id] == two
    assert label_counts(steel.ws.engine, steel.project_id) == {("pool", one): 5, ("pool", two): 1}
    assert [row.image_id for row in found(steel, class_id=two)] == [image_id]
    at_desk(steel, BERT, undo(image_id, "b1"), label(image_id, three))
    assert labels_of(steel)[image_id] == one, "three people say three things"
    assert not recount(steel.ws.engine) and standings(steel)["differing"] == 1


def test_a_doubt_about_an_image_given_blind_takes_no_label_away(steel: Filled) -> None:
    label_all(steel, steel.class_ids[0])
    first, second = given_to(steel, BERT)[:2]
    at_desk(steel, BERT, unsure(first), skip(second))
    assert labels_of(steel) == dict.fromkeys(steel.pool, steel.class_ids[0])
    assert standings(steel) == {"open": 5, "differing": 1}
    assert {first, second} & set(given_to(steel, BERT)) == set()
    give_back(steel)
    assert second in given_to(steel, CARL), "what one skipped another gets"


def test_a_label_taken_back_makes_what_is_said_next_the_first_label(steel: Filled) -> None:
    image_id = steel.pool[0]
    steel.record(*(label(i, steel.class_ids[0], f"a{i}") for i in steel.pool))
    assert image_id in given_to(steel, BERT)
    steel.record(undo(image_id, f"a{image_id}"))
    at_desk(steel, BERT, label(image_id, steel.class_ids[1]))
    assert labels_of(steel)[image_id] == steel.class_ids[1]
    give_back(steel)
    assert image_id in given_to(steel, CARL)


def test_what_is_decided_with_the_label_in_sight_counts_as_ever(steel: Filled) -> None:
    label_all(steel, steel.class_ids[0])
    image_id = given_to(steel, BERT)[0]
    seen = replace(label(image_id, steel.class_ids[2]), chosen_by="filter")
    steel.record(seen, annotator="bert")
    assert labels_of(steel)[image_id] == steel.class_ids[2]


def test_only_a_reviewer_decides_and_a_decision_stands_against_later_opinions(steel: Filled) -> None:
    one, two, _ = steel.class_ids
    label_all(steel, one)
    image_id = given_to(steel, BERT)[0]
    at_desk(steel, BERT, label(image_id, two))
    (item,) = at_desk(steel, ANN, queue="differing").items
    assert (item.image_id, item.label, item.predicted_class_id) == (image_id, one, two)
    assert item.why == "One person said crazing; one person said inclusion."
    assert at_desk(steel, ANN, queue="differing", names=True).items[0].why == "ann said crazing; bert said inclusion."
    decision = replace(label(image_id, two), settles=True)
    nobody = replace(CARL, role="labeller")
    with pytest.raises(NotAllowed, match="may not decide between labels of others"):
        at_desk(steel, nobody, queue="differing")
    assert "may not decide" in at_desk(steel, nobody, decision).refused[0].reason
    state = at_desk(steel, ANN, decision, queue="differing")
    assert state.news == "Decided: inclusion. ann said crazing; bert said inclusion." and state.items == []
    assert labels_of(steel)[image_id] == two and standings(steel)["adjudicated"] == 1
    give_blind_again(steel, image_id, two=one)
    assert labels_of(steel)[image_id] == two and standings(steel)["adjudicated"] == 1
    (row,) = [row for row in workspace.export_rows(steel.ws, steel.project_id) if row.agreement == "adjudicated"]
    assert (row.label, row.second_labels, row.adjudicated_by) == ("inclusion", "bert: inclusion; carl: crazing", "ann")


def give_blind_again(steel: Filled, image_id: int, two: int) -> None:
    with writing(steel.ws.engine) as transaction:
        give_blind(transaction, steel.project_id, "carl", [image_id])
    at_desk(steel, CARL, label(image_id, two))


def test_the_images_on_which_people_differ_are_a_filter(steel: Filled) -> None:
    label_all(steel, steel.class_ids[0])
    image_id = given_to(steel, BERT)[0]
    at_desk(steel, BERT, label(image_id, steel.class_ids[1]))
    assert [row.image_id for row in found(steel, people_differ=True)] == [image_id]
    assert len(found(steel, people_differ=False)) == 5


def found(steel: Filled, **filters: object) -> list[workspace.ImageRow]:
    return workspace.search_images(steel.ws, steel.project_id, **filters)[0]


def test_who_is_drawn_follows_from_the_seed_and_the_content_alone() -> None:
    draws = [draw_of(7, f"{i:064x}") for i in range(2_000)]
    assert draws == [draw_of(7, f"{i:064x}") for i in range(2_000)] != [draw_of(8, f"{i:064x}") for i in range(2_000)]
    assert min(draws) >= 0 and max(draws) < 1
    assert abs(sum(draw < 0.1 for draw in draws) - 200) < 4 * (2_000 * 0.1 * 0.9) ** 0.5


def test_the_seed_is_drawn_once_and_stands_in_no_log(steel: Filled) -> None:
    seed = workspace.require_project(steel.ws, steel.project_id).settings[SEED]
    workspace.update_settings(steel.ws, ANN, steel.project_id, **{SHARE: 0.5})
    assert workspace.require_project(steel.ws, steel.project_id).settings[SEED] == seed
    with reading(steel.ws.engine) as transaction:
        changes = transaction.execute(sa.select(change_event)).all()
    assert changes and not any(str(seed) in str(change) for change in changes)


def test_a_certain_image_is_given_to_people_and_its_label_stands_whatever_they_say(steel: Filled) -> None:
    one, two, _ = steel.class_ids
    workspace.update_settings(steel.ws, ANN, steel.project_id, second_share=0.0)
    steel.record(*(label(i, one) for i in steel.pool[:3]))
    assert workspace.mark_gold(steel.ws, ANN, steel.project_id, steel.pool[:4]) == 3
    assert [row.image_id for row in found(steel, gold=True)] == list(steel.pool[:3])
    with reading(steel.ws.engine) as transaction:
        assert next_gold(transaction, steel.project_id, "pool", "ann", exclude=()) == []
        assert next_gold(transaction, steel.project_id, "pool", "bert", exclude=()) == list(steel.pool[:3])
    with writing(steel.ws.engine) as transaction:
        give_blind(transaction, steel.project_id, "bert", steel.pool[:2])
    at_desk(steel, BERT, label(steel.pool[0], one), label(steel.pool[1], two))
    assert labels_of(steel) == dict.fromkeys(steel.pool[:3], one)
    labeller = replace(BERT, role="labeller")
    (facts,) = workspace.people_facts(steel.ws, labeller, steel.project_id)
    assert (facts.name, facts.labels, facts.gold.value, facts.gold.count) == ("bert", 2, 0.5, 2)
    assert [facts.name for facts in workspace.people_facts(steel.ws, ANN, steel.project_id)] == ["ann", "bert"]
    assert workspace.unmark_gold(steel.ws, ANN, steel.project_id, steel.pool) == 3
    with pytest.raises(NotAllowed):
        workspace.mark_gold(steel.ws, labeller, steel.project_id, steel.pool[:1])


def test_certain_images_come_at_the_rate_that_is_set_and_each_person_gets_each_once(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.update_settings(steel.ws, ANN, steel.project_id, second_share=0.0, gold_rate=0.2)
    steel.record(*(label(i, steel.class_ids[0]) for i in steel.pool[:2]))
    workspace.mark_gold(steel.ws, ANN, steel.project_id, steel.pool[:2])
    monkeypatch.setattr(RANDOM, "random", lambda: 0.1)
    assert set(steel.pool[:2]) <= set(given_to(steel, BERT))
    at_desk(steel, BERT, *(label(i, steel.class_ids[1]) for i in steel.pool[:2]))
    assert set(steel.pool[:2]) & set(given_to(steel, BERT)) == set()


def test_how_far_people_agree_is_read_from_the_images_drawn(steel: Filled) -> None:
    one, two, _ = steel.class_ids
    label_all(steel, one)
    images = given_to(steel, BERT)
    at_desk(steel, BERT, *(label(i, two if i == images[0] else one) for i in images))
    people = workspace.people_agreement(steel.ws, steel.project_id)
    assert (people.overall.percent.value, people.overall.percent.count) == (5 / 6, 6)
    assert list(people.pairs) == [("ann", "bert")]
    (pair,) = people.mixed_up
    assert (pair.first, pair.second, pair.images, pair.by_people) == ("crazing", "inclusion", 1, {("ann", "bert"): 1})
    decision = replace(label(images[0], two), settles=True)
    at_desk(steel, ANN, decision, queue="differing")
    final = {facts.name: facts.final for facts in workspace.people_facts(steel.ws, ANN, steel.project_id)}
    assert (final["ann"].value, final["bert"].value) == (5 / 6, 1.0)


def test_two_who_named_classes_that_count_as_one_now_agree(steel: Filled) -> None:
    one, two, _ = steel.class_ids
    label_all(steel, one)
    at_desk(steel, BERT, label(given_to(steel, BERT)[0], two))
    workspace.merge_classes(steel.ws, ANN, two, one)
    assert standings(steel) == {"open": 5, "agreed": 1}
    workspace.restore_class(steel.ws, ANN, two)
    assert standings(steel) == {"open": 5, "differing": 1}
