"""Evaluation images: drawn by an import, or set aside later."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from command_line import facts, write_steel
from workspaces import ANN, Filled, filled, label

from vabal_core import workspace
from vabal_core.images.ingest.drawing import draw
from vabal_core.store.counts import recount
from vabal_core.store.database import writing
from vabal_core.store.tables import image
from vabal_core.types import Actor, NotAllowed, StudioError
from vabal_core.workspace.projects import evaluation_source

PRINTS = [f"{i:064x}" for i in range(100)]


def source_of(project: Filled) -> str:
    return evaluation_source(workspace.find_project(project.ws, "Steel"))


@pytest.fixture
def project(tmp_path: Path) -> Filled:
    return filled(tmp_path / "data")


def test_drawing_depends_on_the_images_and_not_on_their_order():
    drawn = {PRINTS[place] for place in draw(PRINTS, PRINTS, share=0.2)}
    assert len(drawn) == 20
    turned = PRINTS[::-1]
    assert {turned[place] for place in draw(turned, turned, share=0.2)} == drawn
    assert [len(draw(PRINTS, PRINTS, count=count)) for count in (0, 7, 500)] == [0, 7, 100]


@pytest.mark.parametrize(
    ("share", "parts"), [(0.1, (8, 1, 1)), (0.5, (43, 4, 3)), (0.01, (1, 0, 0)), (1.0, (86, 8, 6))]
)
def test_drawing_by_class_gives_each_its_part_and_the_asked_number(share: float, parts: tuple[int, ...]):
    groups = ["scratches"] * 86 + ["crazing"] * 8 + ["pits"] * 6
    places = draw(PRINTS, groups, share=share, drawn_by="class")
    counts = Counter(groups[place] for place in places)
    assert len(set(places)) == round(share * 100)
    assert tuple(counts[name] for name in ("scratches", "crazing", "pits")) == parts


def test_images_without_a_label_are_set_aside_later(project: Filled):
    project.record(*(label(image_id, project.class_ids[0], f"e{image_id}") for image_id in project.pool[:4]))
    assert workspace.set_aside(project.ws, ANN, project.project_id, count=6) == 6
    assert workspace.image_totals(project.ws, project.project_id) == {"pool": 14, "evaluation": 11}
    assert workspace.counts(project.ws, project.project_id).pool_total == 4
    assert len(project.next("ranked", 50)) == 10
    assert len(project.next("evaluation", 50)) == 11
    assert not recount(project.ws.engine)
    assert source_of(project) == "unknown"  # those from before are of an older version


def test_a_share_is_drawn_at_random_and_what_a_person_names_is_stated(tmp_path: Path):
    project = filled(tmp_path / "data", evaluation=0)
    assert workspace.set_aside(project.ws, ANN, project.project_id, share=0.25) == 5
    assert source_of(project) == "drawn"
    project.record(label(project.next()[0], project.class_ids[0], "e1"))
    assert workspace.set_aside(project.ws, ANN, project.project_id, count=1) == 1
    assert source_of(project) == "drawn later"
    named = project.next("ranked", 3)
    assert workspace.set_aside(project.ws, ANN, project.project_id, image_ids=[*named, 10**9]) == 3
    assert source_of(project) == "both"
    assert set(named) <= set(project.next("evaluation", 50))


def test_images_set_aside_leave_the_ranking_also_of_a_round_under_way(project: Filled):
    project.rank(project.pool)
    first = project.next("ranked", 2)
    workspace.set_aside(project.ws, ANN, project.project_id, image_ids=first)
    assert not set(first) & set(project.next("ranked", 50))
    project.rank(project.pool)  # by a round that had begun before
    assert not set(first) & set(project.next("ranked", 50))


def test_pieces_of_one_image_go_together_and_not_where_one_is_labelled(project: Filled):
    def cut(image_ids: Sequence[int], whole: str) -> None:
        with writing(project.ws.engine) as transaction:
            tile = {"parent": "strip.png", "parent_fingerprint": whole, "x": 0, "y": 0, "width": 9, "height": 9}
            transaction.execute(sa.update(image).where(image.c.id.in_(image_ids)).values(tile=tile))

    cut(project.pool[:10], "labelled")
    cut(project.pool[10:], "free")
    project.record(label(project.pool[0], project.class_ids[0], "e1"))
    assert workspace.set_aside(project.ws, ANN, project.project_id, count=3) == 10
    assert set(project.next("ranked", 50)) == set(project.pool[1:10])


def test_a_labelled_image_stays_where_it_is(project: Filled):
    project.record(label(project.pool[0], project.class_ids[0], "e1"))
    assert workspace.set_aside(project.ws, ANN, project.project_id, image_ids=project.pool[:1]) == 0


def test_what_cannot_be_set_aside_is_refused_in_words(project: Filled):
    for wrong in ({}, {"count": 1, "share": 0.1}, {"count": -1}, {"share": 1.5}):
        with pytest.raises(ValueError):
            workspace.set_aside(project.ws, ANN, project.project_id, **wrong)
    workspace.set_aside(project.ws, ANN, project.project_id, share=1.0)
    with pytest.raises(StudioError, match="Every image to learn from has a label"):
        workspace.set_aside(project.ws, ANN, project.project_id, count=1)
    with pytest.raises(NotAllowed):
        labeller = Actor(id="bob", name="bob", role="labeller")
        workspace.set_aside(project.ws, labeller, project.project_id, count=1)


def test_the_command_line_sets_images_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    facts("import", write_steel(tmp_path / "steel"), "--project", "Steel", "--labels", "ignore", "--evaluation", "0")
    assert facts("set-aside", "25%", "--project", "Steel") == {"set_aside": 3, "images": {"pool": 9, "evaluation": 3}}
