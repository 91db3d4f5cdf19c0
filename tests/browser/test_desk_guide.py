"""What stands beside the image: the suggestion and its reasons, counts and pace, the class guide, the list of keys."""

import re

from conftest import PATIENCE, Studio
from playwright.sync_api import FloatRect, Route, expect
from ui_projects import CLASSES
from workspaces import ANN, Filled

from vabal_core import workspace
from vabal_core.types import OutOfSample, Reasons, Round


def rank(studio: Studio, **more: object) -> Round:
    """A finished round that ranked the images in the order of the queue, each taken for the first class by 75 %; the
    evaluation images were taken for the second, by 60 %."""
    waiting = workspace.next_images(studio.ws, studio.project.id, "ranked", count=100)
    ids = tuple(defect_class.id for defect_class in workspace.classes(studio.ws, studio.project.id))
    filled = Filled(ws=studio.ws, project_id=studio.project.id, class_ids=ids, pool=(), evaluation=())
    aside = workspace.next_images(studio.ws, studio.project.id, "evaluation", count=100)
    out_of_sample = [OutOfSample(item.image_id, ids[1], 0.6) for item in aside]
    ranked = [item.image_id for item in waiting]
    facts = {"reliability": [0.5, 0.6, 0.7], "labelled_counts": [2, 3, 5], **more}
    reasons = Reasons(next_likely=((1, 0.18), (2, 0.05)), log_likelihood=(-1.5, -2.5, -3.5))
    return filled.rank(ranked, out_of_sample=out_of_sample, reasons=reasons, **facts)


def test_enter_accepts_the_suggestion_unless_it_is_hidden(studio: Studio):
    rank(studio)
    studio.open()
    chip = studio.desk.locator("[data-do=accept]")
    expect(chip).to_have_text(re.compile(r"Suggestion: crazing 75\s%"))
    accepted = studio.press("Enter")
    expect(studio.desk).not_to_have_attribute("data-image", str(accepted))
    hidden = studio.press("h")
    for _ in range(2):
        expect(chip).to_be_hidden()
        expect(studio.desk.locator(".why")).not_to_contain_text("crazing")
        studio.press("Enter")
        studio.saved()
        assert studio.labels() == {accepted: "crazing"}
        studio.page.reload()
    assert studio.press("h") == hidden
    chip.click()
    expect(studio.desk).not_to_have_attribute("data-image", str(hidden))
    studio.saved()
    assert studio.labels() == {accepted: "crazing", hidden: "crazing"}


def test_evaluation_images_come_without_suggestion_until_it_is_asked_for(studio: Studio):
    rank(studio)
    chip, why = studio.desk.locator("[data-do=accept]"), studio.desk.locator(".why")
    for _ in range(2):  # asked for once, it is hidden again on the next visit
        studio.open()
        studio.page.get_by_text("Evaluation images", exact=True).click()
        expect(studio.desk).to_have_attribute("data-queue", "evaluation")
        image = studio.press("Enter")
        expect(studio.desk.locator(".note")).to_have_text("There is no suggestion on screen to accept.")
        expect(studio.desk).to_have_attribute("data-image", str(image))
        expect(chip).to_be_hidden()
        expect(why).not_to_contain_text("suggestion")
        assert studio.press("h") == image
        expect(chip).to_have_text(re.compile(r"Suggestion: inclusion 60\s%"))
        expect(why).to_contain_text("Look before you read the suggestion")
        expect(studio.desk.locator(".term")).to_have_count(0)
    studio.press("Enter")
    studio.saved()
    assert studio.labels() == {image: "inclusion"}


def test_each_term_behind_the_rank_is_a_bar_with_its_words(studio: Studio):
    rank(studio)
    terms = [
        {"name": "Rare class", "share": 0.8, "words": "7 % of the labels"},
        {"name": "Hard", "share": 0.1, "words": "often wrong"},
    ]

    def with_terms(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for item in body["items"]:
            item["terms"] = terms
        route.fulfill(response=answer, json=body)

    studio.page.route("**/api/labels", with_terms)
    studio.open()
    studio.image()
    bars = studio.desk.locator(".term")
    expect(bars.first).to_be_hidden()
    studio.desk.get_by_role("button", name="Why?").click()
    hard = re.compile(r"^Hard 10\s%often wrong$")
    expect(bars).to_have_text([re.compile(r"^Rare class 80\s%7 % of the labels$"), hard])
    first, second = (bar.locator(".rail span").bounding_box()["width"] for bar in bars.all())
    assert first > 4 * second > 0
    studio.page.keyboard.press("Escape")
    expect(bars.first).to_be_hidden()


def test_the_likeliest_classes_carry_their_probabilities_until_the_suggestion_is_hidden(studio: Studio):
    rank(studio)
    studio.open()
    studio.image()
    likely = studio.desk.locator(".classes .likely")
    expect(likely).to_have_text([re.compile(r"75\s%"), re.compile(r"18\s%"), re.compile(r"5\s%")])
    studio.page.keyboard.press("h")
    expect(likely).to_have_text(["", "", ""])


def test_a_model_that_is_not_to_be_trusted_suggests_nothing_until_it_is_asked(studio: Studio):
    rank(studio, predicted_counts=[38, 1, 1], labelled_counts=[5, 5, 5])
    studio.open()
    studio.image()
    chip = studio.desk.locator("[data-do=accept]")
    why = "The suggestion is off (H shows it). Do not trust this ranking yet"
    expect(studio.desk.locator(".why")).to_contain_text(why)
    expect(chip).to_be_hidden()
    studio.page.keyboard.press("h")
    expect(chip).to_have_text(re.compile(r"Suggestion: crazing 75\s%"))


def test_a_new_ranking_is_told_over_the_image_until_a_key_is_pressed(studio: Studio):
    studio.open()
    studio.image()
    banner = studio.desk.locator(".banner")
    expect(banner).to_be_hidden()
    rank(studio)
    news = "A new ranking is here, learned from 0 labels. The next images come from it."
    expect(banner).to_have_text(news, timeout=PATIENCE)
    studio.press("1")
    expect(banner).to_be_hidden()


def test_the_comment_of_a_flag_takes_no_room_from_the_image(studio: Studio):
    studio.open()
    studio.image()
    frame = studio.desk.locator(".frame")
    before = frame.bounding_box()
    studio.page.keyboard.press("f")
    expect(studio.desk.locator(".comment")).to_be_visible()
    assert frame.bounding_box() == before


def test_counts_shares_and_rare_classes_stand_beside_the_image(studio: Studio):
    rare = workspace.classes(studio.ws, studio.project.id)[2].id
    workspace.update_settings(studio.ws, ANN, studio.project.id, rare_class_ids=[rare])
    studio.open()
    for key in "1112":
        studio.press(key)
    studio.saved()
    expect(studio.desk.locator(".classes .count")).to_have_text(["3", "1", "0"])
    expect(studio.desk.locator(".classes .count").first).to_have_attribute("title", "3 of 4 labels")
    expect(studio.desk.locator(".rare")).to_have_text(["", "", "rare"])
    expect(studio.desk.get_by_role("button", name="scratches rare")).to_be_visible()


def test_the_pace_is_told_once_there_are_enough_labels(studio: Studio):
    studio.page.clock.install()
    studio.open()
    pace = studio.desk.locator(".pace")
    for turn in range(8):
        studio.image()
        if turn == 4:
            expect(pace).to_have_text("")
        studio.page.clock.fast_forward(3000)
        studio.press("1")
    expect(pace).to_have_text(
        re.compile(r"^(1\d|20) labels a minute$")
    )  # one every 3 seconds, and what the clock ran on


def test_the_guide_holds_notes_and_pinned_images_of_each_class(studio: Studio):
    studio.open()
    first = studio.press("1")
    studio.page.keyboard.press("p")
    expect(studio.desk.locator(".note")).to_have_text("Pinned as an example of crazing.")
    waiting = studio.image()
    studio.page.keyboard.press("g")
    entries = studio.desk.locator(".guide .entry")
    expect(entries.locator("h3 .name")).to_have_text(list(CLASSES))
    note = entries.first.get_by_role("textbox", name="Note about crazing")
    note.click()
    studio.page.keyboard.type("fine net of cracks; g 1 2 3")
    studio.page.keyboard.press("Escape")
    expect(studio.desk.locator(".note")).to_have_text("The note about crazing is saved.")
    example = entries.first.locator(".pins.example figure")
    expect(example.get_by_role("img")).to_have_js_property("complete", True)
    example.get_by_role("button", name="Make it a counter-example").click()
    counter = entries.first.locator(".pins.counter figure")
    expect(counter).to_have_count(1)
    guide = workspace.read_class_guide(studio.ws, studio.project.id)[0]
    assert (guide.note, [image.id for image in guide.counter_examples]) == ("fine net of cracks; g 1 2 3", [first])
    counter.get_by_role("button", name="Unpin").click()
    expect(counter).to_have_count(0)
    studio.page.keyboard.press("Escape")
    expect(studio.desk.locator(".guide")).to_be_hidden()
    assert studio.image() == waiting
    studio.saved()
    assert studio.labels() == {first: "crazing"}


def test_keys_label_beside_the_open_guide_and_g_closes_it(studio: Studio):
    studio.open()
    studio.press("g")
    expect(studio.desk.locator(".guide .entry")).to_have_count(3)
    image = studio.press("2")
    expect(studio.desk).not_to_have_attribute("data-image", str(image))
    studio.page.keyboard.press("g")
    expect(studio.desk.locator(".guide")).to_be_hidden()
    studio.saved()
    assert studio.labels() == {image: "inclusion"}


def test_the_mouse_labels_beside_the_open_guide_and_takes_back(studio: Studio):
    studio.open()
    studio.press("g")
    image = studio.image()
    studio.desk.locator(".guide h3").get_by_role("button", name="inclusion").click()
    expect(studio.desk).not_to_have_attribute("data-image", str(image))
    studio.saved()
    assert studio.labels() == {image: "inclusion"}
    studio.desk.get_by_title("Take back the last decision, inclusion").click()
    assert studio.image() == image
    studio.saved()
    assert studio.labels() == {}


def test_an_image_of_the_strip_can_be_pinned_and_a_pin_that_cannot_be_is_refused_in_words(studio: Studio):
    studio.open()
    studio.press("p")
    expect(studio.desk.locator(".note")).to_contain_text("label one first")
    images = [studio.press(key) for key in "12"]
    studio.saved()
    studio.desk.locator(".strip li button").nth(1).click()
    expect(studio.desk).to_have_attribute("data-image", str(images[0]))
    studio.page.keyboard.press("p")
    expect(studio.desk.locator(".note")).to_have_text("Pinned as an example of crazing.")
    guide = workspace.read_class_guide(studio.ws, studio.project.id)
    assert [[image.id for image in entry.examples] for entry in guide] == [[images[0]], [], []]


def test_help_lists_the_keys_and_no_key_reaches_the_image_behind_it(studio: Studio):
    studio.open()
    image = studio.press("?")
    keys = studio.desk.locator(".help")
    expect(keys).to_be_visible()
    expect(keys.locator("dd")).to_have_count(20)
    studio.page.keyboard.press("1")
    studio.page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    assert studio.image() == image
    studio.saved()
    assert studio.labels() == {}


def apart(box: FloatRect, other: FloatRect, start: str, length: str) -> bool:
    """Whether two boxes do not overlap along one axis, but for a pixel."""
    return box[start] + box[length] <= other[start] + 1 or other[start] + other[length] <= box[start] + 1


def test_nothing_overlaps_at_900_pixels(studio: Studio):
    rank(studio)
    studio.page.set_viewport_size({"width": 900, "height": 800})
    studio.open()
    for key in "123":
        studio.press(key)
    studio.image()
    parts = [".bar", ".frame", ".look", ".explanation", ".strip", ".sidehead", ".classes", ".goal", ".acts"]
    boxes = [(part, studio.desk.locator(part).bounding_box()) for part in parts]
    for at, (name, box) in enumerate(boxes):
        for other, other_box in boxes[at + 1 :]:
            assert apart(box, other_box, "x", "width") or apart(box, other_box, "y", "height"), (name, other)
    assert studio.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
