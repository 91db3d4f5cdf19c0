"""What the labels have brought: the frames behind the Progress page."""

from pathlib import Path

import pytest
from workspaces import Filled, filled, label

from vabal_core import workspace
from vabal_core.ui.charts import progress as charts


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path / "data", evaluation=20)


def labelled(steel: Filled, images: tuple[int, ...], *classes: int) -> None:
    steel.record(*(label(image, steel.class_ids[n]) for image, n in zip(images, classes, strict=False)))


def test_what_is_measured_on_evaluation_images_has_its_interval_and_count(steel: Filled):
    steel.rank(steel.pool, labelled_counts=[2, 1, 1], confusion=[[8, 2, 0], [1, 1, 0], [0, 0, 0]])
    curves = workspace.read_learning_curves(steel.ws, steel.project_id)
    assert curves.quality["measure"].tolist() == ["accuracy", "balanced accuracy"]
    assert curves.quality["value"].tolist() == [0.75, pytest.approx(0.65)] and curves.quality["count"].tolist() == [
        12,
        12,
    ]
    assert (curves.quality["low"] < curves.quality["value"]).all() and (
        curves.quality["value"] < curves.quality["high"]
    ).all()
    assert curves.recall[["name", "count"]].values.tolist() == [["crazing", 10], ["inclusion", 2]]
    assert curves.confusion.to_numpy().sum() == 12


def test_a_round_that_measured_nothing_leaves_the_frames_empty(steel: Filled):
    steel.rank(steel.pool)
    curves = workspace.read_learning_curves(steel.ws, steel.project_id)
    assert curves.quality.empty and curves.recall.empty and curves.confusion.empty and curves.balance.empty


def test_evaluation_images_that_a_round_left_out_are_counted_where_it_counted_them(steel: Filled):
    assert workspace.read_learning_curves(steel.ws, steel.project_id).set_aside is None
    steel.rank(steel.pool, confusion=[[1, 0, 0]] * 3, evaluation_set_aside=2)
    assert workspace.read_learning_curves(steel.ws, steel.project_id).set_aside == 2
    steel.rank(steel.pool, confusion=[[1, 0, 0]] * 3)
    assert workspace.read_learning_curves(steel.ws, steel.project_id).set_aside is None, "a round of an older version"


def test_many_rounds_are_drawn_as_areas_and_bands_and_few_as_bars_and_whiskers(steel: Filled):
    labelled(steel, steel.pool, 0, 0, 1, 2)
    measured = {"labelled_counts": [2, 1, 1], "confusion": [[8, 2, 0], [1, 1, 0], [0, 0, 0]]}
    steel.rank(steel.pool[:1], **measured)
    few = workspace.read_learning_curves(steel.ws, steel.project_id)
    assert {trace.type for trace in charts.balance(few.balance).data} == {"bar"}
    assert all(line.error_y.array is not None for line in charts.quality(few.quality).data)
    for _ in range(charts.MAX_MARKS):
        steel.rank(steel.pool[:1], **measured)
    many = workspace.read_learning_curves(steel.ws, steel.project_id)
    areas = charts.balance(many.balance).data
    assert [area.stackgroup for area in areas] == ["labels"] * 3 and areas[0].x[-1] == 4
    *lines, low, high, _, _ = charts.quality(many.quality).data
    assert [(line.mode, line.error_y.array) for line in lines] == [("lines", None)] * 2
    accuracy = many.quality[many.quality["measure"] == "accuracy"]
    assert list(low.y) == accuracy["low"].tolist() and list(high.y) == accuracy["high"].tolist()
