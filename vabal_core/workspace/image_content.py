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


class Look(NamedTuple):
    """What a look at an image's file says; `stamp` is its size and time, where these are to be remembered."""

    content: Content
    stamp: tuple[int, int] | None = None


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
        return Look("same", stamp) if digest(file, *stamp) == address.fingerprint else Look("changed")
    except OSError:
        return Look("missing")


def remember_looks(ws: Workspace, addresses: Sequence[ImageAddress], looks: Sequence[Look]) -> None:
    """Keep the sizes and times that were seen for the first time, so that the content is not read for them again."""
    stamps = {address.image_id: look.stamp for address, look in zip(addresses, looks, strict=True) if look.stamp}
    if stamps:
        with suppress(Busy), writing(ws.engine) as transaction:  # else it is read once more, the next time
            write_stamps(transaction, stamps)


@lru_cache(maxsize=10_000)
def digest(file: Path, size: int, modified_ns: int) -> str:
    """SHA-256 of the file that has this size and time now, hexadecimal: read once. OSError where it cannot be read."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
