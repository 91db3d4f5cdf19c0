"""A running Studio, as its own process on a free port: what the browser benchmarks measure."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common import ROOT

PATIENCE = 60  # seconds


class Studio:
    """The server on the data in `data`; it may be killed and started again, and keeps its port."""

    def __init__(self, data: Path, database_url: str | None = None) -> None:
        self.data = data
        self.database = {"VABAL_DATABASE_URL": database_url} if database_url else {}
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the process, without waiting until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(self.port)]
        environment = os.environ | self.database | {"VABAL_DATA_DIR": str(self.data)}
        with (self.data.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def wait(self) -> None:
        """Until it answers; RuntimeError with the end of its log where it never does."""
        deadline = time.monotonic() + PATIENCE
        while self.process and self.process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        log = (self.data.parent / "server.log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"The server at {self.url} does not answer. Its last words:\n{log[-2000:]}")

    def kill(self) -> None:
        """SIGKILL: it gets no chance to put anything in order."""
        if self.process:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(data: Path, database_url: str | None = None) -> Iterator[Studio]:
    """A Studio that answers, for as long as the block lasts."""
    studio = Studio(data, database_url)
    studio.start()
    try:
        studio.wait()
        yield studio
    finally:
        studio.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
