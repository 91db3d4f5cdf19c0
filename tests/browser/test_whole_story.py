"""From the first key press to the CSV, with a real round in between and labels given while it runs."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from conftest import PATIENCE, Server, Studio, free_port
from playwright.sync_api import Browser, expect
from workspaces import ANN, Filled

from vabal_core import workspace
from vabal_core.store import rounds

ROUND = 400_000  # milliseconds; a round of half a minute may share its computer with others
DEMO_MADE = 120_000


def test_a_new_ranking_is_used_from_the_next_image_on(studio: Studio):
    studio.open()
    on_screen = studio.image()
    waiting = [item.image_id for item in workspace.next_images(studio.ws, studio.project.id, "ranked", count=40)]
    class_ids = tuple(defect_class.id for defect_class in workspace.classes(studio.ws, studio.project.id))
    ranking = [image_id for image_id in reversed(waiting) if image_id != on_screen]
    project = Filled(ws=studio.ws, project_id=studio.project.id, class_ids=class_ids, pool=(), evaluation=())
    project.rank(ranking)
    expect(studio.page.get_by_text("A new ranking is here")).to_be_visible()
    assert studio.press("1") == on_screen
    assert studio.press("2") == ranking[0]
    assert studio.press("3") == ranking[1]
    expect(studio.desk.locator(".mark")).to_contain_text("In the ranking of round 1")
    studio.saved()
    assert studio.labels() == {on_screen: "crazing", ranking[0]: "inclusion", ranking[1]: "scratches"}


def test_a_failed_round_is_said_where_the_person_labels(studio: Studio):
    studio.open()
    studio.image()
    engine = studio.ws.engine
    class_ids = [defect_class.id for defect_class in workspace.classes(studio.ws, studio.project.id)]
    settings = {"strategy": "vabal", "preset": "interactive", "batch": 3, "seed": 0, "config": {}, "metrics": {}}
    started = rounds.start_round(engine, studio.project.id, class_ids=class_ids, labelled=0, **settings)
    rounds.end_round(engine, started.id, "failed", "The disk is full.")
    expect(studio.desk.locator(".note")).to_contain_text("Round 1 failed")
    image = studio.press("1")
    studio.saved()
    assert studio.labels() == {image: "crazing"}


@pytest.fixture
def demo(browser: Browser, tmp_path: Path) -> Iterator[Studio]:
    """A Studio started for the first time, with the demo project it makes, in a tab of its own."""
    server = Server(data=tmp_path / "data", port=free_port())
    server.start()
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(server.url)
    expect(page.locator(".desk")).to_have_attribute("data-image", re.compile(r"^\d+$"), timeout=DEMO_MADE)
    ws = workspace.open_workspace(server.data)
    yield Studio(server=server, ws=ws, project=workspace.list_projects(ws)[0], page=page)
    page.context.close()
    server.kill()


def press_each(studio: Studio, keys: str) -> list[tuple[int, str]]:
    """Press each key on the image that is on screen then; (image id, class name) in that order."""
    names = {defect_class.key: defect_class.name for defect_class in workspace.classes(studio.ws, studio.project.id)}
    return [(studio.press(key), names[key]) for key in keys]


def press_and_see(studio: Studio, keys: str) -> list[tuple[int, str, str]]:
    """As `press_each`, with where the desk said that each image came from."""
    pressed = []
    for key in keys:
        studio.image()
        mark = studio.desk.locator(".mark").inner_text()
        (decision,) = press_each(studio, key)
        pressed.append((*decision, mark))
    return pressed


def start_round(studio: Studio) -> None:
    studio.page.get_by_test_id("stSidebarNav").get_by_role("link", name="Rounds").click()
    studio.page.locator(".st-key-start_round button").first.click()
    expect(studio.page.get_by_text("Round 1 is under way")).to_be_visible()


def back_to_labelling(studio: Studio) -> None:
    studio.page.get_by_role("link", name="Label", exact=True).click()
    expect(studio.desk).to_have_attribute("data-queue", "ranked")


def test_the_whole_story_on_the_demo_from_the_first_key_to_the_csv(demo: Studio):
    page = demo.page
    page.locator(".st-key-person_box input").fill("Ann")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.cookie.includes('studio_person=')")
    demo.settle()
    workspace.update_settings(demo.ws, ANN, demo.project.id, audit_share=0)  # the ranking is followed, see below
    given = press_and_see(demo, "123456" * 4)
    demo.saved()

    page.get_by_role("link", name="Progress").click()
    charts = page.locator("[data-testid=stPlotlyChart]")
    expect(page.get_by_role("link", name="Go to Rounds")).to_be_visible()
    demo.settle()
    charts_without_a_round = charts.count()

    start_round(demo)
    back_to_labelling(demo)
    given += press_and_see(demo, "6543")  # a round of seconds may end meanwhile
    demo.saved()
    # Labels that come while the images are read are learned from as well: 24 and up to four more.
    expect(page.locator(".desk")).to_contain_text(re.compile("Learned from 2[4-8] labels"), timeout=ROUND)
    given += press_and_see(demo, "1")  # it may have been on screen before the ranking
    expect(demo.desk.locator(".mark")).to_contain_text(re.compile(r"In the ranking of round 1"))
    expect(demo.desk.locator(".why")).to_contain_text(re.compile("Looks like|suggestion is off|Torn|model"))
    ranked = [item.image_id for item in workspace.next_images(demo.ws, demo.project.id, "ranked", count=3)]
    after = press_and_see(demo, "456")
    assert [image_id for image_id, *_ in after] == ranked, "the queue follows the ranking"
    demo.saved()
    learned = workspace.list_rounds(demo.ws, demo.project.id)[0].labelled
    assert 24 <= learned <= 28 and f"Learned from {learned} labels" in demo.desk.inner_text()

    page.get_by_role("link", name="Progress").click()
    expect(page.get_by_role("heading", name="How good is the model?")).to_be_visible()
    demo.settle()
    assert charts.count() > charts_without_a_round

    page.get_by_role("link", name="Data").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download labels (CSV)").click()
    check_csv(demo, Path(download.value.path()).read_text(encoding="utf-8-sig"), given + after)


CHOSEN_BY = {
    "Picked at random": {"audit"},
    "Picked as typical": {"coverage"},
    "Picked before round 1": {"audit", "coverage"},
}


def check_csv(studio: Studio, text: str, pressed: list[tuple[int, str, str]]) -> None:
    """Every row against the keys pressed: none missing, none more, the ranked ones with what the model thought, each
    with how its image was chosen, as the desk had said."""
    rows = {row["path"]: row for row in csv.DictReader(io.StringIO(text)) if row["annotator"] == "Ann"}
    expected = {workspace.image(studio.ws, image_id).path: name for image_id, name, _ in pressed}
    assert {path: row["label"] for path, row in rows.items()} == expected
    for image_id, _, mark in pressed:
        row = rows[workspace.image(studio.ws, image_id).path]
        assert row["split"] == "pool"
        assert datetime.fromisoformat(row["labelled_at"]).utcoffset() == timedelta(0)
        assert row["fingerprint"] == workspace.image(studio.ws, image_id).fingerprint
        seen = "In the ranking of round 1" in mark
        assert row["round"] == ("1" if seen else "0")
        assert row["strategy"] in ({"vabal_plus"} if seen else CHOSEN_BY[mark])
        assert all(bool(row[name]) == seen for name in ("rank", "score", "predicted_label", "predicted_probability"))


def test_a_server_killed_during_a_round_keeps_every_label_and_calls_the_round_interrupted(demo: Studio):
    expected = dict(press_each(demo, "123456" * 3))
    workspace.update_settings(demo.ws, ANN, demo.project.id, preset="paper")  # minutes, so that it is killed in them
    start_round(demo)
    back_to_labelling(demo)
    expected |= dict(press_each(demo, "123456"))
    demo.server.kill()
    expected |= dict(press_each(demo, "654"))  # kept in the browser while nobody answers
    demo.server.start()
    demo.saved()
    rows = workspace.export_rows(demo.ws, demo.project.id)
    assert {row.path: row.label for row in rows if row.annotator != "import"} == {
        workspace.image(demo.ws, image_id).path: name for image_id, name in expected.items()
    }
    assert workspace.counts(demo.ws, demo.project.id).pool_total == len(expected)
    demo.page.get_by_test_id("stSidebarNav").get_by_role("link", name="Rounds").click()
    expect(demo.page.get_by_text("interrupted").first).to_be_visible()
    assert [round_.state for round_ in workspace.list_rounds(demo.ws, demo.project.id)] == ["interrupted"]
    demo.page.locator(".st-key-start_round button").first.click()
    expect(demo.page.get_by_text("Round 2 is under way")).to_be_visible()
