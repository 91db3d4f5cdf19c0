"""Two servers on one data folder: people label by turns through both, one round runs at a time, and one dies."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from ui_projects import steel_project
from ui_site import label, session_of

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.signing import secret, session_token

ROOT = Path(__file__).parents[1]
HELD = 4  # images that a desk has at once
TURNS = 3


@dataclass(frozen=True, kw_only=True)
class Server:
    process: subprocess.Popen
    port: int

    def ask(self, path: str, body: Any = None, token: str = "") -> tuple[int, bytes]:
        """(status, answer); OSError where nobody answers."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Studio-Token": token}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@dataclass(kw_only=True)
class Desk:
    """Of one person, who labels the first of the images that they hold, by whichever server."""

    token: str
    name: str
    held: list[int] = field(default_factory=list)
    given: int = 0

    def label_one(self, server: Server, class_id: int) -> None:
        first, self.held = self.held[:1], self.held[1:]
        events = [label(image_id, class_id, f"{self.name}-{image_id}") for image_id in first]
        body = {"queue": "ranked", "events": events, "have": self.held, "want": HELD - len(self.held)}
        status, answer = server.ask("/api/labels", body, self.token)
        assert status == 200
        said = json.loads(answer)
        assert said["stored"] == [event["event_id"] for event in events] and not said["refused"]
        self.held += [item["id"] for item in said["items"]]
        self.given += len(events)


@pytest.fixture
def steel(tmp_path: Path) -> tuple[workspace.Workspace, Project]:
    ws = workspace.open_workspace(tmp_path / "data")
    return ws, steel_project(ws, tmp_path / "images", pool=40)


@pytest.fixture
def servers(steel, tmp_path: Path) -> Iterator[list[Server]]:
    started = [_start(steel[0].data_dir, tmp_path / f"{name}.log") for name in ("first", "second")]
    try:
        for server in started:
            _wait_until_it_answers(server)
        yield started
    finally:
        for server in started:
            _end(server)


def _start(data: Path, log: Path) -> Server:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"VABAL_DATA_DIR": str(data), "VABAL_LOG": str(log)}
    environment.pop("VABAL_DATABASE_URL", None)
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log.with_suffix(".errors").open("w") as errors:
        return Server(process=subprocess.Popen(command, cwd=ROOT, env=environment, stderr=errors), port=port)


def _wait_until_it_answers(server: Server) -> None:
    for _ in range(1_000):
        try:
            assert server.ask("/healthz")[0] == 200
            return
        except OSError:
            assert server.process.poll() is None, "it ended"
            time.sleep(0.1)
    raise TimeoutError


def _end(server: Server) -> None:
    if server.process.poll() is not None:
        return
    children = psutil.Process(server.process.pid).children(recursive=True)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    # What a server has started ends by itself once nobody reads it any more.
    _, left = psutil.wait_procs(children, timeout=60)
    for child in left:
        child.kill()
    assert not left


def test_people_label_by_turns_through_both_and_go_on_when_one_dies(steel, servers: list[Server]):
    ws, project = steel
    key = secret(ws.data_dir)
    class_ids = [defect_class.id for defect_class in workspace.classes(ws, project.id)]
    desks = [Desk(token=session_token(key, session_of(ws, project.id, name)), name=name) for name in ("Ann", "Ben")]

    def turn(number: int, among: list[Server]) -> None:
        for place, desk in enumerate(desks):
            desk.label_one(among[(number + place) % len(among)], class_ids[number % 2])
            assert not {*desks[0].held} & {*desks[1].held}, "an image was handed to two people"

    for number in range(2 * TURNS):
        turn(number, servers)
    with ThreadPoolExecutor() as both:
        answers = list(both.map(lambda server: server.ask("/api/rounds", {}, desks[0].token), servers))
    assert sorted(status for status, _ in answers) == [200, 503]
    (refusal,) = [answer.decode() for status, answer in answers if status == 503]
    assert re.search("Round 1 is still running|A round is being started", refusal)
    assert [round_.state for round_ in workspace.list_rounds(ws, project.id)] == ["running"]

    (starter,) = [server for server, (status, _) in zip(servers, answers, strict=True) if status == 200]
    _end(starter)
    workspace.cancel_round(ws, workspace.STUDIO, project.id)
    (survivor,) = [server for server in servers if server is not starter]
    for number in range(TURNS):
        turn(number, [survivor])
    log = workspace.read_trail(ws, workspace.STUDIO, project.id, "labels", workspace.LogFilter(), limit=100)
    assert sorted(row.person for row in log) == ["Ann"] * desks[0].given + ["Ben"] * desks[1].given
    assert len({row.path for row in log}) == len(log) == sum(workspace.counts(ws, project.id).pool.values())
