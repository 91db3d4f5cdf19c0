"""The layout proposed for a source: from the names of its files, and from a look at a few of them."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from image_files import encoded, grey, write_image
from layouts import MORE_ROWS, ROWS, Row, expand, files_of, readme_table
from long_work import finish
from PIL import Image

from vabal_core.images.ingest.by_layout import propose_for
from vabal_core.images.ingest.examine import examine
from vabal_core.images.ingest.few_values import look_at
from vabal_core.images.ingest.layout import open_doubts, propose_layout
from vabal_core.images.ingest.path_reading import PathReading
from vabal_core.images.ingest.sources import scan
from vabal_core.types import ImportPlan, Layout
from vabal_core.types.names import name_book

PICTURE = (".jpg", ".png", ".PNG", ".bmp")


def paths(*patterns: str) -> list[str]:
    return [path for pattern in patterns for path in expand(pattern)]


def read(files: list[str], layout: Layout) -> dict[str, tuple[str | None, str | None]]:
    """path -> (label, split) of those that are taken."""
    reading = PathReading(layout)
    placed = {path: reading.place(path) for path in files}
    return {path: (placement.label, placement.split) for path, placement in placed.items() if not placement.left_out}


def labels(*patterns: str) -> set[str | None]:
    files = paths(*patterns)
    return {label for label, _ in read(files, propose_layout(files).layout).values()}


def mask() -> np.ndarray:
    values = np.zeros((48, 64), np.uint8)
    values[10:20, 5:30] = 255
    return values


def write_mask(file: Path, kind: str = "PNG") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encoded(mask(), kind))


def planned(source: Path, **options) -> ImportPlan:
    return finish(examine(source, **{"labels": "use", "holdout": 0, **options}))[0]


@pytest.mark.parametrize("row", ROWS + MORE_ROWS, ids=lambda row: row.name)
def test_the_layouts_of_the_table_are_read_as_it_says(row: Row):
    files = files_of(row)
    proposal = propose_layout(files)
    taken = read([path for path in files if path.endswith(PICTURE)], proposal.layout)
    evaluation = Counter(label or "" for label, split in taken.values() if split == "evaluation")
    pool = Counter(label or "" for label, split in taken.values() if split != "evaluation")
    left_out = sum(path.endswith(PICTURE) for path in files) - len(taken)
    assert (pool, evaluation, left_out) == (row.pool, row.evaluation or {}, row.left_out)
    doubts = " ".join(doubt.text for doubt in proposal.doubts)
    assert row.doubt in doubts if row.doubt else not doubts


def test_readme_shows_the_table_of_layouts():
    assert readme_table() in (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "names",
    ["20240301,20240302", "01.03.2024,02.03.2024", "KW12,KW13", "shift_A,shift_B", "line 1,line 2", "coil4711,coil4712"]
    + ["Frühschicht,Spätschicht", "1,2,3", "cam1,cam2", "Monday,Tuesday", "2023,2024", "P0034,P0035,P0039"]
    + ["lineA_2024-05-01,lineB_2024-05-01", "left,right", "lot_A12,lot_B7", "Line 2 2024-05-01,Line 3 2024-05-01"],
)
def test_folders_that_count_days_or_pieces_are_no_classes(names: str):
    assert labels(f"{{{names}}}/{{1,2,3,4}}.png") == {None}


@pytest.mark.parametrize(
    "names",
    ["OK,NOK", "crack1,crack2", "Class1,Class2", "defect_1,defect_2", "0,1,2,3,4,5,6,7,8,9", "cr,sc", "good,1,2,3"]
    + ["marks,dents", "Kratzer,Riß", "mask,no_mask", "1_chongkong,2_hanfeng", "type A,type B"]
    + ["scratch_20240501,crack_20240501", "valid,invalid", "train,bus,car"],
)
def test_folders_that_sound_like_numbers_or_masks_may_be_classes(names: str):
    assert labels(f"{{{names}}}/{{1,2,3,4}}.png") == set(names.split(","))


@pytest.mark.parametrize(
    "name", ["train", "Training", "TRAIN", "train2017", "train_images", "images-train", "trainval"]
)
@pytest.mark.parametrize("other", ["val", "Valid", "validation", "TEST", "testing", "test_images", "eval", "val2017"])
def test_the_usual_names_of_splits_are_splits(name: str, other: str):
    files = paths(f"{{{name},{other}}}/{{cr,sc}}/{{1,2}}.png")
    taken = read(files, propose_layout(files).layout)
    assert {path.partition("/")[0]: split for path, (_, split) in taken.items()} == {name: "pool", other: "evaluation"}
    assert {label for label, _ in taken.values()} == {"cr", "sc"}


def test_a_training_folder_alone_states_no_split_and_a_test_folder_alone_is_asked_about():
    files = paths("train/{cr,sc}/{1,2}.png")
    assert set(read(files, propose_layout(files).layout).values()) == {("cr", None), ("sc", None)}
    files = paths("test/{cr,sc}/{1,2}.png")
    proposal = propose_layout(files)
    assert {split for _, split in read(files, proposal.layout).values()} == {None}
    assert "'test': are they for evaluation only?" in proposal.doubts[0].text


def test_what_a_person_changes_answers_its_own_question_and_leaves_the_others_open():
    files = paths("2026-11-{10,11,12}/{1,2,3}{.jpg,_mask.png}")
    proposal = propose_layout(files)
    about = [doubt.about for doubt in proposal.doubts]
    assert about == ["left out", "classes"]
    renamed = replace(proposal.layout, names={"a": "b"})
    assert open_doubts(proposal, renamed) == proposal.doubts
    for change, left in (({"exclude": ()}, ["classes"]), ({"class_from": "folder"}, ["left out"])):
        assert [doubt.about for doubt in open_doubts(proposal, replace(proposal.layout, **change))] == left


def test_test_images_beside_class_folders_of_the_same_names_are_for_evaluation():
    files = paths("{cr,sc}/{1,2}.png", "test/{cr,sc}/{3,4}.png")
    taken = read(files, propose_layout(files).layout)
    assert Counter(taken.values()) == Counter(
        dict.fromkeys([(n, s) for n in ("cr", "sc") for s in (None, "evaluation")], 2)
    )
    files = paths("{1,2,3}.png", "test/{4,5}.png")
    taken = read(files, propose_layout(files).layout)
    assert Counter(taken.values()) == {(None, None): 3, (None, "evaluation"): 2}


def test_of_two_levels_that_would_do_as_well_none_is_taken():
    proposal = propose_layout(paths("{cats/{white,black},dogs/{brown,grey}}/{1,2,3}.png"))
    assert proposal.layout.class_from == "none"
    assert "Two levels of folders could name the class" in proposal.doubts[0].text
    assert [other.class_level for other in proposal.alternatives] == [1, 0]
    assert labels("{surface/{scratch,dent},edge/{crack,burr}}/{1,2,3}.png") == {"scratch", "dent", "crack", "burr"}


def test_a_top_folder_that_speaks_of_masks_says_nothing_of_those_within():
    files = paths("steel_with_masks/{images,gt}/{1,2,3}.png")
    assert propose_layout(files).layout.exclude == ("gt",)
    files = paths("gt/{cr,sc}/{1,2,3}.png")
    assert propose_layout(files).layout.exclude == ()


def test_rubbish_alone_is_taken():
    assert propose_layout([".a/1.png"]).layout.exclude == ()
    assert propose_layout(["trash/1.png"]).layout.exclude == ()
    assert propose_layout([".a/1.png", "trash/2.png"]).layout.exclude == (".*",)


def test_one_folder_with_the_name_of_a_class_that_is_there_is_a_class():
    files = paths("more/Crazing/{1,2}.png")
    layout = propose_layout(files, classes=name_book([("crazing", "crazing")])).layout
    assert set(read(files, layout).values()) == {("Crazing", None)}


def test_a_stray_picture_above_the_class_folders_has_no_label():
    files = paths("plate/{overview.png,{cr,sc}/{1,2,3}.png}")
    assert read(files, propose_layout(files).layout)["plate/overview.png"] == (None, None)


def test_what_would_leave_out_everything_or_what_a_table_names_is_not_proposed():
    assert propose_layout(paths(".hidden/{cr,sc}/{1,2}.png")).layout.exclude == ()
    files = paths("{cr,sc}/{1,2}.png", "masks/{1,2}.png")
    assert propose_layout(files).layout.exclude == ("masks",)
    assert propose_layout(files, stated=["masks/1.png"]).layout.exclude == ()


def test_other_readings_are_offered(tmp_path):
    proposal = propose_layout(paths("{2024-05-01,2024-05-02}/{1,2,3}.png"))
    assert proposal.layout.class_from == "none"
    assert [(other.class_from, other.class_level) for other in proposal.alternatives] == [("folder", 0)]


@pytest.mark.parametrize(
    ("layout", "label"),
    [
        (Layout(class_from="folder"), "imgs"),
        (Layout(class_from="folder", class_level=-2), "cr"),
        (Layout(class_from="folder", class_level=0), "line2"),
        (Layout(class_from="folder", class_level=5), None),
        (Layout(class_from="name"), "roll"),
        (Layout(class_from="name", name_part=1), "7"),
        (Layout(class_from="name", name_part=-1), "dent"),
        (Layout(class_from="name", name_part=3), None),
        (Layout(class_from="name", separator="-"), None),
        (Layout(class_from="name", separator=""), "roll"),
        (Layout(class_from="name", separator="", name_part=1), "dent"),
        (Layout(class_from="none"), None),
    ],
)
def test_a_path_is_read_by_its_layout(layout: Layout, label: str | None):
    assert read(["line2/test/cr/imgs/roll_7_dent.png"], layout) == {"line2/test/cr/imgs/roll_7_dent.png": (label, None)}


def test_patterns_take_names_paths_and_folders_whatever_the_case():
    files = ["a/1.JPG", "a/1_mask.jpg", "a/raw/2.jpg", "b/3.png", "b/[x]/4.jpg"]
    assert set(read(files, Layout(class_from="none", include=("*.jpg",)))) == {files[0], files[1], files[2], files[4]}
    assert set(read(files, Layout(class_from="none", exclude=("*_MASK.*", "A/raw", "[x]")))) == {files[0], files[3]}


def test_folders_are_left_out_by_their_name():
    layout = Layout(class_from="folder", splits={"old": "leave out", "Test": "evaluation", "train": "pool"})
    files = ["old/cr/1.png", "test/cr/2.png", "TRAIN/cr/3.png"]
    assert read(files, layout) == {files[1]: ("cr", "evaluation"), files[2]: ("cr", "pool")}


def test_a_whole_folder_left_out_is_one_line_with_its_files(tmp_path):
    for i in range(3):
        write_image(tmp_path / "cr" / f"{i}.png", seed=i)
        write_image(tmp_path / "sc" / f"{i}.png", seed=9 + i)
        write_image(tmp_path / ".Trash" / "deep" / f"{i}.png", seed=20 + i)
    plan = planned(tmp_path)
    (problem,) = plan.problems
    assert (problem.path, problem.files, problem.reason) == (".Trash", 3, "left out by the pattern .*")
    assert {entry.label for entry in plan.entries} == {"cr", "sc"}


def test_a_mask_in_the_folder_of_its_picture_is_left_out(tmp_path):
    for i in range(4):
        write_image(tmp_path / ("NG" if i % 2 else "OK") / f"piece{i}" / "image.png", seed=i)
        write_mask(tmp_path / ("NG" if i % 2 else "OK") / f"piece{i}" / "mask.png")
    plan = planned(tmp_path)
    assert (plan.layout.exclude, plan.layout.class_level) == (("mask.png",), 0)
    assert [entry.label for entry in plan.entries] == ["NG", "NG", "OK", "OK"]


def write_picture(file: Path, seed: int, kind: str = "PNG", **options: int) -> None:
    """A picture of the size of `mask()`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encoded(grey(seed, 48, 64), kind, **options))


def test_masks_are_known_by_their_looks_whatever_they_are_called(tmp_path):
    for i in range(3):
        write_picture(tmp_path / "set" / "origin" / f"{i}.png", i)
        write_mask(tmp_path / "set" / "second" / f"{i}.png")
    plan = planned(tmp_path)
    assert {entry.path.split("/")[1] for entry in plan.entries} == {"origin"}
    assert plan.layout.exclude == ("set/second",)


def test_of_two_formats_of_a_picture_the_masks_go_else_the_copies(tmp_path):
    for i in range(3):
        write_image(tmp_path / "masked" / "cr" / f"{i}.png", seed=i)
        write_mask(tmp_path / "masked" / "cr" / f"{i}.bmp", "BMP")
        write_image(tmp_path / "twice" / "cr" / f"{i}.bmp", seed=i, kind="BMP")
        write_image(tmp_path / "twice" / "cr" / f"{i}.jpg", seed=i, kind="JPEG")
    assert planned(tmp_path / "masked").layout.exclude == ("*.bmp",)
    twice = planned(tmp_path / "twice")
    assert (twice.layout.exclude, len(twice.entries)) == (("*.jpg",), 3)
    assert "same pictures in another format" in twice.doubts[0].text


def test_folders_and_files_whose_names_differ_in_case_alone_are_no_copies_of_each_other(tmp_path):
    for i in range(3):
        for number, folder in enumerate(("Crack", "crack", "STRASSE", "straße")):
            write_image(tmp_path / folder / f"{i}.png", seed=10 * number + i)
    write_image(tmp_path / "Crack" / "0.PNG", seed=99)
    plan = planned(tmp_path)
    assert len(plan.entries) == 13 and not plan.layout.exclude
    assert {entry.label for entry in plan.entries} >= {"Crack", "STRASSE"}


def test_pictures_of_the_ending_of_masks_that_stand_alone_are_kept(tmp_path):
    for i in range(3):
        write_image(tmp_path / "cr" / f"{i}.jpg", seed=i, kind="JPEG")
        write_mask(tmp_path / "cr" / f"{i}.png")
        write_image(tmp_path / "sc" / f"{i}.png", seed=9 + i)
    plan = planned(tmp_path)
    assert [entry.path for entry in plan.entries] == paths("cr/{0,1,2}.jpg", "sc/{0,1,2}.png")


def test_class_folders_of_photographs_called_mask_are_kept(tmp_path):
    for i in range(3):
        write_image(tmp_path / "mask" / f"{i}.png", seed=i)
        write_image(tmp_path / "no_mask" / f"{i}.png", seed=9 + i)
    assert {entry.label for entry in planned(tmp_path).entries} == {"mask", "no_mask"}


def test_drawn_pictures_of_a_few_values_are_not_taken_for_the_masks_of_others(tmp_path):
    for i in range(3):
        write_mask(tmp_path / "bad" / f"{i}.png")
        (tmp_path / "fine").mkdir(exist_ok=True)
        (tmp_path / "fine" / f"{i}.png").write_bytes(encoded(np.full((48, 64), 40 + i, np.uint8)))
    assert propose_for(list(scan(tmp_path))).layout.exclude == ()


def test_a_folder_of_labels_that_are_pictures_is_left_out_where_its_files_are_called_as_the_images(tmp_path):
    for i in range(3):
        write_image(tmp_path / "images" / f"{i}.png", seed=i)
        write_image(tmp_path / "Label" / f"{i}_label.png", seed=9 + i)
    assert planned(tmp_path).layout.exclude == ("Label",)


@pytest.mark.parametrize(
    ("pixels", "kind", "seen"),
    [
        (grey(), "PNG", "picture"),
        (grey(height=64, width=64), "JPEG", "picture"),
        (mask(), "PNG", "few values"),
        (mask(), "JPEG", "few values"),
        (np.zeros((40, 40), np.uint8), "PNG", "flat"),
        (Image.fromarray(mask()).convert("1"), "PNG", "few values"),
        (mask().astype(np.uint16) * 257, "TIFF", "few values"),
    ],
)
def test_a_mask_is_told_from_a_picture(tmp_path, pixels, kind: str, seen: str):
    file = tmp_path / "x"
    file.write_bytes(encoded(pixels, kind))
    assert look_at(file).look == seen


def test_what_cannot_be_read_is_no_mask(tmp_path):
    (tmp_path / "x.png").write_bytes(b"\x89PNG")
    assert look_at(tmp_path / "x.png").look == "picture"
