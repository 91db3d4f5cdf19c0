"""How the desk comes into the page: behind a base path, over a bad line, and beside what an older version kept."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ANY_ID, OUTBOX_EMPTY, PATIENCE, Server, Studio, free_port
from playwright.sync_api import Browser, Route, expect
from ui_projects import steel_project
from ui_site import session_of

from vabal_core import workspace
from vabal_core.ui.signing import secret, session_token, studio_id


def test_the_desk_comes_although_its_script_does_not_arrive_at_first(studio: Studio):
    failures = [1, 2]

    def fail_twice(route: Route) -> None:
        if failures:
            failures.pop()
            route.abort()
        else:
            route.continue_()

    studio.page.route("**/api/components/**", fail_twice)
    studio.open()
    studio.press("1")
    studio.saved()
    assert failures == [] and len(studio.labels()) == 1


def test_decisions_that_the_version_before_kept_in_this_browser_are_sent(studio: Studio):
    signing, project = secret(studio.ws.data_dir), studio.project.id
    image = workspace.next_images(studio.ws, project, "ranked", count=1)[0].image_id
    crazing = workspace.classes(studio.ws, project)[0].id
    event = {
        "event_id": "0123456789abcdef0123456789abcdef",
        "image_id": image,
        "kind": "label",
        "class_id": crazing,
        "milliseconds": 850,
        "round": 0,
        "gives": crazing,
        "takes": None,
        "token": session_token(signing, session_of(studio.ws, project, "Ann")),
        "order": 1764000000000,
    }
    key = f"studio:{studio_id(signing, workspace.database_identity(studio.ws))}:{project}:{event['event_id']}"
    keep = f"localStorage.setItem({json.dumps(key)}, {json.dumps(json.dumps(event))})"
    studio.page.goto(f"{studio.server.url}/_stcore/health")
    studio.page.evaluate(keep)
    studio.open()
    studio.image()
    studio.saved()
    assert studio.labels() == {image: "crazing"}


@pytest.fixture
def server_below_a_path(tmp_path: Path) -> Iterator[Server]:
    server = Server(data=tmp_path / "data", port=free_port(), base="/plant/studio")
    steel_project(workspace.open_workspace(server.data), tmp_path / "images", name="Below")
    server.start()
    yield server
    server.kill()


def test_the_desk_works_below_a_base_path(server_below_a_path: Server, browser: Browser):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server_below_a_path.url}/label?project=Below")
    expect(page.locator(".desk")).to_have_attribute("data-image", ANY_ID, timeout=PATIENCE)
    page.keyboard.press("1")
    page.wait_for_function(OUTBOX_EMPTY)
    expect(page.locator(".desk .count").first).to_have_text("1")
    context.close()
