"""Unpack a ZIP that a stranger may have made: all of it, or a clear refusal and nothing left behind."""

import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from vabal_core.images.ingest.atomic_folder import staged
from vabal_core.types import Progress, StudioError

ENTRY_LIMIT = 2_000_000
TOTAL_BYTES_LIMIT = 256 * 2**30
RATIO_LIMIT = 100  # photographs hardly shrink; even flat bitmaps stay below this
RATIO_FROM_BYTES = 256 * 2**20  # a small archive harms nobody, however well it is packed
CHUNK_BYTES = 2**20
EVENT_EVERY = 16


def unpack(zip_path: Path, folder: Path) -> Iterator[Progress]:
    """Unpack an archive into `folder`, which must not exist (or be empty) and appears only when all is there.

    Refuses the whole archive, with `StudioError`: entries that leave the folder, symbolic links, encryption, more than
    `ENTRY_LIMIT` entries, more than `TOTAL_BYTES_LIMIT` bytes or `RATIO_LIMIT` times the archive's size (bytes that
    really come out, whatever its headers say), damaged data, a full disk. Closing the iterator leaves nothing behind.
    """
    try:
        with zipfile.ZipFile(zip_path) as archive:
            entries = [(entry, _target(entry)) for entry in archive.infolist()]
            _refuse_by_headers(zip_path, folder, archive)
            with staged(folder) as partial:
                yield from _inflate_all(archive, entries, partial, zip_path)
    except (zipfile.BadZipFile, UnicodeDecodeError, zlib.error, EOFError) as error:
        raise StudioError(f"{zip_path.name} is no ZIP archive, or a damaged one ({error}); pack it again") from error
    except (NotImplementedError, RuntimeError) as error:
        raise StudioError(f"{zip_path.name} cannot be unpacked: {error}; pack it again as a plain ZIP") from error
    except OSError as error:
        raise StudioError(f"{zip_path.name} cannot be unpacked: {error.strerror or error}") from error


def _target(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Where in the folder an entry goes. Archives made on Windows may separate folders by backslashes."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    shown = ascii(entry.filename)
    if path.is_absolute() or ".." in path.parts:
        raise StudioError(f"refused: entry {shown} of the ZIP would be written outside its folder")
    if ":" in entry.filename:
        # On Windows `C:1.png` is a file on another drive, and `1.png:x` one hidden behind `1.png`.
        raise StudioError(f"refused: entry {shown} of the ZIP has a colon and may lead outside its folder; rename it")
    if not path.parts:
        raise StudioError(f"refused: entry {shown} of the ZIP has no usable name")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise StudioError(f"refused: entry {shown} of the ZIP is a symbolic link; pack the file itself")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise StudioError(f"refused: entry {shown} of the ZIP is neither a file nor a folder")
    if entry.flag_bits & 0x1:
        raise StudioError(f"refused: entry {shown} of the ZIP is encrypted; pack it again without a password")
    return path


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
    archive: zipfile.ZipFile, entries: list[tuple[zipfile.ZipInfo, PurePosixPath]], folder: Path, zip_path: Path
) -> Iterator[Progress]:
    unpacked = 0
    for done, (entry, path) in enumerate(entries, start=1):
        if entry.is_dir() or entry.filename.endswith("\\"):
            (folder / path).mkdir(parents=True, exist_ok=True)
        else:
            for count in _inflate(archive, entry, folder / path):
                unpacked += count
                _refuse_bomb(zip_path, unpacked)
                if count == CHUNK_BYTES:
                    yield Progress("unpack", done - 1, len(entries), message=entry.filename)
        if done % EVENT_EVERY == 0 or done == len(entries):
            yield Progress("unpack", done, len(entries), message=entry.filename)


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> Iterator[int]:
    """Write one entry; yields the size of each piece before it is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as packed, target.open("xb") as file:
        while piece := packed.read(CHUNK_BYTES):
            yield len(piece)
            file.write(piece)
