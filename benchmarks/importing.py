"""Whether an import of many images keeps them all: a real Chromium on a real server, as a person would go about it.

Small grey images in class folders are looked through by the Data page. The look is stopped in the middle and begun
again; the writing is stopped in the middle and gone on with (few images are in before anybody could stop that); the
import is undone, and brought back from the bin. Seconds run from the click to what the page shows at the end of the
phase. Which images are there, with which labels, is read from the database file after each phase: lost, doubled and
wrong are those of the worst one. Images are small (24 x 24 pixels), so that the Studio's own work is measured and not
that of decoding.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common.bench import CHROMIUM, launch
from common.check_images import check_images
from common.machine import print_table, save_result
from common.studio import Studio, running
from PIL import Image
from playwright.sync_api import Locator, Page, expect, sync_playwright

from vabal_core import workspace

IMAGES, QUICK_IMAGES = 10_000, 1_000
CLASSES = ("crazing", "inclusion", "patches", "pitted surface", "scratches")
SIDE = 24
NAME = "many images"
LONGEST = 600_000  # milliseconds that a phase may take
# Presses the button as soon as the page draws it, once so much stands in the bar: a person is slower, and misses it.
STOP = """(from) => { const timer = setInterval(() => {
  const done = Number((document.querySelector("[data-testid=stProgress]")?.innerText.match(/: ([\\d,]+) of/)?.[1] ?? "")
    .replaceAll(",", ""));
  const button = document.querySelector(".st-key-import_stop button");
  if (button && done >= from) { clearInterval(timer); button.click(); }
}, 5); }"""
# The bar's words, each once: how often it told something new.
WATCH = """() => { window.told = new Set(); setInterval(() => {
  const bar = document.querySelector("[data-testid=stProgress]"); if (bar) window.told.add(bar.innerText);
}, 20); }"""


class ImportPage:
    """The Data page in one tab. `seconds` and what was `checked` gather phase by phase."""

    def __init__(self, page: Page, studio: Studio, ws: workspace.Workspace, expected: dict[str, str]) -> None:
        page.set_default_timeout(LONGEST)
        self.page, self.studio, self.ws, self.expected = page, studio, ws, expected
        self.seconds: dict[str, float] = {}
        self.checked: list[dict[str, int]] = []

    def button(self, key: str) -> Locator:
        return self.page.locator(f".st-key-{key} button").first

    def timed(self, phase: str, begin: Callable[[], object], *ends: str) -> None:
        """Note the seconds from `begin` until a button of the keys `ends` is on the page."""
        start = time.perf_counter()
        begin()
        shown = self.page.locator(", ".join(f".st-key-{key} button" for key in ends)).first
        expect(shown).to_be_visible(timeout=LONGEST)
        self.seconds[phase] = round(time.perf_counter() - start, 1)

    def check(self, *, lost: bool = True) -> dict[str, int]:
        """What is there now; in the middle of an import, some files are yet to come."""
        faults = check_images(self.studio.data, workspace.find_project(self.ws, NAME).id, self.expected)
        self.checked.append(faults if lost else {**faults, "lost": 0})
        return faults


def draw(folder: Path, count: int) -> dict[str, str]:
    """`count` noisy PNG in class folders, the classes in turn: path -> class."""
    rng = np.random.default_rng(0)
    expected = {f"{name}/{i:06}.png": name for i in range(count) for name in [CLASSES[i % len(CLASSES)]]}
    for path, grey in zip(expected, rng.integers(0, 256, (count, SIDE, SIDE), np.uint8), strict=True):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(grey).save(file, compress_level=1)
    return expected


def look(tab: ImportPage, folder: Path) -> None:
    """Stopped once the page has told how far it is, and begun again."""
    tab.page.goto(f"{tab.studio.url}/data")
    tab.page.locator(".st-key-import_path input").fill(str(folder))
    tab.page.keyboard.press("Tab")
    tab.page.evaluate(WATCH)
    tab.page.evaluate(STOP, 1)
    tab.timed("looked through", tab.button("import_look").click, "import_look_again", "import_write")
    if tab.button("import_look_again").is_visible():
        tab.seconds["looked until stopped"] = tab.seconds.pop("looked through")
        tab.timed("looked through", tab.button("import_look_again").click, "import_write")


def write(tab: ImportPage) -> dict[str, int]:
    """Stopped once the page has told how far it is, and gone on with; what was there in between."""
    tab.page.evaluate(STOP, 1)
    tab.timed("written", tab.button("import_write").click, "import_go_on", "import_label")
    middle = tab.check(lost=False)
    if tab.button("import_go_on").is_visible():
        tab.seconds["written until stopped"] = tab.seconds.pop("written")
        tab.timed("looked again", tab.button("import_go_on").click, "import_write")
        tab.timed("written to the end", tab.button("import_write").click, "import_label")
    tab.check()
    return middle


def undo(tab: ImportPage) -> dict[str, int]:
    """Undone, and brought back; what was in the bin in between."""
    (imported,) = workspace.list_imports(tab.ws, workspace.find_project(tab.ws, NAME).id)

    def begin() -> None:
        tab.page.get_by_text("Undo this import").click()
        tab.button("import_undo").click()
        tab.page.get_by_text("Imports (1)").click()

    tab.timed("undone", begin, f"restore_import-{imported.id}")
    middle = tab.check()
    tab.timed("brought back", tab.button(f"restore_import-{imported.id}").click, f"undo_import-{imported.id}")
    tab.check()
    return middle


def measure(folder: Path, count: int) -> dict[str, Any]:
    expected = draw(folder / NAME, count)
    os.environ["VABAL_IMPORT_ROOTS"] = str(folder)  # for the server
    ws = workspace.open_workspace(folder / "data")
    workspace.create_project(ws, workspace.STUDIO, NAME)  # a server without any project would draw its demo first
    with running(ws.data_dir) as studio, sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        tab = ImportPage(browser.new_page(viewport={"width": 1280, "height": 800}), studio, ws, expected)
        look(tab, folder / NAME)
        stopped = write(tab)
        progress_told = tab.page.evaluate("() => window.told.size")
        undone = undo(tab)
        browser.close()
    faults = {fault: max(counts[fault] for counts in tab.checked) for fault in ("lost", "doubled", "wrong")}
    facts = {"images": count, "written_when_stopped": stopped["images"], "in_bin_when_undone": undone["in_bin"]}
    return {**facts, **faults, "progress_told": progress_told, "seconds": tab.seconds}


def main(quick: bool) -> int:
    if not Path(CHROMIUM).exists():
        print(json.dumps({"skipped": f"{CHROMIUM} is missing: install Chromium, or name another one in CHROMIUM"}))
        return 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        result = measure(Path(name), QUICK_IMAGES if quick else IMAGES)
    print_table([{"phase": phase, "seconds": seconds} for phase, seconds in result["seconds"].items()])
    save_result("importing", result, quick)
    return int(any(result[fault] for fault in ("lost", "doubled", "wrong")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="with 1,000 images")
    raise SystemExit(main(parser.parse_args().quick))
