"""Label by exception in a real browser: strike out what is wrong, one key for the rest, one undo for all of it."""

import re

import pytest
import sqlalchemy as sa
from conftest import PATIENCE, Studio
from grid_tab import Grid
from playwright.sync_api import expect
from workspaces import Filled

from vabal_core import workspace
from vabal_core.store.database import writing
from vabal_core.store.tables import ranking

MEASURED = {
    "labelled_counts": [20, 20, 20],
    "predicted_counts": [8, 8, 4],
    "out_of_fold_called": [20, 20, 4],
    "out_of_fold_right": [19, 18, 4],
}


def surely(studio: Studio, crazing: int = 6, **measured: object) -> tuple[list[int], list[int]]:
    """The images that a finished round is sure of: `crazing` of that, four of inclusion."""
    class_ids = tuple(defect_class.id for defect_class in workspace.classes(studio.ws, studio.project.id))
    waiting = workspace.next_images(studio.ws, studio.project.id, "ranked", count=200)
    image_ids = [item.image_id for item in waiting]
    project = Filled(ws=studio.ws, project_id=studio.project.id, class_ids=class_ids, pool=(), evaluation=())
    project.rank(image_ids, **(MEASURED | measured))
    surely_crazing, inclusion = image_ids[-crazing:], image_ids[-crazing - 4 : -crazing]
    with writing(studio.ws.engine) as transaction:
        for class_id, ids in zip(class_ids, (surely_crazing, inclusion), strict=False):
            now = {"predicted_class_id": class_id, "probability": 0.98}
            transaction.execute(sa.update(ranking).where(ranking.c.image_id.in_(ids)).values(now))
    return surely_crazing[::-1], inclusion[::-1]


def opened(studio: Studio) -> Grid:
    grid = Grid(studio)
    grid.open(show="Confirm sure ones")
    return grid


def chosen_how(studio: Studio) -> set[tuple[str, str | None]]:
    rows = workspace.export_rows(studio.ws, studio.project.id)
    return {(row.label, row.strategy) for row in rows if row.split == "pool"}


def test_what_is_not_struck_out_is_confirmed_by_one_key_and_taken_back_by_one(studio: Studio):
    crazing, inclusion = surely(studio)
    grid = opened(studio)
    expect(grid.root.locator("h3")).to_have_count(2)
    expect(grid.root.locator("h3").first).to_contain_text("Of 20 labelled images that it had not yet learned from")
    assert grid.ids() == [*crazing, *inclusion]
    (wrong,) = grid.select(1)
    expect(grid.root.locator(".struck")).to_have_text("1 struck out")
    grid.press("Enter")
    expect(grid.note).to_contain_text("9 images confirmed. 1 image struck out")
    grid.saved()
    rest = dict.fromkeys(crazing, "crazing") | dict.fromkeys(inclusion, "inclusion")
    del rest[wrong]
    assert studio.labels() == rest
    assert chosen_how(studio) == {("crazing", "exception"), ("inclusion", "exception")}
    grid.press("u")
    expect(grid.note).to_have_text("Taken back: 9 × confirmed.")
    grid.saved()
    assert studio.labels() == {}
    expect(grid.selected).to_have_count(1)


def test_enter_confirms_also_while_the_keyboard_is_still_where_the_view_was_chosen(studio: Studio):
    surely(studio)
    grid = opened(studio)
    studio.page.get_by_role("radio", name="Confirm sure ones").focus()
    studio.page.keyboard.press("Enter")
    expect(grid.note).to_contain_text("10 images confirmed")
    grid.saved()
    assert len(studio.labels()) == 10


def test_the_keyboard_alone_strikes_out_and_labels_what_was_struck_out(studio: Studio):
    crazing, inclusion = surely(studio)
    grid = opened(studio)
    grid.press("ArrowRight")
    grid.press("ArrowRight")
    grid.press("x")
    expect(grid.tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    grid.press("3")
    expect(grid.tiles.nth(1).locator(".label")).to_have_text("scratches")
    grid.press("Enter")
    grid.saved()
    labels = dict.fromkeys(crazing, "crazing") | dict.fromkeys(inclusion, "inclusion") | {crazing[1]: "scratches"}
    assert studio.labels() == labels


def test_the_next_page_brings_others_and_in_the_end_says_that_none_is_left(studio: Studio):
    surely(studio)
    grid = opened(studio)
    grid.press("Enter")
    grid.press("Enter")
    expect(grid.root.locator(".empty")).to_contain_text("not sure of any image that waits", timeout=PATIENCE)
    assert len(studio.labels()) == 10


@pytest.mark.parametrize("studio", [{"pool": 140}], indirect=True)
def test_a_long_page_is_confirmed_as_far_as_it_was_seen_and_the_next_one_begins_at_its_beginning(studio: Studio):
    studio.page.set_viewport_size({"width": 1280, "height": 560})
    surely(studio, crazing=100)
    grid = opened(studio)
    first = grid.ids()
    grid.painted()
    rest, offered = grid.root.locator(".rest"), re.compile(r"Confirm the (\d+) that you have seen")
    expect(rest).to_have_text(offered)
    promised = int(offered.fullmatch(rest.inner_text()).group(1))
    expect(grid.root.locator(".range")).to_have_text("60 of 104 waiting")
    grid.press("Enter")
    expect(grid.note).to_contain_text("you have not seen yet: look, then Enter again")
    grid.saved()
    seen = len(studio.labels())
    assert 0 < seen < 60 and seen == promised
    expect(grid.root.locator(".range")).to_have_text(f"{60 - seen} of {104 - seen} waiting")
    while "Next page" not in grid.root.locator(".rest").inner_text():
        grid.painted()  # each Enter leads to the first image that was not seen yet
        grid.press("Enter")
    grid.saved()
    assert len(studio.labels()) == 60
    grid.press("Enter")
    expect(grid.tiles.first).not_to_have_attribute("data-image", str(first[0]), timeout=PATIENCE)
    expect(grid.tiles.first).to_be_in_viewport()
    assert not set(first) & set(grid.ids())


def test_nothing_is_confirmed_where_the_model_is_not_to_be_trusted(studio: Studio):
    surely(studio, predicted_counts=[38, 1, 1])
    studio.open("grid", show="Confirm sure ones")
    alert = studio.page.get_by_test_id("stAlert")
    expect(alert).to_contain_text("Do not trust this ranking yet", timeout=PATIENCE)
    assert studio.page.locator(".grid").count() == 0


@pytest.mark.parametrize("studio", [{"pool": 40, "evaluation": 6}], indirect=True)
def test_evaluation_images_are_never_among_them(studio: Studio):
    crazing, inclusion = surely(studio)
    workspace.set_aside(studio.ws, workspace.person("ann"), studio.project.id, image_ids=crazing[:2])
    grid = opened(studio)
    assert grid.ids() == [*crazing[2:], *inclusion]
