"""Labelled images of experiments: read by the import's own code, unpacked once, splits kept."""

from pathlib import Path

import numpy as np
import pytest
from image_files import encoded, grey, make_zip, write_image
from long_work import finish, result_of

from vabal_core.experiment.sources import open_source
from vabal_core.types import StudioError


def folder_of_images(folder: Path, counts: dict[str, int]) -> Path:
    for number, (label, count) in enumerate(counts.items()):
        for index in range(count):
            write_image(folder / label / f"{index}.png", (number, index))
    return folder


def test_a_folder_of_classes_is_a_source_without_a_split(tmp_path: Path) -> None:
    images = folder_of_images(tmp_path / "steel", {"scratch": 3, "patch": 2})
    source = result_of(open_source(str(images), tmp_path / "kept"))
    assert source.name == "steel"
    assert source.class_names == ("patch", "scratch")
    assert source.truth.tolist() == [0, 0, 1, 1, 1]
    assert source.test is None
    assert [Path(file).parent.name for file in source.files] == ["patch"] * 2 + ["scratch"] * 3
    assert len(set(source.fingerprints)) == 5


def test_classes_that_are_numbers_come_by_value(tmp_path: Path) -> None:
    images = folder_of_images(tmp_path / "digits", {"10": 1, "9": 1, "2": 1})
    assert result_of(open_source(str(images), tmp_path / "kept")).class_names == ("2", "9", "10")


def test_a_csv_states_labels_and_the_split(tmp_path: Path) -> None:
    for index in range(4):
        write_image(tmp_path / f"{index}.png", index)
    table = tmp_path / "table.csv"
    table.write_text("path,label,split\n0.png,a,pool\n1.png,b,test\n2.png,b,\n3.png,,pool\n")
    source = result_of(open_source(str(table), tmp_path / "kept"))
    assert source.test is not None
    assert source.test.tolist() == [False, True, False]
    assert source.truth.tolist() == [0, 1, 1]


def test_images_without_label_duplicates_and_damaged_files_are_left_out_and_counted(tmp_path: Path) -> None:
    images = folder_of_images(tmp_path / "steel", {"a": 2, "b": 2})
    write_image(images / "no_folder.png", 99)
    (images / "a" / "again.png").write_bytes((images / "b" / "0.png").read_bytes())
    (images / "b" / "cut.png").write_bytes(encoded(grey(7))[:60])
    source, events = finish(open_source(str(images), tmp_path / "kept"))
    assert len(source.files) == 3, "what lies in two classes is of neither"
    assert events[-1].metrics == {"no label": 2, "exact duplicate with another label": 1, "truncated": 1}
    assert "2 no label" in events[-1].message


def test_a_zip_is_unpacked_once(tmp_path: Path) -> None:
    archive = make_zip(
        tmp_path / "steel.zip", {f"{c}/{i}.png": encoded(grey((n, i))) for n, c in enumerate("ab") for i in range(3)}
    )
    first = result_of(open_source(str(archive), tmp_path / "kept"))
    times = [Path(file).stat().st_mtime_ns for file in first.files]
    again = result_of(open_source(str(archive), tmp_path / "kept"))
    assert again.files == first.files
    assert [Path(file).stat().st_mtime_ns for file in again.files] == times
    assert all(Path(file).is_relative_to(tmp_path / "kept") for file in first.files)


def test_a_zip_is_unpacked_anew_where_it_was_broken_off(tmp_path: Path) -> None:
    archive = make_zip(
        tmp_path / "steel.zip", {f"{c}/{i}.png": encoded(grey((n, i))) for n, c in enumerate("ab") for i in range(20)}
    )
    work = open_source(str(archive), tmp_path / "kept")
    next(event for event in work if event.phase == "unpack")
    work.close()
    assert len(result_of(open_source(str(archive), tmp_path / "kept")).files) == 40


@pytest.mark.parametrize(
    ("counts", "message"),
    [({"a": 3}, r"labels of two classes; it has one class \(a\)"), ({}, "holds no labelled image")],
)
def test_fewer_than_two_classes_is_no_experiment(tmp_path: Path, counts: dict[str, int], message: str) -> None:
    images = folder_of_images(tmp_path / "steel", counts)
    images.mkdir(exist_ok=True)
    with pytest.raises(StudioError, match=message):
        result_of(open_source(str(images), tmp_path / "kept"))


def test_a_source_of_test_images_alone_is_refused(tmp_path: Path) -> None:
    rows = [f"{write_image(tmp_path / f'{i}.png', i).name},{'ab'[i % 2]},test" for i in range(4)]
    (tmp_path / "table.csv").write_text("\n".join(["path,label,split", *rows]))
    with pytest.raises(StudioError, match="nothing is left to choose from"):
        result_of(open_source(str(tmp_path / "table.csv"), tmp_path / "kept"))


def test_a_source_that_is_not_there_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match=r"no source '.*absent'.*cifar10, cifar100, digits, demo.*~tail\(50\)"):
        result_of(open_source(str(tmp_path / "absent") + "+[1]", tmp_path / "kept"))


def test_variants_stand_behind_any_source_and_a_path_may_have_a_name(tmp_path: Path) -> None:
    images = folder_of_images(tmp_path / "steel", {"a": 20, "b": 20})
    source = result_of(open_source(f"mine={images}-[2]/0.5", tmp_path / "kept"))
    assert source.name == "mine-[2]/0.5"
    assert np.bincount(source.truth[~source.test]).tolist() == [16, 8]


def test_a_path_that_looks_like_a_variant_is_a_path(tmp_path: Path) -> None:
    images = folder_of_images(tmp_path / "a=steel+[1]", {"a": 20, "b": 20})
    source = result_of(open_source(str(images), tmp_path / "kept"))
    assert source.name == "a=steel+[1]"
    assert len(source.files) == 40


def test_no_subset_leaves_a_class_empty(tmp_path: Path) -> None:
    source = result_of(open_source(str(folder_of_images(tmp_path / "s", {"a": 2, "b": 2})), tmp_path))
    assert source.subset(np.array([3, 0])).truth.tolist() == [1, 0]
    with pytest.raises(ValueError, match="no image of b is left"):
        source.subset(np.array([0, 1]))
