"""Names of any letters: proposed on, imported, labelled, exported and imported again."""

import csv
import io
import tempfile
import zipfile
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from image_files import encoded, grey
from long_work import result_of
from workspaces import ANN

from vabal_core import workspace
from vabal_core.images.ingest.by_layout import read_by
from vabal_core.images.ingest.layout import propose_layout
from vabal_core.images.ingest.path_reading import PathReading
from vabal_core.images.ingest.patterns import Patterns, literal
from vabal_core.types import ExportRequest, Layout
from vabal_core.types.cells import as_written
from vabal_core.types.names import fold_name, tidy_name, why_no_name

# What may stand between two slashes of a path.
parts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=12).filter(
    lambda name: name not in (".", "..") and len(name.encode()) < 60
)
paths = st.lists(parts, min_size=1, max_size=4).map("/".join)
SEEDS = count()


@given(path=paths, other=paths)
def test_a_path_as_a_pattern_matches_itself_and_what_lies_in_it(path: str, other: str):
    matching = Patterns([literal(path)])
    assert matching.of_file(path) and matching.of_file(f"{path}/{other}")


@given(files=st.lists(paths.map("{}.png".format), min_size=1, max_size=12, unique=True))
def test_a_layout_is_proposed_for_any_names_and_leaves_something_to_import(files: list[str]):
    layout = propose_layout(files).layout
    reading = PathReading(layout)
    placed = [reading.place(path) for path in files]
    assert any(not placement.left_out for placement in placed)
    folders = {part for path in files for part in path.split("/")[:-1]}
    assert {placement.label for placement in placed if placement.label} <= folders
    assert read_by(layout, []) == []


@given(name=parts, separator=st.sampled_from(["", "_", "-", "#", "["]), part=st.integers(-3, 3))
def test_any_part_of_any_name_may_be_asked_for(name: str, separator: str, part: int):
    layout = Layout(class_from="name", name_part=part, separator=separator)
    label = PathReading(layout).place(f"{name}.png").label
    assert label is None or label in name


@pytest.fixture(scope="module")
def ws() -> workspace.Workspace:
    with tempfile.TemporaryDirectory() as folder:
        yield workspace.open_workspace(Path(folder) / "data")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@example(names=["0", "\\"], file="a\\b")
@example(names=["0", "'"], file="0")
@given(names=st.lists(parts, min_size=2, max_size=4, unique_by=fold_name), file=parts)
def test_names_come_back_from_an_export(ws: workspace.Workspace, names: list[str], file: str):
    project, again = (f"{next(SEEDS)} there", f"{next(SEEDS)} back")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        for i, name in enumerate(names):
            (source / name).mkdir(parents=True)
            (source / name / f"{file}.png").write_bytes(encoded(grey(i)))
        imported = bring(ws, project, source, Layout(class_from="folder"))
        expected = sorted(tidy_name(name) for name in names if not why_no_name(tidy_name(name)))
        assert sorted(imported.values()) == expected
        packed = Path(folder) / "out.zip"
        project_id = workspace.find_project(ws, project).id
        with packed.open("wb") as out:
            out.writelines(
                workspace.export_project(ws, workspace.STUDIO, project_id, ExportRequest(format="imagefolder")).pieces
            )
        assert len(zipfile.ZipFile(packed).namelist()) >= len(expected)
        if expected:
            assert sorted(bring(ws, again, packed, None).values()) == expected


def bring(ws: workspace.Workspace, project: str, source: Path, layout: Layout | None) -> dict[str, str]:
    """Import the source; path -> label of every labelled image, as the table of labels says."""
    plan = result_of(workspace.prepare_import(ws, project, source, labels="use", holdout=0, layout=layout))
    result_of(workspace.commit_import(ws, ANN, project, plan))
    table = b"".join(workspace.export_csv(ws, workspace.find_project(ws, project).id)).decode("utf-8-sig")
    return {row["path"]: as_written(row["label"]) for row in csv.DictReader(io.StringIO(table, newline=""))}
