"""The grid on a bad day: nothing is lost, nothing falls on an image nobody saw, and everything can be taken back."""

import json

import pytest
from conftest import PATIENCE, Studio
from grid_tab import Grid
from playwright.sync_api import Route, expect

from vabal_core import workspace

SMALL_WINDOW = {"width": 1280, "height": 560}


@pytest.fixture
def grid(studio: Studio) -> Grid:
    return Grid(studio)


def states(studio: Studio, ids: list[int]) -> set[str]:
    rows, _ = workspace.search_images(studio.ws, studio.project.id, limit=500)
    return {row.state for row in rows if row.image_id in ids}


def test_images_nobody_has_seen_take_no_label_and_stay_selected(grid: Grid):
    grid.studio.page.set_viewport_size(SMALL_WINDOW)
    grid.open()
    grid.press("Control+a")
    grid.press("1")
    expect(grid.note).to_contain_text("you have not seen yet: still selected")
    grid.saved()
    first = len(grid.studio.labels())
    assert 0 < first < 40
    expect(grid.selected).to_have_count(40 - first)
    grid.tiles.last.scroll_into_view_if_needed()
    grid.painted()
    grid.press("1")
    grid.saved()
    assert first < len(grid.studio.labels()) <= 40


def test_an_image_that_is_not_painted_takes_no_label(grid: Grid):
    held: list[Route] = []
    release: list[bool] = []
    grid.studio.page.route("**/thumbnail?**", lambda route: route.continue_() if release else held.append(route))
    grid.studio.open("grid")
    grid.tiles.first.click()
    grid.press("1")
    expect(grid.note).to_contain_text("not on screen yet")
    release.append(True)
    for route in held:
        route.continue_()
    grid.painted()
    assert grid.studio.labels() == {}


def test_a_broken_image_says_so_and_is_flagged_but_not_labelled(grid: Grid):
    studio, bob = grid.studio, workspace.person("bob")
    first = workspace.free_images(studio.ws, bob, studio.project.id, "ranked", count=1)[0].image_id
    workspace.image_file(grid.studio.ws, first).write_bytes(b"not an image")
    grid.open()
    expect(grid.tiles.first).to_contain_text("cannot be shown")
    assert grid.select(0) == [first]
    grid.press("1")
    expect(grid.note).to_contain_text("Nobody can see")
    grid.press("f")
    grid.press("Enter")
    expect(grid.tiles.first.locator(".label")).to_contain_text("flagged")
    grid.saved()
    assert grid.studio.labels() == {} and states(grid.studio, [first]) == {"flagged"}


def test_undo_takes_back_whole_groups_also_after_a_reload(grid: Grid):
    grid.open()
    groups = []
    for key, places in (("1", (0, 1, 2)), ("2", (3, 4)), ("3", (5,))):
        groups.append(grid.select(*places))
        grid.press(key)
    grid.press("u")
    expect(grid.note).to_contain_text("Taken back: 1 × scratches")
    expect(grid.selected).to_have_count(1)
    grid.saved()
    assert set(grid.studio.labels()) == {*groups[0], *groups[1]}
    grid.studio.page.reload()
    grid.studio.settle()
    grid.painted()
    assert not {*groups[0], *groups[1]} & set(grid.ids())
    grid.press("Backspace")
    expect(grid.note).to_contain_text("Taken back: 2 × inclusion")
    expect(grid.root.locator(".heading").first).to_contain_text("Taken back")
    grid.painted()
    grid.press("3")  # the images that came back are selected: the right key is enough
    grid.saved()
    assert grid.studio.labels() == dict.fromkeys(groups[0], "crazing") | dict.fromkeys(groups[1], "scratches")
    grid.press("u")
    grid.press("u")
    grid.saved()
    assert grid.studio.labels() == {}


# Also what a page says while it is being left, which a route of the test would let through.
AWAY = """const send = window.fetch;
window.fetch = (url, more) => String(url).includes("/api/labels") && !window.back
  ? Promise.reject(new TypeError("away")) : send(url, more);"""


BACK = "() => { window.back = true; window.dispatchEvent(new Event('online')); }"


def test_decisions_wait_in_the_browser_and_another_page_sends_them(grid: Grid):
    page = grid.studio.page
    page.add_init_script(AWAY)
    grid.open()
    chosen = grid.select(0, 1, 2)
    grid.press("1")
    expect(grid.root.locator(".saved")).to_have_text("3 waiting", timeout=PATIENCE)
    grid.studio.open("label")
    assert grid.studio.labels() == {}
    page.evaluate(BACK)
    grid.studio.saved()
    assert grid.studio.labels() == dict.fromkeys(chosen, "crazing")


def test_after_a_reload_what_is_still_on_its_way_is_shown_as_decided(grid: Grid):
    page = grid.studio.page
    page.add_init_script(AWAY)
    grid.open()
    chosen = grid.select(0, 1)
    grid.press("1")
    page.reload()
    grid.studio.settle()
    grid.painted()
    assert grid.ids(0, 1) == chosen
    assert [grid.words(0), grid.words(1)] == ["crazing", "crazing"]
    page.evaluate(BACK)
    grid.saved()
    assert grid.studio.labels() == dict.fromkeys(chosen, "crazing")


def test_what_was_taken_back_before_it_was_sent_is_not_shown_as_decided(grid: Grid):
    page = grid.studio.page
    page.add_init_script(AWAY)
    grid.open()
    grid.select(0)
    grid.press("1")
    grid.press("u")
    page.reload()
    grid.studio.settle()
    grid.painted()
    assert grid.words(0) == ""
    page.evaluate(BACK)
    grid.saved()
    assert grid.studio.labels() == {}


def test_a_refused_decision_is_said_and_its_tile_goes_back(grid: Grid):
    grid.open()

    def refuse(route: Route) -> None:
        answer = route.fetch().json()
        sent = json.loads(route.request.post_data or "{}")["events"]
        refused = [{"event_id": event["event_id"], "reason": "the class is gone"} for event in sent]
        route.fulfill(json=answer | {"stored": [], "refused": refused})

    before = grid.words(0)
    grid.studio.page.route("**/api/labels", refuse)
    grid.select(0)
    grid.press("2")
    expect(grid.note).to_have_text("One decision was not stored: the class is gone")
    assert grid.words(0) == before
    expect(grid.root.locator("[data-do=undo]")).to_be_disabled()
