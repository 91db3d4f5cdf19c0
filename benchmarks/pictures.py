"""The README's pictures, made by the Studio itself: its pages in real Chromium, and figures of kept results.

Starts a Studio on an empty folder, lets it make the demo project, labels with the hidden truth, runs two rounds, has
some images doubted and some labelled wrongly, and photographs every page, light and dark. Then it looks through folders
as plants have them, and photographs what the import page makes of each. The figures are drawn from
results/end_to_end.json and results/diagnosis.json. With `--only states` every page is photographed on three projects,
wide and as on a telephone, into a folder that is not kept: to be looked at.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from common import ROOT
from common.bench import launch
from common.every_state import photograph_states, projects_in_states
from common.figures import draw_diagnosis, draw_round
from common.import_scenes import draw_layouts, photograph_imports
from common.machine import RESULTS, save_result
from common.studio import running
from playwright.sync_api import Browser, Page, expect, sync_playwright

from vabal_core import workspace
from vabal_core.types import LabelEvent

PATIENCE = 120_000  # milliseconds
PAGES = ("label", "grid", "rounds", "review", "progress", "data")
TALL = ("rounds", "progress")
PARTS = ("pages", "imports", "figures")
STATES = ROOT / "benchmarks" / "states"  # ignored by Git


def settle(page: Page) -> None:
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=PATIENCE)
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=PATIENCE)  # pieces still to be drawn


def learn(folder: Path) -> None:
    """Two rounds on 100 labels each by the demo's hidden truth, then 30 labels, some doubts and some slips."""
    ws = workspace.open_workspace(folder)
    project = workspace.list_projects(ws)[0]
    for seed in range(2):
        workspace.label_for_me(ws, workspace.STUDIO, project.id, 100)
        for _ in workspace.run_round(ws, workspace.STUDIO, project.id, batch=100, seed=seed):
            pass
    workspace.label_for_me(ws, workspace.STUDIO, project.id, 30)
    items = workspace.next_images(ws, project.id, "ranked", count=24)
    classes = workspace.classes(ws, project.id)
    doubts = [
        LabelEvent(f"picture-{i}", item.image_id, "flag" if i % 4 == 0 else "unsure", comment="blurred" * (i % 4 == 0))
        for i, item in enumerate(items[:9])
    ]
    slips = [
        LabelEvent(f"picture-{i}", item.image_id, "label", classes[i % len(classes)].id, round=item.round)
        for i, item in enumerate(items[9:], start=9)
    ]
    workspace.record(ws, workspace.person("Ada"), project.id, doubts + slips)


def photograph(browser: Browser, url: str, scheme: str) -> list[str]:
    made = []
    page = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme).new_page()
    for name in PAGES:
        page.goto(f"{url}/{name}")
        if name == "label":
            page.locator(".desk[data-image]:not([data-image=''])").wait_for(timeout=PATIENCE)
        settle(page)
        if name in ("grid", "review"):
            page.locator("[data-image] img").nth(5).wait_for(timeout=PATIENCE)
            page.wait_for_load_state("networkidle")
        file = RESULTS / f"{name}-{scheme}.png"
        page.screenshot(path=file, full_page=name in TALL)
        made.append(file.name)
    return made


def look_at_states(browser: Browser, url: str, data: Path, source: Path) -> list[str]:
    ws = workspace.open_workspace(data)
    projects = projects_in_states(ws, source, workspace.list_projects(ws)[0].name)
    return photograph_states(browser, url, projects, STATES, settle)


def first_image(page: Page, url: str) -> None:
    page.goto(url)
    page.locator(".desk[data-image]:not([data-image=''])").wait_for(timeout=PATIENCE)


def main(parts: Sequence[str], quick: bool) -> None:
    start = time.perf_counter()
    made: list[str] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, sync_playwright() as playwright:
        data, source = Path(name) / "data", Path(name) / "images"
        data.mkdir()
        draw_layouts(source)
        with running(data) as studio:
            browser = launch(playwright.chromium)
            first_image(browser.new_page(), studio.url)
            if "pages" in parts or "states" in parts:
                learn(data)
            if "states" in parts:
                made += look_at_states(browser, studio.url, data, source)
            if "pages" in parts:
                made += [file for scheme in ("light", "dark") for file in photograph(browser, studio.url, scheme)]
            if "imports" in parts:
                made += photograph_imports(browser, studio.url, source, RESULTS, settle)
            folder = Path(name) if quick else RESULTS
            if "figures" in parts:
                made += [draw_round(browser, folder), draw_diagnosis(browser, folder)]
            browser.close()
    save_result("pictures", {"files": made, "seconds": round(time.perf_counter() - start, 1)}, set(parts) != set(PARTS))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the figures only, after a look whether the Studio starts")
    parser.add_argument("--only", nargs="+", choices=(*PARTS, "states"), default=PARTS, help="these pictures alone")
    args = parser.parse_args()
    main(("figures",) if args.quick else args.only, args.quick)
