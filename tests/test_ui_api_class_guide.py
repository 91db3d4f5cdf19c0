"""The route of the class guide: who may change it, and what comes back."""

from json import dumps
from pathlib import Path
from typing import Any

import pytest
from ui_site import Site, site_of

from vabal_core import workspace
from vabal_core.types import LabelEvent


def ask(site: Site, pins: list[Any] | None = None, notes: list[Any] | None = None, token: str | None = None) -> Any:
    body = dumps({"pins": pins or [], "notes": notes or []})
    return site.client.post("/api/guide", content=body, headers={"X-Studio-Token": token or site.token})


def labelled(site: Site, class_id: int) -> int:
    image_id = site.post(want=1).json()["items"][0]["id"]
    event = LabelEvent(event_id=f"label of {image_id}", image_id=image_id, kind="label", class_id=class_id)
    workspace.record(site.ws, workspace.person("Ann"), site.project.id, [event])
    return image_id


def pin(class_id: int, image_id: int, role: str = "example") -> dict[str, Any]:
    return {"class_id": class_id, "image_id": image_id, "role": role}


def test_a_guide_is_read_without_changing_it(site: Site):
    answer = ask(site).json()
    first = {"id": site.classes[0], "name": "crazing", "key": "1", "note": "", "examples": [], "counter_examples": []}
    assert answer["refused"] == [] and answer["classes"][0] == first
    assert [entry["name"] for entry in answer["classes"]] == ["crazing", "inclusion", "scratches"]


def test_pins_and_notes_come_back_with_pictures_that_open(site: Site):
    first, second, _ = site.classes
    image_id = labelled(site, first)
    pins = [pin(first, image_id), pin(second, image_id, "counter")]
    first_entry, second_entry, _ = ask(site, pins, [{"class_id": first, "note": " fine cracks "}]).json()["classes"]
    assert first_entry["note"] == "fine cracks"
    pictures = (*first_entry["examples"], *second_entry["counter_examples"])
    assert [picture["id"] for picture in pictures] == [image_id, image_id]
    for size in ("url", "thumbnail"):
        assert site.client.get(first_entry["examples"][0][size]).status_code == 200
    assert ask(site, [pin(first, image_id, "none")]).json()["classes"][0]["examples"] == []


def test_a_change_that_does_not_fit_is_refused_in_words_and_the_others_are_made(site: Site):
    first = site.classes[0]
    image_id = labelled(site, first)
    waiting = site.post(want=1).json()["items"][0]["id"]
    pins = [pin(first, waiting), pin(first, 999), pin(77, image_id), pin(first, image_id)]
    notes = [{"class_id": first, "note": "x" * 1001}, {"class_id": 77, "note": "x"}]
    answer = ask(site, pins, notes).json()
    assert [refusal["reason"].split(":")[0].split(".png ")[-1] for refusal in answer["refused"]] == [
        "is not labelled 'crazing' now",
        "image 999 is not in project 1",
        "project 1 has no class 77",
        "The note has 1,001 characters; 1,000 is the most",
        "no class has the id 77",
    ]
    assert [picture["id"] for picture in answer["classes"][0]["examples"]] == [image_id]


def test_a_token_changes_the_guide_of_its_own_project_only(tmp_path: Path, site: Site):
    other = site_of(tmp_path, site.client, "Other steel")
    theirs = labelled(other, other.classes[0])
    pins = [pin(other.classes[0], theirs), pin(site.classes[0], theirs, "counter")]
    answer = ask(site, pins, [{"class_id": other.classes[0], "note": "mine now"}]).json()
    assert len(answer["refused"]) == 3
    guide = workspace.read_class_guide(site.ws, other.project.id)
    assert [(entry.note, entry.examples, entry.counter_examples) for entry in guide] == [("", (), ())] * 3


def test_without_a_token_of_this_studio_the_guide_stays_closed(site: Site):
    assert ask(site, token="a.b").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "7",
        '{"pins": 5}',
        '{"pins": [5], "notes": []}',
        '{"pins": [{"class_id": 1, "image_id": 1, "role": "best"}], "notes": []}',
        '{"pins": [{"class_id": true, "image_id": 1, "role": "example"}], "notes": []}',
        '{"pins": [], "notes": [{"class_id": 1, "note": 5}]}',
        '{"pins": [], "notes": [{"class_id": 1, "note": "\\ud800"}]}',
        f'{{"pins": [], "notes": {[5] * 101}}}',
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(site: Site, body: str):
    answer = site.client.post("/api/guide", content=body, headers={"X-Studio-Token": site.token})
    assert answer.status_code == 400 and "cannot be read" in answer.text
