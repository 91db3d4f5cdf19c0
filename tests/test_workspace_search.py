"""Looking through the images."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from workspaces import ANN, Filled, filled, flag, label, skip, undo, unsure

from vabal_core import workspace
from vabal_core.store.database import reading
from vabal_core.store.tables import label_event
from vabal_core.types import OutOfSample, StudioError


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """Labelled before the round: 0 and 1; ranked: 2..9; labelled after it: 2. Evaluation image 20 is labelled."""
    made = filled(tmp_path)
    made.record(label(made.pool[0], made.class_ids[0]), label(made.pool[1], made.class_ids[1]))
    made.rank(made.pool[2:10])
    made.record(label(made.pool[2], made.class_ids[1], round=1), label(made.evaluation[0], made.class_ids[2]))
    made.record(label(made.pool[3], made.class_ids[0], "taken back"), undo(made.pool[3], "taken back"))
    return made


def numbers(steel: Filled, **criteria: Any) -> list[int]:
    rows, total = workspace.search_images(steel.ws, steel.project_id, **criteria)
    assert total == len(rows)
    return [int(Path(row.path).stem) for row in rows]


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({}, list(range(25))),
        ({"split": "evaluation"}, [20, 21, 22, 23, 24]),
        ({"labelled": True}, [0, 1, 2, 20]),
        ({"labelled": False, "split": "evaluation"}, [21, 22, 23, 24]),
        ({"labelled": True, "split": "pool"}, [0, 1, 2]),
        ({"state": "labelled"}, [0, 1, 2, 20]),
        ({"state": "waiting", "split": "evaluation"}, [21, 22, 23, 24]),
        ({"state": "waiting", "labelled": True}, []),
        ({"round": 1}, [2]),
        ({"annotator": "ann"}, [0, 1, 2, 20]),
        ({"annotator": "bob"}, []),
        ({"disagrees": True}, [2]),
        ({"disagrees": False}, []),
        ({"min_score": 0.3}, [2, 3, 4]),
        ({"min_score": 0.15, "max_score": 0.4}, [4, 5, 6, 7]),
        ({"predicted_class_id": 1, "labelled": True}, [2]),
        ({"min_probability": 0.7}, list(range(2, 10))),
        ({"max_probability": 0.7}, []),
        ({"text": "P/1"}, [1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]),
        ({"text": "%"}, []),
    ],
)
def test_filters_let_through_what_they_say(steel: Filled, criteria: dict, expected: list[int]) -> None:
    assert numbers(steel, **criteria) == expected


def test_a_class_shows_the_images_labelled_so_now(steel: Filled) -> None:
    assert numbers(steel, class_id=steel.class_ids[1]) == [1, 2]
    assert numbers(steel, class_id=steel.class_ids[0]) == [0]


def test_a_page_is_a_part_and_the_total_is_of_all(steel: Filled) -> None:
    rows, total = workspace.search_images(steel.ws, steel.project_id, offset=10, limit=4)
    assert [row.path for row in rows] == [f"p/{i}.png" for i in range(10, 14)]
    assert total == 25


def test_a_row_tells_label_and_prediction(steel: Filled) -> None:
    rows, _ = workspace.search_images(steel.ws, steel.project_id, limit=5)
    second, third, taken_back = rows[1], rows[2], rows[3]
    assert (second.class_id, second.annotator, second.round, second.rank) == (steel.class_ids[1], "ann", 0, None)
    assert (third.round, third.rank, third.score, third.probability) == (1, 1, 1.0, 0.75)
    assert third.predicted_class_id == steel.class_ids[0]
    assert third.labelled_at.tzinfo is not None
    assert (taken_back.class_id, taken_back.annotator, taken_back.rank) == (None, None, 2)


def test_a_label_keeps_the_prediction_it_was_given_under(steel: Filled) -> None:
    steel.rank(steel.pool[10:12])
    row = workspace.search_images(steel.ws, steel.project_id, round=1)[0][0]
    assert (row.rank, row.predicted_class_id) == (1, steel.class_ids[0])


@pytest.fixture
def reviewed(tmp_path: Path) -> Filled:
    """0 labelled by ann, then flagged by bob; 1 unsure; 2 skipped; 3 labelled twice; 4 flagged, and that taken back."""
    made = filled(tmp_path)
    first, second, _ = made.class_ids
    made.record(label(made.pool[0], first), unsure(made.pool[1]), skip(made.pool[2]), label(made.pool[3], first))
    made.record(flag(made.pool[4], "taken back", "by mistake"), undo(made.pool[4], "taken back"))
    made.record(flag(made.pool[0], "bobs", "a hair"), label(made.pool[3], second), annotator="bob")
    return made


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"state": "unsure"}, [1]),
        ({"state": "flagged"}, [0]),
        ({"state": "flagged", "annotator": "ann"}, []),
        ({"state": "skipped"}, [2]),
        ({"labelled": True}, [3]),
        ({"state": "waiting", "split": "pool"}, list(range(4, 20))),
        ({"annotator": "ann"}, [1]),
        ({"annotator": "bob"}, [0, 3]),
        ({"annotator": "bob", "labelled": True}, [3]),
    ],
)
def test_unsure_flagged_and_skipped_images_are_found(reviewed: Filled, criteria: dict, expected: list[int]) -> None:
    assert numbers(reviewed, **criteria) == expected


def test_a_row_tells_who_flagged_it_and_why_and_no_class(reviewed: Filled) -> None:
    flagged, *others = workspace.search_images(reviewed.ws, reviewed.project_id, limit=5)[0]
    assert (flagged.state, flagged.annotator, flagged.comment, flagged.class_id) == ("flagged", "bob", "a hair", None)
    shown = [(row.state, row.annotator, row.comment) for row in others]
    assert shown == [
        ("unsure", "ann", None), ("skipped", None, None), ("labelled", "bob", None), ("waiting", None, None)
    ]  # fmt: skip


def test_an_undo_that_brings_a_flag_back_brings_its_comment_back(reviewed: Filled) -> None:
    image_id = reviewed.pool[0]
    reviewed.record(label(image_id, reviewed.class_ids[2], "again"))
    assert workspace.search_images(reviewed.ws, reviewed.project_id, limit=1)[0][0].comment is None
    reviewed.record(undo(image_id, "again"))
    row = workspace.search_images(reviewed.ws, reviewed.project_id, limit=1)[0][0]
    assert (row.state, row.comment, row.class_id) == ("flagged", "a hair", None)


def test_what_an_undo_brings_back_is_said_to_be_of_whoever_gave_it_and_found_so(reviewed: Filled) -> None:
    image_id = reviewed.pool[3]
    before = workspace.search_images(reviewed.ws, reviewed.project_id, annotator="bob")[0]
    reviewed.record(label(image_id, reviewed.class_ids[2], "ninas"), annotator="nina")
    assert numbers(reviewed, annotator="nina") == [3]
    reviewed.record(undo(image_id, "ninas"), annotator="carl")
    assert workspace.search_images(reviewed.ws, reviewed.project_id, annotator="bob")[0] == before
    assert (numbers(reviewed, annotator="nina"), numbers(reviewed, annotator="carl")) == ([], [])


def test_everybody_in_the_log_is_named_once(reviewed: Filled) -> None:
    assert workspace.annotators(reviewed.ws, reviewed.project_id) == ["ann", "bob"]
    other = filled(reviewed.ws.data_dir, name="Other")
    assert workspace.annotators(other.ws, other.project_id) == []


def test_a_span_of_time_begins_with_its_first_moment_and_ends_before_its_last(steel: Filled) -> None:
    with reading(steel.ws.engine) as transaction:
        times = list(transaction.execute(label_event.select().order_by(label_event.c.id)))
    second = next(row.created_at for row in times if row.image_id == steel.pool[1])
    third = next(row.created_at for row in times if row.image_id == steel.pool[2])
    assert numbers(steel, since=second, until=third) == [1]
    assert numbers(steel, since=third) == [2, 20]
    assert numbers(steel, until=third.astimezone(timezone(timedelta(hours=9)))) == [0, 1]
    with pytest.raises(ValueError, match="without a zone"):
        numbers(steel, since=datetime(2024, 1, 1))


def ordered(steel: Filled, sort: Any, descending: bool = False, count: int = 6, **criteria: Any) -> list[int]:
    order = {"sort": sort, "descending": descending, "limit": count}
    rows, _ = workspace.search_images(steel.ws, steel.project_id, **order, **criteria)
    return [int(Path(row.path).stem) for row in rows]


def predictions(steel: Filled) -> Filled:
    """Labels of the first class, each predicted with another probability out of sample. Of image 1 it is right."""
    first, second, third = steel.class_ids
    steel.record(*(label(steel.pool[i], first, f"e{i}") for i in (3, 1, 2, 0)))
    unseen = ((0, second, 0.5), (1, first, 0.99), (2, third, 0.9), (3, second, 0.7))
    steel.rank(steel.pool[4:7], out_of_sample=[OutOfSample(steel.pool[i], *rest) for i, *rest in unseen])
    return steel


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("position", False, [0, 1, 2, 3, 4, 5]),
        ("position", True, [24, 23, 22, 21, 20, 19]),
        ("rank", False, [4, 5, 6, 0, 1, 2]),
        ("rank", True, [6, 5, 4, 0, 1, 2]),
        ("score", True, [4, 5, 6, 0, 1, 2]),
        ("probability", True, [1, 2, 4, 5, 6, 3]),
        ("probability", False, [0, 3, 4, 5, 6, 2]),
        ("labelled_at", False, [3, 1, 2, 0, 4, 5]),
        ("disagreement", True, [2, 3, 0, 1, 4, 5]),
        ("disagreement", False, [0, 3, 2, 1, 4, 5]),
    ],
)
def test_images_come_in_the_order_asked_for_and_those_without_a_value_last(
    tmp_path: Path, sort: str, descending: bool, expected: list[int]
) -> None:
    assert ordered(predictions(filled(tmp_path)), sort, descending) == expected


def test_pages_of_an_order_with_many_ties_hold_each_image_once(tmp_path: Path) -> None:
    steel = predictions(filled(tmp_path))
    pages = [
        workspace.search_images(
            steel.ws, steel.project_id, sort="disagreement", descending=True, offset=offset, limit=4
        )[0]
        for offset in range(0, 25, 4)
    ]
    assert sorted(row.image_id for page in pages for row in page) == sorted((*steel.pool, *steel.evaluation))


def test_label_errors_are_the_labels_that_a_model_disagrees_with_which_had_not_learned_from_them(
    tmp_path: Path,
) -> None:
    steel = predictions(filled(tmp_path))
    assert ordered(steel, "disagreement", True, disagrees=True) == [2, 3, 0]
    assert ordered(steel, "position", disagrees=False) == [1]
    steel.record(flag(steel.pool[2]), label(steel.pool[3], steel.class_ids[1]))
    assert ordered(steel, "disagreement", True, disagrees=True) == [0]


def test_an_out_of_sample_prediction_is_newer_than_the_one_the_label_was_given_under(steel: Filled) -> None:
    second = steel.class_ids[1]
    assert numbers(steel, predicted_class_id=second) == []
    steel.rank(
        steel.pool[10:12],
        out_of_sample=[OutOfSample(steel.pool[2], second, 0.6), OutOfSample(steel.evaluation[0], second, 0.8)],
    )
    assert numbers(steel, predicted_class_id=second) == [2, 20]
    row = workspace.search_images(steel.ws, steel.project_id, text="p/2.")[0][0]
    assert (row.predicted_class_id, row.probability, row.rank) == (second, 0.6, 1)
    steel.rank(steel.pool[10:12])
    assert numbers(steel, predicted_class_id=second) == [], "only the newest round's are kept"


@pytest.mark.parametrize("wrong", [{"offset": -1}, {"limit": 0}, {"limit": 1001}])
def test_a_page_that_cannot_be_is_refused(steel: Filled, wrong: dict) -> None:
    with pytest.raises(ValueError, match="limit 1 to 1000"):
        workspace.search_images(steel.ws, steel.project_id, **wrong)


@pytest.mark.parametrize("wrong", [{"sort": "colour"}, {"state": "lost"}])
def test_an_order_or_a_state_that_does_not_exist_is_refused(steel: Filled, wrong: dict) -> None:
    with pytest.raises(ValueError, match="is none of"):
        workspace.search_images(steel.ws, steel.project_id, **wrong)


def test_a_file_that_is_gone_is_said_with_its_name(steel: Filled) -> None:
    with pytest.raises(StudioError, match="p/3.png is gone: /data/p/3.png"):
        workspace.image_file(steel.ws, steel.pool[3])
    with pytest.raises(ValueError, match="no image has the id 99"):
        workspace.image(steel.ws, 99)


def test_an_image_is_found_by_its_id(steel: Filled) -> None:
    image = workspace.image(steel.ws, steel.pool[3])
    assert (image.path, image.position, image.split, image.width, image.height) == ("p/3.png", 3, "pool", 64, 48)


def test_images_are_counted_by_split(steel: Filled) -> None:
    assert workspace.image_totals(steel.ws, steel.project_id) == {"pool": 20, "evaluation": 5}
    empty = workspace.create_project(steel.ws, ANN, "Empty").id
    assert workspace.image_totals(steel.ws, empty) == {"pool": 0, "evaluation": 0}


def test_several_images_are_found_by_their_ids(steel: Filled) -> None:
    images = workspace.images_by_id(steel.ws, [steel.pool[3], 999, steel.pool[1]])
    assert {image_id: image.path for image_id, image in images.items()} == {
        steel.pool[3]: "p/3.png",
        steel.pool[1]: "p/1.png",
    }
