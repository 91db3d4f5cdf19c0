"""Data sets in Parquet files with the images inside, as Hugging Face publishes them."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from exports import brought, contents
from image_files import encoded, grey, make_zip
from long_work import result_of
from pyarrow import parquet
from workspaces import ANN

from vabal_core import workspace
from vabal_core.images.ingest.shards import image_shards
from vabal_core.types import ImportPlan, StudioError, TableColumns

NAMES = ("no", "1", "Größe ✓", "a/b")


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def cell(seed: int, path: str | None = None) -> dict[str, Any]:
    return {"bytes": encoded(grey(seed)), "path": path}


def write(file: Path, columns: dict[str, Any], features: dict[str, Any] | None = None) -> Path:
    """A Parquet file; `features` are what Hugging Face keeps of the columns in its schema."""
    table = pa.table(columns)
    if features:
        about = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": about})
    file.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, file)
    return file


def write_shard(file: Path, labels: list[int], seed: int = 0, paths: list[str] | None = None) -> Path:
    images = [cell(seed + number, paths[number] if paths else None) for number in range(len(labels))]
    features = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": list(NAMES)}}
    return write(file, {"image": images, "label": labels}, features)


def look_through(ws: workspace.Workspace, source: Path, **options: Any) -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, labels="use", holdout=0, **options))


def test_one_file_gives_its_images_with_the_names_of_the_classes(ws, tmp_path: Path) -> None:
    file = write_shard(tmp_path / "images.parquet", [0, 1, 2, 3, -1], paths=["a.png", "x/b.png", "a.png", "", "c"])
    plan = look_through(ws, file)
    assert {entry.path: entry.label for entry in plan.entries} == {
        "a.png": "no",
        "b.png": "1",
        "a-000003.png": "Größe ✓",
        "000004.png": "a/b",
        "c.png": None,
    }
    assert (plan.problems, plan.label_problems) == ((), ())
    assert "“image” names the image, “label” its class" in plan.doubts[0].text
    result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    assert look_through(ws, file).already_present == 5


def test_a_folder_of_shards_has_the_splits_of_their_names(ws, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    write_shard(folder / "data" / "train-00000-of-00002.parquet", [0, 1])
    write_shard(folder / "data" / "train-00001-of-00002-0a1b2c.parquet", [2, 3], seed=10)
    write_shard(folder / "data" / "test-00000-of-00001.parquet", [1], seed=20)
    write_shard(folder / "default" / "validation" / "0000.parquet", [2], seed=30)
    (folder / "README.md").write_text("about")
    project_id = brought(ws, folder, "Steel")
    assert sorted(contents(ws, project_id).values()) == sorted(
        [("no", "pool"), ("1", "pool"), ("Größe ✓", "pool"), ("a/b", "pool")]
        + [("1", "evaluation"), ("Größe ✓", "evaluation")]
    )


@pytest.mark.parametrize(
    "columns, labels",
    [
        ({"img": "cells", "fine_label": [0, 1]}, None),
        ({"image": "bytes", "label": ["no", None]}, ["no", None]),
        ({"image": "bytes", "label": [True, False]}, ["true", "false"]),
        ({"jpeg": "bytes", "class_id": [0, 1], "class_name": ["no", "pits"]}, ["no", "pits"]),
        ({"image": "cells", "good": [1, 0], "bad": [0, 1]}, ["good", "bad"]),
        ({"image": "cells", "caption": ["x", "y"]}, None),
        ({"image": "cells", "mask": "cells", "label": [7, 8]}, ["7", "8"]),
    ],
)
def test_columns_are_told_as_those_of_any_table(ws, tmp_path: Path, columns: dict, labels: list | None) -> None:
    given = {"cells": [cell(1), cell(2)], "bytes": [cell(1)["bytes"], cell(2)["bytes"]]}
    values = {name: given[value] if isinstance(value, str) else value for name, value in columns.items()}
    plan = look_through(ws, write(tmp_path / "a.parquet", values))
    assert [entry.label for entry in plan.entries] == (labels or [None, None])


def test_of_two_columns_of_classes_none_is_taken_until_a_person_says_which(ws, tmp_path: Path) -> None:
    kinds = {"coarse_class": ["steel", "skin"], "class": ["pits", "cracks"]}
    features = {"img": {"_type": "Image"}} | {
        name: {"_type": "ClassLabel", "names": names} for name, names in kinds.items()
    }
    values = {"img": [cell(1), cell(2)], "coarse_class": [0, 0], "class": [0, 1], "part": ["val", "train"]}
    file = write(tmp_path / "a.parquet", values, features)
    plan = look_through(ws, file, columns=TableColumns(label="coarse_class", split="part"))
    assert [(entry.label, entry.split) for entry in plan.entries] == [("steel", "evaluation"), ("steel", "pool")]
    assert [entry.label for entry in look_through(ws, file).entries] == ["pits", "cracks"]
    two = write(tmp_path / "b.parquet", {"image": [cell(1)], "photo": [cell(2)]})
    with pytest.raises(StudioError, match="which column holds the images. It could be “image”, “photo”"):
        look_through(ws, two)
    assert len(look_through(ws, two, columns=TableColumns(image="photo")).entries) == 1


def test_a_file_without_images_or_without_sense_is_no_shard(ws, tmp_path: Path) -> None:
    write(tmp_path / "set" / "metadata.parquet", {"file_name": ["a.png"], "label": ["x"]})
    (tmp_path / "set" / "broken.parquet").write_bytes(b"PAR1")
    write(tmp_path / "set" / "mesh.parquet", {"image": [b"solid", b"mesh"]})
    assert image_shards(tmp_path / "set") == ()


def test_shards_in_an_archive_are_unpacked_in_turn_and_nothing_is_left_between(ws, tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "a.parquet", [0, 1, 2]).read_bytes()
    archive = make_zip(tmp_path / "set.zip", {"set/train-00000-of-00001.parquet": shard})
    for _ in range(2):
        plan = look_through(ws, archive)
        assert [entry.label for entry in plan.entries] == ["no", "1", "Größe ✓"]
    result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    assert look_through(ws, archive).already_present == 3
    assert not list(ws.data_dir.rglob("*.parquet"))


def test_what_was_unpacked_for_a_plan_that_is_not_written_goes(ws, tmp_path: Path) -> None:
    plan = look_through(ws, write_shard(tmp_path / "a.parquet", [0, 1]))
    (folder,) = {entry.file.parent for entry in plan.entries}
    assert folder.is_dir()
    workspace.discard_import(ws, "Steel", plan)
    assert not folder.exists()


def test_an_image_that_is_missing_from_its_row_is_listed_and_costs_no_other(ws, tmp_path: Path) -> None:
    values = {"image": [cell(1), {"bytes": None, "path": "gone.png"}, None], "label": ["a", "b", "c"]}
    plan = look_through(ws, write(tmp_path / "a.parquet", values))
    assert [entry.label for entry in plan.entries] == ["a"]
    assert [problem.reason.partition(":")[0] for problem in plan.problems] == ["missing", "missing"]


def test_a_file_sent_by_a_browser_is_unpacked(ws, tmp_path: Path) -> None:
    upload_id = "ann-0123456789abcdef"
    with workspace.receive_file(ws, upload_id, "train.parquet") as stream:
        stream.write(write_shard(tmp_path / "a.parquet", [0, 1]).read_bytes())
    plan = result_of(workspace.prepare_upload(ws, "Steel", upload_id, labels="use", holdout=0))
    assert [entry.label for entry in plan.entries] == ["no", "1"]
