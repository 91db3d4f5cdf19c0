"""The server's log: one JSON object a line, on standard error or in the file that VABAL_LOG names.

Each says when (`time`, UTC), how grave (`level`), what (`event`), and its particulars. What follows the question mark
of an address (signatures) and stands before its host (passwords) is cut from every line, whoever wrote it.
"""

import logging
import os
import re
import sys
import threading
from collections.abc import Callable
from typing import TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter
from streamlit import logger as streamlit_logger

from vabal_core.types import StudioError

FILE = "VABAL_LOG"
FIELDS = {"levelname": "level", "name": "logger", "message": "event", "exc_info": "traceback"}
PASSED_OVER = [*RESERVED_ATTRS, "color_message"]
# Of these only what goes wrong: each request is none, each socket and step of a start neither, nor is each look at the
# schema.
QUIET = ("uvicorn.access", "uvicorn.error", "alembic.runtime.migration")
UVICORN = ("uvicorn", "uvicorn.access", "uvicorn.error", "uvicorn.asgi")
CUT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=[\w/])\?[^\s\"'\\]+"), "?…"),
    (re.compile(r"(?<=://)[^\s\"'/@]+@"), "…@"),
)
log = logging.getLogger(__name__)


class LineFormatter(JsonFormatter):
    """A record as one line of JSON, with what nobody should read cut out."""

    def __init__(self) -> None:
        super().__init__(
            list(FIELDS)[:3],
            rename_fields=FIELDS,
            timestamp="time",
            json_ensure_ascii=False,
            reserved_attrs=PASSED_OVER,
        )

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for pattern, instead in CUT:
            line = pattern.sub(instead, line)
        return line


def write_log() -> None:
    """From now on all that this process logs, its libraries and threads among them, is written so.

    StudioError where the file cannot be written.
    """
    handler = logging.StreamHandler(_stream())
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Streamlit gives each of its loggers, now or later, a handler of its own by this function; uvicorn has done so.
    streamlit_logger.setup_formatter = _write_with_the_others
    streamlit_logger.update_formatter()
    for name in UVICORN:
        _write_with_the_others(logging.getLogger(name))
    threading.excepthook = _log_thread


def _stream() -> TextIO:
    file = os.environ.get(FILE, "")
    if not file:
        return sys.stderr
    try:
        return open(file, "a", encoding="utf-8", opener=_private)
    except OSError as error:
        raise StudioError(f"The log {file} ({FILE}) cannot be written: {error.strerror}. Check its folder.") from error


_private: Callable[[str, int], int] = lambda file, flags: os.open(file, flags, 0o600)  # noqa: E731


def _write_with_the_others(logger: logging.Logger) -> None:
    logger.handlers.clear()
    logger.propagate = True


def _log_thread(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None:
        log.error("a thread failed", exc_info=failure.exc_value, extra={"thread": getattr(failure.thread, "name", "")})
