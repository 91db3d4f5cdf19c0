"""The memory of one tab, in a browser that nobody watches over.

Not by Playwright: it listens to the network of every page, and a browser that is listened to keeps the bytes of all
images fetched so far (40 MiB for 1,000 of them on an empty page). The DevTools protocol is spoken here as needed.
"""

import json
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count, cycle
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import ClientConnection, connect

from common.bench import CHROMIUM, FLAGS
from common.studio import PATIENCE
from common.tab import PROBE, SIZE

MIB = 2**20
SECONDS_TO_GIVE_BACK = 2


class BareTab:
    """A page in a browser of its own, as `Tab` is by Playwright."""

    def __init__(self, connection: ClientConnection, process: psutil.Process, keys: Sequence[str]) -> None:
        self.connection = connection
        self.process = process
        self.numbers = count(1)
        self.keys = cycle(keys)

    def call(self, method: str, **values: Any) -> dict[str, Any]:
        """The result of one command; the browser's other messages are passed over."""
        number = next(self.numbers)
        self.connection.send(json.dumps({"id": number, "method": method, "params": values}))
        while (answer := json.loads(self.connection.recv(timeout=PATIENCE))).get("id") != number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method} was refused by the browser: {answer['error']}")
        return answer["result"]

    def evaluate(self, expression: str) -> Any:
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise RuntimeError(f"After {PATIENCE} s it is still not so in the page: {expression}")
            time.sleep(0.1)

    def open(self, address: str) -> None:
        self.call("Page.enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=PROBE.read_text(encoding="utf-8"))
        self.call("Page.navigate", url=address)
        self.wait_for("window.probe?.first")

    def label(self, goal: int, pace: float) -> None:
        """Presses keys until `goal` presses met a painted image, and waits until all are stored."""
        deadline = time.monotonic() + goal / pace + PATIENCE
        while self.evaluate("probe.presses.length") < goal:
            if time.monotonic() > deadline:
                raise RuntimeError(f"Fewer than {goal} presses met an image; the page takes no more keys")
            key = next(self.keys)
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=f"Digit{key}", text=key)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=f"Digit{key}")
            time.sleep(1 / pace)
        self.wait_for("probe.waiting() === 0")

    def memory(self) -> dict[str, float]:
        """MiB: `heap`, the page's JavaScript objects after a full collection, and `resident`, its process as the system
        counts it, once the browser was told that memory is short: while it is plenty the browser keeps pictures that
        nobody needs any more, by the hundred MiB."""
        self.call("HeapProfiler.collectGarbage")
        self.call("Memory.simulatePressureNotification", level="critical")
        time.sleep(SECONDS_TO_GIVE_BACK)
        self.call("Performance.enable")
        metrics = {metric["name"]: metric["value"] for metric in self.call("Performance.getMetrics")["metrics"]}
        self.call("Performance.disable")
        return {"heap_mib": round(metrics["JSHeapUsedSize"] / MIB, 2), "resident_mib": self._resident()}

    def _resident(self) -> float:
        """The largest renderer is the tab's: the browser shows no other page."""
        family = self.process.children(recursive=True)
        renderers = [process for process in family if "--type=renderer" in process.cmdline()]
        return round(max(process.memory_info().rss for process in renderers) / MIB, 1)


@contextmanager
def bare_tab(keys: Sequence[str]) -> Iterator[BareTab]:
    """A browser of its own with one empty tab, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        window = f"--window-size={SIZE['width']},{SIZE['height']}"
        options = ["--headless", window, "--remote-debugging-port=0", f"--user-data-dir={name}", "about:blank"]
        browser = subprocess.Popen([CHROMIUM, *FLAGS, *options], stderr=subprocess.DEVNULL)
        try:
            with connect(_address(Path(name)), max_size=None) as connection:
                yield BareTab(connection, psutil.Process(browser.pid), keys)
        finally:
            browser.terminate()
            browser.wait()


def _address(folder: Path) -> str:
    """Where the tab listens: the browser writes its port into its folder when it is ready."""
    deadline = time.monotonic() + PATIENCE
    file = folder / "DevToolsActivePort"
    while not file.exists() or not file.read_text().strip():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{CHROMIUM} was started and does not listen after {PATIENCE} s")
        time.sleep(0.1)
    with urllib.request.urlopen(f"http://127.0.0.1:{file.read_text().split()[0]}/json") as answer:
        pages = [target for target in json.load(answer) if target["type"] == "page"]
    return pages[0]["webSocketDebuggerUrl"]
