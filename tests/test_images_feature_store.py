"""Features are there whole or not at all, the right ones for each image, and can be deleted at any time."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from filelock import Timeout

from vabal_core.images import feature_shard
from vabal_core.images.feature_shard import keys_of
from vabal_core.images.feature_store import (
    SMALL_SHARD,
    append,
    open_features,
    present,
    remove,
    remove_damaged,
    size_in_bytes,
    store_lock,
)
from vabal_core.types import StudioError

WIDTH = 7


def names(count: int, start: int = 0) -> list[str]:
    return [hashlib.sha256(str(i).encode()).hexdigest() for i in range(start, start + count)]


def values(count: int, start: int = 0, width: int = WIDTH) -> np.ndarray:
    """Whole numbers, which float16 holds exactly; another row for each image."""
    return np.arange(start * width, (start + count) * width, dtype=np.float64).reshape(count, width) % 2_000


def shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.features"))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Images 0..3,999 in three shards: of 1,500, of 1,500 and of 1,000 rows."""
    for start, count in ((0, 1_500), (1_500, 1_500), (3_000, 1_000)):
        append(tmp_path / "store", names(count, start), values(count, start))
    return tmp_path / "store"


def test_row_i_is_image_i_in_whatever_order_the_images_are_asked_for(store: Path) -> None:
    images, fingerprints = np.random.default_rng(0).permutation(4_000), names(4_000)
    features, there = open_features(store, [fingerprints[i] for i in images])
    assert there.all() and features.shape == (4_000, WIDTH) and len(features) == 4_000
    expected = values(4_000)[images].astype(np.float32)
    for rows in (slice(None), slice(3_990, None), slice(None, None, -7), [5, 5, -1], np.arange(4_000) % 3 == 0, []):
        assert np.array_equal(features[rows], expected[rows]) and features[rows].dtype == np.float32


def test_gathered_rows_are_those_of_a_plain_loop_over_the_shards(store: Path) -> None:
    features, _ = open_features(store, names(4_000))
    rows = np.random.default_rng(1).integers(0, 4_000, 300)
    assert np.array_equal(features[rows], np.stack([features[[row]][0] for row in rows]))


def test_columns_of_columns_are_those_of_the_array(store: Path) -> None:
    features, _ = open_features(store, names(10))
    whole = features[:]
    assert np.array_equal(features.columns(slice(2, 6))[:], whole[:, 2:6])
    assert np.array_equal(features.columns(slice(2, 6)).columns([3, 0])[[7]], whole[[7]][:, [5, 2]])
    assert features.columns(slice(2, 6)).shape == (10, 4)


def test_images_without_features_are_zeros_and_told(store: Path) -> None:
    features, there = open_features(store, ["ab" * 32, names(1, 17)[0]])
    assert there.tolist() == [False, True] and not features[:][0].any()
    assert np.array_equal(features[:][1], values(1, 17)[0])
    assert present(store, names(2, 3_999)).tolist() == [True, False]


def test_a_changed_file_has_no_features_until_it_is_read_again(store: Path) -> None:
    before, after = hashlib.sha256(b"0").hexdigest(), hashlib.sha256(b"0, retouched").hexdigest()
    assert present(store, [before, after]).tolist() == [True, False]
    append(store, [after], values(1, 77))
    features, _ = open_features(store, [before, after])
    assert np.array_equal(features[:], np.concatenate([values(1), values(1, 77)]))


def test_two_images_of_the_same_content_share_their_features(tmp_path: Path) -> None:
    same = names(1)[0]
    append(tmp_path / "store", [same, same], values(2))
    features, there = open_features(tmp_path / "store", [same, names(1, 5)[0], same])
    assert there.tolist() == [True, False, True] and np.array_equal(features[[0, 2]], values(1)[[0, 0]])


def test_what_is_there_is_skipped(store: Path) -> None:
    before = size_in_bytes(store)
    append(store, names(4_000), values(4_000) + 1)
    assert size_in_bytes(store) == before
    append(store, names(2, 3_999), values(2, 3_999) + 1)
    features, _ = open_features(store, names(2, 3_999))
    assert np.array_equal(features[:], values(2, 3_999) + [[0], [1]])


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    assert present(folder, names(3)).tolist() == [False] * 3 and size_in_bytes(folder) == 0
    features, there = open_features(folder, names(3))
    assert features.shape == (3, 0) and not there.any() and features[[0, 2]].shape == (2, 0)
    assert not folder.exists()


def test_small_appends_share_a_shard_and_rows_that_are_open_stay_where_they_were(tmp_path: Path) -> None:
    append(tmp_path / "store", names(25), values(25))
    features, _ = open_features(tmp_path / "store", names(25))
    for start in range(25, 1_500, 25):
        append(tmp_path / "store", names(25, start), values(25, start))
    counts = [len(feature_shard.read_keys(file)[0]) for file in shards(tmp_path / "store")]
    assert counts == [1_025, 475] and counts[0] >= SMALL_SHARD
    assert np.array_equal(features[:], values(25))
    assert np.array_equal(open_features(tmp_path / "store", names(1_500))[0][:], values(1_500))


@pytest.mark.parametrize("where", ["write", "fsync", "replace"])
def test_a_writer_that_dies_in_between_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    folder = tmp_path / "store"
    append(folder, names(30), values(30))
    code = (
        "import os, sys; from pathlib import Path; sys.path.insert(0, 'tests')\n"
        "from test_images_feature_store import append, feature_shard, names, values\n"
        "die = lambda *_args, **_options: os._exit(9)\n"
        f"where = {where!r}\n"
        "opened = Path.open\n"
        "if where == 'write': Path.open = lambda *how: die(opened(*how)) if 'xb' in how else opened(*how)\n"
        "else: setattr(os, where, die)\n"
        f"append(Path({str(folder)!r}), names(30, 30), values(30, 30))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], check=False)
    assert done.returncode == 9 and list(folder.glob("*.partial"))
    assert present(folder, names(60)).tolist() == [True] * 30 + [False] * 30
    assert np.array_equal(open_features(folder, names(30))[0][:], values(30))
    append(folder, names(30, 30), values(30, 30))
    assert np.array_equal(open_features(folder, names(60))[0][:], values(60))
    assert not list(folder.glob("*.partial"))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_of_a_killed_writer_each_append_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'tests')\n"
        "from test_images_feature_store import append, names, values\n"
        f"for start in range(0, 10_000_000, 25): append(Path({str(folder)!r}), names(25, start), values(25, start))\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[1])
    deadline = time.monotonic() + 60
    while not present(folder, names(1, 50))[0] and time.monotonic() < deadline:
        time.sleep(0.01)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    there = present(folder, names(100_000))
    count = int(there.sum())
    assert count >= 75 and count % 25 == 0 and there[:count].all()
    assert np.array_equal(open_features(folder, names(count))[0][:], values(count))


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def lengthened(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"x")


def header_only(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:28])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def another_key(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[34] ^= 1
    file.write_bytes(content)


def foreign(file: Path) -> None:
    file.write_bytes(b"something else that lay in the folder")


@pytest.mark.parametrize("damage", [cut, lengthened, header_only, emptied, another_key, foreign, Path.unlink])
def test_a_damaged_shard_reads_as_absent_and_its_rows_are_kept_anew(store: Path, damage) -> None:
    damage(shards(store)[1])
    expected = np.arange(4_000) // 1_500 != 1
    assert np.array_equal(present(store, names(4_000)), expected)
    features, there = open_features(store, names(4_000))
    assert np.array_equal(there, expected)
    assert np.array_equal(features[:], values(4_000) * expected[:, None])
    append(store, names(4_000), values(4_000))
    assert np.array_equal(open_features(store, names(4_000))[0][:], values(4_000))
    assert all(feature_shard.read_keys(file) for file in shards(store)), "the damaged file is gone"


def another_value(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)


def zeroed_values(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:-1_000] + bytes(1_000))


@pytest.mark.parametrize("damage", [another_value, zeroed_values, cut, header_only, another_key])
def test_whoever_is_about_to_learn_drops_what_is_damaged_and_keeps_the_rest(store: Path, damage) -> None:
    assert remove_damaged(store) == 0
    damage(shards(store)[1])
    assert remove_damaged(store) == 1
    assert np.array_equal(present(store, names(4_000)), np.arange(4_000) // 1_500 != 1)
    append(store, names(4_000), values(4_000))
    assert np.array_equal(open_features(store, names(4_000))[0][:], values(4_000)) and remove_damaged(store) == 0


def test_a_damaged_small_shard_is_not_written_anew_as_if_it_were_good(tmp_path: Path) -> None:
    append(tmp_path / "store", names(5), values(5))
    another_value(shards(tmp_path / "store")[0])
    append(tmp_path / "store", names(3, 5), values(3))
    assert remove_damaged(tmp_path / "store") == 1
    assert np.array_equal(present(tmp_path / "store", names(8)), np.arange(8) >= 5)


@pytest.mark.parametrize("loss", [cut, Path.unlink, lambda file: remove(file.parent)])
def test_features_that_vanish_under_a_reader_are_a_plain_error(store: Path, loss) -> None:
    features, _ = open_features(store, names(4_000))
    loss(shards(store)[1])
    with pytest.raises(StudioError, match="deleted or damaged since they were opened; start again"):
        features[[1_600]]


def test_a_store_made_anew_is_never_taken_for_the_deleted_one(store: Path) -> None:
    features, _ = open_features(store, names(4_000))
    remove(store)
    append(store, names(4_000), values(4_000) + 1)
    with pytest.raises(StudioError, match="start again"):
        features[[0]]


def test_a_store_that_is_deleted_can_be_filled_again(store: Path) -> None:
    assert size_in_bytes(store) == 3 * 28 + 4_000 * (8 + 2 * WIDTH)
    remove(store)
    remove(store)
    assert not store.exists() and not present(store, names(4_000)).any()
    append(store, names(2), values(2, width=3))
    assert open_features(store, names(2))[0].shape == (2, 3)


@pytest.mark.parametrize(("wrong", "text"), [(np.nan, "nan"), (np.inf, "inf"), (-65_520.0, r"-65520\.0")])
def test_what_float16_cannot_hold_is_refused_by_name_and_nothing_is_kept(store: Path, wrong: float, text: str) -> None:
    fresh = values(3)
    fresh[1, 4] = wrong
    with pytest.raises(ValueError, match=f"feature 4 of image {names(1, 5_001)[0]} is {text}.*-65,504 to 65,504"):
        append(store, names(3, 5_000), fresh)
    assert not present(store, names(3, 5_000)).any()


@pytest.mark.parametrize("width", [WIDTH - 1, WIDTH + 1])
def test_features_of_another_width_need_another_folder(store: Path, width: int) -> None:
    with pytest.raises(ValueError, match=f"{width} columns .* which holds {WIDTH}; give other features a folder"):
        append(store, names(3, 5_000), values(3, width=width))


@pytest.mark.parametrize("shape", [(2, WIDTH), (3, 0), (3,)])
def test_values_that_are_not_a_row_an_image_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"for 3 images it must be \(n, F\)"):
        append(tmp_path / "store", names(3), np.zeros(shape))
    assert not (tmp_path / "store").exists()


def test_a_single_row_number_is_refused(store: Path) -> None:
    with pytest.raises(ValueError, match="rows are an array, a slice or a mask, not 3"):
        open_features(store, names(4))[0][3]


@pytest.mark.parametrize("wrong", ["xy", "a" * 65])
def test_what_is_no_fingerprint_is_refused(store: Path, wrong: str) -> None:
    with pytest.raises(ValueError, match="fingerprints have at most 64 hexadecimal digits"):
        present(store, [wrong])


def test_a_key_is_the_exclusive_or_of_the_four_words_of_a_fingerprint() -> None:
    words = (0x1111111111111111, 0x2222222222222222, 0x4444444444444444, 0x0000000000000001)
    assert keys_of(["".join(f"{word:016x}" for word in words), "ab"]).tolist() == [0x7777777777777776, 0xAB]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_what_was_there_stays(
    store: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StudioError, match="no room for the features .*MiB.*free some disk space and try again"):
        append(store, names(3, 5_000), values(3))
    assert len(list(store.iterdir())) == 3 and present(store, names(4_000)).all()


def test_a_folder_removed_while_it_is_written_into_is_told(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: remove(store))
    with pytest.raises(StudioError, match="was removed while features were written into it; start again"):
        append(store, names(3, 5_000), values(3))


def test_one_process_at_a_time_reads_into_a_store_and_the_lock_outlives_the_folder(store: Path) -> None:
    with store_lock(store):
        remove(store)
        with pytest.raises(Timeout):
            store_lock(store).acquire(blocking=False)
    with store_lock(store).acquire(blocking=False):
        pass


def test_memory_stays_flat_in_the_number_of_images(tmp_path: Path) -> None:
    """20,000 images of 1,776 features, 68 MiB on disk, are opened and gathered from with a few MiB."""
    code = (
        "import resource, sys; from pathlib import Path; import numpy as np\n"
        "sys.path.insert(0, 'tests')\n"
        "from test_images_feature_store import append, names, open_features\n"
        "folder, rng = Path(sys.argv[1]), np.random.default_rng(0)\n"
        "block = rng.random((500, 1_776), np.float32)\n"
        "for start in range(0, 2_000, 500): append(folder, names(500, start), block)\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak()\n"
        "for start in range(2_000, 20_000, 500): append(folder, names(500, start), block)\n"
        "features, there = open_features(folder, names(20_000))\n"
        "assert there.all()\n"
        "for _ in range(50): features[rng.integers(0, 20_000, 100)]\n"
        "print(peak() - before)\n"
    )
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", code, str(tmp_path / "store")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20 * 1024  # KiB; held in memory they would take 70,000


def test_what_cannot_be_opened_reads_as_absent(tmp_path):
    fingerprints = [f"{i:064x}" for i in range(3)]
    append(tmp_path / "store", fingerprints[:2], np.ones((2, 4)))
    (tmp_path / "store" / "00000000000000000000000000000000.features").mkdir()  # of another owner, say
    assert present(tmp_path / "store", fingerprints).tolist() == [True, True, False]
    features, there = open_features(tmp_path / "store", fingerprints)
    assert there.tolist() == [True, True, False] and (features[:2] == 1).all()
