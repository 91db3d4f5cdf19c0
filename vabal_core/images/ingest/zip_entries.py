"""Which entries of a ZIP are taken and under which name; the others are passed over, each with its reason."""

import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vabal_core.types import ImportProblem, StudioError

MAX_NAME_BYTES = 255
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
UTF_8_NAME, ENCRYPTED = 0x800, 0x1  # flags
UNICODE_PATH = 0x7075  # an extra field of Info-ZIP
DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, kw_only=True)
class ZipEntries:
    """What is to be unpacked, each with its place below the folder, and what is passed over."""

    targets: tuple[tuple[zipfile.ZipInfo, PurePosixPath], ...]
    passed_over: tuple[ImportProblem, ...]


def sort_entries(entries: Iterable[zipfile.ZipInfo]) -> ZipEntries:
    """The entries sorted by their headers alone. An older entry gives way to a later one of its name.

    `StudioError` for one that climbs out of the folder: no honest program writes such a name.
    """
    places: dict[PurePosixPath, zipfile.ZipInfo] = {}
    passed_over = []
    for entry in entries:
        path = PurePosixPath(entry_name(entry))
        if ".." in path.parts:
            raise StudioError(f"refused: entry {str(path)!a} of the ZIP would be written outside its folder")
        if reason := _refusal(entry, path):
            passed_over.append(ImportProblem(path=str(path), reason=reason))
            continue
        if path in places and not is_folder(entry):
            passed_over.append(ImportProblem(path=str(path), reason="same name twice: the later one was taken"))
        places.pop(path, None)
        places[path] = entry
    hidden = set(_files_named_like_folders(places))
    passed_over += [ImportProblem(path=str(path), reason="named like a folder of the ZIP") for path in sorted(hidden)]
    targets = tuple((entry, path) for path, entry in places.items() if path not in hidden)
    return ZipEntries(targets=targets, passed_over=tuple(passed_over))


def passed_over(zip_path: Path) -> tuple[ImportProblem, ...]:
    """What `unpack` leaves out of an archive that it has unpacked."""
    with zipfile.ZipFile(zip_path) as archive:
        return sort_entries(archive.infolist()).passed_over


def is_folder(entry: zipfile.ZipInfo) -> bool:
    return entry.is_dir() or entry.filename.endswith("\\")


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name with "/" between folders and its accents in one form. Without the flag that says so it is UTF-8 where it
    reads as UTF-8, as macOS and Info-ZIP write it; else what the archive says beside it, else as MS-DOS wrote names."""
    name = entry.filename
    if not entry.flag_bits & UTF_8_NAME and not name.isascii():
        raw = name.encode("cp437")
        name = _unicode_path(entry.extra, raw) or _utf_8(raw) or name
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _utf_8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """The name in Info-ZIP's extra field, where it was written for the name `raw`."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and field[:1] == b"\1" and field[1:5] == struct.pack("<I", zlib.crc32(raw)):
            return _utf_8(field[5:])
    return ""


def _refusal(entry: zipfile.ZipInfo, path: PurePosixPath) -> str:
    """Why an entry is passed over; "" where it is taken."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if path.is_absolute() or DRIVE.match(str(path)):
        return "an address of another computer, not a name below the ZIP's folder"
    if os.name == "nt" and ":" in str(path):
        return "unusable name: it has a colon"
    if not path.parts:
        return "unusable name: it is empty"
    if max(len(os.fsencode(part)) for part in path.parts) > MAX_NAME_BYTES:
        return f"unusable name: a part of it is longer than {MAX_NAME_BYTES} bytes"
    if kind == stat.S_IFLNK:
        return "symbolic link: not followed"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "not a file: a device, a pipe or a socket"
    if is_folder(entry):
        return "a folder that holds bytes of its own" if entry.file_size else ""
    if entry.flag_bits & ENCRYPTED:
        return "encrypted: pack it again without a password"
    if entry.compress_type not in METHODS:
        return f"packed by a method that is not read ({entry.compress_type}); pack it again as a plain ZIP"
    return ""


def _files_named_like_folders(places: dict[PurePosixPath, zipfile.ZipInfo]) -> Iterator[PurePosixPath]:
    folders = {parent for path in places for parent in path.parents}
    return (path for path, entry in places.items() if path in folders and not is_folder(entry))
