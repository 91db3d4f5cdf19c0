"""The Experiments page in a real browser, with real processes: an experiment from its start to its verdict."""

import re
from pathlib import Path

import pandas as pd
import pytest
from conftest import Studio
from playwright.sync_api import Page, expect
from workspaces import ANN

from vabal_core import workspace

PATIENCE = 300_000  # milliseconds; a minute on an idle machine: everything else goes before an experiment
SIZE = {"Labels to begin with": 6, "Labels a round": 3, "Rounds": 3, "Repetitions": 8}


@pytest.mark.parametrize("studio", [{"pool": 90, "evaluation": 0}], indirect=True)
def test_an_experiment_is_started_stopped_and_resumed_and_its_verdict_is_read(studio: Studio, tmp_path: Path):
    page = planned(studio)
    page.get_by_role("button", name="Start the experiment").click()
    expect(page.get_by_role("heading", name="Experiment 1 is under way")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_visible(timeout=PATIENCE)

    # Whoever comes second is told.
    expect(page.get_by_text("Another one can start when it is done or stopped")).to_be_visible()
    expect(page.get_by_role("button", name="Start the experiment")).to_be_disabled()

    page.get_by_role("button", name="Stop this experiment").click()
    go_on = page.get_by_role("button", name="Go on")
    expect(go_on).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stAlert").first).to_contain_text(re.compile(r"Stopped by .* \d+ of 16 runs are done"))
    go_on.click()
    expect(page.get_by_role("heading", name="Experiment 1 is under way")).to_be_visible(timeout=PATIENCE)

    # A server that is gone takes no experiment with it.
    studio.server.kill()
    studio.server.start()
    studio.open("experiments")
    expect(page.get_by_role("heading", name="The strategies in numbers")).to_be_visible(timeout=PATIENCE)

    expect(page.get_by_role("heading", name=re.compile("^(Yes:|No:|It cannot be told)"))).to_be_visible()
    expect(page.get_by_text("What this cannot tell")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download results.parquet").click()
    download.value.save_as(tmp_path / "results.parquet")
    rows = pd.read_parquet(tmp_path / "results.parquet")
    assert len(rows) == 64 and not rows.duplicated(["strategy", "seed", "round"]).any()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download report.html").click()
    download.value.save_as(tmp_path / "report.html")
    assert "Learning curves" in (tmp_path / "report.html").read_text(encoding="utf-8")

    page.get_by_role("button", name="Remove this experiment").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("heading", name="Experiment 1")).to_have_count(0)
    assert workspace.list_experiments(studio.ws, studio.project.id) == []


def planned(studio: Studio) -> Page:
    """The form filled in for a small experiment on the labels of the project, of two quick strategies."""
    workspace.label_for_me(studio.ws, ANN, studio.project.id, 80)
    studio.open("experiments")
    page = studio.page
    strategies = page.get_by_test_id("stMultiSelect").filter(has_text="Strategies to compare")
    for label, value in SIZE.items():
        field = page.get_by_role("spinbutton", name=label, exact=True)
        field.fill(str(value))
        field.press("Tab")
        studio.settle()
    chosen = strategies.locator("[data-tag]")
    for left in range(chosen.count() - 1, 1, -1):  # the last ones go, until two are left
        chosen.last.press("Delete")
        expect(page.get_by_text(f"{left * SIZE['Repetitions']} runs, each")).to_be_visible()
    expect(page.get_by_text(re.compile(r"16 runs, each up to 15 labels out of 6\d images"))).to_be_visible()
    return page
