"""The images that a model takes for another class are the same, looked for anew or brought up to date."""

import random
from pathlib import Path

import pytest
from test_store_costs import plans_of, steps_of
from test_store_counts import any_event
from workspaces import ANN, Filled, filled, label

from vabal_core import workspace
from vabal_core.store.search import disagreeing_keys
from vabal_core.types import OutOfSample


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """A model that had not learned from them takes the first 15 images of the pool for the first class."""
    made = filled(tmp_path)
    guesses = [OutOfSample(image_id, made.class_ids[0], 0.9) for image_id in made.pool[:15]]
    made.rank(made.pool, out_of_sample=guesses)
    return made


def shown(steel: Filled) -> set[int]:
    return set(workspace.disagreeing_images(steel.ws, steel.project_id))


def looked_for_anew(steel: Filled) -> set[int]:
    return set(disagreeing_keys(steel.ws.engine, steel.project_id))


@pytest.mark.parametrize("seed", range(3))
def test_they_follow_every_label_doubt_and_undo(steel: Filled, seed: int) -> None:
    chance, sent, ever = random.Random(seed), [], set()
    for _ in range(30):
        events = [any_event(steel, chance, sent) for _ in range(3)]
        sent += events
        steel.record(*events)
        assert shown(steel) == looked_for_anew(steel)
        ever |= shown(steel)
    assert len(ever) > 2


def test_they_follow_the_bin_merged_classes_and_a_new_ranking(steel: Filled) -> None:
    first, second, third = steel.class_ids
    steel.record(label(steel.pool[0], second), label(steel.pool[1], third), label(steel.pool[2], first))
    assert shown(steel) == {steel.pool[0], steel.pool[1]}
    workspace.remove_images(steel.ws, ANN, steel.project_id, steel.pool[:1])
    assert shown(steel) == {steel.pool[1]}
    workspace.restore_images(steel.ws, ANN, steel.project_id, steel.pool[:1])
    workspace.merge_classes(steel.ws, ANN, third, first)
    assert shown(steel) == {steel.pool[0]}
    steel.rank(steel.pool[3:], out_of_sample=[OutOfSample(image_id, second, 0.9) for image_id in steel.pool[:3]])
    assert shown(steel) == {steel.pool[1], steel.pool[2]} == looked_for_anew(steel)


def test_a_label_costs_a_look_at_its_image_alone(tmp_path: Path) -> None:
    steel = filled(tmp_path, pool=400, evaluation=0)
    steel.rank(steel.pool)
    steel.record(*(label(image_id, steel.class_ids[1]) for image_id in steel.pool[:300]))
    anew = steps_of(steel, lambda: shown(steel))
    steel.record(label(steel.pool[300], steel.class_ids[1]))
    assert steps_of(steel, lambda: shown(steel)) < anew / 10
    steel.record(label(steel.pool[301], steel.class_ids[1]))
    plans = plans_of(steel, lambda: shown(steel))
    assert plans and [plan for plan in plans if "ix_image_queue" in plan] == []


def test_they_come_page_by_page_in_the_order_in_which_all_are_sorted(steel: Filled) -> None:
    sure = dict(zip(steel.pool[:8], (0.5, 0.9, 0.7, 0.9, 0.6, 0.8, 0.9, 0.4), strict=True))
    guesses = [OutOfSample(image_id, steel.class_ids[0], probability) for image_id, probability in sure.items()]
    steel.rank(steel.pool[8:], out_of_sample=guesses)
    steel.record(*(label(image_id, steel.class_ids[1]) for image_id in sure))

    def page(offset: int, **filters: str) -> tuple[list[int], int]:
        order = {"sort": "disagreement", "descending": True, "offset": offset, "limit": 3}
        rows, total = workspace.search_images(steel.ws, steel.project_id, disagrees=True, **order, **filters)
        return [row.image_id for row in rows], total

    expected = [steel.pool[i] for i in (1, 3, 6, 5, 2, 4, 0, 7)]
    of_filter = {"annotator": "ann"}  # lets all through, and the database sorts them
    for pages in ([page(offset) for offset in (0, 3, 6)], [page(offset, **of_filter) for offset in (0, 3, 6)]):
        assert [image_id for ids, _ in pages for image_id in ids] == expected
        assert {total for _, total in pages} == {8}
