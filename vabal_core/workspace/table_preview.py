"""The first rows of a table that is to be imported, for whoever says what its columns are."""

from pathlib import Path

from vabal_core.images.ingest.shards import SUFFIX, image_shards
from vabal_core.images.ingest.table_file import is_table
from vabal_core.images.ingest.table_preview import TablePreview, preview_shard, preview_table
from vabal_core.types import StudioError, TableColumns
from vabal_core.workspace.import_roots import list_import_roots, require_within
from vabal_core.workspace.uploads import uploaded_source
from vabal_core.workspace.workspace import Workspace


def preview_source(ws: Workspace, address: Path | None, upload_id: str, columns: TableColumns) -> TablePreview | None:
    """The table at `address`, or that was uploaded, Parquet files with images in them, too; None where the source is no
    table, or cannot be read as one."""
    try:
        if address is None:
            source = uploaded_source(ws, upload_id)
        else:
            source = address.absolute()
            require_within(source, list_import_roots(ws))
        if columns.beside:
            return preview_table(source / columns.beside, columns)
        if source.is_file() and is_table(source):
            return preview_table(source, columns)
        shards = image_shards(source) if source.suffix.lower() == SUFFIX or source.is_dir() else ()
        return preview_shard(shards[0], columns) if shards else None
    except (StudioError, OSError):  # said by the import, which reads it likewise
        return None
