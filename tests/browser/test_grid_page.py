"""The grid in a real browser: many images, one key, nothing lost and nothing on an image nobody saw."""

import json
import re

import pytest
from conftest import PATIENCE, Studio
from grid_tab import Grid
from playwright.sync_api import Route, expect
from workspaces import Filled

from vabal_core import workspace

SMALL_WINDOW = {"width": 1280, "height": 560}


@pytest.fixture
def grid(studio: Studio) -> Grid:
    return Grid(studio)


def states(studio: Studio, ids: list[int]) -> set[str]:
    rows, _ = workspace.browse(studio.ws, studio.project.id, limit=500)
    return {row.state for row in rows if row.image_id in ids}


def test_one_key_labels_all_that_were_clicked_and_their_tiles_say_so_at_once(grid: Grid):
    grid.open()
    chosen = grid.select(0, 2, 5)
    expect(grid.selected).to_have_count(3)
    grid.press("2")
    for place in (0, 2, 5):
        expect(grid.tiles.nth(place).locator(".label")).to_have_text("inclusion")
    expect(grid.note).to_have_text("3 images labelled inclusion.")
    expect(grid.selected).to_have_count(0)
    grid.saved()
    assert grid.studio.labels() == dict.fromkeys(chosen, "inclusion")


def test_a_second_click_takes_an_image_out_of_the_selection(grid: Grid):
    grid.open(size="24")
    grid.press("Control+a")
    expect(grid.selected).to_have_count(24)
    grid.tiles.nth(1).click()
    (out,) = grid.ids(1)
    seen = grid.root.locator(".tile[data-painted]").count()
    grid.press("3")
    grid.saved()
    labels = grid.studio.labels()
    assert out not in labels and len(labels) == seen - 1 and set(labels.values()) == {"scratches"}


def test_shift_click_selects_a_range_and_escape_none(grid: Grid):
    grid.open()
    grid.tiles.nth(2).click()
    grid.tiles.nth(6).click(modifiers=["Shift"])
    expect(grid.selected).to_have_count(5)
    grid.press("Escape")
    expect(grid.selected).to_have_count(0)
    grid.press("1")
    expect(grid.note).to_contain_text("Nothing is selected")
    assert grid.studio.labels() == {}


def test_a_drag_over_tiles_selects_them_and_toggles_none(grid: Grid):
    grid.open()
    first, last = grid.tiles.nth(0).bounding_box(), grid.tiles.nth(2).bounding_box()
    mouse = grid.studio.page.mouse
    mouse.move(first["x"] + 20, first["y"] + 20)
    mouse.down()
    mouse.move(last["x"] + 20, last["y"] + 40, steps=4)
    expect(grid.selected).to_have_count(3)
    mouse.up()
    expect(grid.selected).to_have_count(3)
    assert grid.root.locator(".band").count() == 0


def test_the_keyboard_alone_moves_selects_and_labels(grid: Grid):
    grid.open()
    grid.press("ArrowRight")  # the keyboard comes to the first tile
    expect(grid.tiles.nth(0)).to_be_focused()
    grid.press("Space")
    grid.press("ArrowRight")
    grid.press("ArrowDown")
    below = grid.tiles.evaluate_all("(all) => all.findIndex((one) => one === one.getRootNode().activeElement)")
    assert below > 2
    grid.press("Space")
    chosen = grid.ids(0, below)
    expect(grid.selected).to_have_count(2)
    grid.press("Shift+ArrowLeft")
    expect(grid.selected).to_have_count(3)
    chosen += grid.ids(below - 1)
    grid.press("1")
    grid.saved()
    assert grid.studio.labels() == dict.fromkeys(chosen, "crazing")


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
    first = workspace.next_images(grid.studio.ws, grid.studio.project.id, "ranked", count=1)[0].image_id
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


def test_skip_unsure_and_flag_with_a_comment(grid: Grid):
    grid.open()
    skipped, unsure, flagged = grid.ids(0, 1, 2)
    grid.select(0)
    grid.press("s")
    grid.select(1)
    grid.press("x")
    grid.select(2)
    grid.press("f")
    grid.studio.page.keyboard.type("1 oil stain?")  # in the field a digit is a letter, not a label
    grid.press("Enter")
    expect(grid.tiles.nth(2).locator(".label")).to_contain_text("flagged")
    grid.saved()
    rows, _ = workspace.browse(grid.studio.ws, grid.studio.project.id, limit=100)
    found = {row.image_id: (row.state, row.comment) for row in rows if row.state != "waiting"}
    assert found == {skipped: ("skipped", None), unsure: ("unsure", None), flagged: ("flagged", "1 oil stain?")}


def test_class_buttons_label_and_every_button_is_large_and_named(grid: Grid):
    grid.open()
    chosen = grid.select(0, 1)
    for button in grid.root.get_by_role("button").all():
        assert (button.bounding_box() or {"height": 0})["height"] >= 40
        assert button.get_attribute("aria-label") or button.inner_text()
    grid.root.get_by_role("button", name="scratches").first.click()
    grid.saved()
    assert grid.studio.labels() == dict.fromkeys(chosen, "scratches")


def test_all_of_a_group_are_selected_at_once(grid: Grid):
    class_ids = tuple(one.id for one in workspace.classes(grid.studio.ws, grid.studio.project.id))
    waiting = workspace.next_images(grid.studio.ws, grid.studio.project.id, "ranked", count=8)
    ranked = [item.image_id for item in waiting]
    Filled(grid.studio.ws, grid.studio.project.id, class_ids, (), ()).rank(ranked)
    grid.open(grouped="true")
    expect(grid.root.locator("h3").first).to_have_text("Model says crazing")
    grid.root.get_by_role("button", name="Select all 8 of these").click()
    expect(grid.selected).to_have_count(8)
    grid.press("1")
    expect(grid.root.locator(".these").first).to_have_text("All decided")
    grid.saved()
    assert grid.studio.labels() == dict.fromkeys(ranked, "crazing")


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


def test_a_drag_to_the_edge_of_the_window_scrolls_on(grid: Grid):
    grid.studio.page.set_viewport_size(SMALL_WINDOW)
    grid.open()
    box = grid.tiles.nth(1).bounding_box()
    mouse = grid.studio.page.mouse
    mouse.move(box["x"] + 20, box["y"] + 20)
    mouse.down()
    mouse.move(box["x"] + 60, SMALL_WINDOW["height"] - 10, steps=4)
    expect(grid.tiles.last).to_be_in_viewport()
    mouse.up()
    assert grid.selected.count() >= 4


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


@pytest.mark.parametrize("studio", [{"pool": 60}], indirect=True)
def test_the_next_page_brings_what_was_neither_labelled_nor_passed(grid: Grid):
    grid.open(size="24")
    first = grid.ids()
    grid.select(0, 1)
    grid.press("1")
    grid.root.get_by_role("button", name="Next page").click()
    expect(grid.tiles.first).not_to_have_attribute("data-image", str(first[0]))
    second = grid.ids()
    assert len(second) == 24 and not set(first) & set(second)
    grid.root.get_by_role("button", name="Next page").click()
    expect(grid.tiles).to_have_count(12)
    grid.root.get_by_role("button", name="Next page").click()
    expect(grid.tiles.first).to_have_attribute("data-image", str(first[2]))  # round again, to what was passed


@pytest.mark.parametrize("studio", [{"pool": 80}], indirect=True)
def test_a_double_click_turns_one_page(grid: Grid):
    grid.open(show="All images", size="24")
    first = grid.ids()
    grid.root.get_by_role("button", name="Next page").dblclick()
    shown = grid.root.locator(".range")
    expect(shown).to_have_text("25 to 48 of 83")
    assert not set(first) & set(grid.ids())
    grid.root.get_by_role("button", name="Back").click()
    expect(shown).to_have_text("1 to 24 of 83")
    assert grid.ids() == first


def test_images_on_the_grid_are_not_given_to_another_desk(grid: Grid):
    grid.open(size="24")
    mine = set(grid.ids())
    with grid.studio.page.context.new_page() as other:
        desk = Studio(grid.studio.server, grid.studio.ws, grid.studio.project, other)
        desk.open("label")
        assert desk.image() not in mine


def test_an_image_is_shown_larger_by_pointing_at_it_and_by_a_key(grid: Grid):
    grid.open()
    grid.tiles.nth(3).hover()
    expect(grid.root.locator(".preview .large")).to_be_visible()
    grid.press("z")
    loupe = grid.root.locator(".loupe")
    expect(loupe).to_be_visible()
    grid.press("Escape")
    expect(loupe).to_be_hidden()


def test_the_arrow_keys_lead_through_the_larger_images_and_space_selects_the_one_shown(grid: Grid):
    grid.open()
    grid.press("ArrowRight")
    grid.press("z")
    shown = grid.root.locator(".loupe .file")
    files = [grid.tiles.nth(place).get_attribute("title") for place in range(3)]
    expect(shown).to_have_text(files[0])
    grid.press("ArrowRight")
    grid.press("ArrowRight")
    expect(shown).to_have_text(files[2])
    grid.press("Space")
    expect(shown).to_have_text(files[2])
    expect(grid.root.locator(".loupe")).to_contain_text("Selected")
    expect(grid.tiles.nth(2)).to_have_attribute("aria-pressed", "true")


def test_space_selects_the_image_shown_large_and_not_the_one_that_had_the_keyboard(grid: Grid):
    grid.open()
    grid.tiles.nth(3).hover()
    expect(grid.root.locator(".preview .large")).to_be_visible()
    grid.press("z")
    grid.press("Space")
    expect(grid.root.locator(".loupe")).to_contain_text("Selected")
    grid.press("Escape")
    expect(grid.selected).to_have_count(1)
    expect(grid.tiles.nth(3)).to_have_attribute("aria-pressed", "true")


def test_any_filter_shows_its_images_and_a_label_is_corrected_in_place(grid: Grid):
    workspace.label_for_me(grid.studio.ws, grid.studio.project.id, 40)
    grid.studio.open("grid", show="All images")
    grid.studio.page.locator(f".st-key-f_class_id-{grid.studio.project.id} input").click()
    grid.studio.page.get_by_role("option", name="crazing", exact=True).click()
    expect(grid.tiles).to_have_count(14)
    grid.painted()
    assert grid.words(0) == "crazing"
    (corrected,) = grid.select(0)
    grid.press("3")
    expect(grid.tiles.first.locator(".label")).to_have_text("scratches")
    grid.saved()
    assert grid.studio.labels()[corrected] == "scratches"


def test_a_change_of_the_page_around_it_keeps_what_was_selected_and_decided(grid: Grid):
    grid.open()
    grid.select(0)
    grid.press("1")
    grid.select(1, 2)
    grid.studio.page.get_by_text("Group by what the model says").click()
    expect(grid.root.locator("h3")).to_have_text(re.compile("No suggestion yet"))
    expect(grid.selected).to_have_count(2)
    assert grid.words(0) == "crazing"
