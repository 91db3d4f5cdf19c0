"""The Data page in a real browser: add images, take the labels away."""

import csv
import io
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Studio
from playwright.sync_api import expect
from workspaces import ANN

from vabal_core import workspace


def test_the_download_holds_every_label(studio: Studio, tmp_path: Path):
    workspace.label_for_me(studio.ws, ANN, studio.project.id, 10)
    studio.open("data")
    with studio.page.expect_download() as download:
        studio.page.get_by_role("link", name="Download labels (CSV)").click()
    download.value.save_as(tmp_path / "labels.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "labels.csv").read_text(encoding="utf-8"))))
    names = {workspace.image(studio.ws, image_id).path: name for image_id, name in studio.labels().items()}
    assert {row["path"]: row["label"] for row in rows} == names


def test_images_are_added_from_a_folder(studio: Studio, tmp_path: Path):
    studio.open("data")
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


def test_the_data_page_leads_to_the_grid_of_the_same_project(studio: Studio):
    studio.open("data")
    studio.page.get_by_role("link", name="See the images in the Grid").click()
    expect(studio.page.locator(".grid .tile")).to_have_count(40)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "![](http://x)", "rolled_in_scale_ :smile: www.x.com"])
def test_a_project_name_that_looks_like_markup_is_shown_letter_for_letter(studio: Studio, name: str):
    studio.page.goto(f"{studio.server.url}/data?project={quote(name)}")
    studio.settle()
    warning = studio.page.get_by_test_id("stAlert")
    expect(warning).to_contain_text("There is no project called")
    assert f"“{name}”" in warning.inner_text().replace("\u2060", "")
    assert warning.locator("a, img, em").count() == 0
