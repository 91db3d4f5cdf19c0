"""Looking through the images."""

from pathlib import Path
from typing import Any

import pytest
from workspaces import Filled, filled, label, undo

from vabal_core import workspace
from vabal_core.types import StudioError


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """Labelled before the round: 0 and 1; ranked: 2..9; labelled after it: 2. Evaluation image 20 is labelled."""
    made = filled(tmp_path)
    made.record(label(made.pool[0], made.class_ids[0]), label(made.pool[1], made.class_ids[1]))
    made.rank(made.pool[2:10])
    made.record(label(made.pool[2], made.class_ids[1], round=1), label(made.evaluation[0], made.class_ids[2]))
    made.record(label(made.pool[3], made.class_ids[0], "taken back"), undo(made.pool[3], "taken back"))
    return made


def numbers(steel: Filled, **wanted: Any) -> list[int]:
    rows, total = workspace.browse(steel.ws, steel.project_id, **wanted)
    assert total == len(rows)
    return [int(Path(row.path).stem) for row in rows]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, list(range(25))),
        ({"split": "evaluation"}, [20, 21, 22, 23, 24]),
        ({"labelled": True}, [0, 1, 2, 20]),
        ({"labelled": False, "split": "evaluation"}, [21, 22, 23, 24]),
        ({"round": 1}, [2]),
        ({"predicted_class_id": 1, "labelled": True}, [2]),
        ({"min_probability": 0.7}, list(range(2, 10))),
        ({"max_probability": 0.7}, []),
        ({"text": "P/1"}, [1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
        ({"text": "%"}, []),
    ],
)
def test_filters_let_through_what_they_say(steel: Filled, wanted: dict, expected: list[int]) -> None:
    assert numbers(steel, **wanted) == expected


def test_a_class_shows_the_images_labelled_so_now(steel: Filled) -> None:
    assert numbers(steel, class_id=steel.class_ids[1]) == [1, 2]
    assert numbers(steel, class_id=steel.class_ids[0]) == [0]


def test_a_page_is_a_part_and_the_total_is_of_all(steel: Filled) -> None:
    rows, total = workspace.browse(steel.ws, steel.project_id, offset=10, limit=4)
    assert [row.path for row in rows] == [f"p/{i}.png" for i in range(10, 14)]
    assert total == 25


def test_a_row_tells_label_and_prediction(steel: Filled) -> None:
    rows, _ = workspace.browse(steel.ws, steel.project_id, limit=5)
    second, third, taken_back = rows[1], rows[2], rows[3]
    assert (second.class_id, second.annotator, second.round, second.rank) == (steel.class_ids[1], "ann", 0, None)
    assert (third.round, third.rank, third.score, third.probability) == (1, 1, 1.0, 0.75)
    assert third.predicted_class_id == steel.class_ids[0]
    assert third.labelled_at.tzinfo is not None
    assert (taken_back.class_id, taken_back.annotator, taken_back.rank) == (None, None, 2)


def test_a_label_keeps_the_prediction_it_was_given_under(steel: Filled) -> None:
    steel.rank(steel.pool[10:12])
    row = workspace.browse(steel.ws, steel.project_id, round=1)[0][0]
    assert (row.rank, row.predicted_class_id) == (1, steel.class_ids[0])


@pytest.mark.parametrize("wrong", [{"offset": -1}, {"limit": 0}, {"limit": 1001}])
def test_a_page_that_cannot_be_is_refused(steel: Filled, wrong: dict) -> None:
    with pytest.raises(ValueError, match="limit 1 to 1000"):
        workspace.browse(steel.ws, steel.project_id, **wrong)


def test_a_file_that_is_gone_is_said_with_its_name(steel: Filled) -> None:
    with pytest.raises(StudioError, match="p/3.png is gone: /data/p/3.png"):
        workspace.image_file(steel.ws, steel.pool[3])
    with pytest.raises(ValueError, match="no image has the id 99"):
        workspace.image(steel.ws, 99)


def test_an_image_is_found_by_its_id(steel: Filled) -> None:
    found = workspace.image(steel.ws, steel.pool[3])
    assert (found.path, found.position, found.split, found.width, found.height) == ("p/3.png", 3, "pool", 64, 48)


def test_images_are_counted_by_split(steel: Filled) -> None:
    assert workspace.image_totals(steel.ws, steel.project_id) == {"pool": 20, "evaluation": 5}
    empty = workspace.create_project(steel.ws, "Empty").id
    assert workspace.image_totals(steel.ws, empty) == {"pool": 0, "evaluation": 0}
