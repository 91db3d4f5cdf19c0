"""Unpack a ZIP or a TAR that a stranger may have made: all of it, or a clear refusal and nothing left behind."""

import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from vabal_core.images.ingest.atomic_folder import staged
from vabal_core.images.ingest.entries import Entries, Entry, sort_entries
from vabal_core.images.ingest.tar_entries import open_tar, tar_entries
from vabal_core.images.ingest.zip_entries import zip_entries
from vabal_core.types import ImportProblem, Progress, StudioError

ENTRY_LIMIT = 2_000_000
TOTAL_BYTES_LIMIT = 256 * 2**30
RATIO_LIMIT = 100  # photographs hardly shrink; even flat bitmaps stay below this
RATIO_FROM_BYTES = 256 * 2**20  # a small archive harms nobody, however well it is packed
CHUNK_BYTES = 2**20
EVENT_EVERY = 16
LIST_EVENT_EVERY = 1_000

TAR_SUFFIXES = {".tar", ".tgz", ".gz", ".tbz", ".tbz2", ".bz2", ".txz", ".xz"}


@dataclass(frozen=True)
class _Archive:
    """One that is open: its kind in words, its entries as they are come upon, and how the bytes of one are read."""

    kind: str
    entries: Iterable[Entry]
    open: Callable[[Entry], IO[bytes]]


def is_archive(file: Path) -> bool:
    """Whether a file is taken for an archive, by its name."""
    return file.suffix.lower() == ".zip" or file.suffix.lower() in TAR_SUFFIXES


def unpack(file: Path, folder: Path) -> Iterator[Progress]:
    """Unpack a ZIP or a TAR into `folder`, which must not exist (or be empty) and appears only when all is there.

    Odd entries are passed over (see entries.py). Refuses the whole archive, with `StudioError`: entries that climb out
    of the folder, nothing that can be unpacked, more than `ENTRY_LIMIT` entries, more than `TOTAL_BYTES_LIMIT` bytes or
    `RATIO_LIMIT` times the archive's size (bytes that really come out, whatever its headers say), damaged data, a full
    disk. Closing the iterator leaves nothing behind.
    """
    with _opened(file) as archive:
        entries = yield from _list(file, archive)
        _refuse_without_room(file, folder, sum(entry.size for entry in entries.targets))
        if entries.passed_over and all(entry.folder for entry in entries.targets):
            first = entries.passed_over[0]
            raise StudioError(f"nothing in {file.name} can be unpacked; first {first.path!a}: {first.reason}")
        with staged(folder) as partial:
            yield from _inflate_all(archive, entries.targets, partial, file)


def passed_over(file: Path) -> tuple[ImportProblem, ...]:
    """What `unpack` leaves out of an archive that it has unpacked."""
    with _opened(file) as archive:
        return sort_entries(archive.entries, archive.kind).passed_over


@contextmanager
def _opened(file: Path) -> Iterator[_Archive]:
    """The archive open, by its name; what is wrong with it, found now or while it is read, as `StudioError`."""
    kind = "ZIP" if file.suffix.lower() == ".zip" else "TAR"
    try:
        if kind == "ZIP":
            with zipfile.ZipFile(file) as packed:
                yield _Archive(kind, zip_entries(packed), lambda entry: packed.open(entry.header))
        else:
            with open_tar(file) as packed:
                yield _Archive(kind, tar_entries(packed), lambda entry: packed.extractfile(entry.header))
    except (zipfile.BadZipFile, tarfile.TarError, UnicodeDecodeError, zlib.error, lzma.LZMAError, EOFError) as error:
        raise StudioError(f"{file.name} is no {kind} archive, or a damaged one ({error}); pack it again") from error
    except (NotImplementedError, RuntimeError, MemoryError) as error:
        raise StudioError(f"{file.name} cannot be unpacked: {error}; pack it again as a plain {kind}") from error
    except OSError as error:
        raise StudioError(f"{file.name} cannot be unpacked: {error.strerror or error}") from error


def _list(file: Path, archive: _Archive) -> Generator[Progress, None, Entries]:
    """All entries; refused by what the headers already tell. Bytes are counted again as they come out: they may lie."""
    listed: list[Entry] = []
    total = 0
    for entry in archive.entries:
        listed.append(entry)
        total += entry.size
        if len(listed) > ENTRY_LIMIT:
            raise StudioError(f"refused: {file.name} holds more than {ENTRY_LIMIT:,} entries, the limit")
        _refuse_bomb(file, total)
        if len(listed) % LIST_EVENT_EVERY == 0:
            yield Progress("unpack", message=f"{len(listed):,} entries so far")
    return sort_entries(listed, archive.kind)


def _refuse_without_room(file: Path, folder: Path, total: int) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder.parent).free
    if total > free:
        raise StudioError(
            f"no room for {file.name}: unpacked it takes {total / 2**20:,.0f} MiB, {free / 2**20:,.0f} MiB are free"
        )


def _refuse_bomb(file: Path, unpacked: int) -> None:
    packed = file.stat().st_size
    limit = min(TOTAL_BYTES_LIMIT, max(RATIO_FROM_BYTES, RATIO_LIMIT * packed))
    if unpacked > limit:
        raise StudioError(
            f"refused: {file.name} ({packed:,} bytes) unpacks to more than {limit:,} bytes, "
            "as archives do that are made to fill a disk; import it as a folder instead"
        )


def _inflate_all(archive: _Archive, entries: tuple[Entry, ...], folder: Path, file: Path) -> Iterator[Progress]:
    unpacked = 0
    for done, entry in enumerate(entries, start=1):
        shown = str(entry.path)
        if entry.folder:
            (folder / entry.path).mkdir(parents=True, exist_ok=True)
        else:
            for count in _inflate(archive, entry, folder / entry.path):
                unpacked += count
                _refuse_bomb(file, unpacked)
                if count == CHUNK_BYTES:
                    yield Progress("unpack", done - 1, len(entries), message=shown)
        if done % EVENT_EVERY == 0 or done == len(entries):
            yield Progress("unpack", done, len(entries), message=shown)


def _inflate(archive: _Archive, entry: Entry, target: Path) -> Iterator[int]:
    """Write one entry; yields the size of each piece before it is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as packed, target.open("xb") as file:
        while piece := packed.read(CHUNK_BYTES):
            yield len(piece)
            file.write(piece)
