"""What a monitor is told: that labels can be stored, and numbers without a name in them."""

import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from ui_site import Site, label, serving, site_of

from vabal_core.types import StudioError
from vabal_core.workspace import health


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    with serving(tmp_path, monkeypatch) as client:
        yield client


@pytest.fixture
def site(tmp_path: Path, client: TestClient) -> Site:
    return site_of(tmp_path, client, "Secret plant")


def value(client: TestClient, line: str) -> float:
    """The number that stands behind a metric; 0 where it stands nowhere yet."""
    rows = [row for row in client.get("/metrics").text.splitlines() if row.startswith(f"{line} ")]
    return float(rows[0].split()[-1]) if rows else 0.0


def test_a_studio_that_works_says_so_without_a_token(client: TestClient, site: Site):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok" and answer.json()["database"] == "sqlite"


def test_a_database_that_cannot_be_read_is_said(client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch):
    def broken(_):
        raise StudioError("the database is away")

    monkeypatch.setattr(health, "list_projects", broken)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "reason": "the database is away"})
    assert value(client, "vabal_database_reachable") == 0


def test_a_disk_that_is_nearly_full_is_said(client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 1_000_000, 1_000_000))
    answer = client.get("/healthz")
    assert answer.status_code == 503 and answer.json()["trouble"] == "1 MB are left where the data folder lies."


def test_labels_answers_images_and_rounds_are_counted(client: TestClient, site: Site):
    decisions, answers = ('vabal_decisions_total{kind="label"}', "vabal_answer_seconds_count")
    before = value(client, decisions), value(client, answers)
    image_id = site.post(want=1).json()["items"][0]["id"]
    site.post(label(image_id, site.classes[0]))
    assert (value(client, decisions), value(client, answers)) == (before[0] + 1, before[1] + 2)
    of_project = f'project="{site.project.id}"'
    assert value(client, f'vabal_images{{{of_project},split="pool",state="labelled"}}') == 1
    assert value(client, f"vabal_round_running{{{of_project}}}") == 0
    assert value(client, "vabal_database_reachable") == 1


def test_no_name_is_told(client: TestClient, site: Site):
    site.post(label(site.post(want=1).json()["items"][0]["id"], site.classes[0]))
    text = client.get("/metrics").text + client.get("/healthz").text
    assert not any(name in text for name in ("Secret", "Ann", "crazing", ".png"))
