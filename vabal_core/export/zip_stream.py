"""A ZIP made while it is read: no file of it ever stands in memory whole."""

import pickle
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import BinaryIO

PIECE_BYTES = 2**20
MEMORY_BYTES = 2 * PIECE_BYTES
_DATE = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of a ZIP: its name, and its bytes in pieces. `size` in bytes where it is known; images are stored as
    they are, texts are `packed`."""

    name: str
    pieces: Iterable[bytes]
    size: int = 0
    packed: bool = False


class _EntriesOnDisk:
    """What zipfile remembers of each entry until the end, on the disk: a million of them would be a gigabyte."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._count = 0

    def append(self, info: zipfile.ZipInfo) -> None:
        pickle.dump(info, self._file)
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        self._file.seek(0)
        return (pickle.load(self._file) for _ in range(self._count))


class _Sink:
    """Takes what zipfile writes until somebody fetches it, on the disk where it is much: the list at the end is."""

    def __init__(self, file: SpooledTemporaryFile) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def fetch(self, least: int = 0) -> Iterator[bytes]:
        """What was written, if it is more than `least` bytes; then it is gone from here."""
        if self._file.tell() > least:
            self._file.seek(0)
            while piece := self._file.read(PIECE_BYTES):
                yield piece
            self._file.seek(0)
            self._file.truncate()


def zip_pieces(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The ZIP in pieces of about `PIECE_BYTES`. An entry is asked for when the one before it has been written."""
    with TemporaryFile() as spool, SpooledTemporaryFile(MEMORY_BYTES) as written:
        sink = _Sink(written)
        with zipfile.ZipFile(sink, "w") as archive:
            archive.filelist = _EntriesOnDisk(spool)
            yield from _each(entries, archive, sink)
        yield from sink.fetch()


def _each(entries: Iterable[Entry], archive: zipfile.ZipFile, sink: _Sink) -> Iterator[bytes]:
    for entry in entries:
        info = zipfile.ZipInfo(entry.name, _DATE)
        info.compress_type = zipfile.ZIP_DEFLATED if entry.packed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        info.file_size = entry.size
        with archive.open(info, "w", force_zip64=entry.packed) as file:
            for piece in entry.pieces:
                file.write(piece)
                yield from sink.fetch(PIECE_BYTES)
        archive.NameToInfo.clear()  # who gives out the names takes care that none comes twice
