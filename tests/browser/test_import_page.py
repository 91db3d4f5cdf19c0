"""Three layouts through the import page: masks beside images, splits, days. What is written is what was shown."""

from pathlib import Path

import pytest
from conftest import Studio
from image_files import write_image, write_masked
from playwright.sync_api import Page, expect

from vabal_core import workspace

CLASSES = ("crazing", "scratches")
LOADED = '() => [...document.querySelectorAll(".pictures img")].every((image) => image.naturalWidth > 0)'


def with_splits(folder: Path) -> Path:
    for place, split in enumerate(("train", "val", "test")):
        for name in CLASSES:
            for number in range(4):
                write_image(folder / split / name / f"{number}.png", seed=(10 * place + len(name), number))
    return folder


def with_days(folder: Path) -> Path:
    for day in range(5):
        for number in range(3):
            write_image(folder / f"2026-11-{10 + day}" / f"{number}.png", seed=(day, number))
    return folder


def look(studio: Studio, folder: Path) -> Page:
    """The page once it has looked through the folder, whose name the new project gets."""
    page = studio.page
    studio.open("data")
    page.locator(".st-key-import_path input").fill(str(folder))
    page.keyboard.press("Tab")
    expect(page.locator(".st-key-import_name input")).to_have_value(folder.name)
    studio.settle()
    page.locator(".st-key-import_look button").first.click()
    expect(page.locator(".st-key-import_write button")).to_be_visible()
    studio.settle()
    return page


def write(studio: Studio, name: str) -> dict[tuple[str | None, str], int]:
    """Import, and (class or None, split) -> images as the database has them then."""
    studio.page.locator(".st-key-import_write button").first.click()
    expect(studio.page.locator(".st-key-import_label button")).to_be_visible()
    expect(studio.page.locator(".st-key-project_box input")).to_have_value(name)
    project = workspace.find_project(studio.ws, name)
    names = {listed.id: listed.name for listed in workspace.classes(studio.ws, project.id)}
    rows, _ = workspace.search_images(studio.ws, project.id, limit=500)
    counts: dict[tuple[str | None, str], int] = {}
    for row in rows:
        key = (names.get(row.class_id), row.split)
        counts[key] = counts.get(key, 0) + 1
    return counts


def test_masks_stay_out_and_a_class_is_named_on_the_page(studio: Studio, tmp_path: Path):
    page = look(studio, write_masked(tmp_path / "plates with masks", "cr", "sc"))
    expect(page.get_by_text("12 files look like masks")).to_be_visible()
    expect(page.locator(".pictures img").first).to_be_visible()
    page.wait_for_function(LOADED)
    field = page.locator(".st-key-import_name_of-cr input")
    field.fill("crazing")
    field.press("Tab")
    expect(page.locator(".st-key-import_name_of-crazing input")).to_be_visible()
    studio.settle()
    counts = write(studio, "plates with masks")
    assert {name for name, _ in counts} == {"crazing", "sc"} and sum(counts.values()) == 12
    page.locator(".st-key-import_label button").first.click()
    expect(studio.desk).to_contain_text("The images came with their labels")


def test_split_folders_go_where_they_say(studio: Studio, tmp_path: Path):
    page = look(studio, with_splits(tmp_path / "set in splits"))
    expect(page.get_by_text("for evaluation", exact=False).first).to_be_visible()
    counts = write(studio, "set in splits")
    assert counts == {(name, split): count for name in CLASSES for split, count in (("pool", 4), ("evaluation", 8))}


def test_days_are_no_classes_and_the_import_is_undone(studio: Studio, tmp_path: Path):
    page = look(studio, with_days(tmp_path / "line by days"))
    expect(page.get_by_text("called like days", exact=False)).to_be_visible()
    page.get_by_role("button", name="No labels", exact=True).click()
    expect(page.get_by_text("called like days", exact=False)).to_have_count(0)
    counts = write(studio, "line by days")
    assert {name for name, _ in counts} == {None} and sum(counts.values()) == 15
    page.get_by_role("button", name="Undo this import").click()
    page.get_by_role("button", name="Undo it").click()
    expect(page.get_by_text("Bin (15 images)")).to_be_visible()
    project = workspace.find_project(studio.ws, "line by days")
    assert not any(workspace.image_totals(studio.ws, project.id).values())


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_scrolls_sideways_while_an_import_is_shown(studio: Studio, tmp_path: Path, width: int):
    studio.page.set_viewport_size({"width": width, "height": 844})
    page = look(studio, with_splits(tmp_path / f"set {width} wide"))
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("(element) => element.scrollWidth <= element.clientWidth + 1")
