"""Rows of a table that say which content they mean: found below the table's folder, wherever their files are now."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vabal_core.images.ingest.table import Candidate
from vabal_core.images.parallel import in_order

# Rows of a table -> by line, the file of those that are not where they say.
Elsewhere = Callable[[Sequence[Candidate]], Mapping[int | None, Path]]


def misplaced(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The rows whose file is not there, and those that give one file several contents."""
    contents = {(candidate.file, candidate.fingerprint) for candidate in candidates}
    shared = {file for file, count in Counter(file for file, _ in contents).items() if count > 1}
    return [candidate for candidate in candidates if candidate.file in shared or not os.path.lexists(candidate.file)]


def found_below(folder: Path, candidates: Sequence[Candidate]) -> dict[int | None, Path]:
    """line -> file below `folder` that has the row's content. Only files that are called as the row says are read."""
    if not any(candidate.fingerprint for candidate in candidates):  # whether each file is there need not be asked
        return {}
    sought = [candidate for candidate in misplaced(candidates) if candidate.fingerprint]
    names = {candidate.file.name for candidate in sought}
    files = [Path(place) / name for place, _, below in os.walk(folder) for name in below if name in names]
    by_content = dict(zip(in_order(_content, files), files, strict=True)) if sought else {}
    return {
        candidate.line: by_content[candidate.fingerprint] for candidate in sought if candidate.fingerprint in by_content
    }


def _content(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
