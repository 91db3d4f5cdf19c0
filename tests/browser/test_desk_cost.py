"""What a key press costs browser and server: one request for several labels, and nothing painted twice."""

from itertools import pairwise

from conftest import Studio
from playwright.sync_api import expect

NOTE_POSTS = """() => {
  window.posts = [];
  const fetching = window.fetch;
  window.fetch = (...asked) => {
    if (String(asked[0]).endsWith("/api/labels"))
      window.posts.push({ at: performance.now(), events: JSON.parse(asked[1].body).events.length });
    return fetching.apply(window, asked);
  };
}"""

NOTE_CHANGES = """(desk) => {
  window.changed = [];
  const note = (changes) => window.changed.push(...changes.map((one) => one.target.className));
  new MutationObserver(note).observe(desk.querySelector(".classes"), { subtree: true, childList: true });
}"""


def test_labels_pressed_in_a_row_travel_together(studio: Studio):
    studio.open()
    studio.image()
    studio.page.evaluate(NOTE_POSTS)
    images = [studio.press("123"[i % 3]) for i in range(12)]
    studio.saved()
    assert set(studio.labels()) == set(images)
    posts = studio.page.evaluate("() => window.posts")
    assert sum(post["events"] for post in posts) == 12
    assert all(later["at"] - post["at"] > 240 for post, later in pairwise(posts))


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
