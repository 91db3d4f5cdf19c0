"""Archives, tables and images that a browser sends together: archives are as folders, a table labels the images."""

import io
import zipfile
from pathlib import Path

import pytest
from long_work import result_of
from openpyxl import Workbook
from upload_files import UPLOAD, png, send
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import ImportPlan, TableColumns


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def packed(*greys: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for grey in greys:
            archive.writestr(f"{grey}.png", png(grey))
    return out.getvalue()


def workbook(rows: dict[str, str]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in [("path", "label"), *rows.items()]:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def look_through(ws: workspace.Workspace, beside: str = "") -> ImportPlan:
    columns = TableColumns(beside=beside)
    return result_of(workspace.prepare_upload(ws, "Uploaded", UPLOAD, labels="use", holdout=0, columns=columns))


def labels(plan: ImportPlan) -> dict[str, str | None]:
    return {entry.path: entry.label for entry in plan.entries}


def test_archives_sent_with_others_are_folders_and_the_broken_one_is_left_out_alone(ws: workspace.Workspace):
    send(ws, "pits.zip", packed(1, 2))
    send(ws, "cracks.zip", packed(3, 4))
    send(ws, "broken.zip", packed(5)[:40])
    for _ in range(2):  # the second look finds what the first unpacked
        plan = look_through(ws)
        assert labels(plan) == {
            "cracks/3.png": "cracks", "cracks/4.png": "cracks", "pits/1.png": "pits", "pits/2.png": "pits",
        }  # fmt: skip
        (problem,) = plan.problems
        assert problem.path == "broken.zip" and "damaged" in problem.reason
        assert not any("archive" in doubt.text for doubt in plan.doubts)
    settled = workspace.settle_upload(ws, "Uploaded", UPLOAD, plan)
    assert result_of(workspace.commit_import(ws, ANN, "Uploaded", settled))["images"] == 4
    assert all(entry.file.is_file() for entry in settled.entries)


def test_a_table_sent_with_archives_and_images_gives_them_their_classes(ws: workspace.Workspace):
    send(ws, "all.zip", packed(1, 2))
    send(ws, "3.png", png(3))
    send(ws, "4.png", png(4))
    send(ws, "Befunde.xlsx", workbook({"1.png": "pit", "all/2.png": "crack", "3.png": "pit"}))
    plan = look_through(ws)
    label_of = labels(plan)
    assert {path: label_of[path] for path in ("all/1.png", "all/2.png", "3.png")} == {
        "all/1.png": "pit", "all/2.png": "crack", "3.png": "pit",
    }  # fmt: skip
    assert label_of["4.png"] is None and not plan.problems
    assert not any("Befunde" in doubt.text for doubt in plan.doubts), "it is read"


def test_a_table_in_a_folder_that_was_sent_is_told_and_read_where_somebody_says_so(ws: workspace.Workspace):
    for grey in (1, 2, 3):
        send(ws, f"line/plates/{grey}.png", png(grey))
    send(ws, "line/Befunde.xlsx", workbook({"plates/1.png": "pit", "plates/2.png": "crack"}))
    (doubt,) = [doubt for doubt in look_through(ws).doubts if doubt.table]
    assert "office" in look_through(ws).problems[0].reason, "and nobody is told to unpack it"
    plan = look_through(ws, doubt.table)
    assert {path.rpartition("/")[2]: label for path, label in labels(plan).items()} == {
        "1.png": "pit", "2.png": "crack", "3.png": labels(plan)["line/plates/3.png"],
    }  # fmt: skip
    assert not any(doubt.table for doubt in plan.doubts)
