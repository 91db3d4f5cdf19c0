"""What a request to the labels' route must be like. Its refusal comes before any database, so that one kind will do."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient
from ui_site import Site, label

from vabal_core.ui.api.endpoint import MAX_POST_BYTES
from vabal_core.workspace.presence import labelling_here


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("192.0.2.7", False),
        ("2001:db8::1", False),
        ("", False),
    ],
)
def test_a_decision_made_on_this_machine_has_a_round_give_way_and_one_from_afar_or_a_look_has_not(
    site: Site, address: str, local: bool
):
    with TestClient(site.client.app, client=(address, 50_000)) as client:
        near = replace(site, client=client)
        item = near.post().json()["items"][0]
        assert not labelling_here(site.ws)
        assert near.post(label(item["id"], site.classes[1])).json()["stored"] == ["e1"]
        assert labelling_here(site.ws) is local


@pytest.mark.parametrize("token", ["none", "a.b", "WzEsIkFubiJd.AAAA"])
def test_without_a_token_of_this_studio_nothing_is_stored(site: Site, token: str):
    item = site.post().json()["items"][0]
    answer = site.post(label(item["id"], site.classes[0]), token=token)
    assert answer.status_code == 401
    assert sum(site.counts().values()) == 0


def test_a_post_without_the_header_is_refused(site: Site):
    assert site.client.post("/api/labels", json={}).status_code == 401


LONG = 2**63


@pytest.mark.parametrize(
    "event",
    [
        {"event_id": "e", "image_id": "x", "kind": "label"},
        {"event_id": "e", "image_id": LONG, "kind": "skip"},
        {"event_id": "e", "image_id": 1.5, "kind": "skip"},
        {"event_id": "e", "image_id": True, "kind": "skip"},
        {"event_id": "e", "image_id": 1, "kind": "label", "class_id": LONG},
        {"event_id": "e", "image_id": 1, "kind": "skip", "milliseconds": -LONG - 1},
        {"event_id": "e", "image_id": 1, "kind": "skip", "round": "1"},
        {"event_id": "\ud800", "image_id": 1, "kind": "skip"},
        {"event_id": "e", "image_id": 1, "kind": "undo", "undoes": "\ud800"},
        {"event_id": "e", "image_id": 1, "kind": []},
        {"event_id": "e", "image_id": 1, "kind": "delete"},
        {"event_id": "", "image_id": 1, "kind": "skip"},
        {"event_id": "e" * 65, "image_id": 1, "kind": "skip"},
        {"event_id": 7, "image_id": 1, "kind": "skip"},
        {"event_id": "e", "image_id": 1, "kind": "undo", "undoes": 5},
        {"event_id": "e", "image_id": 1, "kind": "flag", "comment": 5},
        {"event_id": "e", "image_id": 1, "kind": "flag", "comment": "\ud800"},
        {"event_id": "e", "image_id": 1, "kind": "flag", "comment": "x" * 501},
        {"image_id": 1, "kind": "skip"},
        "label",
        None,
    ],
)
def test_an_event_that_makes_no_sense_is_refused_and_the_others_are_stored(site: Site, event: Any):
    good = label(site.post().json()["items"][0]["id"], site.classes[0], "good")
    answer = site.post(event, good)
    assert answer.status_code == 200
    assert answer.json()["stored"] == ["good"]
    (refusal,) = answer.json()["refused"]
    assert refusal["event_id"] == (event.get("event_id") if isinstance(event, dict) else None) and refusal["reason"]
    assert site.counts()[site.classes[0]] == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"events": [], "have": [], "want": 1e999, "queue": "ranked"}',
        '{"events": [], "have": [], "want": NaN, "queue": "ranked"}',
        '{"events": [], "have": [1e999], "want": 5, "queue": "ranked"}',
        '{"events": [], "have": [9223372036854775808], "want": 5, "queue": "ranked"}',
        f'{{"events": [], "have": {[1] * 10_000}, "want": 5, "queue": "ranked"}}',
        '{"events": 5, "have": [], "want": 5, "queue": "ranked"}',
        '{"events": [], "have": [], "want": 5, "queue": "best"}',
        '{"events": [], "have": [], "want": 5, "queue": "\\ud800"}',
        '{"events": [], "have": [], "want": 5}',
        "[]",
        "7",
        "[" * 100_000,
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(site: Site, body: str):
    answer = site.client.post("/api/labels", content=body, headers={"X-Studio-Token": site.token})
    assert answer.status_code == 400 and "cannot be read" in answer.text


def test_a_body_that_is_no_json_is_refused(site: Site):
    answer = site.client.post("/api/labels", content=b"{", headers={"X-Studio-Token": site.token})
    assert answer.status_code == 400


def test_a_huge_body_is_refused(site: Site):
    headers = {"X-Studio-Token": site.token}
    assert site.client.post("/api/labels", content=b" " * (MAX_POST_BYTES + 1), headers=headers).status_code == 413
