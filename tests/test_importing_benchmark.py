"""The importing benchmark finds what it looks for: images lost, doubled, in the bin, or with another label."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from common.check_images import check_images  # noqa: E402  (the scripts of benchmarks/ are no package)

SCHEMA = """
create table image (id, project_id, path, removed_at);
create table defect_class (id, name);
create table label_event (image_id, class_id, kind);
insert into defect_class values (1, 'crazing'), (2, 'pits');
"""
EXPECTED = {"a.png": "crazing", "b.png": "pits", "c.png": "pits"}
ALL = (("a.png", 1), ("b.png", 2), ("c.png", 2))


def checked(folder: Path, *images: tuple[str, int | None], removed: str | None = None) -> dict[str, int]:
    with closing(sqlite3.connect(folder / "studio.db")) as database, database:
        database.executescript(SCHEMA)
        for number, (path, class_id) in enumerate(images):
            database.execute("insert into image values (?, 1, ?, ?)", (number, path, removed))
            if class_id is not None:
                database.execute("insert into label_event values (?, ?, 'label')", (number, class_id))
    return check_images(folder, 1, EXPECTED)


def test_all_images_with_their_labels_are_neither_lost_nor_doubled(tmp_path: Path):
    assert checked(tmp_path, *ALL) == {"images": 3, "in_bin": 0, "lost": 0, "doubled": 0, "wrong": 0}


def test_images_in_the_bin_are_not_lost(tmp_path: Path):
    assert checked(tmp_path, *ALL, removed="2026-11-26") == {
        "images": 0, "in_bin": 3, "lost": 0, "doubled": 0, "wrong": 0,
    }  # fmt: skip


def test_each_fault_is_counted(tmp_path: Path):
    faults = checked(tmp_path, ("a.png", 1), ("a.png", 1), ("b.png", 1), ("c.png", None), ("d.png", 2))
    assert (faults["lost"], faults["doubled"], faults["wrong"]) == (1, 1, 2)
