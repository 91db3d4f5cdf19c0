"""The entries of a TAR, packed or not, as its headers tell them."""

import bz2
import contextlib
import gzip
import lzma
import tarfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from vabal_core.images.ingest.entries import Entry, why_no_place
from vabal_core.types import StudioError

MAX_READ_BYTES = 2**24  # a header that says it is longer is made to fill the memory
_PACKED = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}


class _Guarded:
    """A stream from which nobody reads very much at once: long headers are read whole, whatever they say."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int) -> bytes:
        if size > MAX_READ_BYTES:
            raise StudioError("refused: a header of the TAR says that it is longer than any header; pack it again")
        return self._stream.read(size)


@contextlib.contextmanager
def open_tar(file: Path) -> Iterator[tarfile.TarFile]:
    """The archive, unpacked as it is read where it is packed by gzip, bzip2 or xz."""
    with file.open("rb") as plain:
        start = plain.read(2)
    with _PACKED.get(start, open)(file, "rb") as stream, tarfile.open(fileobj=_Guarded(stream), mode="r:") as archive:
        yield archive


def tar_entries(archive: tarfile.TarFile) -> Iterator[Entry]:
    """Entry by entry as they are come upon: the size of each is told before its bytes are gone through."""
    for header in archive:
        path = PurePosixPath(unicodedata.normalize("NFC", header.name))
        refusal = why_no_place(path, "TAR") or _refusal(header)
        folder = header.isdir()
        # "." is the packed folder itself.
        if not (folder and not path.parts):
            yield Entry(path=path, folder=folder, size=header.size, refusal=refusal, header=header)


def _refusal(header: tarfile.TarInfo) -> str:
    if header.issym() or header.islnk():
        return "symbolic link: not followed" if header.issym() else "hard link: not followed"
    return "" if header.isreg() or header.isdir() else "not a file: a device, a pipe or a socket"
