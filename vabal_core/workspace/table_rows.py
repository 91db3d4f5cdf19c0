"""Which image of a project a row of a table means: by content, by address, by the path it was imported under."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from vabal_core.images.ingest.by_name import by_name_words, path_called
from vabal_core.images.ingest.formats.annotation import BadRecord
from vabal_core.images.ingest.formats.image_index import ImageIndex
from vabal_core.images.ingest.paths import file_of, path_forms
from vabal_core.images.ingest.table import fingerprint_in, label_in, labelled_at_in
from vabal_core.images.ingest.table_file import read_table
from vabal_core.images.parallel import in_order
from vabal_core.store.image_addresses import ImageAddress, find_addresses, image_addresses
from vabal_core.types import StudioError, TableColumns
from vabal_core.workspace.image_content import digest, look_at
from vabal_core.workspace.workspace import Workspace

Matches = dict[str, list[ImageAddress]]


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A row that labels an image. `paths` are the ways to read its path, `file` is where that leads from the table."""

    path: str
    paths: tuple[str, ...]
    file: Path
    label: str | None
    fingerprint: str | None
    labelled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TableRows:
    """The rows of a table that labels images, and what is to be doubted of how it was read."""

    rows: tuple[TableRow, ...]
    doubts: tuple[str, ...]


def read_rows(table: Path, columns: TableColumns) -> TableRows:
    """The rows of a table that gives images their classes. StudioError as `read_table`, and where no column does."""
    content = read_table(table, columns)
    if not any("label" in cells for _, cells in content.rows):
        present = ", ".join(content.rows[0][1]) if content.rows else "no row"
        lack = f"{table.name} has no column 'label'; it holds: {present}. Call one so, or say which by --label-column."
        raise StudioError(content.question or lack)
    # A row without the mask of its class does not speak of a class at all.
    rows = tuple(_row(table, cells) for _, cells in content.rows if "label" in cells)
    return TableRows(rows=rows, doubts=content.doubts)


def _row(table: Path, cells: dict[str, str]) -> TableRow:
    path, file = file_of(table.absolute().parent, cells["path"])
    return TableRow(
        path=path,
        paths=tuple(dict.fromkeys([*path_forms(cells["path"]), path])),
        file=file,
        label=label_in(cells),
        fingerprint=fingerprint_in(cells),
        labelled_at=labelled_at_in(cells),
    )


class ImageMatcher:
    """Finds the images of a project that rows mean; all questions to the database are asked once, for all rows."""

    def __init__(self, ws: Workspace, project_id: int, rows: Sequence[TableRow]) -> None:

        def grouped(column: str, values: Iterable[str]) -> Matches:
            matches: Matches = defaultdict(list)
            for address in find_addresses(ws.engine, project_id, column, sorted(set(values))):
                matches[getattr(address, column)].append(address)
            return matches

        self._ws, self._project_id = ws, project_id
        self._by_name: dict[str, str] = {}  # what a row says -> the path of the image that it means
        self._by_file = grouped("file", (str(file) for row in rows for file in _files(row)))
        self._by_path = grouped("path", (path for row in rows for path in row.paths))
        beside = list({row.file for row in rows if not row.fingerprint and not self._here(row)})
        # A table that lies beside pictures speaks of these, whatever else was imported under their names.
        contents = zip(beside, in_order(_content, beside), strict=True)
        self._contents = {file: content for file, content in contents if content}
        named = (row.fingerprint or self._contents.get(row.file) for row in rows)
        self._by_fingerprint = grouped("fingerprint", filter(None, named))

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is to be doubted of the images that were found by their names alone so far."""
        return (by_name_words(len(self._by_name), *next(iter(self._by_name.items()))),) if self._by_name else ()

    def find(self, row: TableRow) -> ImageAddress | str:
        """The image, or why there is none that can be told, in words. One whose file holds another picture by now is
        none: a label of the old picture is not for the new one, nor one of the new picture for the old."""
        matches, lack = self._matches(row)
        unchanged = [address for address in matches if look_at(address).content != "changed"]
        if matches and not unchanged:
            return "the file has changed since it was imported"
        if len(unchanged) > 1:
            return f"{len(unchanged)} images were imported under this path"
        return unchanged[0] if unchanged else lack

    def _matches(self, row: TableRow) -> tuple[Sequence[ImageAddress], str]:
        """The images that the row may mean, by the surest of what it says of them; or, in words, what they lack."""
        if here := self._here(row) if not row.fingerprint else []:
            return here, ""
        if content := row.fingerprint or self._contents.get(row.file):
            return self._by_fingerprint.get(content, ()), "the picture that the row names is none of the project's"
        if named := next((self._by_path[path] for path in row.paths if path in self._by_path), []):
            return named, ""
        return self._called(row)

    def _called(self, row: TableRow) -> tuple[Sequence[ImageAddress], str]:
        """The image that alone is called as the row says, whatever folders and ending it leaves out."""
        index, addresses = self._index
        try:
            path = path_called(index, row.path, "the table")
        except BadRecord as error:
            return (), str(error)
        if path:
            self._by_name[row.path] = path
        return addresses.get(path, ()), "no image was imported under this path"

    @cached_property
    def _index(self) -> tuple[ImageIndex, Matches]:
        """All images of the project, by path: asked for only where a row is found in no other way."""
        addresses: Matches = defaultdict(list)
        for address in image_addresses(self._ws.engine, self._project_id):
            addresses[address.path].append(address)
        return ImageIndex(addresses), addresses

    def _here(self, row: TableRow) -> list[ImageAddress]:
        return next((self._by_file[str(file)] for file in _files(row) if str(file) in self._by_file), [])


def _files(row: TableRow) -> tuple[Path, Path]:
    """Where the row leads, and where that is in the end, every symbolic link on the way followed."""
    return row.file, Path(os.path.realpath(row.file))


def _content(file: Path) -> str:
    """SHA-256 of the file; "" where there is none."""
    try:
        seen = os.stat(file)
        return digest(file, seen)
    except OSError:
        return ""
