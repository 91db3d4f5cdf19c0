"""The Data page in a real browser: add images, take the labels away."""

import csv
import io
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Studio
from image_files import write_image
from playwright.sync_api import expect
from workspaces import ANN

from vabal_core import workspace


def test_the_download_holds_every_label(studio: Studio, tmp_path: Path):
    workspace.label_for_me(studio.ws, ANN, studio.project.id, 10)
    studio.open("data")
    with studio.page.expect_download() as download:
        studio.page.get_by_role("link", name="Download labels (CSV)").click()
    download.value.save_as(tmp_path / "labels.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "labels.csv").read_text(encoding="utf-8-sig"))))
    names = {workspace.image(studio.ws, image_id).path: name for image_id, name in studio.labels().items()}
    assert {row["path"]: row["label"] for row in rows} == names


def write_classes(folder: Path) -> Path:
    for name in ("crazing", "scratches"):
        for number in range(6):
            write_image(folder / name / f"{number}.png", seed=(number, len(name)))
    return folder


def drop(studio: Studio, folder: Path) -> None:
    """Drop a folder from the computer's own file manager, as the browser tells the page of it."""
    zone = studio.page.locator(".drop .zone")
    zone.scroll_into_view_if_needed()
    box = zone.bounding_box()
    assert box
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    protocol = studio.page.context.new_cdp_session(studio.page)
    for kind in ("dragEnter", "dragOver", "drop"):
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        protocol.send("Input.dispatchDragEvent", {"type": kind, **point, "data": data})


def import_all(studio: Studio) -> None:
    studio.page.locator(".st-key-import_look button").first.click()
    studio.page.locator(".st-key-import_write button").first.click()
    studio.page.locator(".st-key-import_label button").first.click()


def test_images_are_added_from_an_address_into_a_new_project(studio: Studio, tmp_path: Path):
    studio.open("data")
    studio.page.locator(".st-key-import_path input").fill(f'"{tmp_path / "images"}"')
    studio.page.keyboard.press("Tab")
    studio.settle()
    expect(studio.page.locator(".st-key-import_name input")).to_have_value("images")  # proposed, after the address
    studio.page.locator(".st-key-import_name input").fill("Added by hand")
    studio.page.keyboard.press("Tab")
    studio.settle()
    import_all(studio)
    expect(studio.page.get_by_role("heading", name="Name your classes")).to_be_visible()
    expect(studio.page.locator(".st-key-project_box input")).to_have_value("Added by hand")
    studio.page.locator(".st-key-new_classes textarea").fill("scale\npits")
    studio.page.locator(".st-key-add_classes_button button").click()
    assert studio.image()


def test_a_folder_is_dropped_with_its_class_folders_and_labelling_goes_on_there(studio: Studio, tmp_path: Path):
    studio.open("data")
    drop(studio, write_classes(tmp_path / "plate line"))
    expect(studio.page.locator(".drop .status")).to_contain_text("12 files sent")
    expect(studio.page.locator(".st-key-import_name input")).to_have_value("plate line")
    import_all(studio)
    expect(studio.page.locator(".st-key-project_box input")).to_have_value("plate line")
    project = workspace.find_project(studio.ws, "plate line")
    rows, total = workspace.search_images(studio.ws, project.id)
    assert total == 12 and all(workspace.image_file(studio.ws, row.image_id).is_file() for row in rows)
    names = [defect_class.name for defect_class in workspace.classes(studio.ws, project.id)]
    assert names == ["crazing", "scratches"]


def test_a_folder_that_is_chosen_is_there_again_on_another_visit_to_the_page(studio: Studio, tmp_path: Path):
    studio.open("data")
    studio.page.locator(".drop input.folder").set_input_files(write_classes(tmp_path / "line 7"))
    expect(studio.page.locator(".st-key-import_name input")).to_have_value("line 7")
    studio.settle()
    studio.page.get_by_role("link", name="Label", exact=True).click()
    studio.image()
    studio.page.get_by_role("link", name="Data", exact=True).click()
    expect(studio.page.locator(".drop .status")).to_contain_text("12 files sent")
    expect(studio.page.locator(".st-key-import_name input")).to_have_value("line 7")
    studio.page.get_by_role("button", name="Start over").click()
    expect(studio.page.locator(".drop .status")).to_have_text("")
    expect(studio.page.locator(".st-key-import_path input")).to_be_enabled()


def test_the_data_page_leads_to_the_grid_of_the_same_project(studio: Studio):
    studio.open("data")
    studio.page.get_by_role("link", name="See the images in the Grid").click()
    expect(studio.page.locator(".grid .tile")).to_have_count(40)


def test_at_the_address_of_a_project_that_is_gone_no_other_is_labelled_unawares(studio: Studio):
    studio.page.goto(f"{studio.server.url}/label?project=gone")
    studio.settle()
    expect(studio.page.get_by_test_id("stMain")).to_contain_text("There is no project called “gone” here")
    expect(studio.page.locator(".desk")).to_have_count(0)
    studio.page.get_by_test_id("stMain").get_by_role("button", name="Open “").click()
    expect(studio.page.locator(".desk")).to_have_count(1)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "![](http://x)", "rolled_in_scale_ :smile: www.x.com"])
def test_a_project_name_that_looks_like_markup_is_shown_letter_for_letter(studio: Studio, name: str):
    studio.page.goto(f"{studio.server.url}/data?project={quote(name)}")
    studio.settle()
    warning = studio.page.get_by_test_id("stAlert")
    expect(warning).to_contain_text("There is no project called")
    assert f"“{name}”" in warning.inner_text().replace("\u2060", "")
    assert warning.locator("a, img, em").count() == 0
