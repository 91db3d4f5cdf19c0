"""The labelling desk on a bad day: damaged storage, a full one, a silent server, a keyboard with NumLock off."""

import json
import re

import pytest
from conftest import Studio
from grid_tab import Grid
from playwright.sync_api import Page, Route, expect
from ui_site import session_of

from vabal_core import workspace
from vabal_core.ui.signing import secret, session_token, studio_id

DISPATCH = """([code, key]) => document.body.dispatchEvent(
  new KeyboardEvent("keydown", { code, key, bubbles: true, composed: true }))"""
FULL_STORAGE = (
    """() => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; }"""
)
IMPATIENT = """const wait = AbortSignal.timeout.bind(AbortSignal); AbortSignal.timeout = () => wait(500);"""


def keep_in_browser(page: Page, studio: Studio, **entries: str) -> None:
    """Put entries into the outbox of a browser before its desk is opened."""
    prefix = (
        f"studio:{studio_id(secret(studio.ws.data_dir), workspace.database_identity(studio.ws))}:{studio.project.id}:"
    )
    page.goto(f"{studio.server.url}/_stcore/health")
    for event_id, text in entries.items():
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [prefix + event_id, text])


def kept_event(studio: Studio, **changes: object) -> str:
    """A decision as the outbox keeps it, under the token of a page that was open before."""
    token = session_token(secret(studio.ws.data_dir), session_of(studio.ws, studio.project.id, "Ann"))
    return json.dumps({"kind": "label", "order": 1, "token": token, **changes})


def test_damaged_entries_are_said_and_hold_up_nothing(studio: Studio):
    another = kept_event(studio, event_id="other")
    keep_in_browser(studio.page, studio, first="{", second="null", third="7", fourth=another)
    studio.open()
    expect(studio.desk.locator(".note")).to_contain_text("4 decisions kept in this browser were damaged")
    image = studio.press("1")
    studio.saved()
    assert studio.labels() == {image: "crazing"}


def test_a_decision_the_server_cannot_read_is_refused_once_and_the_others_are_stored(studio: Studio):
    wrong = kept_event(studio, event_id="wrong", image_id="none", class_id=1)
    keep_in_browser(studio.page, studio, wrong=wrong)
    studio.open()
    expect(studio.desk.locator(".note")).to_contain_text("One decision was not stored")
    image = studio.press("2")
    studio.saved()
    assert studio.labels() == {image: "inclusion"}


@pytest.mark.parametrize("path", ["label", "grid"])
@pytest.mark.parametrize("studio", [{"pool": 60}], indirect=True)
def test_long_comments_are_sent_in_pieces_a_browser_can_send(studio: Studio, path: str):
    comment = "鋼" * 500  # three bytes a character
    waiting = workspace.next_images(studio.ws, studio.project.id, "ranked", count=50)
    ids = {f"flag{item.image_id}": item.image_id for item in waiting}
    flag = {"kind": "flag", "comment": comment}
    kept = {name: kept_event(studio, event_id=name, image_id=image_id, **flag) for name, image_id in ids.items()}
    keep_in_browser(studio.page, studio, **kept)
    studio.open(path)
    studio.saved() if path == "label" else Grid(studio).saved()
    rows, flagged = workspace.search_images(studio.ws, studio.project.id, state="flagged")
    assert flagged == 50 and {row.comment for row in rows} == {comment}


def test_a_refused_request_is_said_and_not_sent_for_ever(studio: Studio):
    requests: list[Route] = []

    def refuse(route: Route) -> None:
        requests.append(route)
        route.fulfill(status=400, body="no")

    studio.page.clock.install()
    studio.open()
    studio.image()
    studio.page.route("**/api/labels", refuse)
    studio.page.keyboard.press("1")
    expect(studio.desk.locator(".note")).to_contain_text("The server refused the request (400)")
    expect(studio.desk.locator(".saved")).to_have_text("1 waiting")
    studio.page.clock.fast_forward(60_000)
    studio.page.evaluate("() => fetch('/_stcore/health').then(() => null)")  # an attempt would have been made before it
    assert len(requests) == 1


def test_a_full_storage_does_not_invite_a_second_label(studio: Studio):
    studio.open()
    studio.image()
    studio.page.evaluate(FULL_STORAGE)
    images = [studio.press("1"), studio.press("2")]
    studio.saved()
    assert studio.labels() == dict(zip(images, ["crazing", "inclusion"], strict=True))


def test_a_label_no_storage_could_keep_is_said_until_it_is_stored(studio: Studio):
    studio.open()
    studio.image()
    studio.page.evaluate(FULL_STORAGE)
    studio.page.route("**/api/labels", lambda route: None)
    studio.page.keyboard.press("1")
    expect(studio.desk.locator(".note")).to_contain_text("storage is full")


def test_a_server_that_never_answers_counts_as_away_and_the_label_arrives_later(studio: Studio):
    studio.page.add_init_script(IMPATIENT)
    studio.open()
    studio.image()
    studio.page.route("**/api/labels", lambda route: None)
    image = studio.press("1")
    expect(studio.desk.locator(".note")).to_contain_text("No answer from the server")
    studio.page.unroute("**/api/labels")
    studio.saved()
    assert studio.labels() == {image: "crazing"}


def test_the_number_pad_labels_with_numlock_on_alone(studio: Studio):
    studio.open()
    first = studio.image()
    for code, key in (("Numpad1", "End"), ("Numpad2", "ArrowDown"), ("Numpad3", "PageDown")):
        studio.page.evaluate(DISPATCH, [code, key])
    assert studio.image() == first
    studio.page.evaluate(DISPATCH, ["Numpad2", "2"])
    expect(studio.desk).not_to_have_attribute("data-image", re.compile(f"^{first}?$"))
    studio.saved()
    assert studio.labels() == {first: "inclusion"}


def test_no_word_on_the_page_tells_the_folder_of_an_image(studio: Studio):
    studio.open()
    studio.image()
    assert studio.desk.locator(".path").get_attribute("title") == studio.desk.locator(".path").inner_text()
    assert "p/" not in studio.desk.evaluate("(desk) => desk.outerHTML")
    assert re.fullmatch(r"Steel surface \d+\.png", studio.desk.locator("img").get_attribute("alt") or "")
