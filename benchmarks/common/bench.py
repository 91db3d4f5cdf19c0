"""What every scenario of the labelling benchmark works with: a server, a browser, and projects to label in."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserType

from common.check_labels import check_presses, latencies
from common.studio import Studio
from common.synthetic import Picture, make_project
from common.tab import Tab, opened
from vabal_core import workspace
from vabal_core.types import Project

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
SPARE = 100  # images beyond the presses: the desk fetches 40 ahead

Disturb = Mapping[int, Callable[[], object]]  # number of a press -> what happens just before it


@dataclass(frozen=True, kw_only=True)
class Bench:
    """`presses` is how many a scenario makes, and what its project is sized by."""

    ws: workspace.Workspace
    studio: Studio
    browser: Browser
    pictures: list[Picture]
    presses: int

    def classes(self, project: Project) -> dict[str, int]:
        """key -> class id"""
        return {defect_class.key: defect_class.id for defect_class in workspace.classes(self.ws, project.id)}

    def project(self, name: str, waiting: int, **others: Any) -> Project:
        return make_project(self.ws, name, self.pictures, waiting, **others)

    @contextmanager
    def tab(self, project: Project) -> Iterator[Tab]:
        with opened(self.browser, self.address(project), list(self.classes(project))) as tab:
            yield tab

    def address(self, project: Project) -> str:
        return f"{self.studio.url}/label?project={project.name}"

    def label(self, name: str, pace: float, disturb: Callable[[Tab], Disturb] = lambda tab: {}) -> dict[str, Any]:
        """The row of a scenario that labels all its images in one go."""
        return self.label_all(self.project(name, self.presses + SPARE), pace, disturb)

    def label_all(self, project: Project, pace: float, disturb: Callable[[Tab], Disturb]) -> dict[str, Any]:
        """The row of a scenario that labels the images of the project."""
        with self.tab(project) as tab:
            tab.open()
            began = time.monotonic()
            tab.press(self.presses, pace, disturb(tab))
            a_second = tab.sent / (time.monotonic() - began)
            tab.context.set_offline(False)
            return {**self.outcome(tab, project), "a_second": round(a_second, 1)}

    def outcome(self, tab: Tab, project: Project) -> dict[str, Any]:
        """What came of the presses in `tab`, as figures of a row."""
        presses = tab.finish()
        kept = check_presses(presses, self.studio.data, project.id, self.classes(project))
        return {"presses": len(presses), **latencies(presses), **kept, "ignored": tab.sent - len(presses)}


def launch(chromium: BrowserType) -> Browser:
    return chromium.launch(executable_path=CHROMIUM, args=FLAGS)
