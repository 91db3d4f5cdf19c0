"""Scripts run in processes that have loaded torch and the Studio already: each begins as a fork of one that did.

To load them takes some 5 seconds of the processor in each new process, often more than a quick benchmark itself.
"""

import atexit
import os
import runpy
import sys
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

ROOT = Path(__file__).parents[1]
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(
    ["torch", "sklearn.linear_model", "PIL.Image", "streamlit", "vabal_core.workspace", "vabal_core.loop.worker"]
)


@dataclass(frozen=True, kw_only=True)
class Done:
    returncode: int | None
    stdout: str
    stderr: str


def run_script(script: Path, *arguments: str, folder: Path) -> Done:
    """As `python SCRIPT ARGUMENTS` from the repository's root; `folder` holds what it says."""
    output, errors = folder / "stdout", folder / "stderr"
    process = FORKS.Process(target=_run, args=(script, arguments, output, errors))
    # A page that a test has drawn may stand as the main module: the fork would run it once more.
    with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
        process.start()
    process.join()
    return Done(
        returncode=process.exitcode,
        stdout=output.read_text(encoding="utf-8"),
        stderr=errors.read_text(encoding="utf-8"),
    )


def _run(script: Path, arguments: tuple[str, ...], output: Path, errors: Path) -> None:
    """Only its own folder and installed packages are on the path: what tests find beside them, a script does not."""
    for stream, file in ((1, output), (2, errors)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), stream)
    sys.argv = [str(script), *arguments]
    sys.path[:] = [str(script.parent), *(place for place in sys.path if not _is_ours(place))]
    os.chdir(ROOT)
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # a fork of multiprocessing ends without: servers would be left behind


def _is_ours(place: str) -> bool:
    return Path(place).resolve() in (ROOT, ROOT / "tests", ROOT / "tests" / "browser")
