"""The HTTP routes: who may write what, what comes back, and that saying a label twice stores it once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from ui_projects import steel_project
from ui_site import Site, label, session_of, site_of
from workspaces import ANN, flag

from vabal_core import workspace
from vabal_core.store import labels, rounds, tables
from vabal_core.store.database import writing
from vabal_core.store.images import show_first
from vabal_core.store.label_issues import LabelIssue
from vabal_core.types import Project, QueueItem, StudioError, Term
from vabal_core.ui.signing import secret, session_token
from vabal_core.workspace import desk, desk_state, shown_counts


def test_an_empty_post_brings_images_classes_and_counts(site: Site):
    answer = site.post(want=4).json()
    assert len(answer["items"]) == 4
    assert [entry["name"] for entry in answer["classes"]] == ["crazing", "inclusion", "scratches"]
    assert set(answer["counts"]["pool"].values()) == {0}
    assert answer["round"] == 0


def test_an_image_that_is_typical_of_a_group_says_so_and_its_label_remembers_it(site: Site):
    images = [item["id"] for item in site.post(want=5).json()["items"]]
    show_first(site.ws.engine, site.project.id, images[2:3])
    first, second = site.post(want=2).json()["items"]
    assert (first["id"], first["typical"], second["typical"]) == (images[2], True, False)
    decision = {name: first[name] for name in ("round", "typical")}
    site.post(label(first["id"], site.classes[0]) | decision, label(second["id"], site.classes[0], "e2"))
    chosen = {row.path: row.strategy for row in workspace.export_rows(site.ws, site.project.id)}
    assert sorted(chosen.values(), key=str) == [None, "coverage"]
    assert chosen[workspace.image(site.ws, images[2]).path] == "coverage"


def test_a_label_tells_what_its_image_was_chosen_by_and_a_word_that_is_none_is_refused_by_itself(site: Site):
    first, second, third = (item["id"] for item in site.post(want=3).json()["items"])
    ways = {first: {"chosen_by": "similar"}, second: {"chosen_by": "whim"}, third: {"audit": True, "chosen_by": None}}
    events = [label(image_id, site.classes[0], f"e{image_id}") | way for image_id, way in ways.items()]
    answer = site.post(*events).json()
    assert [refusal["event_id"] for refusal in answer["refused"]] == [f"e{second}"]
    chosen = {row.path: row.strategy for row in workspace.export_rows(site.ws, site.project.id)}
    assert chosen == {workspace.image(site.ws, i).path: way for i, way in ((first, "similar"), (third, "audit"))}


def test_labels_that_look_wrong_come_with_what_the_model_says_and_what_came_of_the_others(site: Site):
    crazing, inclusion, _ = site.classes
    first, second, *rest = (item["id"] for item in site.post(want=9).json()["items"])
    site.post(label(first, inclusion, "e1"), label(second, inclusion, "e2"))
    facts = {"class_id": inclusion, "label_probability": 0.125, "predicted_class_id": crazing, "probability": 0.75}
    issues = [LabelIssue(image_id=image_id, **facts) for image_id in (second, first)]
    settings = {"strategy": "margin", "preset": "interactive", "batch": 3, "seed": 0, "config": {}, "metrics": {}}
    round_ = rounds.start_round(site.ws.engine, site.project.id, class_ids=site.classes, labelled=2, **settings)
    rounds.finish_round(site.ws.engine, round_.id, {"judged_labels": 2}, [], label_issues=issues)
    answer = site.post(queue="label_issues", want=9).json()
    assert [item["id"] for item in answer["items"]] == [second, first]
    item = answer["items"][0]
    assert (item["label"], item["predicted_class_id"], item["round"]) == (inclusion, crazing, 0)
    assert item["likely"] == [[crazing, 0.75], [inclusion, 0.125]]
    assert (answer["goal"], answer["expected"]) == ("2 of 2 labels look wrong.", "")
    answer = site.post(label(second, inclusion, "again"), queue="label_issues", have=[first], history=True).json()
    assert answer["goal"] == "1 of 2 labels looks wrong. Of 1 looked at, none was changed."
    assert [decision["event_id"] for decision in answer["history"]] == ["again"]


def test_a_round_under_way_is_told_and_one_that_failed(site: Site):
    settings = {"strategy": "vabal", "preset": "interactive", "batch": 3, "seed": 0, "config": {}, "metrics": {}}
    round_ = rounds.start_round(site.ws.engine, site.project.id, class_ids=site.classes, labelled=0, **settings)

    def round_status() -> tuple[object, ...]:
        answer = site.post().json()
        return answer["round"], answer["running"], answer["trouble"]

    assert round_status() == (0, 1, "")
    rounds.end_round(site.ws.engine, round_.id, "failed", "no memory")
    assert round_status() == (0, 0, "Round 1 failed; the Rounds page says why.")


@pytest.mark.parametrize(("trigger", "by_itself"), [("labels", True), ("person", False)])
def test_what_the_ranking_in_use_was_learned_from_is_told_with_its_age(site: Site, trigger: str, by_itself: bool):
    settings = {"strategy": "vabal", "preset": "interactive", "batch": 3, "seed": 0, "config": {}}
    settings |= {"metrics": {"trigger": trigger}, "class_ids": site.classes, "labelled": 25}
    round_ = rounds.start_round(site.ws.engine, site.project.id, **settings)
    assert site.post().json()["learned"] is None
    rounds.finish_round(site.ws.engine, round_.id, round_.metrics, [])
    finished_at = datetime.now(UTC) - timedelta(seconds=75)
    with writing(site.ws.engine) as transaction:
        transaction.execute(sa.update(tables.round_).values(finished_at=finished_at))
    learned = site.post().json()["learned"]
    assert (learned["labels"], learned["by_itself"]) == (25, by_itself)
    assert 75 <= learned["seconds_ago"] < 175
    rounds.start_round(site.ws.engine, site.project.id, **settings | {"labelled": 50})
    assert site.post().json()["learned"]["labels"] == 25, "the one under way has no ranking yet"


def test_images_the_browser_has_are_not_sent_again(site: Site):
    first = [item["id"] for item in site.post(want=12).json()["items"]]
    rest = [item["id"] for item in site.post(want=12, have=first[:5]).json()["items"]]
    assert sorted(rest) == sorted(first[5:])


def test_a_label_is_stored_under_the_name_in_the_token(site: Site):
    item = site.post().json()["items"][0]
    answer = site.post(label(item["id"], site.classes[1])).json()
    assert answer["stored"] == ["e1"]
    row = next(iter(workspace.export_rows(site.ws, site.project.id)))
    assert (row.label, row.annotator) == ("inclusion", "Ann")


def test_a_label_posted_twice_is_stored_once(site: Site):
    item = site.post().json()["items"][0]
    for _ in range(2):
        assert site.post(label(item["id"], site.classes[0])).json()["stored"] == ["e1"]
    assert sum(site.counts().values()) == 1


def test_a_token_writes_into_its_own_project_only(tmp_path: Path, site: Site):
    other = site_of(tmp_path, site.client, "Other steel")
    theirs = other.post().json()["items"][0]["id"]
    answer = site.post(label(theirs, site.classes[0])).json()
    assert answer["stored"] == [] and answer["refused"][0]["event_id"] == "e1"
    assert sum(other.counts().values()) == 0


def test_one_wrong_event_does_not_hold_up_the_others(site: Site):
    items = [item["id"] for item in site.post().json()["items"]]
    events = [
        label(items[0], site.classes[0], "e1"),
        label(items[1], 999, "e2"),
        label(items[2], site.classes[1], "e3"),
    ]
    answer = site.post(*events).json()
    assert answer["stored"] == ["e1", "e3"]
    assert [refusal["event_id"] for refusal in answer["refused"]] == ["e2"]


def test_evaluation_images_come_without_a_prediction(site: Site):
    items = site.post(queue="evaluation").json()["items"]
    assert len(items) == 3
    assert all(item["predicted"] is None and item["rank"] is None for item in items)


def test_a_reloaded_page_gets_its_last_decisions_back_oldest_first(site: Site):
    items = [item["id"] for item in site.post().json()["items"]]
    site.post(label(items[0], site.classes[0], "e1"), label(items[1], site.classes[1], "e2"))
    history = site.post(history=True).json()["history"]
    assert [(past["event_id"], past["item"]["id"]) for past in history] == [("e1", items[0]), ("e2", items[1])]


def test_a_full_disk_refuses_nothing_and_asks_to_come_again(site: Site, monkeypatch: pytest.MonkeyPatch):
    image_id = site.post().json()["items"][0]["id"]

    def full(*_args: Any, **_more: Any) -> list[str]:
        raise StudioError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(labels, "record", full)
        answer = site.post(label(image_id, site.classes[0]))
        assert (answer.status_code, answer.text) == (503, "The disk is full.")
    assert site.post(label(image_id, site.classes[0])).json()["stored"] == ["e1"]
    assert site.counts()[site.classes[0]] == 1


def person_at(site: Site, name: str, project: Project | None = None) -> Site:
    """The site as a person of that name asks it."""
    project = project or site.project
    token = session_token(secret(site.ws.data_dir), session_of(site.ws, project.id, name))
    return replace(site, project=project, token=token)


def given(site: Site, want: int) -> list[int]:
    return [item["id"] for item in site.post(want=want).json()["items"]]


def test_people_who_ask_at_the_same_moment_get_different_images(tmp_path: Path, site: Site):
    people, want = 8, 3
    project = steel_project(site.ws, tmp_path / "many", name="Many", pool=people * want)
    together = Barrier(people)

    def ask(number: int) -> list[int]:
        together.wait()
        return given(person_at(site, f"person {number}", project), want)

    with ThreadPoolExecutor(people) as threads:
        sent = [image_id for part in threads.map(ask, range(people)) for image_id in part]
    assert len(sent) == len(set(sent)) == people * want


def test_two_people_get_different_images_and_two_tabs_of_one_the_same(site: Site):
    bob = person_at(site, "Bob")
    first, second = given(site, 4), given(bob, 4)
    assert len(first) == len(second) == 4 and not set(first) & set(second)
    assert given(site, 4) == first, "its own images stay its own"


def test_the_last_images_are_given_to_whoever_asks(site: Site):
    assert given(person_at(site, "Bob"), 50) == given(site, 50)


def test_a_desk_that_is_gone_gives_its_images_back(site: Site, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        patched.setattr(desk, "lease_time", lambda *_: timedelta(seconds=-1))
        first = given(site, 4)
    assert given(person_at(site, "Bob"), 4) == first


def test_an_idle_desk_is_given_images_and_holds_none(site: Site):
    first = [item["id"] for item in site.post(want=4, idle=True).json()["items"]]
    assert given(person_at(site, "Bob"), 4) == first
    assert site.post(want=0, have=first[:3], shown=first[3:], idle=True).json()["taken"] == sorted(first)


def decision(kind: str, image_id: int, event_id: str = "d1", **more: Any) -> dict[str, Any]:
    return {"event_id": event_id, "image_id": image_id, "kind": kind, **more}


def test_an_unsure_and_a_flagged_image_leave_the_queue_and_are_counted(site: Site):
    unsure, flagged = [item["id"] for item in site.post(want=2).json()["items"]]
    events = decision("unsure", unsure), decision("flag", flagged, "d2", comment="wrong side of the strip")
    answer = site.post(*events, want=50).json()
    assert answer["stored"] == ["d1", "d2"]
    assert not {unsure, flagged} & {item["id"] for item in answer["items"]}
    assert (answer["counts"]["unsure"], answer["counts"]["flagged"], sum(site.counts().values())) == (1, 1, 0)


def test_a_reloaded_page_gets_its_comments_back_too(site: Site):
    unsure, flagged = [item["id"] for item in site.post(want=2).json()["items"]]
    events = decision("flag", flagged, comment="a hair on the lens"), decision("unsure", unsure, "d2")
    history = site.post(*events, history=True).json()["history"]
    assert [(past["kind"], past["comment"]) for past in history] == [("flag", "a hair on the lens"), ("unsure", None)]


def test_the_history_is_of_the_queue_asked_for(site: Site):
    image_id = site.post(queue="evaluation", want=1).json()["items"][0]["id"]
    site.post(label(image_id, site.classes[0]))
    assert site.post(history=True).json()["history"] == []
    assert len(site.post(history=True, queue="evaluation").json()["history"]) == 1


def test_decisions_alone_bring_no_images(site: Site):
    image_id = site.post().json()["items"][0]["id"]
    answer = site.post(label(image_id, site.classes[0]), want=0).json()
    assert (answer["stored"], answer["items"]) == (["e1"], [])


def test_the_answer_names_the_classes_that_count_as_rare(site: Site):
    assert site.post().json()["rare"] == []
    workspace.update_settings(site.ws, ANN, site.project.id, rare_class_ids=[site.classes[2]])
    assert site.post().json()["rare"] == [site.classes[2]]


def test_an_item_carries_the_terms_behind_its_rank(site: Site, monkeypatch: pytest.MonkeyPatch):
    terms = (Term("rare class", 0.5, "few labels so far"), Term("likelihood", 0.3, "looks like none"))
    item = QueueItem(
        image_id=1,
        fingerprint="ab",
        path="p/1.png",
        width=64,
        height=48,
        round=1,
        rank=1,
        score=0.5,
        predicted="crazing",
        probability=0.75,
        why="why",
        predicted_class_id=site.classes[0],
        terms=terms,
    )
    monkeypatch.setattr(desk_state, "queue_items", lambda *_: [item])
    (sent,) = site.post().json()["items"]
    assert sent["terms"][0] == {"name": "rare class", "share": 0.5, "words": "few labels so far"}
    assert (len(sent["terms"]), sent["predicted_class_id"]) == (2, site.classes[0])


def test_a_decision_that_takes_the_place_of_another_tells_which(site: Site):
    image_id = site.post(want=1).json()["items"][0]["id"]
    crazing, inclusion, _ = site.classes
    assert site.post(label(image_id, crazing, "first")).json()["replaced"] == []
    again, new = label(image_id, crazing, "first"), label(image_id, inclusion, "second")
    assert site.post(again).json()["replaced"] == [], "said twice, stored once"
    first_decision = {"replaced_id": "first", "kind": "label", "class_id": crazing, "who": ""}
    assert site.post(new).json()["replaced"] == [{"event_id": "second", **first_decision}]
    assert site.post(label(image_id, inclusion, "same")).json()["replaced"] == [], "it says the same"
    workspace.record(site.ws, workspace.person("Bob"), site.project.id, [flag(image_id, "doubt")])
    third, fourth = label(image_id, crazing, "third"), label(image_id, inclusion, "fourth")
    replaced = site.post(third, fourth).json()["replaced"]
    assert [(event["event_id"], event["replaced_id"], event["kind"], event["who"]) for event in replaced] == [
        ("third", "doubt", "flag", "Bob")
    ]


def test_where_labels_are_hidden_no_number_tells_which_image_had_one(site: Site, monkeypatch: pytest.MonkeyPatch):
    workspace.update_settings(site.ws, ANN, site.project.id, second_share=0.5)
    first = site.post().json()
    image_id = first["items"][0]["id"]
    after = site.post(label(image_id, site.classes[0])).json()
    assert after["counts"] == first["counts"] and after["counts"]["at"] is not None
    assert after["sentence"] == first["sentence"] and after["goal"] == first["goal"]
    assert sum(site.counts().values()) == 1, "everywhere else it counts at once"
    monkeypatch.setattr(shown_counts, "STANDING_SECONDS", 0)
    later = site.post().json()
    assert sum(later["counts"]["pool"].values()) == 1 and later["counts"]["at"] > first["counts"]["at"]
    workspace.update_settings(site.ws, ANN, site.project.id, second_share=0.0)
    assert site.post().json()["counts"]["at"] is None
