from io import BytesIO

import numpy as np
import pytest
from image_files import encoded, grey, png_16
from PIL import Image

from vabal_core.images.decode import Unreadable
from vabal_core.images.display import full, thumbnail


def write(tmp_path, content: bytes):
    (tmp_path / "image").write_bytes(content)
    return tmp_path / "image"


def shown(answer: tuple[bytes, str]) -> Image.Image:
    content, media_type = answer
    image = Image.open(BytesIO(content))
    assert f"image/{image.format.lower()}" == media_type
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_browsers_show_passes_unchanged(tmp_path, kind):
    content = encoded(grey(), kind)
    file = write(tmp_path, content)
    assert full(file) == (content, f"image/{kind.lower()}") == thumbnail(file, 8)


@pytest.mark.parametrize("kind", ["TIFF", "BMP"])
def test_what_browsers_do_not_show_becomes_png(tmp_path, kind):
    file = write(tmp_path, encoded(grey(), kind))
    for answer in (full(file), thumbnail(file, 100)):
        assert shown(answer).format == "PNG"
        assert np.array_equal(np.asarray(shown(answer)), grey())


def test_a_dark_sixteen_bit_png_is_made_visible(tmp_path):
    image = shown(full(write(tmp_path, png_16(np.array([[[0], [4095]]], np.uint16), 0))))
    assert image.mode == "L" and np.asarray(image).tolist() == [[0, 255]]
    colour = np.array([[[4095, 0, 0]]], np.uint16)
    assert np.asarray(shown(full(write(tmp_path, png_16(colour, 2))))).tolist() == [[[255, 0, 0]]]


@pytest.mark.parametrize(("kind", "expected"), [("JPEG", "JPEG"), ("PNG", "PNG"), ("TIFF", "PNG")])
def test_thumbnails_keep_the_shape_and_fit(tmp_path, kind, expected):
    image = shown(thumbnail(write(tmp_path, encoded(np.zeros((100, 400), np.uint8), kind)), 40))
    assert image.size == (40, 10) and image.format == expected


def test_thumbnails_are_never_enlarged(tmp_path):
    assert shown(thumbnail(write(tmp_path, encoded(grey(), "TIFF")), 500)).size == (8, 8)


def test_a_reduced_photograph_stands_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    file = write(tmp_path, encoded(np.zeros((100, 400), np.uint8), "JPEG", exif=exif.tobytes()))
    assert shown(thumbnail(file, 40)).size == (10, 40)


def test_a_transparent_png_thumbnail_lies_over_black(tmp_path):
    image = Image.new("RGBA", (100, 100), (255, 255, 255, 0))
    assert np.asarray(shown(thumbnail(write(tmp_path, encoded(image)), 10))).max() == 0


def test_broken_and_missing_files_say_why(tmp_path):
    with pytest.raises(Unreadable, match="zero bytes"):
        thumbnail(write(tmp_path, b""), 10)
    with pytest.raises(Unreadable, match="no such file"):
        full(tmp_path / "gone")


def test_a_thumbnail_of_no_pixels_is_a_wrong_call(tmp_path):
    with pytest.raises(ValueError, match="pixels is 0"):
        thumbnail(write(tmp_path, encoded(grey())), 0)
