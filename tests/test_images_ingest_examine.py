import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from image_files import encoded, grey, make_zip, write_image
from long_work import finish

from vabal_core.images.ingest import examine as importing
from vabal_core.images.ingest import looks
from vabal_core.images.ingest.archive import unpack
from vabal_core.images.ingest.examine import examine
from vabal_core.images.ingest.plan_summary import plan_summary
from vabal_core.images.parallel import AHEAD, in_order
from vabal_core.types import Progress, StudioError
from vabal_core.types.names import name_book

REAL_CROPS = Path(__file__).parents[2] / "shared" / "data" / "neu-crops-64.zip"


def plan_of(source, **options):
    return finish(examine(source, **{"labels": "use", **options}))[0]


def placement(plan) -> dict:
    return {entry.path: (entry.label, entry.split, entry.label_use) for entry in plan.entries}


def write_set(folder: Path, count: int = 20) -> Path:
    for number in range(count):
        write_image(folder / f"{number}.png", seed=number)
    return folder


@pytest.fixture
def mixed(tmp_path) -> Path:
    """Rows with and without a label and a split; the file name says which."""
    names = ["none", "labelled", "pool", "pool-labelled", "test", "test-labelled"]
    for number, name in enumerate(names):
        write_image(tmp_path / f"{name}.png", seed=number)
    rows = "none.png,,\nlabelled.png,cr,\npool.png,,pool\npool-labelled.png,cr,train\n"
    (tmp_path / "split.csv").write_text(f"path,label,split\n{rows}test.png,,test\ntest-labelled.png,cr,test\n")
    return tmp_path


def test_every_readable_image_is_planned_and_the_rest_listed_with_reasons(tmp_path):
    write_image(tmp_path / "cr" / "1.png")
    (tmp_path / "cr" / "empty.png").write_bytes(b"")
    (tmp_path / "cr" / "cut.jpg").write_bytes(encoded(grey(height=64, width=64), "JPEG")[:900])
    (tmp_path / "cr" / "notes.txt").write_text("notes")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    plan = plan_of(tmp_path, choose=lambda proposed: replace(proposed, class_from="folder"))
    assert [(entry.path, entry.label, entry.width, entry.height) for entry in plan.entries] == [
        ("cr/1.png", "cr", 8, 8)
    ]
    assert len(plan.entries[0].fingerprint) == 64
    assert plan_summary(plan)["reasons"] == {"stray file": 1, "truncated": 1, "zero bytes": 1, "not an image": 1}


def test_ignored_labels_leave_the_pictures_and_their_splits(mixed):
    placed = placement(plan_of(mixed, labels="ignore", holdout=0))
    assert placed["labelled.png"] == (None, "pool", "use") == placed["pool-labelled.png"]
    assert placed["test-labelled.png"] == (None, "evaluation", "use")
    drawn = placement(plan_of(mixed, labels="ignore", holdout=1))
    assert {path for path in placed if drawn[path] != placed[path]} == {"none.png", "labelled.png"}


def test_the_three_uses_of_labels(mixed):
    used = placement(plan_of(mixed, labels="use", holdout=0))
    assert used["labelled.png"] == ("cr", "pool", "use") == used["pool-labelled.png"]
    hidden = placement(plan_of(mixed, labels="hide", holdout=0))
    assert hidden["labelled.png"] == ("cr", "pool", "hide") == hidden["pool-labelled.png"]
    evaluated = placement(plan_of(mixed, labels="evaluate", holdout=0))
    assert evaluated["labelled.png"] == ("cr", "evaluation", "evaluate")
    assert evaluated["pool-labelled.png"] == (None, "pool", "evaluate")


@pytest.mark.parametrize("labels", ["use", "hide", "evaluate"])
def test_test_rows_are_evaluation_images_and_keep_their_labels(mixed, labels):
    placed = placement(plan_of(mixed, labels=labels, holdout=0))
    assert placed["test-labelled.png"] == ("cr", "evaluation", "evaluate")
    assert placed["test.png"] == (None, "evaluation", "evaluate")
    assert placed["pool.png"][:2] == (None, "pool") == placed["none.png"][:2]


@pytest.mark.parametrize(
    ("labels", "moved"),
    [("use", {"none.png", "labelled.png"}), ("hide", {"none.png", "labelled.png"}), ("evaluate", {"none.png"})],
)
def test_only_images_nobody_placed_are_set_aside(mixed, labels, moved):
    before = placement(plan_of(mixed, labels=labels, holdout=0))
    after = placement(plan_of(mixed, labels=labels, holdout=1))
    assert {path for path in after if after[path] != before[path]} == moved


def test_a_hidden_label_set_aside_is_an_evaluation_label(mixed):
    assert placement(plan_of(mixed, labels="hide", holdout=1))["labelled.png"] == ("cr", "evaluation", "evaluate")


@pytest.mark.parametrize(("holdout", "expected"), [(0.1, 2), (0.33, 7), (0, 0), (1, 20)])
def test_exactly_the_share_asked_for_is_set_aside(tmp_path, holdout, expected):
    plan = plan_of(write_set(tmp_path), labels="hide", holdout=holdout)
    assert Counter(entry.split for entry in plan.entries)["evaluation"] == expected


def test_which_images_are_set_aside_depends_on_their_bytes_alone(tmp_path):
    for number in range(20):
        write_image(tmp_path / "one" / f"{number}.png", seed=number)
        write_image(tmp_path / "two" / f"{19 - number}.png", seed=number)
    plans = [plan_of(tmp_path / name, holdout=0.25, labels="hide") for name in ("one", "two")]
    aside = [{entry.fingerprint for entry in plan.entries if entry.split == "evaluation"} for plan in plans]
    assert aside[0] == aside[1] and len(aside[0]) == 5


def test_exact_duplicates_are_listed_once_each_and_a_second_label_is_told(tmp_path):
    for path in ("a/1.png", "a/2.png", "b/3.png"):
        write_image(tmp_path / path)
    plan = plan_of(tmp_path)
    assert [entry.path for entry in plan.entries] == ["a/1.png"]
    assert [(problem.path, problem.reason) for problem in plan.problems] == [
        ("a/2.png", "exact duplicate of a/1.png"),
        ("b/3.png", "exact duplicate of a/1.png, with another label: a there, b here"),
    ]
    assert plan_summary(plan)["reasons"] == {"exact duplicate": 1, "exact duplicate with another label": 1}
    assert plan.entries[0].label is None, "nobody knows which of the two is right"
    (problem,) = plan.label_problems
    assert (problem.path, problem.reason) == ("a/1.png", "several classes, so it has no label: a, b")


def test_rows_that_name_a_picture_twice_give_it_what_they_agree_on(tmp_path):
    for number in range(5):
        write_image(tmp_path / f"{number}.png", seed=number)
    rows = (
        "0.png,a,train",
        "0.png,b,test",
        "1.png,,train",
        "1.png,c,train",
        "2.png,a,train",
        "2.png,a,test",
        "3.png,a,",
    )
    (tmp_path / "labels.csv").write_text("path,label,split\n" + "\n".join((*rows, "3.png,a,", "4.png,c,test")) + "\n")
    plan = plan_of(tmp_path / "labels.csv", holdout=0)
    placed = {entry.path: (entry.label, entry.split) for entry in plan.entries}
    assert placed == {
        "0.png": (None, "evaluation"), "1.png": ("c", "pool"), "2.png": ("a", "evaluation"), "3.png": ("a", "pool"),
        "4.png": ("c", "evaluation"),
    }  # fmt: skip
    assert [problem.path for problem in plan.label_problems] == ["0.png"]


def test_images_already_known_are_counted_and_not_decoded_again(tmp_path, monkeypatch):
    first = plan_of(write_set(tmp_path, 5))
    write_image(tmp_path / "copy.png", seed=0)
    monkeypatch.setattr(looks, "inspect", lambda file: pytest.fail("decoded again"))
    again = plan_of(tmp_path, present=[entry.fingerprint for entry in first.entries])
    assert (again.entries, again.already_present) == ((), 5)
    assert [problem.reason for problem in again.problems] == ["exact duplicate of 0.png"]


def test_progress_ends_at_the_total(tmp_path):
    _, events = finish(examine(write_set(tmp_path, 40), labels="use"))
    assert {event.phase for event in events} == {"read"}
    assert (events[-1].done, events[-1].total) == (40, 40)
    assert [event.done for event in events] == sorted(event.done for event in events)


def test_an_empty_folder_is_an_empty_plan(tmp_path):
    assert plan_of(tmp_path).entries == ()
    assert plan_summary(plan_of(tmp_path))["images"] == 0


def test_closing_stops_the_threads(tmp_path):
    work = examine(write_set(tmp_path, 60), labels="use")
    while next(work).done == 0:
        pass
    assert [thread for thread in threading.enumerate() if thread.name.startswith("images")]
    work.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("images")]


def test_few_files_are_in_flight_at_a_time():
    taken = []
    answers = in_order(lambda number: number, (taken.append(number) or number for number in range(10_000)))
    assert [next(answers) for _ in range(3)] == [0, 1, 2]
    assert len(taken) <= AHEAD + 3
    answers.close()


def test_a_file_that_vanishes_is_listed(tmp_path, monkeypatch):
    write_set(tmp_path, 2)
    listing = list(importing.scan(tmp_path))
    (tmp_path / "1.png").unlink()
    monkeypatch.setattr(importing, "scan", lambda source, **_: iter(listing))
    plan = plan_of(tmp_path)
    assert [entry.path for entry in plan.entries] == ["0.png"]
    assert plan.problems[0].reason == "cannot be opened: No such file or directory"


def test_a_label_that_cannot_be_a_class_never_costs_the_picture(tmp_path):
    write_image(tmp_path / "a\u202eb" / "1.png", seed=1)
    write_image(tmp_path / "good" / "2.png", seed=2)
    plan = plan_of(tmp_path)
    assert [(entry.path, entry.label) for entry in plan.entries] == [("a\u202eb/1.png", None), ("good/2.png", "good")]
    assert plan.problems == ()
    assert [problem.path for problem in plan.label_problems] == ["a\u202eb/1.png"]
    assert "turns the direction of the text" in plan.label_problems[0].reason
    assert plan_summary(plan)["labels_left_out"] == 1


def test_folders_that_differ_in_case_are_one_class_called_as_the_first(tmp_path):
    for i, name in enumerate(("Pits", "PITS", "pits")):
        write_image(tmp_path / name / f"{i}.png", seed=i)
    plan = plan_of(tmp_path)
    assert [entry.label for entry in plan.entries] == ["PITS"] * 3
    assert plan.spellings == {"PITS": ("Pits", "pits")}


def test_a_class_that_is_there_keeps_its_spelling(tmp_path):
    write_image(tmp_path / "PITS" / "1.png", seed=1)
    write_image(tmp_path / "holes" / "2.png", seed=2)
    plan = plan_of(tmp_path, classes=name_book([("Pits", "Pits"), ("holes", "Pits")]))
    assert {entry.label for entry in plan.entries} == {"Pits"}


def test_wrong_calls_and_wrong_sources_are_told_apart(tmp_path):
    with pytest.raises(ValueError, match="labels is 'keep'; it must be one of use, hide, evaluate, ignore"):
        examine(tmp_path, labels="keep")
    with pytest.raises(ValueError, match="holdout is 10"):
        examine(tmp_path, labels="use", holdout=10)
    with pytest.raises(StudioError, match="does not exist"):
        next(examine(tmp_path / "gone", labels="use"))


def test_the_summary_counts_classes_by_split(mixed):
    assert plan_summary(plan_of(mixed, labels="use", holdout=0)) == {
        "images": 6,
        "pool": 4,
        "evaluation": 2,
        "drawn": 0,
        "drawn_by": "random",
        "already_present": 0,
        "in_bin": 0,
        "left_out": 0,
        "changes": {},
        "labels_left_out": 0,
        "spellings": {},
        "classes": {"cr": {"pool": 2, "evaluation": 1}},
        "unlabelled": {"pool": 2, "evaluation": 1},
        "reasons": {},
    }


def test_a_zip_of_one_folder_arrives_with_its_split(tmp_path):
    content = {"set/split.csv": b"path,label,split\r\ncr/1.png,cr,test\r\n", "set/cr/1.png": encoded(grey())}
    list(unpack(make_zip(tmp_path / "a.zip", content), tmp_path / "set"))
    assert placement(plan_of(tmp_path / "set")) == {"cr/1.png": ("cr", "evaluation", "evaluate")}


@pytest.mark.skipif(not REAL_CROPS.exists(), reason="the real crops, neu-crops-64.zip, are not on this machine")
def test_the_real_crops_arrive_whole(tmp_path):
    events: list[Progress] = list(unpack(REAL_CROPS, tmp_path / "crops"))
    assert events[-1].done == events[-1].total
    plan = plan_of(tmp_path / "crops", labels="hide")
    counts = plan_summary(plan)
    assert counts["images"] + counts["left_out"] == 4530
    assert counts["reasons"] == {"exact duplicate": 1}  # pa/31.jpg, of pa/13.jpg, both in the pool
    assert (counts["pool"], counts["evaluation"]) == (3619, 910)
    assert {name: sum(splits.values()) for name, splits in counts["classes"].items()} == {
        "cr": 797,
        "in": 1589,
        "pa": 1209,
        "ps": 200,
        "rs": 438,
        "sc": 296,
    }
