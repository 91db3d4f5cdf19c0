"""The one open workspace of this server, for the pages and the routes alike."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from vabal_core import workspace
from vabal_core.workspace import Workspace


@lru_cache(maxsize=8)
def _opened(data_dir: str, database_url: str | None) -> Workspace:
    return workspace.open_workspace(Path(data_dir), database_url, check=True)


def studio() -> Workspace:
    """The workspace of VABAL_DATA_DIR and VABAL_DATABASE_URL, opened once a process."""
    return _opened(os.environ.get("VABAL_DATA_DIR", "data"), os.environ.get("VABAL_DATABASE_URL"))


@contextmanager
def one_state() -> Iterator[None]:
    """What is drawn within the block is of one state of the database, and each of its facts is read once.

    Fragments need it as a decorator of their own: they are run again without the page around them.
    """
    with workspace.one_state(studio()):
        yield
