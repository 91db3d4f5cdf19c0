"""A round as a folder: what is written is read, whole or not at all, and paths are written once."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from loop_tasks import make_task

from vabal_core.loop.files import (
    ImageFiles,
    read_images,
    read_result,
    read_task,
    remove_unused_tables,
    write_result,
    write_task,
    write_whole,
)
from vabal_core.loop.report import RoundReport
from vabal_core.loop.task import OutOfSamplePredictions, RoundResult
from vabal_core.types import Query, StudioError


def images_of(folder, count=60):
    return ImageFiles(
        files=tuple(f"/steel/ü{i}.png" for i in range(count)),
        fingerprints=tuple(f"{i:064x}" for i in range(count)),
        cache=folder / "pixels",
        features=folder / "features",
    )


def test_a_task_and_its_images_survive_their_files(tmp_path):
    task, images = make_task("margin", batch=5, seed=2**62), images_of(tmp_path)
    write_task(tmp_path / "1", task, images)
    again = read_task(tmp_path / "1")
    for field in fields(task):
        np.testing.assert_equal(getattr(again, field.name), getattr(task, field.name))
    assert read_images(tmp_path / "1") == images


def test_paths_are_written_once_for_all_rounds_of_an_unchanged_project(tmp_path):
    images = images_of(tmp_path)
    write_task(tmp_path / "1", make_task(), images)
    (table,) = tmp_path.glob("images-*.json")
    written = table.stat().st_mtime_ns
    write_task(tmp_path / "2", make_task(seed=1), images)
    assert [file.stat().st_mtime_ns for file in tmp_path.glob("images-*.json")] == [written]
    for number in ("1", "2"):
        assert not any(b"steel" in file.read_bytes() for file in (tmp_path / number).iterdir())
        assert read_images(tmp_path / number) == images


def test_after_an_import_older_rounds_still_know_the_images_they_had_and_a_table_that_none_reads_goes(tmp_path):
    before, after = images_of(tmp_path, 60), images_of(tmp_path, 61)
    write_task(tmp_path / "1", make_task(), before)
    write_task(tmp_path / "2", make_task(), after)
    remove_unused_tables(tmp_path)
    assert (read_images(tmp_path / "1"), read_images(tmp_path / "2")) == (before, after)
    for file in (tmp_path / "1").iterdir():
        file.unlink()
    remove_unused_tables(tmp_path)
    assert len(list(tmp_path.glob("images-*.json"))) == 1
    assert read_images(tmp_path / "2") == after


OPTIONAL = {
    "next_classes": np.arange(6).reshape(3, 2),
    "next_probabilities": np.arange(6).reshape(3, 2) / 8,
    "probabilities": np.array([[0.25, 0.75]] * 3, np.float16),
    "log_likelihood": np.array([[-1.0, np.nan]] * 3),
    "draw_counts": np.array([[100, 0]] * 3, np.uint8),
    "label_issues": np.array([2, 0]),
}
BY_CLASS = np.array([[np.nan, np.nan], [0.5, 0.5], [0.75, 0.25]])


@pytest.mark.parametrize("optional", [OPTIONAL, dict.fromkeys(OPTIONAL)])
def test_a_result_survives_its_files(tmp_path, optional):
    rows = np.arange(3)
    result = RoundResult(
        ranking=Query(rows[::-1], rows / 3),
        predicted=rows,
        probability=rows / 2,
        **optional,
        out_of_sample=OutOfSamplePredictions(
            predicted=rows - 1,
            probability=np.array([np.nan, 0.5, 0.75]),
            probabilities=None if optional["label_issues"] is None else BY_CLASS,
        ),
        report=RoundReport(agreement=0.5, confusion=((1, 0), (2, 3))),
    )
    write_result(tmp_path, result)
    again = read_result(tmp_path)
    np.testing.assert_equal(
        [again.ranking.rows, again.ranking.scores, again.predicted, again.probability],
        [result.ranking.rows, result.ranking.scores, rows, rows / 2],
    )
    for name, values in optional.items():
        np.testing.assert_equal(getattr(again, name), values)
        assert values is None or getattr(again, name).dtype == values.dtype
    np.testing.assert_equal(vars(again.out_of_sample), vars(result.out_of_sample))
    assert again.report == result.report


def test_a_round_of_a_version_before_is_refused_in_words(tmp_path):
    (tmp_path / "job.json").write_text(json.dumps({"strategy": "vabal"}))
    for read in (read_task, read_images):
        with pytest.raises(StudioError, match="older version; start a new one"):
            read(tmp_path)


def test_a_file_is_whole_or_not_there_at_all(tmp_path):
    def half(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "result.npz", half)
    assert not (tmp_path / "result.npz").exists()


def test_a_task_that_could_not_be_written_hinders_no_later_round(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space"):
        patched.setattr("os.fsync", full)
        write_task(tmp_path / "1", make_task(), images_of(tmp_path))
    assert not (tmp_path / "1" / "task.json").exists()
    write_task(tmp_path / "2", make_task(), images_of(tmp_path))
    remove_unused_tables(tmp_path)
    assert read_images(tmp_path / "2") == images_of(tmp_path)


def test_a_million_images_write_their_paths_no_second_time(tmp_path):
    """What a round of an unchanged project writes grows by a few bytes an image, none of them of a path."""
    rows = 20_000
    long = tuple(f"/a/long/path/to/a/folder/of/steel/sheets/{i:07}.png" for i in range(rows))
    images = ImageFiles(
        files=long, fingerprints=tuple(f"{i:064x}" for i in range(rows)), cache=tmp_path, features=tmp_path
    )
    many = {name: np.zeros(rows, np.int64) for name in ("keys", "labels", "prequential")}
    task = replace(make_task(), **many, evaluation=np.zeros(rows, bool))
    write_task(tmp_path / "1", task, images)
    write_task(tmp_path / "2", task, images)
    assert sum(file.stat().st_size for file in (tmp_path / "2").iterdir()) < 30 * rows
