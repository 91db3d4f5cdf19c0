"""Which image of a project a row of a table means: by content, by address, by the path it was imported under."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vabal_core.images.ingest.paths import file_of, path_forms
from vabal_core.images.ingest.table import fingerprint_in, label_in, labelled_at_in
from vabal_core.images.ingest.table_file import read_table
from vabal_core.images.parallel import in_order
from vabal_core.store.image_addresses import ImageAddress, find_addresses
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


def read_rows(table: Path) -> tuple[list[TableRow], str]:
    """The rows of a table with the columns path and label, and what is to be doubted of it ("": nothing)."""
    content = read_table(table, ["path", "label"])
    return [_row(table, cells) for _, cells in content.rows], content.doubt


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

        self._by_file = grouped("file", (str(file) for row in rows for file in _files(row)))
        self._by_path = grouped("path", (path for row in rows for path in row.paths))
        beside = list({row.file for row in rows if not row.fingerprint and not self._here(row)})
        # A table that lies beside pictures speaks of these, whatever else was imported under their names.
        contents = zip(beside, in_order(_content, beside), strict=True)
        self._contents = {file: content for file, content in contents if content}
        named = (row.fingerprint or self._contents.get(row.file) for row in rows)
        self._by_fingerprint = grouped("fingerprint", filter(None, named))

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
        named = next((self._by_path[path] for path in row.paths if path in self._by_path), [])
        return named, "no image was imported under this path"

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
