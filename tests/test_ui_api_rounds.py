"""The desk starts a round over HTTP: offered once labels are enough and none runs, else refused with the reason."""

from types import SimpleNamespace
from typing import Any

import pytest
from ui_site import Site
from workspaces import ANN, label

from vabal_core import workspace
from vabal_core.store.rounds import start_round


def start(site: Site, token: str | None = None) -> Any:
    return site.client.post("/api/rounds", json={}, headers={"X-Studio-Token": token or site.token})


def test_a_round_is_offered_once_two_classes_have_five_labels_each_and_not_while_one_runs(site: Site):
    assert site.post().json()["may_learn"] is False
    first, second, *_ = site.classes
    images = workspace.search_images(site.ws, site.project.id, split="pool", limit=12)[0]
    for row, class_id in zip(images, [first] * 6 + [second] * 6, strict=True):
        workspace.record(site.ws, ANN, site.project.id, [label(row.image_id, class_id)])
    assert site.post().json()["may_learn"] is True
    facts = {"strategy": "vabal", "preset": "paper", "batch": 5, "seed": 0, "config": {}, "labelled": 12, "metrics": {}}
    start_round(site.ws.engine, site.project.id, **facts, class_ids=site.classes)
    assert site.post().json()["may_learn"] is False


def test_the_button_starts_the_round_of_the_projects_settings(site: Site, monkeypatch: pytest.MonkeyPatch):
    starts: list[tuple[str, int]] = []

    def started(_ws: Any, actor: Any, project_id: int) -> Any:
        starts.append((actor.name, project_id))
        return SimpleNamespace(number=3)

    monkeypatch.setattr(workspace, "start_usual_round", started)
    assert start(site).json() == {"running": 3} and starts == [("Ann", site.project.id)]


def test_where_no_round_can_start_the_reason_is_said(site: Site):
    refused = start(site)
    assert refused.status_code == 503 and "at least 2" in refused.text


def test_a_stranger_starts_none(site: Site):
    assert start(site, token="made up").status_code == 401
