"""The grid in a real browser: what is selected by mouse and keys, and what one key does to all of it."""

import pytest
from conftest import Studio
from grid_tab import Grid
from playwright.sync_api import expect
from workspaces import Filled

from vabal_core import workspace

SMALL_WINDOW = {"width": 1280, "height": 560}


@pytest.fixture
def grid(studio: Studio) -> Grid:
    return Grid(studio)


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
    below = grid.tiles.evaluate_all("(all) => all.findIndex((tile) => tile === tile.getRootNode().activeElement)")
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
    rows, _ = workspace.search_images(grid.studio.ws, grid.studio.project.id, limit=100)
    decisions = {row.image_id: (row.state, row.comment) for row in rows if row.state != "waiting"}
    assert decisions == {skipped: ("skipped", None), unsure: ("unsure", None), flagged: ("flagged", "1 oil stain?")}


def test_what_is_decided_already_is_not_skipped(grid: Grid):
    grid.open()
    (labelled,) = grid.select(0)
    grid.press("2")
    grid.saved()
    grid.select(0)
    grid.press("s")
    expect(grid.note).to_have_text("These images are decided already: to skip them changes nothing.")
    _, waiting = grid.select(0, 1)
    grid.press("s")
    expect(grid.note).to_contain_text("1 image skipped.")
    grid.saved()
    assert grid.studio.labels() == {labelled: "inclusion"}
    rows, _ = workspace.search_images(grid.studio.ws, grid.studio.project.id, state="skipped", limit=100)
    assert [row.image_id for row in rows] == [waiting]


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
    studio = grid.studio
    class_ids = tuple(defect_class.id for defect_class in workspace.classes(studio.ws, studio.project.id))
    waiting = workspace.next_images(studio.ws, studio.project.id, "ranked", count=8)
    ranked = [item.image_id for item in waiting]
    project = Filled(ws=studio.ws, project_id=studio.project.id, class_ids=class_ids, pool=(), evaluation=())
    project.rank(ranked)
    grid.open(grouped="true")
    expect(grid.root.locator("h3").first).to_have_text("Model says crazing")
    grid.root.get_by_role("button", name="Select all 8 of these").click()
    expect(grid.selected).to_have_count(8)
    grid.press("1")
    expect(grid.root.locator(".these").first).to_have_text("All decided")
    grid.saved()
    assert grid.studio.labels() == dict.fromkeys(ranked, "crazing")


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


def test_selected_images_are_set_aside_for_evaluation_but_for_those_with_a_label(grid: Grid):
    studio = grid.studio
    grid.open(show="all")
    rows, _ = workspace.search_images(studio.ws, studio.project.id, split="pool", limit=500)
    pool = {row.image_id for row in rows}
    places = [place for place, image_id in enumerate(grid.ids()) if image_id in pool][:3]
    grid.select(places[0])
    grid.press("2")
    grid.saved()
    grid.select(*places)
    grid.root.get_by_role("button", name="For evaluation").click()
    expect(studio.page.get_by_text("2 images are for evaluation now. 1 with a label")).to_be_visible()
    assert workspace.image_totals(studio.ws, studio.project.id)["pool"] == len(pool) - 2


def test_images_are_left_out_and_brought_back(grid: Grid):
    grid.open(show="all")
    left_out = grid.select(0, 3)
    grid.root.get_by_role("button", name="Leave out").click()
    expect(grid.studio.page.get_by_text("2 images are left out")).to_be_visible()
    grid.painted()
    assert not set(left_out) & set(grid.ids())
    assert workspace.bin_contents(grid.studio.ws, grid.studio.project.id).image_count == 2
    grid.studio.page.get_by_role("button", name="Bring back").click()
    expect(grid.studio.page.get_by_text("2 images are left out")).to_have_count(0)
    grid.studio.settle()
    grid.painted()
    assert set(left_out) <= set(grid.ids())
