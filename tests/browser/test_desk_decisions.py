"""What is decided at the desk beside labels: skip, unsure, flag; the strip of decisions; type-to-search."""

import re

import pytest
from conftest import PATIENCE, Studio
from playwright.sync_api import Locator, Route, expect
from workspaces import ANN

from vabal_core import workspace

NAMES = tuple(f"{part} {kind}" for part in ("edge", "roll", "oil", "weld", "scale") for kind in "abcdef")


def tiles(studio: Studio) -> Locator:
    return studio.desk.locator(".strip li button")


def decided(studio: Studio) -> dict[int, tuple[str, str]]:
    """image id -> (state, comment) of all images that somebody was unsure about, or flagged."""
    decisions: dict[int, tuple[str, str]] = {}
    for state in ("unsure", "flagged"):
        rows, _ = workspace.search_images(studio.ws, studio.project.id, state=state, limit=100)
        decisions |= {row.image_id: (state, row.comment or "") for row in rows}
    return decisions


def test_skip_unsure_and_flag_are_no_labels_and_undo_takes_them_back(studio: Studio):
    studio.open()
    skipped, unsure = studio.press("s"), studio.press("x")
    flagged = studio.press("f")
    studio.page.keyboard.type("dust 123 on the lens, sure?")
    studio.page.keyboard.press("Enter")
    labelled = studio.press("2")
    studio.saved()
    assert studio.labels() == {labelled: "inclusion"}
    assert decided(studio) == {unsure: ("unsure", ""), flagged: ("flagged", "dust 123 on the lens, sure?")}
    expect(studio.desk.locator(".pace")).to_have_text("1 unsure · 1 flagged")
    for expected in (labelled, flagged, unsure, skipped):
        studio.image()
        studio.page.keyboard.press("u")
        expect(studio.desk).to_have_attribute("data-image", str(expected))
    studio.saved()
    assert studio.labels() == {} and decided(studio) == {}


def test_a_flag_can_be_left_and_sent_by_mouse_without_words(studio: Studio):
    studio.open()
    image = studio.press("f")
    studio.page.keyboard.type("1 2 3")
    studio.page.keyboard.press("Escape")
    expect(studio.desk.locator(".comment")).to_be_hidden()
    assert studio.image() == image
    studio.desk.locator("[data-do=flag]").click()
    studio.desk.locator("[data-do=send-flag]").click()
    expect(studio.desk).not_to_have_attribute("data-image", str(image))
    studio.saved()
    assert decided(studio) == {image: ("flagged", "")} and studio.labels() == {}


def test_the_strip_shows_the_last_ten_decisions_newest_first_also_after_a_reload(studio: Studio):
    studio.open()
    for key in "1231231123":
        studio.press(key)
    studio.press("x")
    shown = ["unsure", "scratches", "inclusion", "crazing", "crazing", "scratches", "inclusion", "crazing", "scratches"]
    for _ in range(2):
        studio.image()
        expect(tiles(studio).locator(".name")).to_have_text([*shown, "inclusion"])
        expect(tiles(studio).first.locator("img")).to_have_js_property("complete", True)
        studio.saved()
        studio.page.reload()


def test_a_decision_of_the_strip_is_corrected_or_left_as_it_was(studio: Studio):
    studio.open()
    images = [studio.press("1") for _ in range(3)]
    waiting = studio.image()
    tiles(studio).nth(1).click()
    expect(studio.desk).to_have_attribute("data-image", str(images[1]))
    expect(studio.desk.locator(".why")).to_contain_text("You labelled this image crazing.")
    studio.page.keyboard.press("Escape")
    expect(studio.desk).to_have_attribute("data-image", str(waiting))
    tiles(studio).nth(1).click()
    expect(studio.desk).to_have_attribute("data-image", str(images[1]))
    assert studio.press("3") == images[1]
    expect(studio.desk).to_have_attribute("data-image", str(waiting))
    studio.saved()
    assert studio.labels() == {images[0]: "crazing", images[1]: "scratches", images[2]: "crazing"}
    expect(studio.desk.locator(".count")).to_have_text(["2", "0", "1"])
    studio.page.keyboard.press("u")  # takes the correction back, not the label before it
    expect(studio.desk).to_have_attribute("data-image", str(images[1]))
    studio.saved()
    assert studio.labels()[images[1]] == "crazing"
    expect(studio.desk.locator(".count")).to_have_text(["3", "0", "0"])
    studio.page.keyboard.press("Escape")
    expect(studio.desk).to_have_attribute("data-image", str(waiting))


@pytest.mark.parametrize("studio", [{"pool": 70}], indirect=True)
def test_more_than_fifty_labels_can_be_taken_back_also_after_a_reload(studio: Studio):
    studio.open()
    images = [studio.press("1") for _ in range(55)]
    studio.saved()
    studio.page.reload()
    studio.image()
    for _ in images:
        studio.page.keyboard.press("u")
    expect(studio.desk).to_have_attribute("data-image", str(images[0]))
    studio.saved()
    assert studio.labels() == {}


def test_a_class_is_found_by_part_of_its_name(studio: Studio):
    studio.open()
    first = studio.image()
    studio.page.keyboard.type("/scr")
    expect(studio.desk.locator(".classes button:visible .name")).to_have_text(["scratches"])
    studio.page.keyboard.press("Enter")
    expect(studio.desk).not_to_have_attribute("data-image", str(first))
    second = studio.image()
    studio.page.keyboard.type("/c")
    expect(studio.desk.locator(".chosen .name")).to_have_text("crazing")
    studio.page.keyboard.press("ArrowDown")
    expect(studio.desk.locator(".chosen .name")).to_have_text("inclusion")
    studio.page.keyboard.press("Enter")
    expect(studio.desk).not_to_have_attribute("data-image", str(second))
    third = studio.image()
    studio.page.keyboard.type("/zzz")
    expect(studio.desk.locator(".result")).to_have_text("No class with “zzz”")
    studio.page.keyboard.press("Enter")
    studio.page.keyboard.press("Escape")
    expect(studio.desk.locator(".search")).to_be_hidden()
    assert studio.press("1") == third
    studio.saved()
    assert studio.labels() == {first: "scratches", second: "inclusion", third: "crazing"}


def test_a_name_typed_before_the_image_was_shown_never_labels_it(studio: Studio):
    held: list[Route] = []
    release: list[bool] = []
    studio.page.route("**/api/images/**", lambda route: route.continue_() if release else held.append(route))
    studio.open()
    expect(studio.desk.locator(".message")).to_contain_text("Loading the image")
    expect(studio.desk.locator(".classes button")).to_have_count(3)
    studio.page.keyboard.type("/scr")
    release.append(True)
    for route in held:
        route.continue_()
    first = studio.image()
    studio.page.keyboard.press("Enter")
    expect(studio.desk.locator(".note")).to_contain_text("Another image came while you typed")
    assert studio.press("1") == first
    studio.saved()
    assert studio.labels() == {first: "crazing"}


def test_fast_typing_in_the_search_labels_only_what_was_on_screen(studio: Studio):
    studio.open()
    expected = {}
    for part, name in (("/inc", "inclusion"), ("/scra", "scratches"), ("/cra", "crazing")) * 3:
        expected[studio.image()] = name
        for key in [*part, "Enter"]:
            studio.page.keyboard.press(key, delay=0)
    studio.saved()
    assert studio.labels() == expected


def test_thirty_classes_fit_and_the_search_is_always_there(studio: Studio):
    for name in NAMES[:27]:
        workspace.add_class(studio.ws, ANN, studio.project.id, name)
    studio.page.set_viewport_size({"width": 900, "height": 760})
    studio.open()
    image = studio.image()
    expect(studio.desk.locator(".search")).to_be_visible()
    expect(studio.desk.locator(".classes button")).to_have_count(30)
    assert studio.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    without_key = studio.desk.locator(".classes button[aria-keyshortcuts='/']").last
    expect(without_key.locator("kbd")).to_have_text("/ …")
    name = without_key.locator(".name").get_attribute("title")
    studio.page.keyboard.type(f"/{name}")
    studio.page.keyboard.press("Enter")
    expect(studio.desk).not_to_have_attribute("data-image", str(image))
    studio.saved()
    assert studio.labels() == {image: name}
    expect(studio.desk.locator(".search")).to_be_visible()


def test_a_changed_key_labels_at_once(studio: Studio):
    studio.open()
    studio.image()
    first = workspace.classes(studio.ws, studio.project.id)[0]
    studio.page.locator(".st-key-edit_classes button").first.click()
    studio.page.locator(f".st-key-key_{first.id}_1 input").fill("r")
    studio.page.locator(".st-key-save_names button").click()
    expect(studio.desk.locator(".classes kbd")).to_have_text(["r", "2", "3"], timeout=PATIENCE)
    studio.page.keyboard.press("Escape")
    image = studio.press("r")
    studio.saved()
    assert studio.labels() == {image: "crazing"}


def test_every_button_of_the_desk_has_a_name(studio: Studio):
    studio.open()
    studio.press("1")
    studio.image()
    buttons = studio.desk.get_by_role("button").all()
    assert len(buttons) > 3  # a button for each class, and the desk's own
    for button in buttons:
        expect(button).to_have_accessible_name(re.compile(r"\w"))
        assert (button.bounding_box() or {"height": 0})["height"] >= 40
