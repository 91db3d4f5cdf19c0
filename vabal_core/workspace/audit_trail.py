"""Who changed what, when and from where: the log of labels and that of all other changes, read and taken away."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any, Literal, get_args

from vabal_core.export.csv import csv_pieces
from vabal_core.store import change_log, label_history
from vabal_core.store.change_log import Action, Change
from vabal_core.store.label_history import LoggedLabel
from vabal_core.store.log_order import LogFilter
from vabal_core.types import Actor
from vabal_core.workspace.export import Export
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace

# The decisions on a project's images, its other changes, or those that concern no project: accounts, backups.
TrailOf = Literal["labels", "project", "studio"]
CHANGES: tuple[str, ...] = get_args(Action)
PAGE_ROWS = 1_000  # of a log that leaves as a file


def read_trail(
    ws: Workspace,
    actor: Actor,
    project_id: int,
    trail: TrailOf,
    chosen: LogFilter,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[LoggedLabel] | list[Change]:
    """The newest `limit` rows before row `before` that pass the filter. NotAllowed without the right to see them."""
    _require(actor, trail)
    require_project(ws, project_id)
    return _reader(ws, project_id, trail)(chosen, before=before, limit=limit)


def export_trail(ws: Workspace, actor: Actor, project_id: int, trail: TrailOf, chosen: LogFilter) -> Export:
    """All rows that pass the filter as a CSV file, the newest first, read as they are taken. Errors as `read_trail`."""
    _require(actor, trail)
    project = require_project(ws, project_id)
    header = tuple(field.name for field in fields(LoggedLabel if trail == "labels" else Change))
    rows = map(attrgetter(*header), _every_row(_reader(ws, project_id, trail), chosen))
    name = f"{project.name} audit {trail}.csv"
    return Export(name=name, media_type="text/csv", pieces=csv_pieces(header, rows, excel=True))


def trail_people(ws: Workspace, actor: Actor, project_id: int, trail: TrailOf) -> list[str]:
    """Whoever is named in it."""
    _require(actor, trail)
    if trail == "labels":
        return label_history.labellers(ws.engine, project_id)
    return change_log.changers(ws.engine, project_id if trail == "project" else None)


def _require(actor: Actor, trail: TrailOf) -> None:
    require_right(actor, "accounts" if trail == "studio" else "audit")


def _reader(ws: Workspace, project_id: int, trail: TrailOf) -> Callable[..., list[Any]]:
    if trail == "labels":
        return lambda *chosen, **page: label_history.label_history(ws.engine, project_id, *chosen, **page)
    of_project = project_id if trail == "project" else None
    return lambda *chosen, **page: change_log.changes(ws.engine, of_project, *chosen, **page)


def _every_row(read: Callable[..., list[Any]], chosen: LogFilter) -> Iterator[Any]:
    """Rows of a log never change: page after page is as one look at all of them."""
    rows = read(chosen, before=None, limit=PAGE_ROWS)
    while rows:
        yield from rows
        rows = read(chosen, before=rows[-1].id, limit=PAGE_ROWS)
