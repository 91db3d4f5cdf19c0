"""The learner's process: runs the tasks whose folders come in on standard input, writes events as JSON lines.

A process of its own keeps the web server quick (no torch there, nothing shares its interpreter lock), gives all its
memory back, and can be stopped at once. After a task that went well it waits for the next (see resident.py).
`--device`: one line, what it would compute on.
"""

import gc
import json
import os
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TextIO

from vabal_core.loop.events import LABELS
from vabal_core.loop.output import claim_standard_output, write_event

Lines = SimpleQueue[bytes]


def run(folder: Path, events: TextIO, lines: Lines) -> int:
    """Runs the task and writes its events; returns the exit status. The last line says what failed, where it did. At
    the event of the phase LABELS it goes on once a line has come in, whatever that says: the labels are there then."""
    from vabal_core.loop import worker  # only now: torch and what it brings along may print

    try:
        for event in worker.run_folder(folder):
            write_event(events, asdict(replace(event, metrics=dict(event.metrics))))
            if event.phase == LABELS:
                lines.get()
    except worker.FAILURES as error:
        write_event(events, {"error": f"{error}" or type(error).__name__})
        return 1
    return 0


def serve(events: TextIO) -> int:
    """Runs one task after another, up to the first that fails: what it leaves behind nobody knows."""
    lines = _read_lines()
    while True:
        folder = Path(json.loads(lines.get()))
        _log_to(folder / "learner.log")
        if status := run(folder, events, lines):
            return status
        gc.collect()  # files that a cycle of objects holds open
        _log_to(Path(os.devnull))  # the folder is not this process's any more: it may be removed, on Windows too
        write_event(events, {"finished": True})


def _read_lines() -> Lines:
    """Those on standard input: a folder in JSON for each task, and what a task waits for. Its end means that the
    parent, which holds it open, is gone: the process ends at once, also in the middle of a task.
    """
    lines: Lines = SimpleQueue()

    def read() -> None:
        unfinished = b""
        while piece := os.read(0, 4096):  # not sys.stdin: its lock, held by a waiting thread, would abort the exit
            *whole, unfinished = (unfinished + piece).split(b"\n")
            for line in whole:
                lines.put(line)
        os._exit(3)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _log_to(file: Path) -> None:
    """Standard output and error go to the end of `file` from now on."""
    sys.stdout.flush()
    with file.open("ab") as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)


def say_device(answer: TextIO) -> int:
    from vabal_core.runtime import choose_device, describe_device

    print(describe_device(choose_device()), file=answer, flush=True)
    return 0


def main(arguments: list[str]) -> int:
    output = claim_standard_output()
    return say_device(output) if arguments == ["--device"] else serve(output)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
