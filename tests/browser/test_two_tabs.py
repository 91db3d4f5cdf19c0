"""Two tabs at once: a forgotten one withholds nothing, and what one decides the other hears of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from conftest import PATIENCE, Studio
from grid_tab import Grid
from playwright.sync_api import Request, expect
from workspaces import Filled

from vabal_core import workspace

MINUTE_LATER = "() => { const now = performance.now.bind(performance); performance.now = () => now() + 61000; }"


@pytest.fixture
def ranking(studio: Studio) -> list[int]:
    """The pool as a finished round has ranked it, best first."""
    class_ids = tuple(defect_class.id for defect_class in workspace.classes(studio.ws, studio.project.id))
    waiting = workspace.next_images(studio.ws, studio.project.id, "ranked", count=100)
    ranked = [item.image_id for item in waiting]
    project = Filled(ws=studio.ws, project_id=studio.project.id, class_ids=class_ids, pool=(), evaluation=())
    project.rank(ranked)
    return ranked


@contextmanager
def second_tab(studio: Studio) -> Iterator[Studio]:
    with studio.page.context.new_page() as page:
        yield replace(studio, page=page)


@contextmanager
def colleague(studio: Studio) -> Iterator[Studio]:
    """Somebody else: another browser."""
    assert studio.page.context.browser
    context = studio.page.context.browser.new_context(viewport={"width": 1280, "height": 800})
    yield replace(studio, page=context.new_page())
    context.close()


def holders(studio: Studio) -> set[int]:
    """The images that somebody holds."""
    with studio.ws.engine.connect() as connection:
        return set(connection.exec_driver_sql("SELECT image_id FROM lease").scalars())


def test_a_forgotten_tab_withholds_nothing_from_its_own_person(studio: Studio, ranking: list[int]):
    studio.open()
    assert studio.image() == ranking[0]
    with second_tab(studio) as other:
        other.open()
        assert [other.press("1") for _ in range(3)] == ranking[:3]
        other.saved()


def test_what_one_tab_decides_is_not_asked_again_in_the_other(studio: Studio, ranking: list[int]):
    studio.open()
    assert studio.image() == ranking[0]
    with second_tab(studio) as other:
        other.open()
        for _ in range(3):
            other.press("1")
        other.saved()
    studio.page.bring_to_front()
    expect(studio.desk.locator(".note")).to_contain_text("decided or taken up elsewhere", timeout=PATIENCE)
    assert studio.press("Space") == ranking[0], "the image on screen stays until a key is pressed"
    assert studio.image() == ranking[3]


def test_a_label_that_took_the_place_of_one_given_in_another_tab_says_so(studio: Studio, ranking: list[int]):
    studio.open()
    assert studio.image() == ranking[0]
    with second_tab(studio) as other:
        other.open()
        assert other.press("2") == ranking[0]
        other.saved()
        studio.page.bring_to_front()
        assert studio.press("1") == ranking[0]
        expect(studio.desk.locator(".note")).to_have_text(
            "This image was labelled inclusion meanwhile; it is labelled crazing now. U takes that back.",
            timeout=PATIENCE,
        )
    studio.press("u")
    studio.saved()
    (row,) = (row for row in workspace.search_images(studio.ws, studio.project.id, labelled=True)[0])
    assert row.class_id == workspace.classes(studio.ws, studio.project.id)[1].id


def tells_a_decision(request: Request) -> bool:
    return request.url.endswith("/api/labels") and bool(request.post_data_json["events"])


@pytest.mark.parametrize("studio", [{"pool": 100}], indirect=True)
def test_a_desk_that_nobody_has_touched_for_a_minute_gives_its_images_to_others(studio: Studio, ranking: list[int]):
    studio.open()
    assert studio.image() == ranking[0]
    with colleague(studio) as other:
        other.open()
        assert other.image() != ranking[0]
    studio.page.evaluate(MINUTE_LATER)
    with studio.ws.engine.begin() as connection:  # the leases of before have run out
        connection.exec_driver_sql("DELETE FROM lease")
    with studio.page.expect_request("**/api/labels") as request:
        pass
    assert request.value.post_data_json["idle"]
    with colleague(studio) as other:
        other.open()
        assert other.image() == ranking[0]
    with studio.page.expect_request(tells_a_decision) as request:
        studio.press("1")
    assert not request.value.post_data_json["idle"]


def test_the_grid_holds_what_is_selected_and_nothing_else(studio: Studio, ranking: list[int]):
    grid = Grid(studio)
    grid.open(size="24")
    assert grid.ids() == ranking[:24]
    assert not holders(studio) & set(ranking)
    with studio.page.expect_response("**/api/labels"):
        chosen = grid.select(1)
    with studio.page.expect_response("**/api/labels"):
        chosen += grid.select(2)
    expect(grid.selected).to_have_count(2)
    with colleague(studio) as other:
        other.open()
        assert [other.press("1") for _ in range(2)] == [ranking[0], ranking[3]]
        other.saved()
    expect(grid.tiles.nth(0).locator(".label")).to_have_text("at another desk", timeout=PATIENCE)
    assert holders(studio) & set(ranking) >= set(chosen)
