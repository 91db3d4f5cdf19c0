"""Where an import reads from: the source itself, or the folder that an archive is unpacked into."""

import hashlib
import stat
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from vabal_core.images.ingest.archive import is_archive, passed_over, unpack
from vabal_core.images.ingest.by_name import by_name_words
from vabal_core.images.ingest.fingerprint import file_fingerprint
from vabal_core.images.ingest.paths import file_of, path_forms, tidy_path
from vabal_core.images.ingest.shards import Shard, find_shard_columns, image_shards
from vabal_core.images.ingest.table_file import is_table, read_table
from vabal_core.images.ingest.tables_beside import unread_doubts
from vabal_core.images.ingest.unpack_shards import unpack_shards
from vabal_core.images.unreadable import ARCHIVE
from vabal_core.store.projects import folder_of
from vabal_core.types import Doubt, ImportEntry, ImportProblem, Progress, StudioError, TableColumns
from vabal_core.workspace.pending import finish_removals, is_pending, mark_pending, remove_pending, whole_folder
from vabal_core.workspace.workspace import Workspace


def project_folder(ws: Workspace, name: str) -> Path:
    """Where the files of the project called `name` lie, or will lie: it keeps the folder when it is renamed."""
    return ws.data_dir / "projects" / folder_of(ws.engine, name)


def unpacked_folder(ws: Workspace, name: str) -> Path:
    """Where the archives of the project called `name` are unpacked, a folder each."""
    return project_folder(ws, name) / "images"


def storable_source(source: Path) -> Path:
    """The source, where a database can hold the addresses of its files; StudioError where it cannot."""
    try:
        str(source).encode()
    except UnicodeEncodeError as error:
        shown = str(source).encode(errors="backslashreplace").decode()
        raise StudioError(f"The address {shown} is not valid UTF-8: rename the folder, then import it.") from error
    return source


def readable_source(
    ws: Workspace, name: str, source: Path, columns: TableColumns
) -> Generator[Progress, None, tuple[Path, Path | None]]:
    """The source itself, or the folder that an archive or the images in Parquet files are unpacked into, and that
    folder again if that was done now."""
    if not _is_file(source) or not is_archive(source):
        shards = image_shards(source)
        return (yield from _unpacked_shards(ws, name, shards, columns)) if shards else (source, None)
    folder = whole_folder(unpacked_folder(ws, name) / (yield from file_fingerprint(source))[:16])
    fresh = yield from _unpack_once(partial(unpack, source), folder)
    if not (shards := image_shards(folder)):
        return folder, fresh
    try:
        return (yield from _unpacked_shards(ws, name, shards, columns))
    finally:  # nothing is imported from between the archive and the images
        remove_pending(folder)


def _unpacked_shards(
    ws: Workspace, name: str, shards: Sequence[Shard], columns: TableColumns
) -> Generator[Progress, None, tuple[Path, Path | None]]:
    mark = hashlib.sha256(repr(columns).encode())
    for shard in shards:
        mark.update(f"{shard.split}\n{(yield from file_fingerprint(shard.file))}".encode())
    folder = whole_folder(unpacked_folder(ws, name) / mark.hexdigest()[:16])
    return folder, (yield from _unpack_once(partial(unpack_shards, shards, columns), folder))


def left_packed(source: Path) -> tuple[ImportProblem, ...]:
    """Entries of an archive that were not unpacked."""
    return passed_over(source) if _is_file(source) and is_archive(source) else ()


def archives_within(problems: Sequence[ImportProblem]) -> tuple[Doubt, ...]:
    """What there is to say of archives that lie in a source: their images do not come with it."""
    paths = [problem.path for problem in problems if problem.reason.startswith(f"{ARCHIVE}:")]
    if not paths:
        return ()
    text = f"{paths[0]} is an archive" if len(paths) == 1 else f"{len(paths):,} files are archives (such as {paths[0]})"
    return (Doubt(about="other", text=f"{text}: what it holds does not come with the rest. Import it by itself."),)


def doubts_of_source(
    source: Path, readable: Path, columns: TableColumns, entries: Sequence[ImportEntry]
) -> tuple[Doubt, ...]:
    """What is to be doubted of how a table is written, of which columns of it or of Parquet files were taken, and of
    `entries` that were found by their names alone; and which tables lie in a folder unread."""
    if readable != source and (shards := image_shards(source)):
        places = find_shard_columns(shards[0], columns).places
        texts = [text for text in (places.words, places.question) if text]
    elif _is_file(source) and is_table(source):
        table = read_table(source, columns)
        texts = [*table.doubts, *_doubts_of_names(source, [row["path"] for _, row in table.rows], entries)]
    elif readable.is_dir():
        unread = unread_doubts(readable, [entry.path for entry in entries], columns.beside)
        read = read_table(readable / columns.beside, columns).doubts if columns.beside else ()
        return (*unread, *(Doubt(about="other", text=text) for text in read))
    else:
        return ()
    return tuple(Doubt(about="other", text=text) for text in texts)


def _doubts_of_names(table: Path, cells: Sequence[str], entries: Sequence[ImportEntry]) -> Iterator[str]:
    forms = {form for cell in cells for form in path_forms(cell)}
    renamed = [entry.path for entry in entries if entry.path not in forms and not entry.tile]
    if renamed:  # a whole path that leads below the table is another form, and no other image
        written = {file_of(table.parent, cell)[0] for cell in cells}
        renamed = [path for path in renamed if path not in written]
    if renamed:
        by_stem = {PurePosixPath(tidy_path(cell)).stem: cell for cell in cells}
        stem = PurePosixPath(renamed[0]).stem
        yield by_name_words(len(renamed), by_stem.get(stem, stem), renamed[0])


def _unpack_once(
    unpack_into: Callable[[Path], Iterator[Progress]], folder: Path
) -> Generator[Progress, None, Path | None]:
    """Unpack into `folder` where that has not been done; returns the folder if it was done now."""
    finish_removals(folder.parent)
    if folder.exists():
        if is_pending(folder):
            mark_pending(folder)
        return None
    mark_pending(folder)
    try:
        yield from unpack_into(folder)
    except BaseException:
        remove_pending(folder)
        raise
    return folder


def _is_file(source: Path) -> bool:
    """Whether it is a file, or else a folder. StudioError where it is not there or may not be looked at."""
    try:
        return stat.S_ISREG(source.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StudioError(
            f"There is nothing at {source}: give the path of a folder, a ZIP, a TAR or a table of images."
        ) from error
    except OSError as error:
        raise StudioError(f"{source} cannot be read: {error.strerror}. Check the path and its rights.") from error
