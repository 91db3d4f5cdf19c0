"""What happens in a browser: two tabs of one person, steps back in its history, a network that is cut."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from common.bench import SPARE, Bench, Disturb, launch
from common.check_labels import check_presses
from common.fault_cases import Outcome, opened
from common.fault_kills import draw
from common.studio import running
from common.tab import Tab
from common.tab import opened as opened_tab

PACE = 5  # presses a second


@contextmanager
def bench(presses: int) -> Iterator[Bench]:
    """A server and a browser, on an SQLite database of their own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        studio = stack.enter_context(running(folder / "data"))
        ws = stack.enter_context(opened(studio.data, None))
        browser = stack.enter_context(launch(stack.enter_context(sync_playwright()).chromium))
        yield Bench(ws=ws, studio=studio, browser=browser, pictures=draw(folder / "pictures", 6), presses=presses)


def in_browser(presses: int, cut_seconds: int) -> list[Outcome]:
    """Each kind once, in the middle of `presses` labels."""
    with bench(presses) as of_all:
        return [
            _outcome("network cut", of_all.label("cut", PACE, partial(_cut, presses // 3, cut_seconds))),
            _outcome("browser back and forward", of_all.label("back", PACE, partial(_back, presses // 2))),
            two_tabs(of_all),
        ]


def _outcome(fault: str, *rows: Mapping[str, Any]) -> Outcome:
    """Of tabs whose presses were held against the log. A label that nobody pressed there would be unexplained."""
    lost, doubled, wrong = (sum(row[name] for row in rows) for name in ("lost", "doubled", "wrong"))
    return Outcome(fault=fault, database="SQLite", tried=1, lost=lost, doubled=doubled, unexplained=wrong)


def _cut(first: int, seconds: int, tab: Tab) -> Disturb:
    """So many seconds without a network; who labels goes on."""
    mended = first + PACE * seconds
    return {first: lambda: tab.context.set_offline(True), mended: lambda: tab.context.set_offline(False)}


def _back(press: int, tab: Tab) -> Disturb:
    """To the page before, and forward again."""

    def there_and_back() -> None:
        tab.page.go_back()
        tab.page.go_forward()
        tab.page.wait_for_function("() => window.probe?.first")

    return {0: lambda: _visit_first(tab), press: there_and_back}


def _visit_first(tab: Tab) -> None:
    """Another page in the history before this one."""
    tab.page.goto(f"{tab.address.partition('/label')[0]}/review")
    tab.open()


def two_tabs(of_all: Bench) -> Outcome:
    """The same person labels in two tabs in turn."""
    project = of_all.project("tabs", 2 * of_all.presses + SPARE)
    keys = list(of_all.classes(project))
    with opened_tab(of_all.browser, of_all.address(project), keys) as first:
        second = Tab(first.context, first.address, keys)
        tabs = (first, second)
        for tab in tabs:
            tab.open()
        for _ in range(4):
            for tab in tabs:
                tab.page.bring_to_front()
                tab.press(of_all.presses // 8, PACE)
        presses = [press for tab in tabs for press in tab.finish()]
    kept = check_presses(presses, of_all.studio.data, project.id, of_all.classes(project))
    return _outcome("two tabs of one person", kept)
