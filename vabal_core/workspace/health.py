"""Whether the Studio can work now, for whoever keeps it running."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from vabal_core.store.counts import state_counts
from vabal_core.store.migrate import schema_version
from vabal_core.store.rounds import newest_round
from vabal_core.types import ImageState, Split
from vabal_core.workspace.projects import list_projects
from vabal_core.workspace.workspace import Workspace

LEAST_FREE = 200_000_000  # bytes; below that a round or an import may break off


@dataclass(frozen=True, kw_only=True)
class Health:
    """`trouble`: what keeps it from working, in words, or "". `free`: bytes left where the data folder lies."""

    trouble: str
    database: Literal["sqlite", "postgresql"]
    schema: str
    free: int


def read_health(ws: Workspace) -> Health:
    """StudioError where the database cannot be read."""
    schema = schema_version(ws.engine)
    list_projects(ws)  # reads a table, which the version of the schema does not
    free = shutil.disk_usage(ws.data_dir).free
    trouble = f"{free / 1e6:.0f} MB are left where the data folder lies." if free < LEAST_FREE else ""
    return Health(trouble=trouble, database=ws.engine.dialect.name, schema=schema, free=free)


def every_project_counted(ws: Workspace) -> Iterator[tuple[int, Mapping[tuple[Split, ImageState], int], bool]]:
    """(its id, images by split and state, whether a round runs) of every project that is not in the bin."""
    for project in list_projects(ws):
        newest = newest_round(ws.engine, project.id)
        is_running = newest is not None and newest.state == "running"
        yield project.id, state_counts(ws.engine, project.id), is_running
