"""Whether a file still holds the image that was imported: size and time tell first, then the content."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from vabal_core.store.database import writing
from vabal_core.store.image_addresses import ImageAddress, write_stamps
from vabal_core.types import Busy
from vabal_core.workspace.workspace import Workspace

Content = Literal["same", "changed", "missing"]


NO_STAMP = (None, None)


class Look(NamedTuple):
    """What a look at an image's file says; `stamp` is its size and time, where these are to be remembered, or NO_STAMP
    where what is remembered must not be trusted any more."""

    content: Content
    stamp: tuple[int, int] | tuple[None, None] | None = None


def look_at(address: ImageAddress) -> Look:
    """One question to the file system; the content is read only where size or time differ from what was last seen."""
    file = Path(address.file)
    try:
        seen = os.stat(file)
        stamp = seen.st_size, seen.st_mtime_ns
        if stamp == (address.size, address.modified_ns):
            return Look("same")
        if address.size is not None and address.size != seen.st_size:
            return Look("changed")
        return Look("same", stamp) if digest(file, seen) == address.fingerprint else Look("changed")
    except OSError:
        return Look("missing")


def compare(address: ImageAddress) -> Look:
    """The content itself, read whatever size and time say: a copy may bring both along with another picture."""
    file = Path(address.file)
    try:
        seen = os.stat(file)
        if hash_of(file) == address.fingerprint:
            stamp = seen.st_size, seen.st_mtime_ns
            return Look("same", None if stamp == (address.size, address.modified_ns) else stamp)
    except OSError:
        return Look("missing")
    # From now on each look reads it, until it holds the image of before again.
    return Look("changed", NO_STAMP)


def remember_looks(ws: Workspace, addresses: Sequence[ImageAddress], looks: Sequence[Look]) -> None:
    """Keep the sizes and times that were seen for the first time, so that the content is not read for them again."""
    stamps = {address.image_id: look.stamp for address, look in zip(addresses, looks, strict=True) if look.stamp}
    if stamps:
        with suppress(Busy), writing(ws.engine) as transaction:  # else it is read once more, the next time
            write_stamps(transaction, stamps)


def digest(file: Path, seen: os.stat_result) -> str:
    """SHA-256 of the file, hexadecimal, `seen` being what the file system says of it now: read once. OSError where it
    cannot be read."""
    # The last is when the file system itself saw a change, which no copying program sets.
    return _digest(file, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)


@lru_cache(maxsize=10_000)
def _digest(file: Path, _size: int, _modified_ns: int, _changed_ns: int) -> str:
    return hash_of(file)


def hash_of(file: Path) -> str:
    """SHA-256 of the file's bytes, hexadecimal. OSError where it cannot be read."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
