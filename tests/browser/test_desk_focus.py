"""Whose key it is: after a click the keyboard belongs to the desk, and under an open menu to nobody's image."""

from collections.abc import Callable

import pytest
from conftest import Studio, simulate
from playwright.sync_api import Locator, Route, expect
from workspaces import ANN

from vabal_core import workspace


def menu(studio: Studio) -> Locator:
    return studio.page.locator(".st-key-edit_classes button").first


def skipped(studio: Studio) -> set[int]:
    rows, _ = workspace.search_images(studio.ws, studio.project.id, state="skipped", limit=100)
    return {row.image_id for row in rows}


def answering(**fields: object) -> Callable[[Route], None]:
    """The server's answer with `fields` in it."""

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), **fields})

    return answer


@pytest.mark.parametrize("studio", [{"pool": 240}], indirect=True)
def test_after_labelling_for_me_space_skips_and_enter_labels_no_more(studio: Studio):
    studio.open()
    before = studio.image()
    simulate(studio, "Give the next 100 labels")
    expect(studio.page.get_by_text("100 images labelled")).to_be_visible()
    expect(studio.desk).not_to_have_attribute("data-image", str(before))
    image = studio.press(" ")
    expect(studio.desk).not_to_have_attribute("data-image", str(image))
    studio.press("Enter")
    expect(studio.desk.locator(".note")).to_have_text("There is no suggestion on screen to accept.")
    studio.saved()
    assert len(studio.labels()) == 100 and skipped(studio) == {image}


def test_under_the_open_class_menu_no_key_labels_and_afterwards_space_skips(studio: Studio):
    studio.open()
    image = studio.image()
    menu(studio).click()
    expect(studio.page.locator(".st-key-new_class input")).to_be_visible()
    studio.page.get_by_text("Keys and names.").click()  # the focus is in no field now
    studio.page.keyboard.press("1")
    menu(studio).click()
    expect(studio.page.locator(".st-key-new_class input")).to_be_hidden()
    expect(studio.desk).to_have_attribute("data-image", str(image))
    assert studio.press(" ") == image
    expect(studio.desk).not_to_have_attribute("data-image", str(image))
    studio.saved()
    assert studio.labels() == {} and skipped(studio) == {image}


def test_who_came_by_tab_presses_the_button_with_enter(studio: Studio):
    studio.open()
    studio.image()
    studio.page.locator(".st-key-queue button").first.focus()
    studio.page.keyboard.press("Tab")
    expect(menu(studio)).to_be_focused()
    studio.page.keyboard.press("Enter")
    expect(studio.page.locator(".st-key-new_class input")).to_be_visible()


def test_leaving_asks_only_where_something_is_at_risk(studio: Studio):
    dialogs: list[str] = []
    studio.page.on("dialog", lambda dialog: dialogs.append(dialog.type))
    studio.open()
    images = [studio.press(key) for key in "123"]
    studio.page.reload()
    studio.image()
    studio.saved()
    assert set(studio.labels()) == set(images) and dialogs == []
    studio.page.route("**/api/labels", lambda route: route.abort())
    studio.press("1")
    expect(studio.desk.locator(".saved")).to_have_text("1 waiting")
    studio.page.reload()
    assert dialogs == ["beforeunload"]


def test_a_round_under_way_is_told(studio: Studio):
    workspace.update_settings(studio.ws, ANN, studio.project.id, auto_every=0)
    goal, sentence = "0 labels so far. Round 1 learns from 25 labels.", "Round 1 learns from 25 labels."
    studio.page.route("**/api/labels", answering(running=1, goal=goal, sentence=sentence, share=0.4))
    studio.open()
    studio.image()
    expect(studio.desk.locator(".goal")).to_have_text(goal)
    expect(studio.page.locator(".st-key-state_strip .sentence")).to_have_text(sentence)


def test_while_an_answer_is_awaited_no_desk_says_that_all_is_labelled(studio: Studio):
    studio.open()
    studio.image()
    held = []
    studio.page.route("**/api/labels", lambda route: held.append(route))
    for _ in range(40):
        studio.press("1")
    expect(studio.desk.locator(".message")).to_have_text("Loading images …")
    held[0].continue_()
    studio.page.unroute("**/api/labels")
    expect(studio.desk.locator(".message")).to_contain_text("No image waits for a label any more")


def test_on_a_phone_image_and_classes_are_on_screen_together(studio: Studio):
    studio.page.set_viewport_size({"width": 400, "height": 800})
    studio.open()
    studio.image()
    for part in (studio.desk.locator(".frame"), *studio.desk.locator("[data-class]").all()):
        box = part.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 800
    studio.desk.locator("[data-do=sharp]").scroll_into_view_if_needed()
    assert studio.desk.locator(".frame").bounding_box()["y"] >= 0
