"""From the first key press to the CSV, with a real round in between and labels given while it runs."""

import csv
import io
import re
from pathlib import Path

import pytest
from conftest import Studio
from playwright.sync_api import expect
from ui_projects import CLASSES
from workspaces import Filled

from vabal_core import workspace
from vabal_core.store import rounds

ROUND = 400_000  # milliseconds; a round of seconds may share its computer with others


def test_a_new_ranking_is_used_from_the_next_image_on(studio: Studio):
    studio.open()
    on_screen = studio.image()
    waiting = [item.image_id for item in workspace.next_images(studio.ws, studio.project.id, "ranked", count=40)]
    class_ids = tuple(one.id for one in workspace.classes(studio.ws, studio.project.id))
    ranking = [image_id for image_id in reversed(waiting) if image_id != on_screen]
    Filled(studio.ws, studio.project.id, class_ids, (), ()).rank(ranking)
    expect(studio.desk.locator(".note")).to_contain_text("Round 1 is ready")
    assert studio.press("1") == on_screen
    assert studio.press("2") == ranking[0]
    assert studio.press("3") == ranking[1]
    expect(studio.desk.locator(".mark")).to_contain_text("No. 3 in the ranking of round 1")
    studio.saved()
    assert studio.labels() == {on_screen: "crazing", ranking[0]: "inclusion", ranking[1]: "scratches"}


def test_a_failed_round_is_said_where_the_person_labels(studio: Studio):
    studio.open()
    studio.image()
    engine, class_ids = studio.ws.engine, [one.id for one in workspace.classes(studio.ws, studio.project.id)]
    facts = {"strategy": "vabal", "preset": "interactive", "batch": 3, "seed": 0, "config": {}, "metrics": {}}
    started = rounds.start_round(engine, studio.project.id, class_ids=class_ids, labelled=0, **facts)
    rounds.end_round(engine, started.id, "failed", "The disk is full.")
    expect(studio.desk.locator(".note")).to_contain_text("Round 1 failed")
    image = studio.press("1")
    studio.saved()
    assert studio.labels() == {image: "crazing"}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("studio", [{"pool": 60, "evaluation": 9}], indirect=True)
def test_label_learn_label_on_and_leave_with_the_labels(studio: Studio, tmp_path: Path):
    page = studio.page
    studio.open()
    page.locator(".st-key-person_box input").fill("Ann")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.cookie.includes('studio_person=')")
    studio.settle()
    expected = {}
    for turn in range(18):
        expected[studio.press(str(1 + turn % 3))] = CLASSES[turn % 3]
    page.get_by_text("Evaluation images", exact=True).click()
    expect(studio.desk).to_have_attribute("data-queue", "evaluation")
    for turn in range(9):
        expected[studio.press(str(1 + turn % 3))] = CLASSES[turn % 3]
    studio.saved()

    page.get_by_role("link", name="Progress").click()
    expect(page.get_by_role("link", name="Start a round")).to_be_visible()
    charts = page.locator("[data-testid=stPlotlyChart]")
    expect(charts).to_have_count(2)
    page.get_by_role("link", name="Start a round").click()
    page.locator(".st-key-start_round button").first.click()
    expect(page.get_by_text("Round 1 is under way")).to_be_visible()

    page.get_by_role("link", name="Label").click()
    page.get_by_text("Images to learn from", exact=True).click()
    expect(studio.desk).to_have_attribute("data-queue", "ranked")
    for turn in range(6):
        expected[studio.press(str(1 + turn % 3))] = CLASSES[turn % 3]
    studio.saved()
    expect(studio.desk.locator(".note")).to_contain_text(re.compile("Round 1 (is ready|failed)"), timeout=ROUND)
    expect(studio.desk.locator(".note")).to_contain_text("is ready")
    expected[studio.press("1")] = "crazing"
    expect(studio.desk.locator(".mark")).to_contain_text(re.compile(r"No\. \d+ in the ranking of round 1"))
    expect(studio.desk.locator(".why")).to_contain_text("Looks like")
    expected[studio.press("2")] = "inclusion"
    studio.saved()
    assert studio.labels() == expected

    page.get_by_role("link", name="Progress").click()
    expect(page.get_by_text("How good the model is")).to_be_visible()
    expect(charts).to_have_count(5)

    page.get_by_role("link", name="Data").click()
    with page.expect_download() as download:
        page.locator(".st-key-export button").first.click()
    download.value.save_as(tmp_path / "labels.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "labels.csv").read_text(encoding="utf-8"))))
    paths = {workspace.image(studio.ws, image_id).path: name for image_id, name in expected.items()}
    assert {row["path"]: row["label"] for row in rows} == paths
    assert {row["annotator"] for row in rows} == {"Ann"}
    assert [row["rank"] for row in rows if row["round"] == "1"]
