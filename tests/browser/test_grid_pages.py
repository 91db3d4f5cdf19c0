"""The grid in a real browser: one page after another, and one image larger."""

import re

import pytest
from conftest import Studio
from grid_tab import Grid
from playwright.sync_api import expect
from workspaces import ANN

from vabal_core import workspace


@pytest.fixture
def grid(studio: Studio) -> Grid:
    return Grid(studio)


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


def test_z_shows_the_image_of_the_keyboard_once_the_pointer_has_left_and_class_keys_do_nothing_there(grid: Grid):
    grid.open()
    names = grid.tiles.evaluate_all("(all) => all.map((tile) => tile.title)")
    grid.tiles.nth(3).hover()
    expect(grid.root.locator(".preview .large")).to_be_visible()
    grid.studio.page.mouse.move(2, 2)
    grid.press("z")
    expect(grid.root.locator(".loupe .file")).to_have_text(names[0])
    grid.press("1")
    grid.press("Escape")
    grid.saved()
    assert grid.studio.labels() == {}


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
    workspace.label_for_me(grid.studio.ws, ANN, grid.studio.project.id, 40)
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
