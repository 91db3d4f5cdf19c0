"""The entries of a ZIP, as its headers tell them."""

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from vabal_core.images.ingest.entries import Entry, why_no_place

METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
UTF_8_NAME, ENCRYPTED = 0x800, 0x1  # flags
UNICODE_PATH = 0x7075  # an extra field of Info-ZIP


def zip_entries(archive: zipfile.ZipFile) -> Iterator[Entry]:
    for header in archive.infolist():
        path = PurePosixPath(entry_name(header))
        refusal = why_no_place(path, "ZIP") or _refusal(header)
        yield Entry(path=path, folder=is_folder(header), size=header.file_size, refusal=refusal, header=header)


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


def _refusal(entry: zipfile.ZipInfo) -> str:
    """Why an entry is passed over for what it is; "" where it is taken."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
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
