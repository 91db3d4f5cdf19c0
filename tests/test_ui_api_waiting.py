"""A database that does not answer holds up labels alone, and these for no longer than a browser waits."""

import re
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ui_site import Site, label

from vabal_core import workspace
from vabal_core.ui.api import endpoint

SERVING = 40  # threads that starlette serves images and files by
DESKS = 60


@pytest.fixture
def other_program(site: Site):
    """Holds the write lock of the database until it is rolled back."""
    connection = sqlite3.connect(site.ws.data_dir / "studio.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_while_the_database_is_locked_images_are_served_and_labels_arrive_afterwards_once_each(
    site: Site, other_program: sqlite3.Connection
) -> None:
    images = [item.image_id for item in workspace.next_images(site.ws, site.project.id, "ranked", count=12)]
    events = [label(images[i % 12], site.classes[i % 3], f"e{i}") for i in range(DESKS)]
    with ThreadPoolExecutor(DESKS) as desks, ThreadPoolExecutor(1) as browser:
        answers = [desks.submit(site.post, event) for event in events]
        while len(site.ws.engine.dialect.turns._waiting) < SERVING - 1:
            time.sleep(0.001)
        picture = browser.submit(site.client.get, site.url(images[0])).result(timeout=30)
        assert picture.status_code == 200 and picture.headers["content-type"].startswith("image/")
        assert not any(answer.done() for answer in answers)
        other_program.rollback()
        assert {answer.result().status_code for answer in answers} == {200}
    log = workspace.recent(site.ws, site.project.id, annotator="Ann", limit=2 * DESKS)
    assert sorted(decision.event_id for decision in log) == sorted(event["event_id"] for event in events)


def test_a_label_that_waited_too_long_is_told_so_and_is_stored_when_it_is_sent_again(
    site: Site, other_program: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "PATIENCE_SECONDS", 0.05)
    (image,) = workspace.next_images(site.ws, site.project.id, "ranked", count=1)
    event = label(image.image_id, site.classes[0])
    refused = site.post(event)
    assert refused.status_code == 503 and "another program kept the database locked" in refused.text
    other_program.rollback()
    assert site.post(event).json()["stored"] == site.post(event).json()["stored"] == ["e1"]
    assert site.counts()[site.classes[0]] == 1


def test_the_server_gives_up_well_before_the_browser_does() -> None:
    script = Path(endpoint.__file__).parents[1] / "components" / "shared" / "request.js"
    (milliseconds,) = re.findall(r"MAX_ANSWER_MS = (\d+)", script.read_text(encoding="utf-8"))
    assert int(milliseconds) / 1000 > 1.5 * endpoint.PATIENCE_SECONDS
