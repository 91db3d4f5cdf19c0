"""What a reading of images leaves beside the project while it goes on: other processes see it there.

A command line that reads and a server that shows the project have nothing else in common that a page can afford to ask.
"""

import json
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from vabal_core.types import Progress
from vabal_core.workspace.state_facts import ImageReading
from vabal_core.workspace.workspace import Workspace

FILE = "reading.json"
SECONDS_BETWEEN_NOTES = 1.0
MAX_SILENT_SECONDS = 120.0  # a reading that says nothing for longer was killed


def leaving_a_trace(
    ws: Workspace, project_id: int, steps: Generator[Progress, None, None]
) -> Generator[Progress, None, None]:
    """The same events, noted for others; the note goes with the last of them, or where the generator is closed."""
    file, noted = _file(ws, project_id), 0.0
    try:
        with closing(steps):
            for event in steps:
                if time.monotonic() - noted >= SECONDS_BETWEEN_NOTES:
                    _note(file, event)
                    noted = time.monotonic()
                yield event
    finally:
        file.unlink(missing_ok=True)


def reading_elsewhere(ws: Workspace, project_id: int) -> ImageReading | None:
    """How far a reading is by what it has noted last; None where none is under way. One look at a file."""
    file = _file(ws, project_id)
    try:
        silent = time.time() - file.stat().st_mtime
        noted = json.loads(file.read_text(encoding="utf-8")) if silent < MAX_SILENT_SECONDS else None
        return None if noted is None else ImageReading(event=Progress(**noted))
    except (OSError, ValueError, TypeError):  # there is none, or it goes just now, or another version wrote it
        return None


def _note(file: Path, event: Progress) -> None:
    """Replaced whole: nobody reads half of it. That it cannot be written stops no reading."""
    beside = file.with_suffix(".tmp")
    try:
        beside.write_text(json.dumps(asdict(event)), encoding="utf-8")
        beside.replace(file)
    except (OSError, TypeError):
        return


def _file(ws: Workspace, project_id: int) -> Path:
    return ws.data_dir / "projects" / str(project_id) / FILE
