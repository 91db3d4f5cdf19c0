"""Unpack a ZIP that a stranger may have made: all of it, or a clear refusal and nothing left behind."""

import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from vabal_core.images.ingest.atomic_folder import staged
from vabal_core.images.ingest.zip_entries import is_folder, sort_entries
from vabal_core.types import Progress, StudioError

ENTRY_LIMIT = 2_000_000
TOTAL_BYTES_LIMIT = 256 * 2**30
RATIO_LIMIT = 100  # photographs hardly shrink; even flat bitmaps stay below this
RATIO_FROM_BYTES = 256 * 2**20  # a small archive harms nobody, however well it is packed
CHUNK_BYTES = 2**20
EVENT_EVERY = 16


def is_archive(file: Path) -> bool:
    """Whether a file is taken for an archive, by its name."""
    return file.suffix.lower() == ".zip"


def unpack(zip_path: Path, folder: Path) -> Iterator[Progress]:
    """Unpack an archive into `folder`, which must not exist (or be empty) and appears only when all is there.

    Odd entries are passed over (see zip_entries.py). Refuses the whole archive, with `StudioError`: entries that climb
    out of the folder, nothing that can be unpacked, more than `ENTRY_LIMIT` entries, more than `TOTAL_BYTES_LIMIT`
    bytes or `RATIO_LIMIT` times the archive's size (bytes that really come out, whatever its headers say), damaged
    data, a full disk. Closing the iterator leaves nothing behind.
    """
    try:
        with zipfile.ZipFile(zip_path) as archive:
            _refuse_by_headers(zip_path, folder, archive)
            entries = _targets(archive, zip_path)
            with staged(folder) as partial:
                yield from _inflate_all(archive, entries, partial, zip_path)
    except (zipfile.BadZipFile, UnicodeDecodeError, zlib.error, EOFError) as error:
        raise StudioError(f"{zip_path.name} is no ZIP archive, or a damaged one ({error}); pack it again") from error
    except (NotImplementedError, RuntimeError) as error:
        raise StudioError(f"{zip_path.name} cannot be unpacked: {error}; pack it again as a plain ZIP") from error
    except OSError as error:
        raise StudioError(f"{zip_path.name} cannot be unpacked: {error.strerror or error}") from error


def _targets(archive: zipfile.ZipFile, zip_path: Path) -> Sequence[tuple[zipfile.ZipInfo, PurePosixPath]]:
    entries = sort_entries(archive.infolist())
    if entries.passed_over and all(is_folder(entry) for entry, _ in entries.targets):
        first = entries.passed_over[0]
        raise StudioError(f"nothing in {zip_path.name} can be unpacked; first {first.path!a}: {first.reason}")
    return entries.targets


def _refuse_by_headers(zip_path: Path, folder: Path, archive: zipfile.ZipFile) -> None:
    """What the headers already tell; bytes are counted again as they come out, because headers may lie."""
    entries = archive.infolist()
    if len(entries) > ENTRY_LIMIT:
        raise StudioError(f"refused: {zip_path.name} holds {len(entries):,} entries, the limit is {ENTRY_LIMIT:,}")
    total = sum(entry.file_size for entry in entries)
    _refuse_bomb(zip_path, total)
    folder.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder.parent).free
    if total > free:
        raise StudioError(
            f"no room for {zip_path.name}: unpacked it takes {total / 2**20:,.0f} MiB, {free / 2**20:,.0f} MiB are free"
        )


def _refuse_bomb(zip_path: Path, unpacked: int) -> None:
    packed = zip_path.stat().st_size
    limit = min(TOTAL_BYTES_LIMIT, max(RATIO_FROM_BYTES, RATIO_LIMIT * packed))
    if unpacked > limit:
        raise StudioError(
            f"refused: {zip_path.name} ({packed:,} bytes) unpacks to more than {limit:,} bytes, "
            "as archives do that are made to fill a disk; import it as a folder instead"
        )


def _inflate_all(
    archive: zipfile.ZipFile, entries: Sequence[tuple[zipfile.ZipInfo, PurePosixPath]], folder: Path, zip_path: Path
) -> Iterator[Progress]:
    unpacked = 0
    for done, (entry, path) in enumerate(entries, start=1):
        if is_folder(entry):
            (folder / path).mkdir(parents=True, exist_ok=True)
        else:
            for count in _inflate(archive, entry, folder / path):
                unpacked += count
                _refuse_bomb(zip_path, unpacked)
                if count == CHUNK_BYTES:
                    yield Progress("unpack", done - 1, len(entries), message=str(path))
        if done % EVENT_EVERY == 0 or done == len(entries):
            yield Progress("unpack", done, len(entries), message=str(path))


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> Iterator[int]:
    """Write one entry; yields the size of each piece before it is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as packed, target.open("xb") as file:
        while piece := packed.read(CHUNK_BYTES):
            yield len(piece)
            file.write(piece)
