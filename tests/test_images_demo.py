import csv
import hashlib
from collections import Counter

import numpy as np
import pytest
from long_work import finish
from PIL import Image

from vabal_core.images.demo import demo_set as demo
from vabal_core.images.demo.demo_set import COUNTS, make_demo
from vabal_core.images.demo.synthetic_steel import DEFECTS
from vabal_core.images.ingest.examine import examine
from vabal_core.images.ingest.plan_summary import plan_summary
from vabal_core.types import StudioError


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finish(make_demo(tmp_path_factory.mktemp("demo") / "steel"))[0]


@pytest.fixture
def few(monkeypatch):
    """A demo set small enough to be drawn several times."""
    monkeypatch.setattr(demo, "COUNTS", {"scratches": 40, "crazing": 10})


def content(folder) -> dict:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).digest() for file in files}


def test_the_set_is_large_imbalanced_and_imports_without_a_problem(made):
    plan, _ = finish(examine(made, labels="hide"))
    counts = plan_summary(plan)
    assert counts["left_out"] == 0 and counts["images"] >= 1500
    classes = {name: sum(splits.values()) for name, splits in counts["classes"].items()}
    assert set(classes) == set(DEFECTS) and len(classes) == 6
    assert max(classes.values()) >= 10 * min(classes.values())
    assert {entry.label_use for entry in plan.entries if entry.split == "pool"} == {"hide"}


def test_a_fifth_of_every_class_is_for_testing(made):
    with (made / "split.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    tests = Counter(row["label"] for row in rows if row["split"] == "test")
    assert tests == {label: round(0.2 * count) for label, count in COUNTS.items()}


def test_every_image_is_64_by_64_grey_and_shows_something(made):
    files = sorted(made.rglob("*.png"))
    assert len(files) == sum(COUNTS.values())
    for file in files[::20]:
        with Image.open(file) as image:
            assert (image.size, image.mode) == ((64, 64), "L")
            assert np.asarray(image).std() > 2


def test_brightness_alone_does_not_tell_the_classes_apart(made):
    means = {}
    for label in COUNTS:
        files = sorted((made / label).glob("*.png"))[:40]
        means[label] = [np.asarray(Image.open(file)).mean() for file in files]
    for label, values in means.items():
        others = np.concatenate([means[other] for other in means if other != label])
        assert np.mean((others > min(values)) & (others < max(values))) > 0.5


def test_the_note_says_synthetic(made):
    assert (made / "SYNTHETIC.txt").read_text().startswith("SYNTHETIC: every image in this folder was drawn")


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path, few):
    first, again = (content(finish(make_demo(tmp_path / name, seed=3))[0]) for name in ("one", "two"))
    assert first == again
    other = content(finish(make_demo(tmp_path / "other", seed=4))[0])
    assert not {first[path] for path in first if path.endswith("png")} & set(other.values())


def test_a_set_that_is_there_is_left_alone(tmp_path, few):
    finish(make_demo(tmp_path / "steel"))
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    folder, events = finish(make_demo(tmp_path / "steel"))
    assert folder == tmp_path / "steel" and events[-1].done == events[-1].total
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == before


def test_a_folder_of_somebody_else_is_not_touched(tmp_path, few):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StudioError, match="exists already"):
        finish(make_demo(tmp_path))
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_closing_leaves_no_folder(tmp_path, few):
    work = make_demo(tmp_path / "steel")
    assert next(work).done > 0
    work.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_says_so_and_leaves_nothing(tmp_path, few, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(demo.Path, "write_bytes", full)
    with pytest.raises(StudioError, match="no room for .*steel: No space left"):
        finish(make_demo(tmp_path / "steel"))
    assert list(tmp_path.iterdir()) == []
