"""Images drawn at random among those out of a ranking: as many as asked, each as likely as any other, remembered."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
import scipy.stats
import sqlalchemy as sa
from workspaces import ANN, Filled, filled, label, skip

from vabal_core import workspace
from vabal_core.store.database import reading, writing
from vabal_core.store.images import show_first
from vabal_core.store.queue import waiting
from vabal_core.store.rounds import last_done
from vabal_core.store.tables import image
from vabal_core.workspace import DeskRequest, audit

BOB = workspace.person("bob")


@pytest.fixture
def steel(tmp_path, monkeypatch) -> Filled:
    monkeypatch.setattr(audit, "RANDOM", Random(0))
    return filled(tmp_path)


def look(steel, actor=ANN, **more):
    return workspace.at_desk(steel.ws, actor, steel.project_id, DeskRequest(queue="ranked", **more))


def share(steel, value):
    workspace.update_settings(steel.ws, ANN, steel.project_id, audit_share=value)


def test_where_nothing_is_to_be_drawn_the_ranking_is_followed(steel):
    steel.rank(steel.pool)
    share(steel, 0)
    items = look(steel, count=20).items
    assert [item.image_id for item in items] == list(steel.pool)
    assert not any(item.audit for item in items)


def test_as_many_are_drawn_as_the_share_says_each_image_as_often_as_any_other(steel):
    steel.rank(steel.pool)
    share(steel, 0.2)
    first, places = Counter(), Counter()
    project_id, round_ = steel.project_id, last_done(steel.ws.engine, steel.project_id)
    for _ in range(600):
        with reading(steel.ws.engine) as transaction:
            ranked = waiting(transaction, project_id, "pool", round_id=round_.id, count=5)
            rows = audit.with_audit(transaction, project_id, ranked, round_, 0.2, set())
        assert len({row.image_id for row in rows}) == 5
        places.update(place for place, row in enumerate(rows) if row.audit)
        first.update([rows[0].image_id] if rows[0].audit else [])
    assert scipy.stats.binomtest(places.total(), 5 * 600, 0.2).pvalue > 0.001
    assert scipy.stats.chisquare([places[place] for place in range(5)]).pvalue > 0.001
    assert scipy.stats.chisquare([first[image_id] for image_id in steel.pool]).pvalue > 0.001


def test_what_is_drawn_is_nobody_elses_and_comes_once(steel):
    steel.rank(steel.pool)
    share(steel, 0.5)
    anns = {item.image_id for item in look(steel, count=8).items}
    bobs = [item.image_id for item in look(steel, actor=BOB, count=12).items]
    assert len(anns) == 8
    assert len(bobs) == len(set(bobs)) == 12
    assert not anns & set(bobs)


def test_a_label_of_a_drawn_image_says_so_and_is_no_success_of_the_ranking(steel):
    steel.rank(steel.pool)
    chosen, drawn = steel.pool[:2]
    steel.record(
        label(chosen, steel.class_ids[0], round=1), replace(label(drawn, steel.class_ids[0], round=1), audit=True)
    )
    rows = {row.path: (row.round, row.rank, row.strategy) for row in workspace.export_rows(steel.ws, steel.project_id)}
    assert rows == {"p/0.png": (1, 1, "vabal"), "p/1.png": (1, None, "audit")}


def test_a_skipped_image_is_not_remembered_as_drawn_when_it_comes_again(steel):
    steel.rank(steel.pool)
    steel.record(replace(skip(steel.pool[0]), audit=True, round=1))
    steel.record(label(steel.pool[0], steel.class_ids[0], round=1))
    (row,) = workspace.export_rows(steel.ws, steel.project_id)
    assert row.strategy == "vabal"


def test_before_the_first_ranking_all_but_the_typical_ones_are_drawn_at_random(steel):
    with writing(steel.ws.engine) as transaction:
        show_first(transaction, steel.project_id, steel.pool[:2])
    items = look(steel, count=6).items
    assert [(item.typical, item.audit) for item in items] == [(True, False)] * 2 + [(False, True)] * 4


def test_who_picks_in_the_grid_before_the_first_ranking_does_not_thin_out_what_desks_draw(tmp_path):
    """The Grid's order tells nothing of the desks': else an image left there by its looks would read as drawn."""
    steel = filled(tmp_path, pool=400)
    with writing(steel.ws.engine) as transaction:
        show_first(transaction, steel.project_id, steel.pool[:2])
    grid = workspace.free_images(steel.ws, ANN, steel.project_id, "ranked", count=400)
    desks = steel.next(count=400)
    assert [item.image_id for item in grid[:2]] == desks[:2] == list(steel.pool[:2])
    place = {image_id: n for n, image_id in enumerate(desks)}
    places = [place[item.image_id] for item in grid]
    assert sorted(places) == list(range(400))
    assert scipy.stats.spearmanr(places[2:], range(398)).pvalue > 0.01


def test_evaluation_images_are_not_drawn(steel):
    steel.rank(steel.pool)
    share(steel, 0.5)
    state = workspace.at_desk(steel.ws, ANN, steel.project_id, DeskRequest(queue="evaluation", count=5))
    assert not any(item.audit for item in state.items)


def strategies(steel):
    rows = workspace.export_rows(steel.ws, steel.project_id)
    return Counter(row.strategy for row in rows if row.split == "pool")


def test_the_known_answers_are_given_to_images_drawn_as_at_a_desk(steel, tmp_path):
    hidden = filled(tmp_path, hidden=True, name="Hidden", pool=60)
    hidden.rank(hidden.pool)
    share(hidden, 0.5)
    assert workspace.label_for_me(hidden.ws, ANN, hidden.project_id, 40) == 40
    given = strategies(hidden)
    assert given.total() == 40 and set(given) == {"audit", "vabal"}
    assert scipy.stats.binomtest(given["audit"], 40, 0.5).pvalue > 0.001
    rows = workspace.export_rows(hidden.ws, hidden.project_id)
    assert all((row.rank is None) == (row.strategy == "audit") for row in rows if row.split == "pool")


def test_the_known_answers_to_images_drawn_at_random_say_so(tmp_path):
    hidden = filled(tmp_path, hidden=True)
    assert workspace.label_at_random(hidden.ws, ANN, hidden.project_id, 6, seed=0) == 6
    hidden.rank(hidden.pool)
    assert workspace.label_at_random(hidden.ws, ANN, hidden.project_id, 6, seed=1) == 6
    assert strategies(hidden) == {"audit": 12}


@pytest.mark.parametrize("ranked", [False, True])
def test_where_some_answers_are_not_known_nothing_is_drawn_from_all(steel, tmp_path, ranked):
    hidden = filled(tmp_path, hidden=True, name="Hidden")
    with writing(hidden.ws.engine) as transaction:
        unknown = sa.update(image).where(image.c.id == hidden.pool[7]).values(oracle_class_id=None)
        transaction.execute(unknown)
    if ranked:
        hidden.rank(hidden.pool)
        share(hidden, 0.5)
    assert workspace.label_at_random(hidden.ws, ANN, hidden.project_id, 6, seed=0) == 6
    assert workspace.label_for_me(hidden.ws, ANN, hidden.project_id, 50) == 13
    assert "audit" not in strategies(hidden)


@pytest.mark.parametrize("wrong", [-0.1, 0.6, "many"])
def test_a_share_that_cannot_be_is_refused(steel, wrong):
    with pytest.raises(ValueError, match="audit_share is a number from 0 to 0.5"):
        share(steel, wrong)
