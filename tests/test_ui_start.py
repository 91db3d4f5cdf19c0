"""A server as it is run: its log, its limit of open files, and words where it cannot start at all."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ui_projects import steel_project
from ui_site import session_of

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.addresses import export_url, image_url
from vabal_core.ui.app import start
from vabal_core.ui.signing import secret, session_token

ROOT = Path(__file__).parents[1]
RUN = (sys.executable, "-m", "streamlit", "run", "app.py", "--server.port")
FEW_FILES = 256
resource = pytest.importorskip("resource", reason="this system has no limit of open files")


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


@dataclass(frozen=True, kw_only=True)
class Running:
    ws: workspace.Workspace
    project: Project
    process: subprocess.Popen
    port: int
    log: Path

    def ask(self, path: str, *, body: bytes | None = None, token: str = "") -> int:
        headers = {"X-Studio-Token": token} if token else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                answer.read()
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    tmp_path = tmp_path_factory.mktemp("running")
    ws = workspace.open_workspace(tmp_path / "data")
    project = steel_project(ws, tmp_path / "images", name="Steel")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "studio.log"
    environment = os.environ | {"VABAL_DATA_DIR": str(ws.data_dir), "VABAL_LOG": str(log)}
    with (tmp_path / "errors").open("w") as errors:
        process = subprocess.Popen([*RUN, str(port)], cwd=ROOT, env=environment, stderr=errors, preexec_fn=few_files)
    try:
        studio = Running(ws=ws, project=project, process=process, port=port, log=log)
        wait_until_it_answers(studio)
        yield studio
    finally:
        process.kill()
        process.wait()


def wait_until_it_answers(studio: Running) -> None:
    for _ in range(600):
        try:
            assert studio.ask("/healthz") == 200
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError


def logged_statuses(running: Running, count: int) -> list[int]:
    """Of the first `count` requests that went into the log: each does once it was answered."""
    for _ in range(100):
        lines = [json.loads(line) for line in running.log.read_text().splitlines()]
        statuses = [line["status"] for line in lines if line["event"] == "request"]
        if len(statuses) >= count:
            break
        time.sleep(0.05)
    return statuses


def test_the_log_of_a_session_is_lines_of_json_without_a_secret(running: Running):
    key, project_id = secret(running.ws.data_dir), running.project.id
    session = session_of(running.ws, project_id, "Ann")
    token = session_token(key, session)
    image_id = workspace.next_images(running.ws, project_id, "ranked", count=1)[0].image_id
    class_id = workspace.classes(running.ws, project_id)[0].id
    event = {"event_id": "e1", "image_id": image_id, "kind": "label", "class_id": class_id}
    body = {"queue": "ranked", "events": [event], "have": [], "want": 5}
    addresses = [image_url(key, session, image_id, "f" * 64, "full", ""), export_url(key, session)]
    assert running.ask("/api/labels", body=json.dumps(body).encode(), token=token) == 200
    assert [running.ask(address) for address in addresses] == [200, 200]
    assert [running.ask(address.replace("/1", "/2")) for address in addresses] == [403, 403]
    assert running.ask("/api/images/" + "9" * 5_000 + "/full") == 404
    assert running.ask("/api/labels", body=b"{", token=token) == 400
    assert running.ask("/api/labels", body=b"{", token=token + "x") == 401

    assert logged_statuses(running, 5) == [403, 403, 404, 400, 401]
    text = running.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", line["time"]) for line in lines)
    assert not [line for line in lines if line["logger"].startswith("uvicorn")], "nothing went wrong there"
    signatures = [address.split("signature=")[1] for address in addresses]
    assert not [kept for kept in (key, token, token.split(".")[0], *signatures) if kept in text]
    assert max(map(len, text.splitlines())) < 1_000
    assert running.log.with_name("errors").read_text() == ""  # all of it went into the file
    if hasattr(os, "getuid"):
        assert oct(running.log.stat().st_mode)[-3:] == "600"


def test_a_server_may_open_as_many_files_as_the_system_allows(running: Running):
    psutil = pytest.importorskip("psutil")
    if not hasattr(psutil, "RLIMIT_NOFILE"):
        pytest.skip("no process is told another's limits on this system")
    soft, hard = psutil.Process(running.process.pid).rlimit(psutil.RLIMIT_NOFILE)
    assert soft == min(hard, 65_536) or soft == hard
    assert soft > FEW_FILES or hard == FEW_FILES


def noise(data: Path) -> None:
    (data / "studio.db").write_bytes(b"noise" * 9_999)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (noise, r"studio\.db is damaged .*restore BACKUP"),
        (lambda data: (data / "secret").write_bytes(b"\xff" * 9), r"secret .* is damaged"),
        (lambda data: (data / "projects").write_text("in the way"), r"data folder .* cannot be made: File exists"),
    ],
    ids=["damaged database", "damaged secret", "no folder"],
)
def test_a_studio_that_cannot_be_opened_is_refused_in_words(spoil, words: str, tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(start, "write_log", lambda: None)  # else pytest's own log would be written so
    spoil(tmp_path)
    with pytest.raises(SystemExit) as ended:
        start.prepare_server()
    assert ended.value.code == 1
    assert re.search(rf"The Studio does not start\. .*{words}", capsys.readouterr().out)


def test_a_server_that_does_not_start_writes_one_line_into_its_log(tmp_path: Path):
    noise(tmp_path)
    environment = os.environ | {"VABAL_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", "import app"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    [line] = [json.loads(line) for line in done.stderr.splitlines()]
    assert (line["level"], line["event"]) == ("CRITICAL", "the Studio does not start")
