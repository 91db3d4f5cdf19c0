"""The rows of a table that labels images of a project."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vabal_core.images.ingest.paths import file_of, path_forms
from vabal_core.images.ingest.table import fingerprint_in, label_in, labelled_at_in
from vabal_core.images.ingest.table_file import read_table
from vabal_core.types import StudioError, TableColumns


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
    """The rows of a table that labels images, the folder it lies in, and what is to be doubted of how it was read."""

    folder: Path
    rows: tuple[TableRow, ...]
    doubts: tuple[str, ...]


def read_rows(table: Path, columns: TableColumns) -> TableRows:
    """The rows of a table that gives images their classes. StudioError as `read_table`, and where no column does."""
    content = read_table(table, columns)
    if not any("label" in cells for _, cells in content.rows):
        present = ", ".join(content.rows[0][1]) if content.rows else "no row"
        lack = f"{table.name} has no column 'label'; it holds: {present}. Rename one, or say which it is "
        lack += "(on the command line: --label-column)."
        raise StudioError(content.question or lack)
    # A row without the mask of its class does not speak of a class at all.
    rows = tuple(_row(table, cells) for _, cells in content.rows if "label" in cells)
    return TableRows(folder=table.absolute().parent, rows=rows, doubts=content.doubts)


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
