"""Names that every system takes for files, each only once: on Windows `A.png` and `a.png` are one file."""

import unicodedata
from hashlib import blake2b
from pathlib import PurePosixPath

from vabal_core.types.class_folders import DEVICES, FORBIDDEN, MAX_BYTES, shortened


def safe_name(name: str) -> str:
    """`name` as close as a file or a folder can be called everywhere; never empty."""
    plain = FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).strip()
    stem, suffix = _parted(plain)
    plain = (shortened(stem.rstrip(". "), MAX_BYTES) + suffix).rstrip(". ")
    if not plain or plain.startswith(".") or DEVICES.match(plain):
        plain = f"_{plain}"
    return plain


class FileNames:
    """Gives out names below a folder, none twice. Keeps eight bytes of each, whatever its length."""

    def __init__(self) -> None:
        self._taken: set[bytes] = set()

    def take(self, folder: str, name: str, mark: str = "") -> str:
        """`folder/name`, a safe name; where that is taken, with the first letters of `mark`, then with a number."""
        stem, suffix = _parted(name)
        marks = ("", f"-{mark[:12]}", f"-{mark[:40]}") if mark else ("",)
        number = 2
        path = ""
        for ending in marks:
            path = f"{folder}/{stem}{ending}{suffix}".lstrip("/")
            if self._is_free(path):
                return path
        while not self._is_free(path):
            path = f"{folder}/{stem}{marks[-1]} ({number}){suffix}".lstrip("/")
            number += 1
        return path

    def _is_free(self, path: str) -> bool:
        """Whether nobody had it; it is taken from now on."""
        key = blake2b(unicodedata.normalize("NFC", path).casefold().encode(), digest_size=8).digest()
        free = key not in self._taken
        self._taken.add(key)
        return free


def _parted(name: str) -> tuple[str, str]:
    """(stem, ending with its dot); an ending is short, or it is part of the name."""
    suffix = PurePosixPath(name).suffix
    return (name[: -len(suffix)], suffix) if 1 < len(suffix) <= 6 else (name, "")
