"""Published data sets: written once as image files, whole, and read as an import reads them."""

import json
import pickle
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pyarrow as pa
import pytest
from image_files import encoded, grey, make_zip
from long_work import finish, result_of
from pyarrow import parquet
from torchvision import datasets
from torchvision.datasets.utils import calculate_md5

from vabal_core.experiment.source_list import write_list
from vabal_core.experiment.sources import Source, open_source
from vabal_core.images.decode import read_pixels
from vabal_core.types import StudioError

ROWS = 12


def parquet_file(file: Path, **columns: list) -> Path:
    parquet.write_table(pa.table(columns), file)
    return file


def images(count: int = ROWS, kind: str = "PNG") -> list[bytes]:
    return [encoded(grey(seed), kind) for seed in range(count)]


def cifar_rows(seed: int) -> np.ndarray:
    """(5, 3072) uint8, as CIFAR's files hold them: all red values, all green, all blue."""
    return np.random.default_rng(seed).integers(0, 256, (5, 3072), dtype=np.uint8)


@pytest.fixture
def cifar10(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small CIFAR-10 in the layout of the published one: five files of five images, and one for the test."""
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    folder = tmp_path / "published" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for seed, name in enumerate(names):
        (folder / name).write_bytes(pickle.dumps({"data": cifar_rows(seed), "labels": [0, 1, 9, 0, 1]}))
    labels = [f"class {number}" for number in range(8, -1, -1)] + ["last"]
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": labels}))
    sums = [[name, calculate_md5(folder / name)] for name in names]
    monkeypatch.setattr(datasets.CIFAR10, "train_list", sums[:5])
    monkeypatch.setattr(datasets.CIFAR10, "test_list", sums[5:])
    meta = {**datasets.CIFAR10.meta, "md5": calculate_md5(folder / "batches.meta")}
    monkeypatch.setattr(datasets.CIFAR10, "meta", meta)
    return folder.parent


def test_cifar_is_read_from_torchvisions_files(cifar10: Path, tmp_path: Path) -> None:
    source = result_of(open_source(f"cifar10={cifar10}", tmp_path / "kept"))
    assert source.name == "cifar10"
    assert source.class_names == ("class 8", "class 7", "last")  # CIFAR's order
    assert source.truth.tolist() == [0, 1, 2, 0, 1] * 6
    assert source.test.tolist() == [False] * 25 + [True] * 5
    pixels = np.stack([read_pixels(Path(file), colour=True) for file in source.files])
    stored = np.concatenate([cifar_rows(seed) for seed in range(6)]).reshape(-1, 3, 32, 32)
    assert np.array_equal(pixels, stored.transpose(0, 2, 3, 1))


def test_a_download_that_fails_says_how_to_give_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr("torchvision.datasets.cifar.download_and_extract_archive", refuse)
    with pytest.raises(StudioError, match=r"no network.*cifar100=/path/to/cifar100.parquet.*cifar-100-python"):
        result_of(open_source("cifar100", tmp_path / "kept"))
    assert not (tmp_path / "kept" / "cifar100").exists()


def test_a_parquet_file_of_images_is_written_once(tmp_path: Path) -> None:
    pictures = images()
    file = parquet_file(
        tmp_path / "cifar10.parquet",
        jpeg=pictures,
        label=[0, 2, 1] * 4,
        name=["zebra", "ant", "mole"] * 4,
        split=["train"] * 8 + ["test"] * 4,
    )
    source = result_of(open_source(f"cifar10={file}~test(3)", tmp_path / "kept"))
    assert source.name == "cifar10~test(3)"
    assert source.class_names == ("zebra", "mole", "ant")  # in the order of their numbers
    assert source.test.sum() == 3
    assert [Path(name).read_bytes() for name in source.files[:8]] == pictures[:8]
    before = {name: Path(name).stat().st_mtime_ns for name in source.files}
    again, events = finish(open_source(str(file), tmp_path / "kept"))
    assert {name: Path(name).stat().st_mtime_ns for name in again.files if name in before} == before
    assert not [event for event in events if event.phase in ("write", "read")]


@pytest.mark.parametrize(
    ("columns", "classes"),
    [
        ({"image": [{"bytes": image, "path": None} for image in images()], "label": [7, 10, -1] * 4}, ("7", "10")),
        ({"img": images(), "fine_label": ["b", "a", None] * 4}, ("a", "b")),
    ],
    ids=["as Hugging Face writes it", "labels as text"],
)
def test_other_forms_of_columns_are_understood(tmp_path: Path, columns: dict, classes: tuple[str, ...]) -> None:
    file = parquet_file(tmp_path / "table.parquet", **columns)
    source, events = finish(open_source(str(file), tmp_path / "kept"))
    assert source.class_names == classes
    assert source.test is None
    assert events[-1].metrics == {"no label": 4}


def test_images_of_a_parquet_file_that_an_import_leaves_out_are_left_out(tmp_path: Path) -> None:
    pictures = images()
    pictures[3], pictures[4], pictures[5], pictures[6] = pictures[0], b"", pictures[5][:70], b"no image at all"
    file = parquet_file(tmp_path / "table.parquet", jpeg=pictures, label=[0, 1, 1] * 4)
    for _ in range(2):  # the second time from the list
        source, events = finish(open_source(str(file), tmp_path / "kept"))
        assert len(source.files) == ROWS - 4
        assert events[-1].metrics == {"exact duplicate": 1, "zero bytes": 1, "truncated": 1, "not an image": 1}


def test_writing_goes_on_where_it_was_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vabal_core.experiment.datasets.EVENT_EVERY", 1)
    file = parquet_file(tmp_path / "table.parquet", jpeg=images(), label=[0, 1] * 6)
    work = open_source(str(file), tmp_path / "kept")
    next(event for event in work if event.phase == "write" and event.done == 5)
    work.close()
    (half,) = (tmp_path / "kept" / "parquet").glob(".*-partial/images")
    times = {image.name: image.stat().st_mtime_ns for image in half.glob("*.png")}
    assert len(times) == 5
    source = result_of(open_source(str(file), tmp_path / "kept"))
    assert len(source.files) == ROWS
    after = {Path(name).name: Path(name).stat().st_mtime_ns for name in source.files}
    assert {name: after[name] for name in times} == times


def test_what_is_written_may_move(tmp_path: Path) -> None:
    file = parquet_file(tmp_path / "table.parquet", jpeg=images(), label=[0, 1] * 6)
    result_of(open_source(str(file), tmp_path / "kept"))
    (tmp_path / "kept").rename(tmp_path / "elsewhere")
    source = result_of(open_source(str(file), tmp_path / "elsewhere"))
    assert all(Path(name).is_file() for name in source.files)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"label": [0, 1]}, "has no column of images"),
        ({"jpeg": images(2), "klass": [0, 1]}, r"has no column of labels \(label, fine_label\); it has jpeg, klass"),
        ({"jpeg": images(2), "label": [0, 1], "split": ["pool", "odd"]}, "split is 'odd'"),
    ],
)
def test_a_parquet_file_without_what_it_needs_says_so(tmp_path: Path, columns: dict, message: str) -> None:
    file = parquet_file(tmp_path / "table.parquet", **columns)
    with pytest.raises(StudioError, match=message):
        result_of(open_source(str(file), tmp_path / "kept"))


def test_a_file_that_is_no_parquet_says_so(tmp_path: Path) -> None:
    (tmp_path / "table.parquet").write_bytes(b"PAR1, but no more")
    with pytest.raises(StudioError, match="cannot be read as parquet"):
        result_of(open_source(str(tmp_path / "table.parquet"), tmp_path / "kept"))


def test_digits_are_scikit_learns_enlarged_and_may_be_made_imbalanced(tmp_path: Path) -> None:
    source = result_of(open_source("digits", tmp_path))
    assert source.class_names == tuple("0123456789")
    assert source.test is None
    assert np.bincount(source.truth).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert read_pixels(Path(source.files[0])).shape == (64, 64)
    tail = result_of(open_source("digits~tail(50,order)", tmp_path))
    assert tail.name == "digits~tail(50,order)"
    # 146 images of class 3 are not test; 146 * 50^(-c/9) from there
    assert np.bincount(tail.truth[~tail.test]).tolist() == [142, 95, 61, 40, 26, 17, 11, 7, 5, 3]


def listed(folder: Path, **changes: object) -> Path:
    """A list of three images as the workspace writes it."""
    (folder / "files").mkdir(exist_ok=True)
    for number in range(3):
        (folder / "files" / f"{number}.png").write_bytes(encoded(grey(number)))
    source = Source(
        name="steel",
        files=tuple(str(folder / "files" / f"{number}.png") for number in range(3)),
        fingerprints=("a" * 64, "b" * 64, "c" * 64),
        truth=np.array([1, 0, 1]),
        test=np.array([False, False, True]),
        class_names=("scratch", "patch"),
    )
    write_list(folder / "steel.json", source, relative_to=folder)
    content = json.loads((folder / "steel.json").read_text())
    (folder / "steel.json").write_text(json.dumps(content | changes))
    return folder / "steel.json"


def test_a_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    source = result_of(open_source(str(listed(tmp_path)), tmp_path / "kept"))
    assert source.name == "steel"
    assert source.class_names == ("scratch", "patch")
    assert source.truth.tolist() == [1, 0, 1]
    assert source.test.tolist() == [False, False, True]
    assert source.fingerprints == ("a" * 64, "b" * 64, "c" * 64)
    assert all(Path(file).is_file() for file in source.files)


def test_images_of_a_list_without_a_label_are_left_out_and_counted(tmp_path: Path) -> None:
    file = listed(tmp_path, labels=[0, 2, None], class_names=["scratch", "never seen", "patch"], test=None)
    source, events = finish(open_source(str(file), tmp_path))
    assert source.class_names == ("scratch", "patch")
    assert source.truth.tolist() == [0, 1]
    assert source.test is None
    assert events[-1].metrics == {"no label": 1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": [0, 1]}, "must be of one length"),
        ({"labels": [0, 1, 2]}, "label 2 is no row of its 2 class_names"),
        ({"labels": [0, 1, "patch"]}, "label 'patch' is no row"),
        ({"labels": [0, 1, -1]}, "label -1 is no row"),
        ({"fingerprints": ["a" * 64] * 3}, "a fingerprint stands there twice"),
        ({"labels": [0, 0, 0]}, "labels of two classes"),
    ],
)
def test_a_list_that_does_not_fit_together_is_refused(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(StudioError, match=message):
        result_of(open_source(str(listed(tmp_path, **changes)), tmp_path))


@pytest.mark.parametrize("content", ["[1]", '{"files": []}', "{"])
def test_a_file_that_is_no_list_says_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(StudioError, match="list of images"):
        result_of(open_source(str(tmp_path / "x.json"), tmp_path))


def test_two_specs_of_one_archive_share_what_was_unpacked(tmp_path: Path) -> None:
    entries = {f"{c}/{i}.png": encoded(grey((n, i))) for n, c in enumerate("ab") for i in range(10)}
    archive = make_zip(tmp_path / "steel.zip", entries)
    whole = result_of(open_source(str(archive), tmp_path / "kept"))
    half = result_of(open_source(f"half={archive}+[1]/0.5", tmp_path / "kept"))
    assert half.name == "half+[1]/0.5"
    assert set(half.files) < set(whole.files)
