"""What a key press costs browser and server: one request for several labels, and nothing painted twice."""

from conftest import Studio
from playwright.sync_api import Request, expect

NOTE_CHANGES = """(desk) => {
  window.changed = [];
  const note = (changes) => window.changed.push(...changes.map((one) => one.target.className));
  new MutationObserver(note).observe(desk.querySelector(".classes"), { subtree: true, childList: true });
}"""


def test_labels_pressed_in_a_row_travel_together(studio: Studio):
    sent: list[int] = []

    def count(request: Request) -> None:
        if request.url.endswith("/api/labels") and request.post_data_json["events"]:
            sent.append(len(request.post_data_json["events"]))

    studio.open()
    studio.image()
    studio.page.on("request", count)
    images = [studio.press("123"[i % 3]) for i in range(12)]
    studio.saved()
    assert set(studio.labels()) == set(images)
    assert sum(sent) == 12 and len(sent) < 12


def test_a_label_paints_what_changed_and_nothing_else(studio: Studio):
    studio.open()
    studio.press("1")
    studio.saved()
    studio.desk.evaluate(NOTE_CHANGES)
    studio.press("1")
    assert studio.desk.evaluate("(desk) => desk.getRootNode().getAnimations().length") == 0
    studio.saved()
    expect(studio.desk.locator("[data-class] .count").first).to_have_text("2")
    assert studio.page.evaluate("() => window.changed") == ["count"]
