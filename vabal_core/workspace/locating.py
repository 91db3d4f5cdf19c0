"""Link images whose file is gone to where it is now: a folder that was moved, renamed or restored elsewhere."""

import os
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from vabal_core.images.parallel import in_order
from vabal_core.store.change_log import log_change
from vabal_core.store.database import writing
from vabal_core.store.image_addresses import ImageAddress, find_addresses, write_addresses
from vabal_core.types import Actor, Progress, StudioError
from vabal_core.workspace.file_checks import check_images
from vabal_core.workspace.image_content import digest
from vabal_core.workspace.import_roots import require_within
from vabal_core.workspace.people import require_right
from vabal_core.workspace.workspace import Workspace

EVENT_EVERY = 64


def locate_folder(
    ws: Workspace, actor: Actor, project_id: int, folder: Path, *, roots: Sequence[Path] | None = None
) -> Generator[Progress, None, dict[str, int]]:
    """Link the project's images that are missing, or whose file was changed, to files of their content below `folder`.

    Returns how many were "linked" and how many are still "missing" (or changed). Only files of the sizes that are
    looked for are read. With `roots` (of `list_import_roots`) the folder must lie in one of these. StudioError where
    there is no such folder.
    """
    require_right(actor, "import")
    folder, began = folder.absolute(), time.monotonic()
    if roots is not None:
        require_within(folder, roots)
    if not os.path.isdir(folder):
        raise StudioError(
            f"There is no folder {folder}: give the whole address of the folder that the images are in now."
        )
    gone = yield from check_images(ws, project_id)
    addresses = find_addresses(ws.engine, project_id, "id", [image.image_id for image in gone])
    linked = yield from _link(addresses, folder)
    with writing(ws.engine) as transaction:
        write_addresses(transaction, linked)
        new = f"{len(linked)} images"
        log_change(transaction, actor, project_id, "files located", str(folder), new=new, began=began)
    return {"linked": len(linked), "missing": len(addresses) - len(linked)}


def _link(addresses: Sequence[ImageAddress], folder: Path) -> Generator[Progress, None, list[ImageAddress]]:
    sought = {address.fingerprint: address for address in addresses}
    sizes = {address.size for address in addresses}
    files = [file for file in _files_below(folder) if None in sizes or file[1] in sizes] if sought else []
    contents = in_order(_content, files)
    linked: list[ImageAddress] = []
    try:
        for done, ((file, size, modified_ns), content) in enumerate(zip(files, contents, strict=True), start=1):
            address = sought.pop(content, None)
            if address is not None:
                linked.append(address._replace(file=str(file), size=size, modified_ns=modified_ns))
            if done % EVENT_EVERY == 0 or done == len(files):
                yield Progress("locate", done, len(files), message=f"{len(linked):,} found")
    finally:
        contents.close()
    return linked


def _files_below(folder: Path) -> Iterator[tuple[Path, int, int]]:
    """(file, bytes, time) of every regular file, links not followed; what cannot be looked into is passed over."""
    for place, _, names in os.walk(folder):
        for name in names:
            file = Path(place) / name
            try:
                seen = file.lstat()
            except OSError:
                continue
            if not file.is_symlink() and file.is_file():
                yield file, seen.st_size, seen.st_mtime_ns


def _content(file: tuple[Path, int, int]) -> str:
    try:
        return digest(file[0], os.stat(file[0]))
    except OSError:
        return ""
