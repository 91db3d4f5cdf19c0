import errno
import os
import threading

import numpy as np
import pytest
from image_files import encoded, grey, write_image
from long_work import finish

from vabal_core.images import pixel_cache as pixels
from vabal_core.images.pixel_cache import fill_cache
from vabal_core.types import StudioError


def write_files(folder, count, start=0):
    return [write_image(folder / f"{number}.png", seed=number) for number in range(start, start + count)]


def cache(folder, files, **options):
    """The pixels of `fill_cache`, the fingerprint of row i being i + 1."""
    rows, _ = yield from fill_cache(folder, files, [f"{i + 1:064x}"[::-1] for i in range(len(files))], **options)
    return rows


def test_a_row_that_holds_another_image_is_decoded_again(tmp_path):
    files = write_files(tmp_path, 3)
    finish(fill_cache(tmp_path, files, ["aa", "bb", "cc"], size=8, colour=False))
    other = [files[0], files[2], files[1]]
    (rows, readable), _ = finish(fill_cache(tmp_path, other, ["aa", "cc", "bb"], size=8, colour=False))
    assert [np.array_equal(rows[row], grey(number)) for row, number in enumerate((0, 2, 1))] == [True] * 3
    assert readable.tolist() == [True] * 3


@pytest.mark.parametrize("left", [(1, 2, 3, 4, 5), (0, 1, 2, 4, 5), (5, 3, 1), (5, 0, 1, 2, 3, 4)])
def test_where_images_went_the_others_are_moved_not_decoded(tmp_path, monkeypatch, left):
    files, names = write_files(tmp_path, 6), [f"{i + 1:x}" * 16 for i in range(6)]
    finish(fill_cache(tmp_path, files, names, size=8, colour=False))
    read = []
    real = pixels.read_square
    monkeypatch.setattr(pixels, "read_square", lambda file, **options: read.append(file) or real(file, **options))
    fewer = [files[i] for i in left], [names[i] for i in left]
    (rows, readable), _ = finish(fill_cache(tmp_path, *fewer, size=8, colour=False))
    assert (read, readable.all()) == ([], True)
    assert all(np.array_equal(row, grey(i)) for row, i in zip(rows, left, strict=True))
    (rows, readable), _ = finish(fill_cache(tmp_path, files, names, size=8, colour=False))
    assert (sorted(read), readable.all()) == ([files[i] for i in range(6) if i not in left], True), "as they come back"
    assert all(np.array_equal(rows[i], grey(i)) for i in range(6))


def test_rows_are_decoded_where_there_is_no_room_to_move_them(tmp_path, monkeypatch):
    files, names = write_files(tmp_path, 3), ["aa", "bb", "cc"]
    finish(fill_cache(tmp_path, files, names, size=8, colour=False))

    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(pixels, "_copy_rows", full)
    (rows, readable), _ = finish(fill_cache(tmp_path, files[1:], names[1:], size=8, colour=False))
    assert readable.all()
    assert [np.array_equal(rows[i], grey(i + 1)) for i in range(2)] == [True] * 2


def test_rows_that_cannot_be_read_are_told_apart(tmp_path):
    files = write_files(tmp_path, 3)
    files[1].unlink()
    (_, readable), _ = finish(fill_cache(tmp_path, files, ["aa", "bb", "cc"], size=8, colour=False))
    assert readable.tolist() == [True, False, True]


def test_row_i_is_file_i(tmp_path):
    files = write_files(tmp_path, 70)
    rows, events = finish(cache(tmp_path / "cache", files, size=8, colour=False))
    assert rows.shape == (70, 8, 8) and rows.dtype == np.uint8 and isinstance(rows, np.memmap)
    assert all(np.array_equal(rows[number], grey(number)) for number in range(70))
    assert (events[-1].phase, events[-1].done, events[-1].total) == ("decode", 70, 70)


def test_colour_and_grey_and_sizes_have_caches_of_their_own(tmp_path):
    files = write_files(tmp_path, 2)
    assert finish(cache(tmp_path, files, size=4, colour=True))[0].shape == (2, 4, 4, 3)
    assert finish(cache(tmp_path, files, size=4, colour=False))[0].shape == (2, 4, 4)
    assert np.array_equal(finish(cache(tmp_path, files, size=8, colour=False))[0][1], grey(1))


def test_images_of_any_shape_become_squares_without_aliasing(tmp_path):
    stripes = np.zeros((100, 300), np.uint8)
    stripes[:, ::2] = 255
    (tmp_path / "a.png").write_bytes(encoded(stripes))
    rows, _ = finish(cache(tmp_path, [tmp_path / "a.png"], size=10, colour=False))
    assert np.abs(rows[0].astype(int) - 127).max() < 20


def test_only_new_rows_are_decoded_when_the_project_grows(tmp_path, monkeypatch):
    files = write_files(tmp_path, 3)
    finish(cache(tmp_path, files, size=8, colour=False))
    read = []
    real = pixels.read_square
    monkeypatch.setattr(pixels, "read_square", lambda file, **options: read.append(file) or real(file, **options))
    more = files + write_files(tmp_path, 2, start=3)
    rows, _ = finish(cache(tmp_path, more, size=8, colour=False))
    assert sorted(read) == more[3:]
    assert all(np.array_equal(rows[number], grey(number)) for number in range(5))
    assert finish(cache(tmp_path, more[:2], size=8, colour=False))[0].shape == (2, 8, 8)


def test_a_file_that_is_gone_leaves_zeros_is_told_and_is_tried_again(tmp_path):
    files = write_files(tmp_path, 3)
    files[1].unlink()
    rows, events = finish(cache(tmp_path, files, size=8, colour=False))
    assert not rows[1].any() and rows[2].any()
    assert [event.message for event in events if event.message] == [f"{files[1]}: missing: there is no such file"]
    write_image(files[1], seed=1)
    rows, _ = finish(cache(tmp_path, files, size=8, colour=False))
    assert np.array_equal(rows[1], grey(1))


def test_closing_keeps_what_is_decoded_and_stops_the_threads(tmp_path, monkeypatch):
    files = write_files(tmp_path, 200)
    work = cache(tmp_path, files, size=8, colour=False)
    assert next(work).done == 64
    work.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("images")]
    _, events = finish(cache(tmp_path, files, size=8, colour=False))
    assert events[-1].total == 200 - 64


def test_a_row_is_marked_only_after_its_pixels_are_on_disk(tmp_path, monkeypatch):
    order = []
    real = np.memmap.flush

    def flush(rows):
        order.append(os.path.basename(rows.filename))
        real(rows)

    monkeypatch.setattr(np.memmap, "flush", flush)
    finish(cache(tmp_path, write_files(tmp_path, 2), size=8, colour=False))
    assert order[:3] == [f"fitted-grey-8.{kind}" for kind in ("pixels", "checksums", "decoded")]


def cut_to_a_third(folder):
    os.truncate(folder / "fitted-grey-8.pixels", 6 * 64 // 3)
    return 4


def gone_beside_its_marks(folder):
    (folder / "fitted-grey-8.pixels").unlink()
    return 6


def zeroed(folder):
    (folder / "fitted-grey-8.pixels").write_bytes(bytes(6 * 64))
    return 6


def a_bit_turned_over(folder):
    file = folder / "fitted-grey-8.pixels"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    return 1


def checksums_zeroed(folder):
    (folder / "fitted-grey-8.checksums").write_bytes(bytes(6 * 4))
    return 6


@pytest.mark.parametrize("damage", [cut_to_a_third, gone_beside_its_marks, zeroed, a_bit_turned_over, checksums_zeroed])
def test_rows_that_are_not_what_was_decoded_are_decoded_again_and_said(tmp_path, damage):
    files = write_files(tmp_path, 6)
    finish(cache(tmp_path / "cache", files, size=8, colour=False))
    damaged = damage(tmp_path / "cache")
    rows, events = finish(cache(tmp_path / "cache", files, size=8, colour=False))
    assert all(np.array_equal(rows[number], grey(number)) for number in range(6))
    assert [event.message for event in events if event.message] == [f"{damaged} {pixels.DAMAGED}"]
    assert not finish(cache(tmp_path / "cache", files, size=8, colour=False))[1]


def test_a_damaged_row_that_moves_is_found_at_its_new_place(tmp_path):
    files, names = write_files(tmp_path, 6), [f"{i + 1:x}" * 16 for i in range(6)]
    finish(fill_cache(tmp_path, files, names, size=8, colour=False))
    a_bit_turned_over(tmp_path)
    (rows, readable), events = finish(fill_cache(tmp_path, files[1:], names[1:], size=8, colour=False))
    assert readable.all() and all(np.array_equal(rows[i], grey(i + 1)) for i in range(5))
    assert [event.message for event in events if event.message] == [f"1 {pixels.DAMAGED}"]


def test_a_cache_of_a_version_without_checksums_is_decoded_again_without_a_word(tmp_path):
    files = write_files(tmp_path, 3)
    finish(cache(tmp_path, files, size=8, colour=False))
    (tmp_path / "fitted-grey-8.checksums").unlink()
    (tmp_path / "fitted-grey-8.pixels").write_bytes(bytes(3 * 64))
    rows, events = finish(cache(tmp_path, files, size=8, colour=False))
    assert np.array_equal(rows[2], grey(2)) and not any(event.message for event in events)


def test_the_returned_pixels_cannot_be_written(tmp_path):
    rows, _ = finish(cache(tmp_path, write_files(tmp_path, 1), size=8, colour=False))
    with pytest.raises(ValueError, match="read-only"):
        rows[0] = 1


def test_a_full_disk_is_told_before_anything_is_mapped(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(StudioError, match="no room for the pixel cache.*No space left"):
        finish(cache(tmp_path, write_files(tmp_path, 1), size=8, colour=False))


def test_no_files_make_an_empty_cache(tmp_path):
    rows, events = finish(cache(tmp_path, [], size=8, colour=True))
    assert rows.shape == (0, 8, 8, 3) and events == []


def test_a_size_of_nothing_is_a_wrong_call(tmp_path):
    with pytest.raises(ValueError, match="size is 0"):
        next(cache(tmp_path, [tmp_path], size=0, colour=False))


def test_large_jpegs_are_read_reduced_and_look_the_same(tmp_path):
    smooth = np.tile(np.linspace(0, 255, 400).astype(np.uint8), (400, 1))
    (tmp_path / "a.jpg").write_bytes(encoded(smooth, "JPEG", quality=95))
    (tmp_path / "a.png").write_bytes(encoded(smooth))
    rows, _ = finish(cache(tmp_path, [tmp_path / "a.jpg", tmp_path / "a.png"], size=16, colour=False))
    assert np.abs(rows[0].astype(int) - rows[1]).max() <= 4
