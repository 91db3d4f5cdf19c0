"""An image of any shape becomes a square in which nothing is squashed and nothing is added to it."""

from pathlib import Path

import numpy as np
import pytest
from image_files import encoded, grey
from PIL import Image

from vabal_core.images.fit import fit_square, read_square

PICTURE = np.array([[10, 20, 30, 40], [50, 60, 70, 80]], np.uint8)


def test_above_and_below_a_wide_picture_stand_its_mirror_images() -> None:
    above, below = PICTURE[0], PICTURE[1]
    assert np.array_equal(fit_square(PICTURE, 4), [above, above, below, below])
    assert np.array_equal(fit_square(PICTURE.T, 4), np.transpose([above, above, below, below]))


def test_mirror_images_repeat_as_often_as_it_takes() -> None:
    line = np.arange(0, 250, 25, dtype=np.uint8)
    pair = np.stack([line, line + 1])
    # Rows 0 and 1 of the picture in the middle, at 4 and 5: 0 0 1 1 0 0 1 ... in both directions from there.
    assert (fit_square(pair, 10)[:, 0] - pair[0, 0]).tolist() == [0, 1, 1, 0, 0, 1, 1, 0, 0, 1]


def test_a_side_that_cannot_be_split_evenly_has_its_odd_pixel_at_the_end() -> None:
    three = np.arange(15, dtype=np.uint8).reshape(3, 5)[:, ::-1]
    six = np.concatenate([np.zeros((2, 5), np.uint8), three])[2:5]
    assert np.array_equal(fit_square(six, 5), three[[0, 0, 1, 2, 2]])
    two = PICTURE[:, :3]
    assert np.array_equal(fit_square(two, 3), two[[0, 1, 1]])


@pytest.mark.parametrize("shape", [(1, 4_000), (4_000, 1), (3, 4_000), (4_000, 30), (2, 3), (63, 64)])
def test_the_square_is_full_and_its_mean_is_the_pictures(shape: tuple[int, int]) -> None:
    smooth = np.add.outer(np.linspace(40, 90, shape[0]), np.linspace(0, 120, shape[1])).astype(np.uint8)
    square = fit_square(smooth, 64)
    assert square.shape == (64, 64) and square.dtype == np.uint8
    assert square.min() >= smooth.min() and square.max() <= smooth.max()
    assert abs(square.mean() - smooth.mean()) < 2


def test_circles_stay_circles() -> None:
    rows, columns = np.mgrid[:100, :300]
    disc = np.where((rows - 50) ** 2 + (columns - 150) ** 2 < 40**2, 255, 0).astype(np.uint8)
    square = fit_square(disc, 90)
    middle = square[30:60] > 127  # the picture itself is 30 pixels high
    assert abs(int(middle.any(axis=0).sum()) - int(middle.any(axis=1).sum())) <= 1


@pytest.mark.parametrize("side", [8, 64, 100])
@pytest.mark.parametrize("colour", [False, True])
def test_a_square_picture_is_resized_alone_to_the_last_bit(side: int, colour: bool) -> None:
    picture = np.dstack([grey(i, 64, 64) for i in range(3)]) if colour else grey(0, 64, 64)
    plain = Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR)
    assert np.array_equal(fit_square(picture, side), np.asarray(plain))


def test_colours_are_fitted_one_like_the_other() -> None:
    picture = np.dstack([grey(i, 20, 50) for i in range(3)])
    square = fit_square(picture, 32)
    assert square.shape == (32, 32, 3)
    assert all(np.array_equal(square[..., i], fit_square(picture[..., i], 32)) for i in range(3))


def test_a_side_of_nothing_is_a_wrong_call() -> None:
    with pytest.raises(ValueError, match="side is 0"):
        fit_square(PICTURE, 0)


def test_a_file_is_read_upright_and_fitted_grey_or_in_colour(tmp_path: Path) -> None:
    picture, file = np.dstack([grey(i, 6, 12) for i in range(3)]), tmp_path / "a.png"
    file.write_bytes(encoded(picture))
    assert np.array_equal(read_square(file, side=12, colour=True), fit_square(picture, 12))
    assert read_square(file, side=12, colour=False).shape == (12, 12)
    sideways = Image.Exif()
    sideways[0x0112] = 6
    smooth = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (32, 1))
    file.write_bytes(encoded(smooth, "TIFF", exif=sideways))
    assert np.array_equal(read_square(file, side=64, colour=False), fit_square(np.rot90(smooth, -1), 64))


def test_a_file_that_cannot_be_read_gives_the_reason(tmp_path: Path) -> None:
    assert read_square(tmp_path / "none.png", side=8, colour=False) == "missing: there is no such file"


def test_a_large_jpeg_is_decoded_reduced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smooth = np.tile(np.linspace(0, 255, 800).astype(np.uint8), (400, 1))
    (tmp_path / "a.jpg").write_bytes(encoded(smooth, "JPEG", quality=95))
    (tmp_path / "a.png").write_bytes(encoded(smooth))
    sizes = []
    real = Image.Image.resize
    monkeypatch.setattr(Image.Image, "resize", lambda image, *rest: sizes.append(image.size) or real(image, *rest))
    reduced, whole = (read_square(tmp_path / name, side=16, colour=False) for name in ("a.jpg", "a.png"))
    assert sizes == [(100, 50), (800, 400)]
    assert np.abs(reduced.astype(int) - whole).max() <= 6
