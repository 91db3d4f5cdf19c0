"""Masks, copies and previews beside pictures: told from images by what they hold, else asked about."""

from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from image_files import encoded, tiff_16
from layouts import expand
from long_work import finish
from PIL import Image

from vabal_core.images.ingest.answers import answered
from vabal_core.images.ingest.examine import examine
from vabal_core.images.ingest.same_picture import same_picture
from vabal_core.types import ImportPlan

SIDE = (48, 64)


def surface(seed: int) -> np.ndarray:
    """A grey surface with structure that any packing keeps."""
    rough = Image.fromarray(np.random.default_rng(seed).normal(120, 30, (12, 16)).astype(np.float32))
    smooth = np.asarray(rough.resize(SIDE[::-1], Image.Resampling.BICUBIC))
    return (smooth + np.random.default_rng(seed + 1).normal(0, 4, SIDE)).clip(0, 255).astype(np.uint8)


def two_valued(seed: int) -> np.ndarray:
    """A drawn shape: a mask, a character, a thresholded picture."""
    row, column, height, width = np.random.default_rng(seed).integers(2, 20, 4)
    values = np.zeros(SIDE, np.uint8)
    values[row : row + height, column : column + width] = 255
    return values


def write(file: Path, values: np.ndarray, **options: Any) -> None:
    kinds = {".jpg": "JPEG", ".png": "PNG", ".bmp": "BMP", ".tif": "TIFF", ".webp": "WEBP"}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encoded(values, kinds[file.suffix], **options))


def draw(source: Path, *patterns: str, of: Any = surface) -> None:
    """A picture of its own at each path."""
    for path in (path for pattern in patterns for path in expand(pattern)):
        write(source / path, of(crc32(path.encode())))


def planned(source: Path) -> ImportPlan:
    return finish(examine(source, labels="use", holdout=0))[0]


def taken(plan: ImportPlan) -> list[str]:
    return sorted(entry.path for entry in plan.entries)


def paths(*patterns: str) -> list[str]:
    return sorted(path for pattern in patterns for path in expand(pattern))


def classes(plan: ImportPlan) -> set[str | None]:
    return {entry.label for entry in plan.entries}


def asked(plan: ImportPlan) -> str:
    return " ".join(doubt.text for doubt in plan.doubts)


def test_other_pictures_of_the_same_name_are_all_taken_and_asked_about(tmp_path: Path) -> None:
    draw(tmp_path, "{cr,sc}/{0,1,2}.{jpg,png}")
    plan = planned(tmp_path)
    assert taken(plan) == paths("{cr,sc}/{0,1,2}.{jpg,png}") and classes(plan) == {"cr", "sc"}
    (doubt,) = plan.doubts
    assert "6 files are called as another beside them is, and hold another picture" in doubt.text
    layout = answered(plan.layout, doubt.answers[0])
    left = finish(examine(tmp_path, labels="use", holdout=0, choose=lambda _: layout))[0]
    assert len(left.entries) == 6 and not left.doubts


@pytest.mark.parametrize("odd", [0, 17, 39])
def test_one_pair_that_differs_among_many_copies_is_kept_whole(tmp_path: Path, odd: int) -> None:
    for number in range(40):
        write(tmp_path / f"{number}.png", surface(number))
        write(tmp_path / f"{number}.jpg", surface(number + (1000 if number == odd else 0)))
    plan = planned(tmp_path)
    assert len(plan.entries) == 41 and f"{odd}.jpg" in taken(plan)
    assert f"{odd}.jpg is called as {odd}.png is, and holds another picture" in asked(plan)


def test_masks_go_also_where_one_is_empty_or_has_lost_its_picture(tmp_path: Path) -> None:
    draw(tmp_path, "{cr,sc}/{0,1,2}.jpg")
    draw(tmp_path, "cr/{0,1,2,9}.png", "sc/{0,1}.png", of=two_valued)
    write(tmp_path / "sc/2.png", np.zeros(SIDE, np.uint8))
    assert taken(planned(tmp_path)) == paths("{cr,sc}/{0,1,2}.jpg")


def test_two_valued_pictures_of_the_ending_of_masks_in_another_folder_are_kept(tmp_path: Path) -> None:
    draw(tmp_path, "cr/{0,1,2}.jpg")
    draw(tmp_path, "cr/{0,1,2}.png", "signs/{0,1,2}.png", of=two_valued)
    assert taken(planned(tmp_path)) == paths("cr/{0,1,2}.jpg", "signs/{0,1,2}.png")


def test_two_valued_pictures_in_two_formats_are_copies_where_they_are_alike_and_else_images(tmp_path: Path) -> None:
    for number in range(3):
        for ending in ("png", "bmp"):
            write(tmp_path / f"same/{number}.{ending}", two_valued(number))
    draw(tmp_path, "other/{0,1,2}.{png,bmp}", of=two_valued)
    same, other = planned(tmp_path / "same"), planned(tmp_path / "other")
    assert len(same.entries) == 3 and "3 files look like the same pictures in another format" in asked(same)
    assert len(other.entries) == 6 and "hold another picture" in asked(other)


def test_of_three_files_of_one_name_each_is_judged(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"{number}.bmp", surface(number))
        write(tmp_path / f"{number}.jpg", surface(number))
        write(tmp_path / f"{number}.png", two_valued(number))
    plan = planned(tmp_path)
    assert taken(plan) == paths("{0,1,2}.bmp")
    assert "3 files look like masks (*.png)" in asked(plan) and "3 files look like the same pictures" in asked(plan)


def test_one_file_is_spoken_of_as_one(tmp_path: Path) -> None:
    draw(tmp_path, "{0,1,2}.jpg")
    write(tmp_path / "0.png", two_valued(0))
    assert "1 file looks like a mask (*.png). It is left out." in asked(planned(tmp_path))


def test_a_picture_is_the_same_whatever_its_packing_size_and_bits(tmp_path: Path) -> None:
    values = np.kron(surface(1), np.ones((4, 4), np.uint8))
    write(tmp_path / "a.png", values)
    write(tmp_path / "a.jpg", values, quality=60)
    write(tmp_path / "a.webp", values, quality=80)
    write(tmp_path / "small.jpg", np.asarray(Image.fromarray(values).resize((128, 96))))
    (tmp_path / "a.tif").write_bytes(tiff_16(values.astype(np.uint16) * 16 + 100, 1))
    for name in ("a.jpg", "a.webp", "small.jpg", "a.tif"):
        assert same_picture(tmp_path / "a.png", tmp_path / name), name
    scratched = values.copy()
    scratched[60:64, 40:90] = 30
    write(tmp_path / "scratched.jpg", scratched, quality=90)
    write(tmp_path / "pixel.bmp", np.where(np.arange(values.size).reshape(values.shape) == 99, 0, values))
    write(tmp_path / "brighter.jpg", values // 2 + 100)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    for name in ("scratched.jpg", "pixel.bmp", "brighter.jpg", "broken.png", "missing.png"):
        assert not same_picture(tmp_path / "a.png", tmp_path / name), name


@pytest.mark.parametrize(
    "patterns",
    [
        ["{0,1,2,3,4,5,6,7,8,9}/{1,2,3,4}.png"],  # digits
        ["{alpha,beta,gamma}/{a,a_rot,b,b_rot}.png"],  # characters, some turned
        ["{gt,lt,eq}/{1,2,3}.png"],  # signs of mathematics
        ["{crack,label}/{1,2,3}.png"],  # thresholded defects
        ["{mask,no_mask}/{1,2,3}.png"],
        ["{masks,helmets}/{1,2,3}.png"],
        ["{pit,seg}/{1,2}.png", "{pit,seg}/{1,2}_b.png"],
    ],
)
def test_a_set_of_two_valued_pictures_has_no_masks(tmp_path: Path, patterns: list[str]) -> None:
    draw(tmp_path, *patterns, of=two_valued)
    plan = planned(tmp_path)
    assert taken(plan) == paths(*patterns) and not plan.layout.exclude
    assert classes(plan) == {path.split("/")[0] for path in paths(*patterns)}


@pytest.mark.parametrize("name", ["masks", "Label", "labels", "gt", "ground_truth", "annotations", "Mask"])
@pytest.mark.parametrize("of", [surface, two_valued])
def test_a_folder_called_like_masks_that_holds_the_only_pictures_holds_images(tmp_path: Path, name: str, of: Any):
    draw(tmp_path, f"set/{name}/{{cr,sc}}/{{1,2,3}}.png", of=of)
    (tmp_path / "set/notes.txt").write_text("made in May")
    assert classes(planned(tmp_path)) == {"cr", "sc"}


@pytest.mark.parametrize("name", ["masks", "Label", "gt", "annotated"])
def test_photographs_in_a_class_called_like_masks_are_images(tmp_path: Path, name: str) -> None:
    draw(tmp_path, f"{{{name},helmets,gloves}}/{{1,2,3}}.png")
    plan = planned(tmp_path)
    assert classes(plan) == {name, "helmets", "gloves"} and not plan.layout.exclude
    assert ("'masks' is called like masks" in asked(plan)) == (name == "masks")


@pytest.mark.parametrize(
    ("pictures", "masks"),
    [
        ("images/{1,2,3}.jpg", "labels/{1,2,3}.png"),
        ("images/{cr,sc}/{1,2,3}.jpg", "gt/{cr,sc}/{1,2,3}.png"),
        ("{cr,sc}/{1,2,3}.jpg", "{cr,sc}/masks/{1,2,3}_mask.png"),
        ("{cr,sc}/{1,2,3}.jpg", "masks/{cr,sc}/{1,2,3}.png"),
        ("images/img_{1,2,3}.jpg", "ground_truth/000{1,2,3}.png"),
        ("img/piece_{1,2,3}.jpg", "Label/000{1,2,3}.png"),
        ("{cr,sc}/img/{1,2,3}.jpg", "{cr,sc}/second/{1,2,3}.png"),
    ],
)
def test_two_valued_pictures_of_others_are_masks(tmp_path: Path, pictures: str, masks: str) -> None:
    draw(tmp_path, pictures)
    draw(tmp_path, masks, of=two_valued)
    plan = planned(tmp_path)
    assert taken(plan) == paths(pictures) and "masks" in asked(plan)


def test_thresholded_pictures_may_have_masks_in_a_folder_of_that_name(tmp_path: Path) -> None:
    draw(tmp_path, "{images,masks}/{1,2,3}.png", of=two_valued)
    assert taken(planned(tmp_path)) == paths("images/{1,2,3}.png")


@pytest.mark.parametrize("patterns", ["worn/{1,2,3}.png", "{new,worn}/{1,2,3}.png"])
def test_a_two_valued_class_beside_photographs_of_the_same_names_is_asked_about(tmp_path: Path, patterns: str) -> None:
    draw(tmp_path, patterns)
    draw(tmp_path, "drawing/{1,2,3}.png", of=two_valued)
    plan = planned(tmp_path)
    assert taken(plan) == paths(patterns, "drawing/{1,2,3}.png") and "drawing" in classes(plan)
    (doubt,) = plan.doubts
    assert "are they masks of these?" in doubt.text
    layout = answered(plan.layout, doubt.answers[0])
    left = finish(examine(tmp_path, labels="use", holdout=0, choose=lambda _: layout))[0]
    assert taken(left) == paths(patterns)


def test_a_two_valued_class_of_other_names_is_not_asked_about(tmp_path: Path) -> None:
    draw(tmp_path, "{photo,worn}/img_{1,2,3}.png")
    draw(tmp_path, "drawing/scan_{1,2,3}.png", of=two_valued)
    plan = planned(tmp_path)
    assert classes(plan) == {"photo", "worn", "drawing"} and not plan.doubts


def test_a_bin_of_images_is_listed_and_taken_where_somebody_says_so(tmp_path: Path) -> None:
    draw(tmp_path, "{glass,paper,Trash}/{1,2,3}.png", ".Trash/{1,2}.png")
    plan = planned(tmp_path)
    assert classes(plan) == {"glass", "paper"}
    assert {(problem.path, problem.files) for problem in plan.problems} == {("Trash", 3), (".Trash", 2)}
    (doubt,) = plan.doubts
    layout = answered(plan.layout, doubt.answers[0])
    again = finish(examine(tmp_path, labels="use", holdout=0, choose=lambda _: layout))[0]
    assert classes(again) == {"glass", "paper", "Trash"} and not again.doubts
    assert [problem.path for problem in again.problems] == [".Trash"]


def test_the_picture_that_an_annotation_names_is_the_one_that_is_kept(tmp_path: Path) -> None:
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
    for number in range(3):
        write(tmp_path / f"{number}.jpg", surface(number))
        write(tmp_path / f"{number}.png", surface(number))  # the same
        write(tmp_path / f"{number}.bmp", surface(100 + number))  # another one
        text = f"<annotation><filename>{number}.jpg</filename><object><name>pit</name>{box}</object></annotation>"
        (tmp_path / f"{number}.xml").write_text(text)
    plan = planned(tmp_path)
    assert taken(plan) == paths("{0,1,2}.{jpg,bmp}")
    assert {entry.path for entry in plan.entries if entry.label} == set(paths("{0,1,2}.jpg"))
    doubt = next(doubt for doubt in plan.doubts if doubt.about == "taken")
    assert doubt.text.startswith("3 files") and doubt.answers[0].words == "Leave out these 3 files"
