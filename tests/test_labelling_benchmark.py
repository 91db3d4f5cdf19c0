"""The labelling benchmark finds what it looks for: lost, doubled and wrong labels, and the pace of a training."""

import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from common import remote  # noqa: E402
from common.check_labels import check_presses, latencies, training_pace  # noqa: E402  (the scripts of benchmarks/ are no package)

SCHEMA = """
create table label_event (event_id, image_id, class_id, project_id, kind, annotator);
create table round (id, project_id);
create table round_event (id, round_id, phase, done, total, epochs, created_at);
"""
CLASSES = {"1": 11, "2": 12}
FINE = {"lost": 0, "doubled": 0, "wrong": 0, "shown_again": 0}


def stored(folder: Path, *labels: tuple[str, int, int]) -> Path:
    with closing(sqlite3.connect(folder / "studio.db")) as database, database:
        database.executescript(SCHEMA)
        database.executemany("insert into label_event values (?, ?, ?, 1, 'label', 'Ann')", labels)
    return folder


def press(image: int, key: str, pictured: int | None = None) -> dict[str, object]:
    return {"image": image, "key": key, "pictured": image if pictured is None else pictured}


@pytest.mark.parametrize(
    ("labels", "faults"),
    [
        ([("a", 1, 11), ("b", 2, 12)], {}),
        ([("a", 1, 11)], {"lost": 1}),
        ([("a", 1, 11), ("b", 2, 12), ("c", 2, 12)], {"doubled": 1}),
        ([("a", 1, 11), ("b", 2, 12), ("b", 2, 12)], {"doubled": 1}),
        ([("a", 1, 11), ("b", 2, 11)], {"wrong": 1}),
        ([("a", 1, 11), ("b", 3, 12)], {"lost": 1, "wrong": 1}),
    ],
)
def test_stored_labels_are_held_against_the_presses(tmp_path, labels, faults):
    data = stored(tmp_path, *labels)
    assert check_presses([press(1, "1"), press(2, "2")], data, 1, CLASSES) == FINE | faults


def test_a_press_on_another_picture_than_the_desk_names_is_wrong(tmp_path):
    data = stored(tmp_path, ("a", 1, 11))
    assert check_presses([press(1, "1", pictured=2)], data, 1, CLASSES) == FINE | {"wrong": 1}


def test_an_image_that_took_two_presses_is_told(tmp_path):
    data = stored(tmp_path, ("a", 1, 11), ("b", 1, 12))
    assert check_presses([press(1, "1"), press(1, "2")], data, 1, CLASSES) == FINE | {"shown_again": 1}


def test_what_was_never_seen_is_left_out_of_the_times():
    times = latencies([{"shown": 10.0, "stored": 30.0}, {"shown": None, "stored": None}])
    assert (times["p50_ms"], times["max_ms"], times["ack_p95_ms"]) == (10.0, 10.0, 30.0)
    assert latencies([])["p50_ms"] is None


def test_the_pace_of_a_training_is_read_within_each_span(tmp_path):
    data = stored(tmp_path)
    steps = [(n, 1, "train", 10 * n, 100, 2, f"1970-01-01 00:00:{n:02}.000000") for n in range(1, 10)]
    with closing(sqlite3.connect(data / "studio.db")) as database, database:
        database.execute("insert into round values (1, 1)")
        database.executemany("insert into round_event values (?, ?, ?, ?, ?, ?, ?)", steps)
    # 10 of 100 steps a second; the two epochs of 50 images are 100 images.
    assert training_pace(data, 1, [(1, 4), (6, 9)], labels=50) == 10.0
    assert training_pace(data, 1, [(20, 30)], labels=50) is None


def test_who_labels_from_afar_asks_as_often_and_for_as_much_as_the_desk():
    folder = Path(__file__).parents[1] / "vabal_core" / "ui" / "components"

    def constant(file: str, name: str) -> int:
        return int(
            re.search(
                rf"^(?:export )?const {name} = (\d+);", (folder / file).read_text(encoding="utf-8"), re.MULTILINE
            )[1]
        )

    assert constant("shared/sync.js", "MIN_INTERVAL_MS") == 1000 * remote.BREATH
    assert constant("desk/pictures.js", "MAX_PICTURES") == remote.AHEAD
