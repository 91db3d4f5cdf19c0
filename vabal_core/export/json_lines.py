"""Write rows as JSON, one object a line."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

ROWS_A_PIECE = 500


def json_line_pieces(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file in pieces, UTF-8, made as the rows come; what is None is left out of its object."""
    lines: list[str] = []
    for row in rows:
        lines.append(json_text({name: cell for name, cell in zip(header, row, strict=True) if cell is not None}))
        if len(lines) == ROWS_A_PIECE:
            yield _joined(lines)
            lines = []
    if lines:
        yield _joined(lines)


def json_text(value: Any) -> str:
    """The value as JSON on one line, a time as ISO 8601 in UTC."""
    return json.dumps(value, ensure_ascii=False, default=_time)


def _time(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _joined(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
