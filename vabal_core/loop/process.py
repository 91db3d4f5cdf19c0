"""A learner as seen from outside: give its process a task, read its events, stop it."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from vabal_core.loop.events import LABELS
from vabal_core.loop.priority import LAST, MODEST, processor_seconds, processor_share, set_priority
from vabal_core.loop.resident import COMMAND, IDLE, ROOT, Process, end_process, start_process
from vabal_core.types import Progress, StudioError

MAX_SECONDS_FOR_DEVICE = 120.0  # torch from a cold, slow disk
MAX_SHOWN = 200  # characters of a line that is no event


class Learner:
    """A process at work on the task in a folder. Leaving it un-read does not block the person: its events wait in a
    pipe.

    `reuse`: for tasks of seconds. It takes the process that waits, where there is one, and leaves its own to wait where
    the task has ended well. A task of hours begins and ends with a process of its own, and gives all its memory back.
    `goes_last`: it gives way to everything from its start.
    """

    def __init__(self, folder: Path, *, reuse: bool = False, goes_last: bool = False) -> None:
        self._log, self._reuse = folder / "learner.log", reuse
        self._lock = threading.Lock()  # held to end the task or to touch its process: it may soon be another's
        self._under_way, self._killed, self._nice = True, False, 0
        self._process = self._start(folder, goes_last)
        self._seconds = processor_seconds(self._process.pid)
        self.give_way(goes_last)

    def _start(self, folder: Path, goes_last: bool) -> Process:
        """A process that has been given the task."""
        task = json.dumps(str(folder)).encode() + b"\n"
        if self._reuse and (process := IDLE.take(goes_last=goes_last)):
            try:
                self._log.write_bytes(b"")
                os.write(process.stdin.fileno(), task)
                return process
            except OSError as error:  # it has just died, or the disk is full
                end_process(process)
                if not isinstance(error, BrokenPipeError):
                    raise
        process = start_process(self._log)
        with suppress(BrokenPipeError):  # it has died already; how, is said where its events are read
            os.write(process.stdin.fileno(), task)
        return process

    def events(self, take_labels: Callable[[], None] = lambda: None) -> Iterator[Progress]:
        """Every event until the task is done. Raises StudioError, in words, where it fails or is stopped.

        `take_labels` is called when learning is about to begin: it may replace the labels in the task's folder.
        """
        error = ""
        for line in self._process.stdout:
            if not line.endswith(b"\n"):  # it ended in the middle of a word; how, is said below
                break
            content = _read(line)
            if isinstance(content, Progress) and content.phase == LABELS:
                take_labels()
                self._go_on()
            elif isinstance(content, Progress):
                yield content
            elif content:
                error = content
            else:
                with self._lock:
                    self._under_way = False
                return
        self._process.wait()
        raise StudioError(error or self._last_words())

    def _go_on(self) -> None:
        with suppress(BrokenPipeError):  # it has died; how, is said where its events are read
            os.write(self._process.stdin.fileno(), b"\n")

    def is_running(self) -> bool:
        """Whether the task is under way. From any thread."""
        return self._under_way and self._process.poll() is None

    def give_way(self, everything: bool) -> None:
        """Leaves to others the larger part of the processor, or `everything` that they ask for. From one thread."""
        nice = LAST if everything else MODEST
        with self._lock:
            if self._under_way and nice != self._nice and set_priority(self._process.pid, nice):
                self._nice = nice

    def processor_share(self) -> float:
        """The share in which it computed of the time since the last call in which it could. From one thread."""
        before, self._seconds = self._seconds, processor_seconds(self._process.pid)
        return processor_share(before, self._seconds)

    def kill(self) -> None:
        """Ends the process at once; harmless where the task has ended already. From any thread."""
        with self._lock:
            if self._under_way:
                self._killed = True
                self._process.kill()

    def close(self) -> None:
        """Ends the process, or has it wait for the next task. From the thread that reads the events."""
        with self._lock:
            done, self._under_way = not self._under_way, False
        if done and self._reuse and not self._killed:
            IDLE.keep(self._process)
        else:
            end_process(self._process)

    def _last_words(self) -> str:
        """Why a learner that could not say so itself is gone: killed (by the system, out of memory) or crashed."""
        code = self._process.returncode
        if code == -9:  # SIGKILL: Windows has no name for it
            return "the learner was killed; most often the machine ran out of memory"
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f"the learner crashed: {lines[-1] if lines else 'no message'} (the whole story is in {self._log})"


def _read(line: bytes) -> Progress | str:
    """The event in a line of the learner, the error that it ends with, or "" where its task is done. StudioError where
    the line is none of these.
    """
    try:
        values = json.loads(line)
        if "finished" in values:
            return ""
        return f"{values['error']}" if "error" in values else Progress(**values)
    except (ValueError, TypeError) as error:
        shown = line.decode(errors="replace").strip()[:MAX_SHOWN]
        raise StudioError(
            f"the learner wrote {shown!r} among its events, which is none; something that it loads writes to the wrong "
            "place. Its log, learner.log in the round's folder, may say what"
        ) from error


def device_name() -> str:
    """What the learner would compute on, asked of a learner process (a few seconds): a GPU's name, or the CPU."""
    command = [*COMMAND, "--device"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=MAX_SECONDS_FOR_DEVICE
        )
    except subprocess.TimeoutExpired:
        return f"unknown: no answer within {MAX_SECONDS_FOR_DEVICE:.0f} seconds"
    return answer.stdout.strip() or "unknown: " + (answer.stderr.strip().splitlines() or ["no answer"])[-1]
