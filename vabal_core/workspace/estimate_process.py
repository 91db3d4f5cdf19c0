"""Estimates made in a process of their own: where they take seconds, pages and labels keep the server's to themselves,
and the larger part of the processor as well, for that process gives way.

The process waits for questions on its standard input, a line of JSON each, and answers on its standard output, pickled.
It ends with the server, whichever way that ends, and when nobody has asked for a while.
"""

import atexit
import json
import os
import pickle
import select
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from vabal_core.estimate.project import ProjectEstimates
from vabal_core.loop.priority import MODEST, set_priority
from vabal_core.types import StudioError
from vabal_core.workspace.estimates import project_estimates
from vabal_core.workspace.workspace import Workspace, open_workspace

MAX_IDLE_SECONDS = 600.0
ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from vabal_core.workspace.estimate_process import answer_questions as a; a()")

_process: subprocess.Popen[bytes] | None = None


def estimates_of_process(ws: Workspace, project_id: int) -> ProjectEstimates:
    """`project_estimates`, made elsewhere. From one thread at a time. StudioError where the process has ended without
    an answer; what it raised itself is raised here."""
    url = ws.engine.url.render_as_string(hide_password=False)
    question = json.dumps([str(ws.data_dir), url, project_id]).encode() + b"\n"
    process = _running()
    try:
        process.stdin.write(question)
        process.stdin.flush()
        answer = pickle.load(process.stdout)
    except (OSError, EOFError, pickle.UnpicklingError) as error:
        end_process()
        raise StudioError("The process that makes the estimates has ended without an answer.") from error
    if isinstance(answer, Exception):
        raise answer
    return answer


def end_process() -> None:
    """Ends the process, where there is one."""
    global _process
    if _process is not None:
        _process.kill()
        _process.wait()
        for pipe in (_process.stdin, _process.stdout):
            pipe.close()
        _process = None


def _running() -> subprocess.Popen[bytes]:
    global _process
    if _process is None or _process.poll() is not None:
        end_process()
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        _process = subprocess.Popen(COMMAND, **pipes, cwd=ROOT, start_new_session=True)
        set_priority(_process.pid, MODEST)
    return _process


atexit.register(end_process)


def answer_questions() -> None:
    """What the process does: until its input ends or it was idle for MAX_IDLE_SECONDS."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is no answer
    while select.select([0], [], [], MAX_IDLE_SECONDS)[0] and (line := sys.stdin.buffer.raw.readline()):
        pickle.dump(_answer(*json.loads(line)), answers)
        answers.flush()


def _answer(data_dir: str, url: str, project_id: int) -> Any:
    try:
        return project_estimates(_opened(data_dir, url), project_id)
    except Exception as error:  # to be raised where it was asked
        return error


@lru_cache(maxsize=4)
def _opened(data_dir: str, url: str) -> Workspace:
    return open_workspace(Path(data_dir), url)
