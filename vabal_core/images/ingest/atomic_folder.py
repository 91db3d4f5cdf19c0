"""A folder that is there whole or not at all."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vabal_core.types import StudioError


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` to fill; takes its name when the block ends well, is removed when it does not.

    Raises `StudioError` where `folder` exists with something in it, or where the disk is full.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise StudioError(f"{folder} is to be written, but exists already; remove it or choose another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:40]}-partial-"))
    try:
        yield partial
        os.replace(partial, folder)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StudioError(f"no room for {folder}: {error.strerror}; free some disk space and try again") from error
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
