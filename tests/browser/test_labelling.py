"""The labelling desk in a real browser: every key lands on the image that was on screen, and none is lost."""

import re
from collections import Counter

import pytest
from conftest import PATIENCE, Studio, simulate
from playwright.sync_api import Route, expect
from ui_projects import CLASSES
from workspaces import ANN

from vabal_core import workspace
from vabal_core.store import rounds
from vabal_core.types import RankedImage

KEYS = {str(place): name for place, name in enumerate(CLASSES, start=1)}


def test_a_cold_deep_link_opens_the_page_and_the_project(studio: Studio):
    studio.open("label")
    assert studio.image()
    expect(studio.page.get_by_role("link", name="Rounds")).to_be_visible()
    expect(studio.page.locator(".st-key-project_box input")).to_have_value(studio.project.name)


def test_the_root_leads_to_the_labelling_page(studio: Studio):
    studio.open("")
    expect(studio.page).to_have_url(re.compile("/label"))
    assert studio.image()


def test_no_request_leaves_the_machine(studio: Studio):
    hosts = set()
    studio.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    for path in ("label", "rounds", "progress", "data"):
        studio.open(path)
    assert {host for host in hosts if host.split(":")[0] not in ("127.0.0.1", "")} == set()


def test_keys_at_a_fast_pace_label_the_image_on_screen(studio: Studio):
    studio.open()
    expected = {}
    for turn in range(30):
        key = str(1 + turn % 3)
        expected[studio.press(key)] = KEYS[key]
    studio.saved()
    assert studio.labels() == expected


def test_keys_faster_than_the_screen_never_reach_an_image_nobody_saw(studio: Studio):
    studio.open()
    studio.image()
    studio.page.evaluate(WATCH)
    for turn in range(30):
        studio.page.keyboard.press(str(1 + turn % 3), delay=0)
    studio.saved()
    seen = {int(image): KEYS[key] for image, key in studio.page.evaluate("() => window.seen") if image}
    assert studio.labels() == seen


# Notes which image was painted at each key press, before the desk hears of the key.
WATCH = """() => {
  window.seen = [];
  const deep = (node) => [...node.querySelectorAll("*")].map((element) => element.shadowRoot).filter(Boolean);
  const desk = deep(document).map((root) => root.querySelector(".desk")).find(Boolean);
  window.addEventListener("keydown", (event) => window.seen.push([desk.dataset.image, event.key]), { capture: true });
}"""


def test_a_key_before_the_image_is_painted_does_nothing(studio: Studio):
    held: list[Route] = []
    release: list[bool] = []
    studio.page.route("**/api/images/**", lambda route: route.continue_() if release else held.append(route))
    studio.open()
    expect(studio.desk.locator(".message")).to_contain_text("Loading the image")
    studio.page.keyboard.press("1")
    release.append(True)
    for route in held:
        route.continue_()
    studio.image()
    assert studio.labels() == {}


def test_undo_goes_back_many_steps_and_the_image_can_be_labelled_anew(studio: Studio):
    studio.open()
    images = [studio.press("1") for _ in range(5)]
    for expected in reversed(images[2:]):
        studio.image()
        studio.page.keyboard.press("u")
        expect(studio.desk).to_have_attribute("data-image", str(expected))
    assert studio.press("2") == images[2]
    studio.saved()
    assert studio.labels() == {images[0]: "crazing", images[1]: "crazing", images[2]: "inclusion"}


def test_undo_works_after_a_reload(studio: Studio):
    studio.open()
    images = [studio.press("3") for _ in range(3)]
    studio.saved()
    studio.page.reload()
    studio.image()
    for expected in reversed(images):
        studio.page.keyboard.press("Control+z")
        expect(studio.desk).to_have_attribute("data-image", str(expected))
    studio.saved()
    assert studio.labels() == {}


def test_a_skipped_image_gets_no_label_and_comes_back_at_the_end(studio: Studio):
    studio.open()
    skipped = studio.press("s")
    after = studio.press("1")
    studio.saved()
    assert studio.labels() == {after: "crazing"}
    last = workspace.next_images(studio.ws, studio.project.id, "ranked", count=60)[-1]
    assert last.image_id == skipped


@pytest.mark.parametrize("studio", [{"pool": 3}], indirect=True)
def test_an_empty_queue_says_so_and_ignores_keys(studio: Studio):
    studio.open()
    for _ in range(3):
        studio.press("1")
    expect(studio.desk.locator(".message")).to_contain_text("No image waits for a label any more")
    studio.page.keyboard.press("2")
    studio.saved()
    assert set(studio.labels().values()) == {"crazing"}


def test_a_button_labels_as_its_key_does_and_gives_the_keyboard_back(studio: Studio):
    studio.open()
    first = studio.image()
    studio.desk.get_by_role("button", name="inclusion").click()
    expect(studio.desk).not_to_have_attribute("data-image", str(first))
    second = studio.press("Space")
    studio.saved()
    assert studio.labels() == {first: "inclusion"} and second not in studio.labels()


def test_buttons_are_large_and_named(studio: Studio):
    studio.open()
    studio.image()
    buttons = studio.desk.get_by_role("button").all()
    assert len(buttons) > 3  # a button for each class, and the desk's own
    for button in buttons:
        assert (button.bounding_box() or {"height": 0})["height"] >= 40
        assert button.get_attribute("aria-keyshortcuts")


def test_a_key_typed_into_a_field_labels_nothing(studio: Studio):
    studio.open()
    studio.image()
    studio.page.locator(".st-key-person_box input").press_sequentially("Ann 123")
    studio.page.keyboard.press("Enter")
    studio.page.wait_for_function("() => document.cookie.includes('studio_person=')")
    studio.settle()
    assert studio.labels() == {}
    studio.press("1")
    studio.saved()
    rows, _ = workspace.search_images(studio.ws, studio.project.id, labelled=True)
    assert [row.annotator for row in rows] == ["Ann 123"]


def test_the_name_is_remembered_over_a_reload(studio: Studio):
    studio.open()
    studio.page.locator(".st-key-person_box input").fill("Åsa Öberg")
    studio.page.keyboard.press("Enter")
    studio.page.wait_for_function("() => document.cookie.includes('studio_person=')")
    studio.page.reload()
    studio.settle()
    expect(studio.page.locator(".st-key-person_box input")).to_have_value("Åsa Öberg")


def test_a_reload_in_the_middle_loses_nothing(studio: Studio):
    studio.open()
    expected = {}
    for _ in range(3):
        for key in ("1", "2", "3"):
            expected[studio.press(key)] = KEYS[key]
        studio.page.reload()
    studio.image()
    studio.saved()
    assert studio.labels() == expected


def test_a_killed_server_loses_no_label_and_stores_each_once(studio: Studio):
    studio.open()
    expected = {studio.press("1"): "crazing" for _ in range(4)}
    studio.server.kill()
    expected |= {studio.press("2"): "inclusion" for _ in range(4)}
    expect(studio.desk.locator(".saved")).to_have_text(re.compile("[4-8] waiting"), timeout=PATIENCE)
    studio.server.start()
    expected |= {studio.press("3"): "scratches" for _ in range(4)}
    studio.saved()
    assert studio.labels() == expected
    counts = workspace.counts(studio.ws, studio.project.id)
    assert sum(counts.pool.values()) == len(expected)


def test_labels_kept_while_the_server_is_away_survive_closing_the_page(studio: Studio):
    studio.open()
    expected = {studio.press("1"): "crazing"}
    studio.saved()
    studio.page.route("**/api/labels", lambda route: route.abort())
    expected |= {studio.press("2"): "inclusion" for _ in range(3)}
    studio.page.goto("about:blank")
    studio.page.unroute("**/api/labels")
    studio.open()
    studio.image()
    studio.saved()
    assert studio.labels() == expected


def test_a_broken_image_says_so_and_can_be_skipped(studio: Studio):
    first = workspace.next_images(studio.ws, studio.project.id, "ranked", count=1)[0].image_id
    workspace.image_file(studio.ws, first).write_bytes(b"not an image")
    studio.open()
    expect(studio.desk.locator(".message")).to_contain_text("cannot be shown")
    assert studio.press("1") == first
    assert studio.press("s") == first
    assert studio.image() != first
    studio.saved()
    assert studio.labels() == {}


@pytest.mark.parametrize("studio", [{"size": 3000, "pool": 3}], indirect=True)
def test_an_image_larger_than_the_screen_fits_the_frame(studio: Studio):
    studio.open()
    studio.image()
    frame, image = studio.desk.locator(".frame").bounding_box(), studio.desk.locator("img").bounding_box()
    assert image["width"] <= frame["width"] and image["height"] <= frame["height"]
    assert studio.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_sharp_pixels_are_switched_by_key_and_kept(studio: Studio):
    studio.open()
    studio.press(",")
    expect(studio.desk.locator("img")).to_have_css("image-rendering", "pixelated")
    studio.page.reload()
    studio.image()
    expect(studio.desk.locator("img")).to_have_css("image-rendering", "pixelated")


def test_evaluation_images_are_a_queue_of_their_own_without_prediction(studio: Studio):
    studio.open()
    studio.image()
    studio.page.get_by_text("Evaluation images", exact=True).click()
    expect(studio.desk).to_have_attribute("data-queue", "evaluation")
    labelled = studio.press("1")
    studio.saved()
    assert workspace.image(studio.ws, labelled).split == "evaluation"
    expect(studio.desk.locator(".mark")).to_contain_text("Evaluation image")


def test_a_class_added_while_labelling_gets_a_key_at_once(studio: Studio):
    studio.open()
    studio.image()
    studio.page.locator(".st-key-edit_classes button").first.click()
    studio.page.locator(".st-key-new_class input").fill("roll mark")
    studio.page.keyboard.press("Enter")
    expect(studio.desk.get_by_role("button", name="roll mark")).to_be_visible()
    studio.page.keyboard.press("Escape")
    image = studio.press("4")
    studio.saved()
    assert studio.labels() == {image: "roll mark"}


def test_class_counts_follow_the_labels_and_show_zeros(studio: Studio):
    studio.open()
    studio.press("1")
    studio.press("1")
    studio.saved()
    expect(studio.desk.locator(".count")).to_have_text(["2", "0", "0"])


def test_the_way_to_the_next_round_is_told(studio: Studio):
    workspace.update_settings(studio.ws, ANN, studio.project.id, batch=3, auto_every=0)
    studio.open()
    studio.image()
    goal = studio.desk.locator(".goal")
    expect(goal).to_have_text("0 labels so far: 10 more, 5 of each of two classes, and a first ranking can be learned")
    for key in "1212121212":
        studio.press(key)
    expect(goal).to_have_text("10 labels so far: a first ranking can be learned now")


def rank_by_itself(studio: Studio, image_ids: list[int]) -> None:
    """A round that started by itself has ranked these images, best first."""
    classes = [defect_class.id for defect_class in workspace.classes(studio.ws, studio.project.id)]
    settings = {"strategy": "vabal", "preset": "interactive", "batch": 3, "seed": 0, "config": {}}
    settings |= {"metrics": {"trigger": "labels"}, "class_ids": classes, "labelled": len(studio.labels())}
    round_ = rounds.start_round(studio.ws.engine, studio.project.id, **settings)
    ranking = [
        RankedImage(image_id=id_, rank=rank, score=1 / rank, predicted_class_id=classes[0], probability=0.5)
        for rank, id_ in enumerate(image_ids, start=1)
    ]
    rounds.finish_round(studio.ws.engine, round_.id, round_.metrics, ranking)


def test_a_ranking_that_comes_by_itself_is_followed_at_the_next_image_and_told_quietly(studio: Studio):
    workspace.update_settings(studio.ws, ANN, studio.project.id, auto_every=25)
    studio.open()
    studio.image()
    expect(studio.desk.locator(".goal")).to_have_text("0 labels so far: 25 more and the first ranking comes by itself")
    labelled = [studio.press("1"), studio.press("2")]
    studio.saved()
    on_screen = studio.image()
    waiting = workspace.next_images(studio.ws, studio.project.id, "ranked", count=40)
    ranking = [item.image_id for item in reversed(waiting) if item.image_id != on_screen]
    rank_by_itself(studio, ranking)
    expect(studio.desk.locator(".learned")).to_have_text("Learned from 2 labels, just now", timeout=PATIENCE)
    expect(studio.desk.locator(".goal")).to_have_text(
        "0 labels since the last ranking: 25 more and the next ranking comes by itself"
    )
    assert studio.image() == on_screen
    shown = [studio.press("3") for _ in range(4)]
    assert shown == [on_screen, *ranking[:3]] and not set(shown) & set(labelled)
    expect(studio.desk.locator(".mark")).to_have_text("In the ranking of round 1")
    expect(studio.desk.locator(".note")).to_have_text("")


def test_labelling_for_me_moves_the_queue_on(studio: Studio):
    studio.open()
    studio.image()
    simulate(studio, "Give the next 100 labels")
    expect(studio.desk.locator(".message")).to_contain_text("No image waits for a label any more")
    assert Counter(studio.labels().values()).total() == 40
    simulate(studio, "Take the last ones back")
    studio.image()
    assert studio.labels() == {}
