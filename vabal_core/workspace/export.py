"""Take the labelled set out."""

from collections.abc import Iterator
from dataclasses import fields
from operator import attrgetter

from vabal_core.export.csv import csv_pieces
from vabal_core.store.labelled_set import ExportRow, labelled_images
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace


def export_rows(ws: Workspace, project_id: int) -> Iterator[ExportRow]:
    """Every labelled image with the label that counts now, pool and evaluation, by position; one at a time."""
    require_project(ws, project_id)
    return labelled_images(ws.engine, project_id)


def export_csv(ws: Workspace, project_id: int) -> Iterator[bytes]:
    """The labelled set as a CSV file in pieces; its columns are the fields of ExportRow, in their order."""
    header = [field.name for field in fields(ExportRow)]
    cells = attrgetter(*header)
    return csv_pieces(header, (cells(row) for row in export_rows(ws, project_id)))
