"""An experiment that runs by itself, as seen from outside: start its process, ask how it fares, stop it.

Beside what folders.py names, its folder holds
driver.lock    held as long as its process lives, so that whoever asks can tell
driver.json    the number of that process
progress.json  the last thing it said
driver.error   why it could not go on, in words
driver.log     what it and the libraries that it loads print
"""

import json
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from vabal_core.types import Progress, StudioError

LOCK, DRIVER, PROGRESS, ERROR, LOG = (
    "driver.lock", "driver.json", "progress.json", "driver.error", "driver.log",
)  # fmt: skip
READY = "ready"  # the line by which the process says that the experiment is its own
SHARE = "processor_share"  # of an event's metrics: see `ProcessorShares`
MODULE = "vabal_core.experiment.driver"
ROOT = Path(__file__).resolve().parents[2]

_asking = threading.Lock()  # who asks holds the lock for a moment: another thread would take that for the process


def start(out: Path, features: Path, images: Path, processes: int, *, give_way: bool) -> None:
    """Has the experiment planned in `out` run by a process that outlives this one; returns once it has begun.

    `features`, `images`: see `Folders`; `processes`, `give_way`: see `play_in_processes`. StudioError where it cannot
    start, or where another process runs it already.
    """
    folders = {"out": str(out), "features": str(features), "images": str(images)}
    settings = json.dumps({**folders, "processes": processes, "give_way": give_way})
    try:
        with (out / LOG).open("ab") as log:
            process = subprocess.Popen(
                (sys.executable, "-m", MODULE, settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,  # it does not end with whoever started it, and has its own share of processors
            )
    except OSError as error:
        raise StudioError(f"The experiment's process could not be started: {error.strerror or error}.") from error
    with process.stdout:
        line = process.stdout.readline()
    threading.Thread(target=process.wait, daemon=True).start()  # else it would stay in the system's list when it ends
    if line.strip() != READY.encode():
        raise StudioError(f"The experiment's process ended at once: {last_words(out) or 'it left no word'}.")


def is_running(out: Path) -> bool:
    """Whether a process runs the experiment in `out`, whoever started it."""
    if not (out / LOCK).exists():
        return False
    with _asking:
        try:
            FileLock(out / LOCK).acquire(blocking=False).lock.release()
        except Timeout:
            return True
    return False


def stop(out: Path) -> None:
    """Asks the process to end; the rounds it has finished stay, and the report of them is written. Harmless where none
    runs."""
    if is_running(out):
        with suppress(FileNotFoundError, psutil.Error):  # it has only just begun, or has just ended
            process = psutil.Process(json.loads((out / DRIVER).read_text(encoding="utf-8"))["pid"])
            if MODULE in process.cmdline():  # else the number is of one that was killed, and another has it by now
                process.send_signal(signal.SIGTERM)


def last_event(out: Path) -> Progress:
    """The last thing the process said."""
    try:
        return Progress(**json.loads((out / PROGRESS).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Progress("start")


def last_error(out: Path) -> str:
    """Why the process could not go on, in words; "" where it could."""
    try:
        return (out / ERROR).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def last_words(out: Path) -> str:
    """The last line that the process wrote to its log: of one that died, most often why."""
    try:
        lines = (out / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except FileNotFoundError:
        return ""
    return lines[-1] if lines else ""
