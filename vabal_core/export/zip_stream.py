"""A ZIP made while it is read: no file of it ever stands in memory whole."""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PIECE_BYTES = 2**20
_DATE = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of a ZIP: its name, and its bytes in pieces. `size` in bytes where it is known; images are stored as
    they are, texts are `packed`."""

    name: str
    pieces: Iterable[bytes]
    size: int = 0
    packed: bool = False


class _Sink:
    """Takes what zipfile writes, until somebody fetches it."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        pass

    def fetch(self, least: int = 0) -> Iterator[bytes]:
        if len(self._written) > least:
            yield bytes(self._written)
            self._written.clear()


def zip_pieces(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The ZIP in pieces of about `PIECE_BYTES`. An entry is asked for when the one before it has been written."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED if entry.packed else zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            info.file_size = entry.size
            with archive.open(info, "w", force_zip64=entry.packed) as file:
                for piece in entry.pieces:
                    file.write(piece)
                    yield from sink.fetch(PIECE_BYTES)
    yield from sink.fetch()
