"""The Review page in a real browser: what is in doubt is found there and corrected in place."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from conftest import Studio
from grid_tab import Grid
from playwright.sync_api import Locator, expect
from workspaces import Filled, flag, label, unsure

from vabal_core import workspace
from vabal_core.store.label_issues import LabelIssue
from vabal_core.types import OutOfSample
from vabal_core.ui.views.review import KINDS, NAMES


@pytest.fixture
def grid(studio: Studio) -> Grid:
    return Grid(studio)


def filled(studio: Studio) -> Filled:
    class_ids = tuple(defect_class.id for defect_class in workspace.classes(studio.ws, studio.project.id))
    ids: dict[str, Sequence[int]] = {}
    for split in ("pool", "evaluation"):
        rows, _ = workspace.search_images(studio.ws, studio.project.id, split=split, limit=500)
        ids[split] = tuple(row.image_id for row in rows)
    return Filled(
        ws=studio.ws,
        project_id=studio.project.id,
        class_ids=class_ids,
        pool=tuple(ids["pool"]),
        evaluation=tuple(ids["evaluation"]),
    )


def tab(grid: Grid, name: str) -> Locator:
    return grid.studio.page.get_by_role("radio", name=re.compile(rf"^{name}( \(|$)"))


def choose(grid: Grid, name: str) -> None:
    (kind,) = [kind for kind, tabs in KINDS.items() if name in [NAMES[tab_name] for tab_name in tabs]]
    grid.studio.page.get_by_role("radio", name=kind, exact=True).click()
    tab(grid, name).click()
    grid.studio.settle()


def test_unsure_images_are_labelled_in_place_and_the_tab_counts_them(grid: Grid):
    project = filled(grid.studio)
    project.record(*(unsure(image) for image in project.pool[:3]))
    grid.open("review")
    expect(tab(grid, "Unsure")).to_have_text("Unsure (3)")
    assert grid.words(0) == "unsure by ann"
    chosen = grid.select(0, 1)
    grid.press("2")
    expect(grid.tiles.first.locator(".label")).to_have_text("inclusion")
    expect(tab(grid, "Unsure")).to_have_text("Unsure (1)")
    expect(grid.tiles).to_have_count(3)  # what was decided stays in sight until the page is turned
    assert grid.studio.labels() == dict.fromkeys(chosen, "inclusion")
    grid.press("u")
    expect(tab(grid, "Unsure")).to_have_text("Unsure (3)")
    assert grid.words(0) == "unsure by ann"


def test_a_flag_shows_its_words_and_who_said_them(grid: Grid):
    project = filled(grid.studio)
    project.record(flag(project.pool[0], comment="<b>oil</b>?"))
    grid.studio.open("review")
    choose(grid, "Flagged")
    expect(grid.tiles.first).to_contain_text("flagged by ann")
    expect(grid.tiles.first).to_contain_text("“<b>oil</b>?”")
    assert grid.tiles.first.locator("b").count() == 0


def test_labels_that_the_model_doubts_come_most_certain_first(grid: Grid):
    project = filled(grid.studio)
    crazing, inclusion, _ = project.class_ids
    doubted = project.pool[:3]
    project.record(*(label(image, crazing) for image in project.pool[:4]))
    sure = dict(zip(doubted, (0.6, 0.9, 0.7), strict=True))
    out_of_sample = [OutOfSample(image, inclusion, value) for image, value in sure.items()]
    project.rank(project.pool[4:], out_of_sample=[*out_of_sample, OutOfSample(project.pool[3], crazing, 0.99)])
    grid.studio.open("review")
    choose(grid, "Model disagrees")
    expect(grid.tiles).to_have_count(3)
    grid.painted()
    assert grid.ids() == [doubted[1], doubted[2], doubted[0]]
    grid.select(0)
    grid.press("2")
    expect(tab(grid, "Model disagrees")).to_have_text("Model disagrees (2)")
    assert grid.studio.labels()[doubted[1]] == "inclusion"


def test_one_key_keeps_a_label_that_looks_wrong_one_takes_what_the_model_says_and_one_takes_back(studio: Studio):
    project = filled(studio)
    crazing, inclusion, scratches = project.class_ids
    first, second, third, *rest = project.pool
    project.record(*(label(image, inclusion) for image in (first, second, third)))
    facts = {"class_id": inclusion, "label_probability": 0.02, "predicted_class_id": crazing, "probability": 0.94}
    issues = [LabelIssue(image_id=image, **facts) for image in (second, first, third)]
    project.rank(rest, judged_labels=3, label_issues=issues)
    studio.open("review", tab="errors")
    assert studio.image() == second
    expect(studio.desk.locator(".why")).to_have_text("The model says crazing (94 %), the label by ann says inclusion.")
    expect(studio.desk.locator("[data-do=confirm]")).to_contain_text("Keep inclusion")
    shown = [studio.press(key) for key in ("k", "Enter", "3")]
    assert shown == [second, first, third]
    expect(studio.desk.locator(".goal")).to_have_text("0 of 3 labels look wrong. Of 3 looked at, 2 were changed.")
    assert studio.labels() == {second: "inclusion", first: "crazing", third: "scratches"}
    counted = studio.page.get_by_role("radio", name=re.compile("^Label errors"))
    expect(counted).to_have_text("Label errors (0)")
    studio.page.keyboard.press("u")
    assert studio.image() == third
    studio.saved()
    assert studio.labels() == {second: "inclusion", first: "crazing", third: "inclusion"}


def test_a_cell_of_the_table_opens_its_images(grid: Grid):
    project = filled(grid.studio)
    crazing, inclusion, _ = project.class_ids
    first, second, third = project.evaluation
    project.record(label(first, crazing), label(second, crazing), label(third, inclusion))
    out_of_sample = [
        OutOfSample(first, inclusion, 0.8),
        OutOfSample(second, crazing, 0.9),
        OutOfSample(third, inclusion, 0.7),
    ]
    project.rank(project.pool, out_of_sample=out_of_sample, confusion=[[1, 1, 0], [0, 1, 0], [0, 0, 0]])
    grid.studio.open("review")
    choose(grid, "Mix-ups")
    expect(grid.tiles).to_have_count(1)  # the one mistake
    table = grid.studio.page.get_by_role("table")
    expect(table.get_by_role("rowheader")).to_have_text(["crazing", "inclusion", "scratches"])
    table.get_by_role("button", name="1 images inclusion, recognised").click()
    expect(grid.tiles.first).to_have_attribute("data-image", str(third))
    cell = table.get_by_role("button", name="1 images labelled crazing, taken for inclusion")
    cell.click()
    expect(grid.tiles.first).to_have_attribute("data-image", str(first))
    expect(cell).to_have_attribute("aria-pressed", "true")
    grid.painted()
    grid.select(0)
    grid.press("2")
    grid.saved()
    assert grid.studio.labels()[first] == "inclusion"


def test_near_duplicates_stand_side_by_side_and_either_is_corrected(grid: Grid):
    project = filled(grid.studio)
    crazing, inclusion, scratches = project.class_ids
    first, second, alone = project.pool[:3]
    project.record(label(first, crazing), label(second, inclusion), label(alone, scratches))
    project.rank(project.pool[3:])
    cache_pixels(grid.studio, alike=(first, second))
    grid.studio.open("review")
    choose(grid, "Near-duplicates")
    expect(grid.root.locator("h3")).to_have_text(re.compile(r"^(9\d\.\d|100\.0) % alike$"))
    grid.painted()
    assert grid.ids() == [first, second]
    grid.select(1)
    grid.press("1")
    grid.saved()
    assert {grid.studio.labels()[image] for image in (first, second)} == {"crazing"}


def cache_pixels(studio: Studio, alike: tuple[int, int]) -> None:
    """What a round leaves behind of the images' pixels: noise, but for two that are the same but for a little."""
    folder = studio.ws.data_dir / "projects" / str(studio.project.id) / "pixels"
    folder.mkdir(parents=True)
    rows, _ = workspace.search_images(studio.ws, studio.project.id, limit=500)
    ids = [row.image_id for row in rows]
    pixels = np.random.default_rng(0).integers(20, 230, (len(ids), 32, 32), np.uint8)
    pixels[ids.index(alike[1])] = pixels[ids.index(alike[0])] + 3
    pixels.tofile(folder / "fitted-grey-32.pixels")
    np.array([int(row.fingerprint[:16], 16) or 1 for row in rows], np.uint64).tofile(folder / "fitted-grey-32.decoded")


def test_an_empty_tab_says_what_to_do_and_leads_there(grid: Grid):
    grid.studio.open("review")
    expect(grid.root.locator(".empty")).to_contain_text("No image is marked unsure")
    grid.studio.page.get_by_role("link", name="Go on labelling").click()
    grid.studio.image()


def test_under_the_open_filters_no_key_labels(grid: Grid):
    project = filled(grid.studio)
    crazing, *_ = project.class_ids
    project.record(*(label(image, crazing) for image in project.pool[:3]))
    grid.studio.open("review")
    choose(grid, "All labelled")
    expect(grid.tiles).to_have_count(3)
    grid.painted()
    grid.select(0)
    grid.studio.page.get_by_role("button", name="More filters").click()
    expect(grid.studio.page.get_by_test_id("stPopoverBody")).to_be_visible()
    grid.press("3")
    grid.studio.page.keyboard.press("Escape")
    expect(grid.studio.page.get_by_test_id("stPopoverBody")).to_be_hidden()
    expect(grid.selected).to_have_count(1)
    grid.press("2")
    grid.saved()
    assert sorted(grid.studio.labels().values()) == ["crazing", "crazing", "inclusion"]


@pytest.mark.parametrize("width", [1280, 390])
def test_what_to_look_at_stands_in_lines_that_none_breaks(studio: Studio, width: int):
    studio.page.set_viewport_size({"width": width, "height": 800})
    studio.open("review")
    lines = studio.page.get_by_test_id("stMain").get_by_test_id("stButtonGroup")
    for kind, tabs in KINDS.items():
        studio.page.get_by_role("radio", name=kind, exact=True).click()
        expect(lines.nth(1)).to_contain_text(NAMES[tabs[-1]])
        for line in (lines.nth(0), lines.nth(1)):
            whole, choice = line.bounding_box(), line.get_by_role("radio").first.bounding_box()
            assert whole["height"] < 1.5 * choice["height"], kind
