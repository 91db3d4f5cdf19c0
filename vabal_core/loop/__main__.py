"""The learner's process: `python -m vabal_core.loop FOLDER` runs the task in FOLDER and writes events as JSON lines.

A process of its own keeps the web server quick (no torch there, nothing shares its interpreter lock), gives all its
memory back, and can be stopped at once. It ends by itself when its parent is gone: nobody would read its result.
`--device` in place of FOLDER: one line, what it would compute on.
"""

import json
import os
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TextIO


def claim_standard_output() -> TextIO:
    """Standard output for the events alone: whatever else is written there, by print or by a library's C code, joins
    standard error from now on, which is the log.
    """
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return events


def run(folder: Path, events: TextIO) -> int:
    """Runs the task and writes its events; returns the exit status. The last line says what failed."""
    from vabal_core.loop import worker  # only now: torch and what it brings along may print

    try:
        for event in worker.run_folder(folder):
            _write(events, asdict(replace(event, metrics=dict(event.metrics))))
    except worker.FAILURES as error:
        _write(events, {"error": f"{error}" or type(error).__name__})
        return 1
    return 0


def say_device(answer: TextIO) -> int:
    from vabal_core.runtime import choose_device, describe_device

    print(describe_device(choose_device()), file=answer, flush=True)
    return 0


def _write(events: TextIO, values: dict[str, Any]) -> None:
    print(json.dumps(values), file=events, flush=True)


def _end_with_parent() -> None:
    """The parent holds our standard input open; its end means that the parent is gone."""
    while os.read(0, 4096):  # not sys.stdin: its lock, held by a waiting thread, would abort the interpreter's exit
        pass
    os._exit(3)


def main(argument: str) -> int:
    output = claim_standard_output()
    if argument == "--device":
        return say_device(output)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return run(Path(argument), output)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
