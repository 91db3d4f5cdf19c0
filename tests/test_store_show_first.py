"""Which images come before the first ranking: those that show what there is, in their order, then all others."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from workspaces import Filled, entry, filled, label, skip

from vabal_core import workspace
from vabal_core.store.database import writing
from vabal_core.store.images import has_first, insert_images, long_sides, show_first
from vabal_core.store.tables import image


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def first(steel: Filled, *image_ids: int) -> None:
    show_first(steel.ws.engine, steel.project_id, image_ids)


def typical(steel: Filled) -> list[int]:
    items = workspace.next_images(steel.ws, steel.project_id, "ranked", count=50)
    return [item.image_id for item in items if item.typical]


def test_they_come_first_in_their_order_and_the_others_as_before(steel: Filled) -> None:
    before = steel.next(count=50)
    chosen = [before[7], before[2], before[11]]
    assert not has_first(steel.ws.engine, steel.project_id)
    first(steel, *chosen)
    assert has_first(steel.ws.engine, steel.project_id)
    assert steel.next(count=50) == chosen + [image_id for image_id in before if image_id not in chosen]
    assert typical(steel) == chosen


def test_another_order_puts_those_of_before_back_where_they_were(steel: Filled) -> None:
    before = steel.next(count=50)
    first(steel, *before[5:10])
    first(steel, before[7], before[19])
    rest = [image_id for image_id in before if image_id not in (before[7], before[19])]
    assert steel.next(count=50) == [before[7], before[19], *rest]
    first(steel)
    assert steel.next(count=50) == before and not typical(steel)


def test_those_with_a_label_are_passed_over_and_those_put_aside_come_last(steel: Filled) -> None:
    a, b, c = steel.pool[:3]
    first(steel, a, b, c)
    steel.record(label(a, steel.class_ids[0]), skip(b))
    order = steel.next(count=50)
    assert order[0] == c and order[-1] == b and a not in order


def test_evaluation_images_keep_their_order(steel: Filled) -> None:
    before = steel.next("evaluation", count=50)
    first(steel, *steel.pool)
    assert steel.next("evaluation", count=50) == before


def test_images_imported_later_come_after_them(steel: Filled) -> None:
    first(steel, *steel.pool[:2])
    with writing(steel.ws.engine) as transaction:
        insert_images(transaction, steel.project_id, [entry(i) for i in range(100, 140)])
    order = steel.next(count=100)
    assert tuple(order[:2]) == steel.pool[:2] and len(order) == 60


def test_a_ranking_goes_before_them_and_they_before_those_it_does_not_hold(steel: Filled) -> None:
    ranked, chosen = steel.pool[3:6], steel.pool[10:12]
    first(steel, *chosen, ranked[0])
    steel.rank(ranked)
    assert tuple(steel.next(count=5)) == (*ranked, *chosen)
    items = workspace.next_images(steel.ws, steel.project_id, "ranked", count=6)
    assert [item.typical for item in items] == [False] * 3 + [True] * 2 + [False]
    assert "Typical of a group" in items[3].why and "at random" in items[5].why


def test_only_the_project_asked_for_is_touched(tmp_path: Path) -> None:
    steel, other = filled(tmp_path), filled(tmp_path, name="Other")
    before = other.next(count=50)
    first(steel, *steel.pool[:5])
    assert other.next(count=50) == before and not has_first(other.ws.engine, other.project_id)


def test_the_longer_side_of_a_sample_of_the_pool_is_told(steel: Filled) -> None:
    with writing(steel.ws.engine) as transaction:
        transaction.execute(sa.update(image).where(image.c.id == steel.pool[0]).values(width=30, height=400))
        transaction.execute(sa.update(image).where(image.c.split == "evaluation").values(width=9_000))
    assert sorted(long_sides(steel.ws.engine, steel.project_id)) == [64] * 19 + [400]
    assert long_sides(steel.ws.engine, steel.project_id + 1) == []


def test_the_sides_are_those_of_the_same_images_whatever_is_labelled_and_shown_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vabal_core.store.images.SAMPLE", 4)
    steel = filled(tmp_path, pool=8)
    with writing(steel.ws.engine) as transaction:
        for place, image_id in enumerate(steel.pool):
            transaction.execute(sa.update(image).where(image.c.id == image_id).values(width=100 + place))
    before = long_sides(steel.ws.engine, steel.project_id)
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in steel.pool[4:]))
    show_first(steel.ws.engine, steel.project_id, steel.pool[2:4])
    assert before == long_sides(steel.ws.engine, steel.project_id) == [100, 101, 102, 103]
