"""What a key press costs the browser: nothing is painted twice."""

from conftest import Studio
from playwright.sync_api import expect

NOTE_CHANGES = """(desk) => {
  window.changed = [];
  const note = (changes) => window.changed.push(...changes.map((change) => change.target.className));
  new MutationObserver(note).observe(desk.querySelector(".classes"), { subtree: true, childList: true });
}"""


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
