"""Write the images of a data set in Parquet files as an imagefolder, which an import reads."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from vabal_core.images.ingest.atomic_folder import staged
from vabal_core.images.ingest.image_names import names_an_image
from vabal_core.images.ingest.shards import (
    Shard,
    ShardColumns,
    cell_text,
    content_of,
    ending_of,
    find_shard_columns,
    opened,
)
from vabal_core.images.ingest.table_columns import row_cells
from vabal_core.types import Progress, StudioError, TableColumns

ROWS_AT_ONCE = 64
METADATA = "metadata.jsonl"
MAX_NAME_BYTES = 200


@dataclass
class _Folder:
    """The imagefolder so far: how many images it has and which names are taken, in small letters."""

    path: Path
    metadata: IO[str]
    images: int = 0
    taken: set[str] = field(default_factory=set)


def unpack_shards(shards: Sequence[Shard], columns: TableColumns, folder: Path) -> Iterator[Progress]:
    """Write the images of all shards into `folder`, those of each split into a folder of their own; it appears only
    when all is there. An image keeps its name where it has one that is free.

    StudioError where a file is damaged, where the columns cannot be told, or where the disk is full.
    """
    _refuse_without_room(shards, folder)
    with staged(folder) as partial, (partial / METADATA).open("w", encoding="utf-8") as metadata:
        target = _Folder(path=partial, metadata=metadata)
        for shard in shards:
            yield from _unpack(shard, find_shard_columns(shard, columns), target)
        yield Progress("unpack", target.images, target.images)


def _refuse_without_room(shards: Sequence[Shard], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    needed, free = sum(shard.file.stat().st_size for shard in shards), shutil.disk_usage(folder.parent).free
    if needed > free:
        raise StudioError(f"no room: the images take {needed / 2**20:,.0f} MiB, {free / 2**20:,.0f} MiB are free")


def _unpack(shard: Shard, columns: ShardColumns, target: _Folder) -> Iterator[Progress]:
    with opened(shard.file) as table:
        total = table.metadata.num_rows
        done = 0
        for batch in table.iter_batches(ROWS_AT_ONCE, columns=[columns.image, *columns.names]):
            for row in batch.to_pylist():
                _write(shard, columns, row, target)
            done += batch.num_rows
            yield Progress("unpack", done, total, message=shard.file.name)


def _write(shard: Shard, columns: ShardColumns, row: dict[str, Any], target: _Folder) -> None:
    content, name = content_of(row[columns.image])
    target.images += 1
    place = _free_name(shard.split, name, ending_of(content), target)
    if content:
        (target.path / place).parent.mkdir(exist_ok=True)
        (target.path / place).write_bytes(content)
    texts = ["image", *(cell_text(row[column], columns.classes.get(column)) for column in columns.names)]
    for cells in row_cells(columns.places, ["image", *columns.names], texts):
        record = {"file_name": place} | {key: cells[key] for key in ("label", "split") if cells.get(key)}
        target.metadata.write(json.dumps(record, ensure_ascii=False) + "\n")


def _free_name(split: str, name: str, ending: str, target: _Folder) -> str:
    """Where an image goes: by its own name, or by its number where that is taken, or is none for a file."""
    own = PurePosixPath(name.replace("\\", "/")).name
    fits = len(own.encode("utf-8", "replace")) <= MAX_NAME_BYTES and own.isprintable() and not own.startswith(".")
    number = f"{target.images:06d}"
    stem, suffix = (PurePosixPath(own).stem, PurePosixPath(own).suffix) if own and fits else (number, "")
    if not names_an_image(f"{stem}{suffix}"):
        stem, suffix = f"{stem}{suffix}", ending or ".png"
    for candidate in (f"{stem}{suffix}", f"{stem}-{number}{suffix}"):
        place = f"{split}/{candidate}".lstrip("/")
        if place.casefold() not in target.taken:
            break
    target.taken.add(place.casefold())
    return place
