"""One rule for paths in tables: which file is meant, however the path is written."""

import os
import posixpath
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from vabal_core.types.cells import as_written


def path_forms(cell: str) -> list[str]:
    """The paths that a cell may mean, the likeliest first: as an export wrote it, as it stands, without outer spaces,
    and tidied (accents as macOS writes them, and escapes of addresses such as %20 read, too). So a name that truly
    holds a backslash, an escape or an outer space comes before one that does not."""
    written = as_written(cell)
    tidied = tidy_path(written)
    read = tidy_path(unquote(written)) if "%" in written else ""
    forms = [written, cell, written.strip(), unicodedata.normalize("NFD", tidied), read, tidied]
    return [form for form in dict.fromkeys(forms) if form]


def tidy_path(path: str) -> str:
    """With slashes, without "./", "//" and "..", accents in one form, outer spaces gone; "file:" addresses as paths."""
    path = path.strip()
    if path.lower().startswith("file:"):
        path = unquote(urlsplit(path).path)
    tidied = posixpath.normpath(unicodedata.normalize("NFC", path).replace("\\", "/")) if path else ""
    return tidied[1:] if tidied.startswith("//") and os.name != "nt" else tidied


def file_of(base: Path, cell: str) -> tuple[str, Path]:
    """(path, file) that a cell of a table in the folder `base` means: of its forms the first whose file is there, else
    the tidied one. The path is relative to `base` where the file lies in it; else it is the tidied one, so that it does
    not tell what is there."""
    forms = path_forms(cell)
    path = next((form for form in forms if os.path.lexists(base / form)), tidy_path(as_written(cell)))
    file = Path(os.path.normpath(base / path))
    return file.relative_to(base).as_posix() if file.is_relative_to(base) else tidy_path(path), file
