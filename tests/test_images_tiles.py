import numpy as np
import pytest
import tifffile
from image_files import encoded, grey, png_16
from PIL import Image

from vabal_core.images.decode import Unreadable, read_pixels, read_values
from vabal_core.images.tiles import boxes_of, cut, cut_all
from vabal_core.types import Box, Scale, StudioError, Tiling


def covered(width: int, height: int, boxes: list[Box]) -> np.ndarray:
    times = np.zeros((height, width), int)
    for box in boxes:
        times[box.y : box.y + box.height, box.x : box.x + box.width] += 1
        assert box.x + box.width <= width and box.y + box.height <= height
    return times


@pytest.mark.parametrize(
    ("size", "side", "overlap", "count"),
    [((900, 20), 20, 0, 45), ((900, 20), 64, 0, 15), ((8192, 512), 512, 0, 16), ((8192, 512), 512, 128, 21)]
    + [((100, 70), 32, 8, 12), ((33, 32), 32, 0, 2), ((32, 20), 32, 0, 1), ((7, 900), 7, 6, 894)],
)
def test_tiles_cover_every_pixel_and_all_have_one_size(size, side, overlap, count):
    boxes = boxes_of(*size, Tiling(side=side, overlap=overlap))
    assert len(boxes) == len(set(boxes)) == count
    assert covered(*size, boxes).min() == 1
    assert {(box.width, box.height) for box in boxes} == {(min(side, size[0]), min(side, size[1]))}


def test_neighbours_have_the_overlap_in_common():
    first, second, *_ = boxes_of(100, 20, Tiling(side=20, overlap=5))
    assert first.x + first.width - second.x == 5


@pytest.mark.parametrize(("side", "overlap"), [(0, 0), (10, 10), (10, -1)])
def test_tiles_that_would_not_advance_are_a_wrong_call(side, overlap):
    with pytest.raises(ValueError, match="less than the side"):
        Tiling(side=side, overlap=overlap)


def test_a_piece_has_the_pixels_of_its_image(tmp_path):
    (tmp_path / "a.png").write_bytes(encoded(grey(height=40, width=60)))
    out = cut(tmp_path / "a.png", Box(x=10, y=5, width=20, height=30), tmp_path / "deep" / "b.png")
    assert out == tmp_path / "deep" / "b.png"
    assert np.array_equal(read_pixels(out), grey(height=40, width=60)[5:35, 10:30])


def test_a_piece_is_cut_from_the_image_as_it_is_looked_at(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = grey(height=20, width=30)
    (tmp_path / "a.png").write_bytes(encoded(pixels, exif=exif.tobytes()))
    out = cut(tmp_path / "a.png", Box(x=0, y=0, width=20, height=10), tmp_path / "b.png")
    assert np.array_equal(read_pixels(out), np.rot90(pixels, -1)[:10])


@pytest.mark.parametrize("kind", ["grey", "colour", "fractions", "white is zero"])
def test_pieces_keep_every_bit_and_look_as_in_their_image(tmp_path, kind):
    values = np.random.default_rng(0).integers(0, 4096, (40, 40), dtype=np.uint16)
    file, scale = tmp_path / "a.tif", Scale(low=0, high=4095)
    if kind == "grey":
        file.write_bytes(png_16(values[..., None], 0))
    else:
        colour = np.dstack([values, values // 2, values // 4])
        pixels = {"colour": colour, "fractions": values.astype(np.float32)}.get(kind, values)
        photometric = {"colour": "rgb", "white is zero": "miniswhite"}.get(kind, "minisblack")
        tifffile.imwrite(file, pixels, photometric=photometric, metadata=None)
    box = Box(x=3, y=4, width=16, height=9)
    out = cut(file, box, tmp_path / "b.png")
    assert np.array_equal(read_values(out).values, read_values(file).values[4:13, 3:19])
    whole, piece = (read_pixels(path, colour=True, scale=scale) for path in (file, out))
    assert np.array_equal(piece, whole[4:13, 3:19])


def test_a_box_that_reaches_beyond_the_image_ends_with_it_and_one_outside_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(encoded(grey()))
    assert read_pixels(cut(tmp_path / "a.png", Box(x=6, y=-2, width=9, height=9), tmp_path / "b.png")).shape == (7, 2)
    with pytest.raises(StudioError, match="has nothing of a.png, which is 8 x 8 pixels"):
        cut(tmp_path / "a.png", Box(x=8, y=0, width=9, height=9), tmp_path / "b.png")
    with pytest.raises(Unreadable, match="no such file"):
        cut_all(tmp_path / "gone.png", [])
