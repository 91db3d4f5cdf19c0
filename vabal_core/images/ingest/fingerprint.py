"""What a file is, whatever its name: the SHA-256 of its bytes."""

import hashlib
from collections.abc import Generator
from pathlib import Path

from vabal_core.types import Progress, StudioError

HASHED_BETWEEN_EVENTS = 2**24  # bytes


def file_fingerprint(file: Path) -> Generator[Progress, None, str]:
    """SHA-256 of the file's bytes, hexadecimal, an event each `HASHED_BETWEEN_EVENTS`: a large one can be cancelled."""
    digest = hashlib.sha256()
    try:
        total = file.stat().st_size
        with file.open("rb") as stream:
            while piece := stream.read(HASHED_BETWEEN_EVENTS):
                digest.update(piece)
                yield Progress("check", stream.tell(), total, message=file.name)
    except OSError as error:
        raise StudioError(f"{file} cannot be read: {error.strerror}. Check the file and its rights.") from error
    return digest.hexdigest()
