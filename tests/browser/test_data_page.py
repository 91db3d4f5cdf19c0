"""The Data page in a real browser: look, select, correct, take the labels away."""

import csv
import io
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Studio
from playwright.sync_api import Locator, expect

from vabal_core import workspace


def tiles(studio: Studio) -> Locator:
    return studio.page.locator(".grid button")


def choose_label(studio: Studio, name: str) -> None:
    studio.page.locator(f".st-key-correct_to-{studio.project.id} input").click()
    studio.page.get_by_role("option", name=name, exact=True).click()
    studio.page.locator(".st-key-correct_save button").first.click()


def test_thumbnails_of_all_images_are_shown(studio: Studio):
    studio.open("data")
    expect(tiles(studio)).to_have_count(43)
    studio.page.wait_for_function(FIRST_IMAGE_PAINTED)


FIRST_IMAGE_PAINTED = """() => {
  const roots = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean);
  const image = roots.map((root) => root.querySelector(".grid img")).find(Boolean);
  return image && image.complete && image.naturalWidth > 0;
}"""


def test_several_images_are_given_a_label_at_once(studio: Studio):
    studio.open("data")
    chosen = [int(tiles(studio).nth(place).get_attribute("data-image") or 0) for place in (0, 2, 5)]
    for place in (0, 2, 5):
        tiles(studio).nth(place).click()
    expect(studio.page.get_by_text("3 images selected")).to_be_visible()
    choose_label(studio, "scratches")
    expect(studio.page.get_by_text("3 labelled scratches.")).to_be_visible()
    assert studio.labels() == dict.fromkeys(chosen, "scratches")


def test_a_label_is_corrected_and_the_tile_shows_the_new_one(studio: Studio):
    workspace.label_for_me(studio.ws, studio.project.id, 40)
    studio.open("data")
    tiles(studio).first.click()
    expect(studio.page.get_by_alt_text("The selected image")).to_be_visible()
    choose_label(studio, "inclusion")
    expect(tiles(studio).first.locator(".label")).to_have_text("inclusion")


def test_a_filter_shows_the_images_of_one_class(studio: Studio):
    workspace.label_for_me(studio.ws, studio.project.id, 40)
    studio.open("data")
    studio.page.locator(f".st-key-f_label-{studio.project.id} input").click()
    studio.page.get_by_role("option", name="crazing", exact=True).click()
    expect(tiles(studio)).to_have_count(14)
    expect(tiles(studio).locator(".label").first).to_have_text("crazing")


def test_the_download_holds_every_label(studio: Studio, tmp_path: Path):
    workspace.label_for_me(studio.ws, studio.project.id, 10)
    studio.open("data")
    with studio.page.expect_download() as download:
        studio.page.get_by_role("link", name="Download labels (CSV)").click()
    download.value.save_as(tmp_path / "labels.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "labels.csv").read_text(encoding="utf-8"))))
    names = {workspace.image(studio.ws, image_id).path: name for image_id, name in studio.labels().items()}
    assert {row["path"]: row["label"] for row in rows} == names


def test_images_are_added_from_a_folder(studio: Studio, tmp_path: Path):
    studio.open("data", view="Add images")
    studio.page.locator(f".st-key-import_into-{studio.project.id} input").click()
    studio.page.get_by_role("option", name="A new project").click()
    studio.page.locator(".st-key-import_name input").fill("Added by hand")
    studio.page.locator(".st-key-import_path input").fill(str(tmp_path / "images"))
    studio.page.keyboard.press("Tab")
    studio.settle()
    studio.page.locator(".st-key-import_look button").first.click()
    studio.page.locator(".st-key-import_write button").first.click()
    studio.page.get_by_role("link", name="Start labelling").click()
    expect(studio.page.get_by_role("heading", name="Name your first class")).to_be_visible()
    expect(studio.page.locator(".st-key-project_box input")).to_have_value("Added by hand")
    studio.page.locator(".st-key-new_class input").fill("scale")
    studio.page.keyboard.press("Enter")
    assert studio.image()


def test_a_selection_outlives_a_change_of_the_images_and_both_sides_agree_on_it(studio: Studio):
    studio.open("data")
    for place in (0, 1):
        tiles(studio).nth(place).click()
    expect(studio.page.get_by_text("2 images selected")).to_be_visible()
    chosen = [int(tiles(studio).nth(place).get_attribute("data-image") or 0) for place in (0, 1)]
    workspace.label_for_me(studio.ws, studio.project.id, 40)  # the tiles change under the selection
    tiles(studio).nth(2).click()
    expect(studio.page.get_by_text("3 images selected")).to_be_visible()
    expect(tiles(studio).nth(3).locator(".label")).not_to_have_text("no label yet")
    pressed = studio.page.locator(".grid button[aria-pressed=true]")
    expect(pressed).to_have_count(3)
    chosen.append(int(tiles(studio).nth(2).get_attribute("data-image") or 0))
    choose_label(studio, "inclusion")
    expect(studio.page.get_by_text("3 labelled inclusion.")).to_be_visible()
    expect(pressed).to_have_count(0)
    assert {studio.labels()[image] for image in chosen} == {"inclusion"}


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "![](http://x)", "rolled_in_scale_ :smile: www.x.com"])
def test_a_project_name_that_looks_like_markup_is_shown_letter_for_letter(studio: Studio, name: str):
    studio.page.goto(f"{studio.server.url}/data?project={quote(name)}")
    studio.settle()
    warning = studio.page.get_by_test_id("stAlert")
    expect(warning).to_contain_text("There is no project called")
    assert f"“{name}”" in warning.inner_text().replace("\u2060", "")
    assert warning.locator("a, img, em").count() == 0
