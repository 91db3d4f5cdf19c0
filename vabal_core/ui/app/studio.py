"""The one open workspace of this server, for the pages and the routes alike."""

import os
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
