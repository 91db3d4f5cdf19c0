"""One shard of the feature store: a file of features that is there whole or not at all.

A header of 28 bytes, then the keys (uint64), then the values row by row (float16). One checksum covers the header and
the keys, so that it is known quickly which images have features; another one the values, for whoever learns from them.
"""

import errno
import os
import struct
import uuid
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np

from vabal_core.types import StudioError

T = TypeVar("T")

SUFFIX, PARTIAL = ".features", ".partial"
_HEADER = struct.Struct("<8sQIII")  # magic, rows, columns, checksum of these and the keys, checksum of the values
_MAGIC = b"VABFEAT2"
BLOCK = 1 << 20
_AT_ONCE = 65_536


def keys_of(fingerprints: Sequence[str]) -> np.ndarray:
    """8 bytes of each fingerprint (hexadecimal SHA-256), uint64 (N,): its four words, by exclusive or.

    Two of 1,000,000 images share a key with a probability of 3e-8. ValueError for what is no fingerprint.
    """
    keys = np.zeros(len(fingerprints), np.uint64)
    for start in range(0, len(fingerprints), _AT_ONCE):  # a million fingerprints are 64 MB of text
        piece = fingerprints[start : start + _AT_ONCE]
        try:
            words = np.frombuffer(bytes.fromhex("".join(text.zfill(64) for text in piece)), ">u8").reshape(-1, 4)
        except ValueError as error:
            raise ValueError(
                f"fingerprints have at most 64 hexadecimal digits, not as one of {piece[:3]} has"
            ) from error
        keys[start : start + len(piece)] = np.bitwise_xor.reduce(words, axis=1)
    return keys


def read_keys(file: Path) -> tuple[np.ndarray, int] | None:
    """The keys of a shard, uint64 (n,), and its number of columns; None as `_read_shard` has it."""

    def keys(
        stream: BinaryIO, rows: int, columns: int, checksum: int, _of_values: int
    ) -> tuple[np.ndarray, int] | None:
        content = stream.read(8 * rows)
        good = checksum == _checksum(rows, columns, content)
        return (np.frombuffer(content, "<u8"), columns) if good else None

    return _read_shard(file, keys)


def map_values(file: Path) -> np.ndarray | None:
    """The values of a shard as a read-only map, float16 (n, F); None as `_read_shard` has it."""

    def values(stream: BinaryIO, rows: int, columns: int, _checksum: int, _of_values: int) -> np.ndarray:
        return np.memmap(stream, "<f2", "r", _HEADER.size + 8 * rows, (rows, columns))

    return _read_shard(file, values)


def is_whole(file: Path) -> bool:
    """Whether keys and values are those that were written. Reads all of them: a gigabyte takes half a second."""

    def whole(stream: BinaryIO, rows: int, columns: int, checksum: int, of_values: int) -> bool:
        keys = stream.read(8 * rows)
        so_far = 0
        while block := stream.read(BLOCK):
            so_far = zlib.crc32(block, so_far)
        return (checksum, of_values) == (_checksum(rows, columns, keys), so_far)

    return bool(_read_shard(file, whole))


def _read_shard(file: Path, read: Callable[[BinaryIO, int, int, int, int], T]) -> T | None:
    """What `read` makes of a shard and its rows, columns and checksums; None where it is damaged, cut or gone, or
    cannot be opened."""
    try:
        with file.open("rb") as stream:
            header = _read_header(stream)
            return None if header is None else read(stream, *header)
    except OSError:
        return None


def write_shard(file: Path, keys: np.ndarray, values: np.ndarray) -> None:
    """Writes, or replaces, `file`: keys uint64 (n,), values float16 (n, F). A kill leaves what was there before.

    StudioError where the disk is full, or where the folder was removed meanwhile.
    """
    content = keys.astype("<u8").tobytes()
    rows, columns = values.shape
    narrow = np.ascontiguousarray(values, "<f2").data
    header = _HEADER.pack(_MAGIC, rows, columns, _checksum(rows, columns, content), zlib.crc32(narrow))
    partial = file.with_name(f"{uuid.uuid4().hex}{PARTIAL}")
    try:
        with partial.open("xb") as stream:
            stream.write(header + content)
            stream.write(narrow)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, file)
    except OSError as error:
        raise _in_words(error, file, values.nbytes) from error
    finally:
        partial.unlink(missing_ok=True)


def _read_header(stream: BinaryIO) -> tuple[int, int, int, int] | None:
    """Rows, columns and the two checksums; None where the file is not as long as they say."""
    content = stream.read(_HEADER.size)
    if len(content) < _HEADER.size:
        return None
    magic, rows, columns, *checksums = _HEADER.unpack(content)
    length = os.fstat(stream.fileno()).st_size
    whole = magic == _MAGIC and rows > 0 < columns and length == _HEADER.size + rows * (8 + 2 * columns)
    return (rows, columns, *checksums) if whole else None


def _checksum(rows: int, columns: int, keys: bytes) -> int:
    return zlib.crc32(keys, zlib.crc32(struct.pack("<QI", rows, columns)))


def _in_words(error: OSError, file: Path, size: int) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StudioError(
            f"no room for the features {file}: they take {size / 2**20:,.1f} MiB ({error.strerror}); "
            "free some disk space and try again"
        )
    if isinstance(error, FileNotFoundError):
        return StudioError(f"{file.parent} was removed while features were written into it; start again")
    return error
