"""Any name of a class and any name of a file, through import, label, export and back: what comes back is what went."""

from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_files import write_image
from long_work import result_of

from vabal_core import workspace
from vabal_core.export.csv import csv_pieces
from vabal_core.types.names import fold_name, tidy_name, why_no_name

ANN = workspace.person("Ann")
TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)
CLASS_NAMES = (TEXT | st.sampled_from(["=1+1", "-edge", "'=x", "no label", "all", "Any", "擦傷\u3000深い"])).map(
    tidy_name
)
CLASS_NAMES = CLASS_NAMES.filter(lambda name: not why_no_name(name))
FILE_NAMES = TEXT.map(lambda text: text.replace("/", "").replace("\0", "")[:20] + ".png")
LABELS = st.dictionaries(FILE_NAMES, CLASS_NAMES, min_size=1, max_size=5)
FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path_factory.mktemp("studio") / "data")


def imported(ws: workspace.Workspace, table: Path) -> int:
    name = uuid4().hex
    plan = result_of(workspace.prepare_import(ws, name, table, labels="use", holdout=0))
    assert (plan.problems, plan.label_problems) == ((), ())
    result_of(workspace.commit_import(ws, ANN, name, plan))
    return workspace.find_project(ws, name).id


def labels(ws: workspace.Workspace, project_id: int) -> dict[str, str]:
    return {row.path: row.label for row in workspace.export_rows(ws, project_id)}


def one_spelling_each(chosen: Mapping[str, str]) -> dict[str, str]:
    """The first spelling of each class: names that are the same by the rule are one class."""
    first: dict[str, str] = {}
    return {path: first.setdefault(fold_name(name), name) for path, name in chosen.items()}


@FEW
@given(chosen=LABELS)
def test_names_come_back_as_they_went(ws: workspace.Workspace, chosen: dict[str, str]) -> None:
    folder = ws.data_dir.parent / uuid4().hex
    for number, name in enumerate(chosen):
        write_image(folder / name, seed=(len(name), number))
    (folder / "in.csv").write_bytes(b"".join(csv_pieces(["path", "label"], chosen.items())))
    expected = one_spelling_each(chosen)
    first = imported(ws, folder / "in.csv")
    assert labels(ws, first) == expected
    (folder / "out.csv").write_bytes(b"".join(workspace.export_csv(ws, first)))
    assert labels(ws, imported(ws, folder / "out.csv")) == expected
    (folder / "paths.csv").write_bytes(b"".join(csv_pieces(["path"], [[name] for name in chosen])))
    third = imported(ws, folder / "paths.csv")
    table = workspace.label_from_csv(ws, ANN, third, folder / "out.csv", create_classes=True)
    assert (table.written, table.problems) == (len(chosen), ())
    assert labels(ws, third) == expected


@FEW
@given(name=TEXT, other=CLASS_NAMES)
def test_no_name_costs_a_picture(ws: workspace.Workspace, name: str, other: str) -> None:
    folder = ws.data_dir.parent / uuid4().hex
    for number in range(2):
        write_image(folder / f"{number}.png", seed=number)
    table = b"".join(csv_pieces(["path", "label"], [("0.png", name), ("1.png", other)]))
    (folder / "in.csv").write_bytes(table)
    plan = result_of(workspace.prepare_import(ws, "Any name", folder / "in.csv", labels="use", holdout=0))
    assert len(plan.entries) == 2 and plan.problems == ()
    assert len(plan.label_problems) == bool(tidy_name(name) and why_no_name(tidy_name(name)))
