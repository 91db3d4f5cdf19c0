"""The learner's process as seen from outside: start it, read its events, stop it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from vabal_core.loop.priority import LAST, MODEST, processor_seconds, processor_share, set_priority
from vabal_core.types import Progress, StudioError

MAX_SECONDS_FOR_DEVICE = 120.0  # torch from a cold, slow disk
MAX_SHOWN = 200  # characters of a line that is no event


class Learner:
    """A running learner. Leaving it un-read does not block the person: its events wait in a pipe."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "learner.log"
        command = [sys.executable, "-m", "vabal_core.loop", str(folder)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=_ROOT,
                env=_environment(),
                start_new_session=True,  # whose share of the processor is its own
            )
        self._nice, self._seconds = 0, processor_seconds(self._process.pid)
        self.give_way(False)

    def events(self) -> Iterator[Progress]:
        """Every event until the learner ends. Raises StudioError, in words, where it fails or is stopped."""
        error = ""
        for line in self._process.stdout:
            if not line.endswith(b"\n"):  # it ended in the middle of a word; how, is said below
                break
            content = _read(line)
            if isinstance(content, Progress):
                yield content
            else:
                error = content
        if self._process.wait() != 0:
            raise StudioError(error or self._last_words())

    def is_running(self) -> bool:
        return self._process.poll() is None

    def give_way(self, everything: bool) -> None:
        """Leaves to others the larger part of the processor, or `everything` that they ask for. From one thread."""
        nice = LAST if everything else MODEST
        if nice != self._nice and set_priority(self._process.pid, nice):
            self._nice = nice

    def processor_share(self) -> float:
        """The share in which it computed of the time since the last call in which it could. From one thread."""
        before, self._seconds = self._seconds, processor_seconds(self._process.pid)
        return processor_share(before, self._seconds)

    def kill(self) -> None:
        """Ends the process at once; harmless where it has ended already. From any thread."""
        self._process.kill()

    def close(self) -> None:
        """Ends the process and gives its pipes back. From the thread that reads the events."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()

    def _last_words(self) -> str:
        """Why a learner that could not say so itself is gone: killed (by the system, out of memory) or crashed."""
        code = self._process.returncode
        if code == -9:  # SIGKILL: Windows has no name for it
            return "the learner was killed; most often the machine ran out of memory"
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f"the learner crashed: {lines[-1] if lines else 'no message'} (the whole story is in {self._log})"


def _environment() -> dict[str, str]:
    """Threads that wait for each other spin for microseconds, not milliseconds, before they sleep: on a processor that
    is shared, with the person's own requests first of all, spinning threads slow each other down several times over.
    """
    return {**os.environ, "GOMP_SPINCOUNT": "20000"}


_ROOT = Path(__file__).resolve().parents[2]


def _read(line: bytes) -> Progress | str:
    """The event in a line of the learner, or the error that it ends with. StudioError where the line is neither."""
    try:
        values = json.loads(line)
        return f"{values['error']}" if "error" in values else Progress(**values)
    except (ValueError, TypeError) as error:
        shown = line.decode(errors="replace").strip()[:MAX_SHOWN]
        raise StudioError(
            f"the learner wrote {shown!r} among its events, which is none; something that it loads writes to the wrong "
            "place. Its log, learner.log in the round's folder, may say what"
        ) from error


def device_name() -> str:
    """What the learner would compute on, asked of a learner process (a few seconds): a GPU's name, or the CPU."""
    command = [sys.executable, "-m", "vabal_core.loop", "--device"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, cwd=_ROOT, check=False, timeout=MAX_SECONDS_FOR_DEVICE
        )
    except subprocess.TimeoutExpired:
        return f"unknown: no answer within {MAX_SECONDS_FOR_DEVICE:.0f} seconds"
    return answer.stdout.strip() or "unknown: " + (answer.stderr.strip().splitlines() or ["no answer"])[-1]
