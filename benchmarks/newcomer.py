"""How many clicks a newcomer needs: from an empty data folder to 100 labels, a ranking and a CSV, and from a ZIP of
one's own to the first image that a ranking put first. A real Chromium does what a person would do.

A click is a press of a mouse button on the page; choosing a file is one, too. `typed` counts the fields that are
written into. Labels are given by keys, one an image, and counted apart. Reading images and learning is waited for, as a
person would; the seconds are of this machine.
"""

import argparse
import json
import re
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.bench import CHROMIUM, launch
from common.machine import save_result
from common.studio import running
from common.synthetic import draw
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from vabal_core import workspace
from vabal_core.store.images import hidden_truth
from vabal_core.types import Project
from vabal_core.workspace import Workspace

PATIENCE = 600_000  # milliseconds: a round on a busy machine
LABELS, QUICK_LABELS = 100, 8
OWN_LABELS = 30  # out of the ZIP
PICTURES = 60
TARGETS = {"clicks_demo": 12, "typed_demo": 1, "clicks_own_zip": 6}
IMAGE = re.compile(r"^\d+$")
NAME_KEPT = "() => document.cookie.includes('studio_person=Ada')"
OUTBOX_EMPTY = "() => !Object.keys(localStorage).some((key) => /^studio:.*:.*:/.test(key))"


@dataclass(kw_only=True)
class Newcomer:
    """Somebody at a page, and what they had to do so far. `waits`: for rankings, as a person would."""

    page: Page
    waits: bool
    clicks: int = 0
    typed: int = 0
    keys: int = 0

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def type(self, field: Locator, text: str) -> None:
        """Into a field, which is clicked first and left by Tab."""
        self.click(field)
        field.fill(text)
        field.press("Tab")
        self.typed += 1

    def choose_file(self, chooser: Locator, file: Path) -> None:
        chooser.set_input_files(file)
        self.clicks += 1

    def label(self, count: int, key_of: Callable[[int], str]) -> None:
        """By the key that `key_of` gives for the id of the image on screen."""
        desk, before = self.page.locator(".desk"), ""
        for _ in range(count):
            expect(desk).not_to_have_attribute("data-image", before)
            expect(desk).to_have_attribute("data-image", IMAGE)
            before = desk.get_attribute("data-image") or ""
            self.page.keyboard.press(key_of(int(before)))
            self.keys += 1
        self.page.wait_for_function(OUTBOX_EMPTY)
        expect(desk.locator(".saved")).to_have_text("Saved")

    def see_ranked_image(self, key_of: Callable[[int], str]) -> None:
        """Wait for a ranking, label what was on screen before it, and see an image that says its place in it.
        Where nobody waits, nothing is done: it takes no click."""
        if not self.waits:
            return
        desk = self.page.locator(".desk")
        expect(desk).to_contain_text(re.compile(r"In the ranking|come from the ranking"))
        self.label(1, key_of)
        expect(desk).to_contain_text(re.compile(r"In the ranking"))


def keys_of(ws: Workspace, project: Project) -> dict[int, str]:
    """class id -> its key"""
    return {listed.id: listed.key for listed in workspace.classes(ws, project.id)}


def demo(newcomer: Newcomer, ws: Workspace, url: str, labels: int) -> None:
    """From the first opening to `labels` labels, a ranking and a CSV."""
    page = newcomer.page
    page.goto(url)
    page.locator(".desk:not([data-image=''])").wait_for()
    newcomer.type(page.get_by_label("Your name", exact=True), "Ada")
    page.wait_for_function(NAME_KEPT)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    project = workspace.list_projects(ws)[0]
    keys = keys_of(ws, project)

    def key_of(image_id: int) -> str:
        return keys[hidden_truth(ws.engine, [image_id])[image_id]]

    newcomer.label(labels, key_of)
    newcomer.see_ranked_image(key_of)
    newcomer.click(page.get_by_role("link", name="Data", exact=True))
    with page.expect_download() as download:
        newcomer.click(page.get_by_role("link", name="Download labels (CSV)"))
    rows = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    given = [row for row in rows if "Ada" in row]
    if len(given) != newcomer.keys:
        raise RuntimeError(f"{newcomer.keys} labels were given by Ada, and the CSV has {len(given)}")


def own_zip(newcomer: Newcomer, ws: Workspace, url: str, file: Path, labels: int) -> None:
    """From the Studio as it opens to the first image out of a ranking, of a ZIP of images without labels."""
    page = newcomer.page
    page.goto(url)
    page.locator(".desk:not([data-image=''])").wait_for()
    newcomer.click(page.get_by_role("link", name="Data", exact=True))
    newcomer.choose_file(page.locator("input.files"), file)
    expect(page.locator(".st-key-import_name input")).to_have_value(file.stem)
    newcomer.click(page.locator(".st-key-import_look button"))
    newcomer.click(page.locator(".st-key-import_write button"))
    newcomer.click(page.locator(".st-key-import_label button"))
    classes = page.locator(".st-key-new_classes textarea")
    classes.press("Control+End")  # the field is where the page begins: Tab leads there, as a click would
    classes.type("scratches\npatches\n")
    newcomer.typed += 1
    newcomer.click(page.locator(".st-key-add_classes_button button"))
    page.locator(".desk:not([data-image=''])").wait_for()
    project = workspace.find_project(ws, file.stem)
    by_name = {listed.name: listed.key for listed in workspace.classes(ws, project.id)}
    paths = {row.image_id: row.path for row in workspace.search_images(ws, project.id, limit=PICTURES)[0]}

    def key_of(image_id: int) -> str:
        return by_name["patches" if "patches" in paths[image_id] else "scratches"]

    newcomer.label(labels, key_of)
    newcomer.see_ranked_image(key_of)


def make_zip(folder: Path) -> Path:
    """Images of two classes in one folder, with names that say which: nothing that an import would take for labels."""
    drawn = [picture for picture in draw(folder / "drawn", 3 * PICTURES) if picture.label in ("patches", "scratches")]
    file = folder / "own steel.zip"
    with zipfile.ZipFile(file, "w") as packed:
        for number, picture in enumerate(drawn[:PICTURES]):
            packed.write(picture.file, f"IMG_{number:04d}_{picture.label}.jpg")
    return file


def measure(browser: Browser, act: Callable[[Newcomer, Workspace, str], None], waits: bool) -> tuple[Newcomer, float]:
    """What somebody had to do in a Studio that was just installed, and seconds."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        data = Path(name) / "data"
        data.mkdir()
        with running(data) as studio:
            page = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True).new_page()
            page.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            newcomer, began = Newcomer(page=page, waits=waits), time.perf_counter()
            act(newcomer, workspace.open_workspace(data), studio.url)
            page.context.close()
            return newcomer, time.perf_counter() - began


def main(quick: bool) -> int:
    if not Path(CHROMIUM).exists():
        print(json.dumps({"skipped": f"{CHROMIUM} is missing: install Chromium, or name another one in CHROMIUM"}))
        return 0
    labels = QUICK_LABELS if quick else LABELS
    result: dict[str, Any] = {"labels": labels, "targets": TARGETS}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser, file = launch(playwright.chromium), make_zip(Path(name))
        acts = {
            "demo": lambda person, ws, url: demo(person, ws, url, labels),
            "own_zip": lambda person, ws, url: own_zip(person, ws, url, file, QUICK_LABELS if quick else OWN_LABELS),
        }
        for kind, act in acts.items():
            person, seconds = measure(browser, act, waits=not quick)
            facts = {"clicks": person.clicks, "typed": person.typed, "keys": person.keys, "seconds": round(seconds, 1)}
            result |= {f"{fact}_{kind}": value for fact, value in facts.items()}
        browser.close()
    save_result("newcomer", result, quick)
    return int(any(result[figure] > most for figure, most in TARGETS.items()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_LABELS} labels, and no waiting for rankings")
    raise SystemExit(main(parser.parse_args().quick))
