"""Events as JSON lines on the standard output of a process that computes, and nothing else there."""

import json
import os
from typing import Any, TextIO


def claim_standard_output() -> TextIO:
    """Standard output for the events alone: whatever else is written there, by print or by a library's C code, joins
    standard error from now on, which is the log.
    """
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return events


def write_event(events: TextIO, values: dict[str, Any]) -> None:
    print(json.dumps(values), file=events, flush=True)
