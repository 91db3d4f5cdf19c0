"""A tab of a real browser on the Label page: presses keys at a pace, and brings back what the probe in it saw."""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from common.studio import PATIENCE

PROBE = Path(__file__).parent / "probe.js"
SIZE = {"width": 1280, "height": 800}
LONGEST = 1000 * PATIENCE  # milliseconds


class Tab:
    """One project in one tab. `sent` counts the keys that were pressed, whether or not an image was painted then."""

    def __init__(self, context: BrowserContext, address: str, keys: Sequence[str]) -> None:
        context.add_init_script(path=PROBE)
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(LONGEST)
        # A warning on leaving is what a person gets who reloads with labels unsent; here the answer is yes.
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.address = address
        self.keys = keys
        self.sent = 0

    def open(self) -> float:
        """Opens the page; milliseconds from the start of the navigation to the first image painted.

        RuntimeError with what the page says instead, where no image comes.
        """
        self.page.goto(self.address)
        try:
            self.page.wait_for_function("() => window.probe?.first")
        except PlaywrightTimeout as error:
            page_text = self.page.locator("body").inner_text()
            raise RuntimeError(f"No image after {PATIENCE} s on {self.address}. The page says: {page_text}") from error
        return self.page.evaluate("() => probe.first")

    def counted(self) -> int:
        """Presses made so far on a painted image; 0 while the page is being loaded anew."""
        try:
            return self.page.evaluate("() => window.probe?.presses.length ?? 0")
        except PlaywrightError:  # the page went away in between
            return 0

    def press(self, count: int, pace: float, disturb: Mapping[int, Callable[[], object]] | None = None) -> None:
        """Presses the classes' keys in turn, `pace` a second, until `count` of them met a painted image.

        `disturb`: what to do before the n-th press. A press waits until the browser has taken the one before: where the
        page hangs, the pace drops. RuntimeError where no press meets an image for a minute.
        """
        goal, due = self.counted() + count, time.monotonic()
        least, deadline = count + 1, due
        for turn in itertools.count():
            if turn >= count:  # asked only then: a question to the page costs it time
                missing = goal - self.counted()
                if missing <= 0:
                    return
                if missing < least:
                    least, deadline = missing, time.monotonic() + PATIENCE
                elif time.monotonic() > deadline:
                    raise RuntimeError(f"{missing} of {count} presses are missing, and the page takes no more keys")
            if disturb and turn in disturb:
                disturb[turn]()
            time.sleep(max(0.0, due - time.monotonic()))
            self.page.keyboard.press(self.keys[turn % len(self.keys)])
            self.sent += 1
            due = max(due + 1 / pace, time.monotonic())

    def rest(self, seconds: float) -> None:
        self.page.wait_for_timeout(1000 * seconds)

    def finish(self) -> list[dict[str, Any]]:
        """The presses on a painted image, once no decision waits in the browser any more (or after a while)."""
        deadline = time.monotonic() + PATIENCE
        while self.page.evaluate("() => probe.waiting()") and time.monotonic() < deadline:
            self.page.wait_for_timeout(100)
        return self.page.evaluate("() => probe.presses")


@contextmanager
def opened(browser: Browser, address: str, keys: Sequence[str]) -> Iterator[Tab]:
    """A tab of a browser that has never been here; its page is not open yet."""
    context = browser.new_context(viewport=SIZE)
    try:
        yield Tab(context, address, keys)
    finally:
        context.close()
