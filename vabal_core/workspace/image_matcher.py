"""Which image of a project a row of a table means: by content, by address, by path, by name alone."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from vabal_core.images.ingest.by_name import by_name_words, images_below, path_called
from vabal_core.images.ingest.formats.annotation import BadRecord
from vabal_core.images.ingest.formats.image_index import ImageIndex
from vabal_core.images.parallel import in_order
from vabal_core.store.image_addresses import ImageAddress, find_addresses, image_addresses
from vabal_core.workspace.image_content import digest, look_at
from vabal_core.workspace.table_rows import TableRow, TableRows
from vabal_core.workspace.workspace import Workspace

Matches = dict[str, list[ImageAddress]]


class ImageMatcher:
    """Finds the images of a project that rows mean; all questions to the database are asked once, for all rows."""

    def __init__(self, ws: Workspace, project_id: int, table: TableRows) -> None:
        rows = table.rows

        def grouped(column: str, values: Iterable[str]) -> Matches:
            matches: Matches = defaultdict(list)
            for address in find_addresses(ws.engine, project_id, column, sorted(set(values))):
                matches[getattr(address, column)].append(address)
            return matches

        self._ws, self._project_id = ws, project_id
        self._by_name: dict[str, str] = {}  # row -> what it means, below the table or in the project
        self._taken_by_name: dict[str, str] = {}  # of these, the images that were found -> their paths in the project
        self._by_file = grouped("file", (str(file) for row in rows for file in _files(row)))
        self._by_path = grouped("path", (path for row in rows for path in row.paths))
        beside = list({row.file for row in rows if not row.fingerprint and not self._here(row)})
        # A table that lies beside pictures speaks of these, whatever else was imported under their names.
        contents = zip(beside, in_order(_content, beside), strict=True)
        self._contents = {file: content for file, content in contents if content}
        self._read_below(table.folder, [row for row in rows if self._is_nowhere(row)])
        named = (row.fingerprint or self._contents.get(row.file) for row in rows)
        self._by_fingerprint = grouped("fingerprint", filter(None, named))

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is to be doubted of the images that were found by their names alone so far."""
        taken = self._taken_by_name
        return (by_name_words(len(taken), *next(iter(taken.items()))),) if taken else ()

    def find(self, row: TableRow) -> ImageAddress | str:
        """The image, or why there is none that can be told, in words. One whose file holds another picture by now is
        none: a label of the old picture is not for the new one, nor one of the new picture for the old."""
        matches, lack = self._matches(row)
        unchanged = [address for address in matches if look_at(address).content != "changed"]
        if matches and not unchanged:
            return "the file has changed since it was imported"
        if len(unchanged) > 1:
            return f"{len(unchanged)} images were imported under this path"
        if not unchanged:
            return lack
        if row.path in self._by_name:
            self._taken_by_name[row.path] = unchanged[0].path
        return unchanged[0]

    def _matches(self, row: TableRow) -> tuple[Sequence[ImageAddress], str]:
        """The images that the row may mean, by the surest of what it says of them; or, in words, what they lack."""
        if here := self._here(row) if not row.fingerprint else []:
            return here, ""
        if content := row.fingerprint or self._contents.get(row.file):
            below = f" ({self._by_name[row.path]})" if row.path in self._by_name else ""
            lack = f"the picture that the row names{below} is none of the project's"
            return self._by_fingerprint.get(content, ()), lack
        if named := next((self._by_path[path] for path in row.paths if path in self._by_path), []):
            return named, ""
        return self._called(row)

    def _is_nowhere(self, row: TableRow) -> bool:
        named = row.fingerprint or row.file in self._contents or any(path in self._by_path for path in row.paths)
        return not named and not self._here(row)

    def _read_below(self, folder: Path, rows: Sequence[TableRow]) -> None:
        """The contents of the images below the table that are called as these rows say."""
        index = images_below(folder) if rows else ImageIndex(())
        files = {}
        for row in rows:
            with suppress(BadRecord):  # several are called so; in the project perhaps one
                if path := path_called(index, row.path, "the table"):
                    files[row.file] = folder / path
                    self._by_name[row.path] = path
        contents = zip(files, in_order(_content, list(files.values())), strict=True)
        self._contents |= {file: content for file, content in contents if content}

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
