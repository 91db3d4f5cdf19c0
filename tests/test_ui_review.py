"""What the Review page finds, counts and hands to the browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from ui_pages import opened, sheet
from workspaces import ANN, filled, label

from vabal_core import workspace
from vabal_core.store.database import writing
from vabal_core.store.label_issues import LabelIssue
from vabal_core.store.second_looks import give_blind
from vabal_core.types import LabelEvent, OutOfSample
from vabal_core.ui.views.review import KINDS


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))


def choose(page: AppTest, tab: str) -> AppTest:
    (kind,) = [kind for kind, tabs in KINDS.items() if tab in tabs]
    page.segmented_control(key="kind").set_value(kind).run()
    return page.segmented_control(key=f"tab_{kind}").set_value(tab).run()


def chosen(page: AppTest) -> str:
    return page.segmented_control[1].value


def test_the_tabs_of_the_review_page_count_and_lead_to_their_images(tmp_path: Path):
    project = filled(tmp_path / "data")
    crazing, inclusion, _ = project.class_ids
    unsure, flagged, agreed, doubted, *rest = project.pool
    project.record(
        LabelEvent(event_id="a", image_id=unsure, kind="unsure"),
        LabelEvent(event_id="b", image_id=flagged, kind="flag", comment="an oil stain?"),
        label(agreed, crazing),
        label(doubted, inclusion),
    )
    project.rank(rest, out_of_sample=[OutOfSample(agreed, crazing, 0.9), OutOfSample(doubted, crazing, 0.8)])
    page = opened("review")
    shown = {kind: choose(page, tabs[0]).segmented_control[1].options for kind, tabs in KINDS.items()}
    assert shown == {
        "To decide": ["Unsure (1)", "Flagged (1)", "Opinions differ (0)"],
        "Looks wrong": ["Label errors (0)", "Model disagrees (1)"],
        "Mixed up": ["Near-duplicates", "Mix-ups (0)"],
        "All": ["All labelled (2)", "How far people agree"],
    }
    expected = {"unsure": [unsure], "flagged": [flagged], "disagrees": [doubted], "labelled": [doubted, agreed]}
    for tab, ids in expected.items():
        choose(page, tab)
        assert [item["id"] for item in sheet(page)["items"]] == ids, tab
    choose(page, "flagged")
    (item,) = sheet(page)["items"]
    assert (item["who"], item["comment"]) == ("ann", "an oil stain?")


def test_the_first_tab_that_has_any_image_is_open(tmp_path: Path):
    project = filled(tmp_path / "data")
    assert chosen(opened("review")) == "unsure"
    crazing, inclusion, _ = project.class_ids
    doubted, *rest = project.pool
    project.record(label(doubted, inclusion))
    project.rank(rest, out_of_sample=[OutOfSample(doubted, crazing, 0.8)])
    assert chosen(opened("review")) == "disagrees"


def test_images_that_look_the_same_with_different_labels_stand_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    project = filled(tmp_path / "data")
    for place, class_id in enumerate(project.class_ids):
        project.record(label(project.pool[place], class_id))
    rows, _ = workspace.search_images(project.ws, project.project_id, labelled=True)
    pairs = [workspace.NearDuplicatePair(0.987, rows[0], rows[1]), workspace.NearDuplicatePair(0.96, rows[0], rows[2])]
    monkeypatch.setattr(workspace, "near_duplicate_pairs", lambda *_args, **_more: pairs)
    page = opened("review", tab="twins")
    first, second, third = project.pool[:3]
    assert sheet(page)["groups"] == [
        {"title": "98.7 % alike", "ids": [first, second]},
        {"title": "96.0 % alike", "ids": [first, third]},
    ]
    page.selectbox(key=f"twins_class_id-{project.project_id}").select("inclusion").run()
    assert [group["ids"] for group in sheet(page)["groups"]] == [[first, second]]


def test_pictures_are_compared_on_their_own_tab_only_and_again_after_a_correction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    project = filled(tmp_path / "data")
    crazing, inclusion, _ = project.class_ids
    first, second, *_ = project.pool
    project.record(label(first, crazing), label(second, inclusion))
    compared: list[int] = []
    monkeypatch.setattr(workspace, "near_duplicate_pairs", lambda *_args, **_more: compared.append(1) or [])
    page = opened("review")
    assert len(compared) == 0
    choose(page, "twins")
    page.run()
    assert len(compared) == 1
    project.record(label(first, inclusion), label(second, crazing))  # as many labels of each class as before
    choose(page, "labelled")
    choose(page, "twins")
    assert len(compared) == 2


def test_every_empty_tab_says_what_to_do(tmp_path: Path):
    filled(tmp_path / "data")
    page = opened("review")
    for tab in ("unsure", "flagged", "disagrees", "twins", "labelled"):
        choose(page, tab)
        assert not page.exception and len(sheet(page)["empty"]) > 30, tab
        assert page.get("page_link"), tab
    choose(page, "confusion")
    assert "No round has measured" in page.markdown[0].value


def test_label_errors_are_counted_and_looked_at_one_by_one(tmp_path: Path):
    project = filled(tmp_path / "data")
    crazing, inclusion, _ = project.class_ids
    doubted, agreed, *rest = project.pool
    page = opened("review", tab="errors")
    assert "No label has been held against the model yet" in page.markdown[0].value
    project.record(label(doubted, inclusion), label(agreed, inclusion))
    facts = {"label_probability": 0.1, "predicted_class_id": crazing, "probability": 0.9}
    issue = LabelIssue(image_id=doubted, class_id=inclusion, **facts)
    project.rank(rest, judged_labels=2, agreed_labels=1, label_issues=[issue])
    page = opened("review", tab="errors")
    assert "Label errors (1)" in page.segmented_control[1].options
    assert "round 1 judges. It says the same as 1 of 2 labels (50 %)." in page.caption[0].value
    assert "wrong too often to be a good judge" in page.warning[0].value
    project.record(label(doubted, inclusion))
    page.run()
    assert "Label errors (0)" in page.segmented_control[1].options


def test_how_many_images_were_labelled_twice_is_one_sentence_on_both_tabs(tmp_path: Path):
    project = filled(tmp_path / "data")
    workspace.update_settings(project.ws, ANN, project.project_id, second_share=1.0)
    crazing, inclusion, _ = project.class_ids
    agreed, differing, *_ = project.pool
    project.record(label(agreed, crazing), label(differing, crazing))
    with writing(project.ws.engine) as transaction:
        give_blind(transaction, project.project_id, "bert", [agreed, differing])
    project.record(label(agreed, crazing), label(differing, inclusion), annotator="bert")
    workspace.mark_gold(project.ws, ANN, project.project_id, [agreed])
    sentence = "2 images have been labelled twice: people agree on 0 and differ on 1; 1 is decided."
    assert opened("review", tab="differing").caption[0].value == sentence
    assert opened("review", tab="people").markdown[0].value == sentence


def test_which_images_certain_ones_can_come_among_is_said_at_the_setting_and_at_the_button(tmp_path: Path):
    project = filled(tmp_path / "data")
    project.record(*(label(image_id, project.class_ids[0]) for image_id in project.evaluation))
    workspace.mark_gold(project.ws, ANN, project.project_id, project.evaluation)
    words = "5 images are certain: 0 among images to learn from, 5 among evaluation images. They come up only among"
    for tab in ("people", "labelled"):
        assert any(caption.value.startswith(words) for caption in opened("review", tab=tab).caption), tab


def test_a_setting_that_somebody_else_has_changed_is_shown_as_it_is_stored(tmp_path: Path):
    project = filled(tmp_path / "data")
    page, key = opened("review", tab="people"), f"gold_rate-{project.project_id}"
    page.selectbox(key=key).set_value(0.1).run()
    assert workspace.require_project(project.ws, project.project_id).settings["gold_rate"] == 0.1
    workspace.update_settings(project.ws, ANN, project.project_id, gold_rate=0.02)
    assert page.run().selectbox(key=key).value == 0.02
