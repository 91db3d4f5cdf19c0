"""A real server and a real Chromium. Each test gets a data folder with a project of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from project_states import STATES, project_in_state  # noqa: E402  (the folder above is not a package)
from ui_projects import steel_project  # noqa: E402

from vabal_core import workspace  # noqa: E402
from vabal_core.types import Project  # noqa: E402

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE = 20_000  # milliseconds
expect.set_options(timeout=PATIENCE)
ANY_ID = re.compile(r"^\d+$")
OUTBOX_EMPTY = "() => !Object.keys(localStorage).some((key) => /^studio:.*:.*:/.test(key))"


@dataclass(kw_only=True)
class Server:
    """The Studio as its own process on a free port; `stop` and `start` may be called in the middle of a test."""

    data: Path
    port: int
    process: subprocess.Popen | None = field(default=None)
    base: str = ""  # the path that all addresses of the pages begin with
    environment: dict[str, str] = field(default_factory=dict)  # beside the tests' own
    options: tuple[str, ...] = ()  # of the command line

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base}"

    def start(self) -> None:
        options = ["--server.port", str(self.port), "--server.baseUrlPath", self.base, *self.options]
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *options]
        with (self.data.parent / "server.log").open("ab") as log:
            # Each test has its images in a temporary folder of its own.
            roots = {"VABAL_IMPORT_ROOTS": str(self.data.parents[1])}
            environment = os.environ | {"VABAL_DATA_DIR": str(self.data)} | roots | self.environment
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        expect_healthy(self)

    def kill(self) -> None:
        """SIGKILL: the server gets no chance to put anything in order."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def expect_healthy(server: Server) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2):
                return
        except OSError:
            if server.process is None or server.process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("studio")
    running = Server(data=folder / "data", port=free_port())
    steel_project(workspace.open_workspace(running.data), folder / "images", name="First")
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="session")
def states(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The names of a project in each state that a page must be able to show."""
    ws, folder = workspace.open_workspace(server.data), tmp_path_factory.mktemp("states")
    return tuple(project_in_state(ws, folder, state).name for state in STATES)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip(f"{CHROMIUM} is missing: install Chromium, or name another one in CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@dataclass(frozen=True, kw_only=True)
class Studio:
    """One project of the server, opened in one tab."""

    server: Server
    ws: workspace.Workspace
    project: Project
    page: Page

    def open(self, path: str = "label", **query: str) -> None:
        query_string = "&".join(f"{key}={value}" for key, value in {"project": self.project.name, **query}.items())
        self.page.goto(f"{self.server.url}/{path}?{query_string}")
        self.settle()

    def settle(self) -> None:
        app = self.page.locator("[data-testid=stApp]")
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=PATIENCE)
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)

    @property
    def desk(self) -> Locator:
        return self.page.locator(".desk")

    def image(self) -> int:
        """The id of the image on screen, once it has been painted."""
        expect(self.desk).to_have_attribute("data-image", ANY_ID, timeout=PATIENCE)
        return int(self.desk.get_attribute("data-image") or 0)

    def press(self, key: str) -> int:
        """Press a key on the image on screen; its id."""
        image = self.image()
        self.page.keyboard.press(key)
        return image

    def saved(self) -> None:
        """Wait until nothing is left in the outbox of this browser and the desk says so."""
        self.page.wait_for_function(OUTBOX_EMPTY, timeout=PATIENCE)
        expect(self.desk.locator(".saved")).to_have_text("Saved", timeout=PATIENCE)

    def labels(self) -> dict[int, str]:
        """image id -> class name, as the database has it now."""
        names = {defect_class.id: defect_class.name for defect_class in workspace.classes(self.ws, self.project.id)}
        rows, _ = workspace.search_images(self.ws, self.project.id, labelled=True, limit=500)
        return {row.image_id: names[row.class_id] for row in rows}


def simulate(studio: Studio, choice: str) -> None:
    """Choose in the menu of what is labelled with the known answers."""
    studio.page.locator(".st-key-simulate button").first.click()
    studio.page.get_by_text(choice, exact=True).click()


@pytest.fixture
def studio(server: Server, browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Studio]:
    if server.process is None or server.process.poll() is not None:
        server.start()  # a test that killed it failed before it was back
    ws = workspace.open_workspace(server.data)
    options = getattr(request, "param", {})
    name = request.node.name.replace("[", " ").replace("]", "")[:80]
    project = steel_project(ws, tmp_path / "images", name=name, **{"pool": 40, **options})
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    # A warning on leaving is what a person gets; a test that leaves on purpose says yes to it.
    page.on("dialog", lambda dialog: dialog.accept())
    yield Studio(server=server, ws=ws, project=project, page=page)
    context.close()
