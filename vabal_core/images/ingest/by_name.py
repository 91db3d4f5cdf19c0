"""Rows of a table that name images by their file names alone: which image of the folder, or of a project, is called so.

A row may leave out the folders and the ending: "a" may be train_images/a.jpg. The folders that it names are those of
the file; only before a whole address, of another machine, may be others.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from vabal_core.images.ingest.formats.annotation import Annotation, BadRecord
from vabal_core.images.ingest.formats.image_index import MISSING, ImageIndex
from vabal_core.images.ingest.image_names import names_an_image
from vabal_core.images.ingest.table import Candidate
from vabal_core.types import ImportProblem

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)  # of a server or a bucket: gs://steel/a.jpg


def path_called(index: ImageIndex, name: str, record: str) -> str:
    """The path of the single image that is called `name`, "" where there is none. BadRecord where there are several;
    `record` says where it is named."""
    try:
        path = index.find(Annotation(names=(name,), record=record))
    except BadRecord as error:
        if str(error).startswith(MISSING):
            return ""
        raise
    return path if _leads_there(name, path) else ""


def images_below(folder: Path) -> ImageIndex:
    """All images in a folder, by their paths relative to it."""
    return ImageIndex(image_paths_below(folder))


def image_paths_below(folder: Path) -> list[str]:
    """The paths, relative to it, of all files in a folder that are called like images."""
    files = (Path(place) / name for place, _, names in os.walk(folder) for name in names if names_an_image(name))
    return sorted(file.relative_to(folder).as_posix() for file in files)


def called_below(folder: Path, rows: Sequence[Candidate]) -> list[Candidate | ImportProblem]:
    """The rows; one whose file is not there has that below `folder` which alone is called so, and the path of that."""
    missing = {id(row) for row in rows if not row.fingerprint and not os.path.lexists(row.file)}
    index = images_below(folder) if missing else ImageIndex(())
    return [_at(folder, row, index) if id(row) in missing else row for row in rows]


def by_name_words(count: int, named: str, path: str) -> str:
    """What to ask where images were found by their names alone; an example is the one `named` so, at `path`."""
    if count == 1:
        return f"1 row names its image without the whole path; by its name it is taken for {path}. Is that right?"
    start = f"{count:,} rows name their images without the whole path; by their names they were found"
    return f"{start}, {named} as {path}. Is that right?"


def _at(folder: Path, row: Candidate, index: ImageIndex) -> Candidate | ImportProblem:
    try:
        path = path_called(index, row.path, f"line {row.line}")
    except BadRecord as error:
        return ImportProblem(path=row.path, reason=str(error))
    return replace(row, path=path, file=folder / path) if path else row  # one that is not there is said to be that


def _leads_there(named: str, path: str) -> bool:
    """Whether the folders that a row names are those that the file lies in."""
    if _ADDRESS.match(named) or PurePosixPath(named).is_absolute() or PureWindowsPath(named).is_absolute():
        return True
    folders, parents = (PurePosixPath(each.casefold()).parts[:-1] for each in (named, path))
    return folders == parents[len(parents) - len(folders) :]
