import struct
import warnings

import numpy as np
import pytest
from image_files import chunk, encoded, grey, png, png_16, tiff_16
from PIL import Image

from vabal_core.images import decode
from vabal_core.images.decode import PIXEL_LIMIT, Unreadable, measure, picture, read_pixels
from vabal_core.images.scale import to_eight_bits
from vabal_core.types import Scale


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_grey_pixels_come_back_as_written(kind):
    pixels = grey(height=5, width=9)
    assert np.array_equal(read_pixels(encoded(pixels, kind)), pixels)
    assert measure(encoded(pixels, kind)) == (9, 5)


def test_a_path_and_its_bytes_read_the_same(tmp_path):
    file = tmp_path / "a.jpg"
    file.write_bytes(encoded(grey(), "JPEG"))
    assert np.array_equal(read_pixels(file), read_pixels(file.read_bytes()))


def test_colour_is_kept_when_asked_and_weighed_to_grey_otherwise():
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[..., 1] = 200
    assert np.array_equal(read_pixels(encoded(pixels), colour=True), pixels)
    assert read_pixels(encoded(pixels)).tolist() == [[117, 117], [117, 117]]


def test_a_grey_image_read_as_colour_has_three_equal_channels():
    pixels = read_pixels(encoded(grey()), colour=True)
    assert pixels.shape == (8, 8, 3) and np.array_equal(pixels[..., 2], grey())


def test_palette_colours_are_looked_up():
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "L").convert("P")
    image.putpalette([10, 20, 30, 200, 100, 50])
    assert read_pixels(encoded(image), colour=True).tolist() == [[[10, 20, 30], [200, 100, 50]]]


def test_transparent_palette_entries_lie_over_black():
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "L").convert("P")
    image.putpalette([10, 20, 30, 200, 100, 50])
    assert read_pixels(encoded(image, transparency=b"\xff\x00"), colour=True).tolist() == [[[10, 20, 30], [0, 0, 0]]]


def test_alpha_lies_over_black():
    image = Image.fromarray(np.array([[[200, 100, 50, 128]]], np.uint8))
    assert np.allclose(read_pixels(encoded(image), colour=True), [[[100, 50, 25]]], atol=1)
    assert read_pixels(encoded(Image.fromarray(np.array([[[200, 0]]], np.uint8), "LA"))).tolist() == [[0]]


def test_one_bit_images_are_black_and_white():
    assert read_pixels(encoded(Image.fromarray(np.array([[True, False]])))).tolist() == [[255, 0]]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_the_colour_it_prints(kind):
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    red, green, blue = read_pixels(encoded(image, kind), colour=True)[8, 8]
    assert red > 240 and green < 15 and blue < 15


@pytest.mark.parametrize(("maximum", "expected"), [(255, 255), (1023, 255), (1000, 249), (4095, 255), (16383, 255)])
def test_sixteen_bit_grey_uses_the_range_the_camera_used(maximum, expected):
    values = np.array([[0, maximum]], np.uint16)
    assert read_pixels(png_16(values[..., None], 0)).tolist() == [[0, expected]]
    assert read_pixels(tiff_16(values, 1)).tolist() == [[0, expected]]


def test_an_eight_bit_range_inside_sixteen_bits_is_left_as_it_is():
    assert to_eight_bits(np.array([0, 7, 200], np.uint16)).tolist() == [0, 7, 200]
    assert to_eight_bits(np.array([], np.uint16)).tolist() == []


@pytest.mark.parametrize("colour_type", [2, 6])
def test_twelve_bit_colour_in_a_sixteen_bit_png_is_not_black(colour_type):
    values = np.zeros((1, 2, 3 if colour_type == 2 else 4), np.uint16)
    values[0, 0, :3] = (4095, 2048, 0)
    values[..., 3:] = 65535
    pixels = read_pixels(png_16(values, colour_type), colour=True)
    assert np.allclose(pixels, [[[255, 128, 0], [0, 0, 0]]], atol=1)


def test_twelve_bit_colour_in_a_sixteen_bit_tiff_is_not_black():
    values = np.array([[[4095, 2048, 0], [0, 0, 1000]]], np.uint16)
    assert np.allclose(read_pixels(tiff_16(values, 2), colour=True), [[[255, 128, 0], [0, 0, 62]]], atol=1)


def test_sixteen_bit_grey_with_alpha_lies_over_black():
    values = np.array([[[4095, 65535], [4095, 0], [1000, 65535]]], np.uint16)
    assert np.allclose(read_pixels(png_16(values, 4)), [[255, 0, 62]], atol=1)


def test_a_transparent_value_in_a_sixteen_bit_png_is_black():
    values = np.array([[[4095], [300]]], np.uint16)
    assert read_pixels(png_16(values, 0, chunk(b"tRNS", struct.pack(">H", 4095)))).tolist() == [[0, 19]]


def test_a_sixteen_bit_tiff_whose_zero_is_white_is_turned_over():
    assert read_pixels(tiff_16(np.array([[0, 4095]], np.uint16), 0)).tolist() == [[255, 0]]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(kind, orientation):
    upright = np.zeros((16, 32), np.uint8)
    upright[:8, :8] = 255  # the bright corner belongs at the top left
    stored = {1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1]}
    stored |= {5: upright.T, 6: np.rot90(upright), 7: upright[::-1, ::-1].T, 8: np.rot90(upright, -1)}
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = encoded(np.ascontiguousarray(stored[orientation]), kind, exif=exif.tobytes() if kind != "TIFF" else exif)
    assert np.abs(read_pixels(file).astype(int) - upright).max() < 40
    assert measure(file) == (32, 16)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_costs_no_pixels():
    file = encoded(grey(height=16, width=16), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert read_pixels(file).shape == (16, 16)


def test_the_first_frame_of_a_tiff_with_several_is_read():
    frames = [Image.fromarray(grey(seed)) for seed in range(3)]
    file = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert np.array_equal(read_pixels(file), grey(0))


def test_a_large_jpeg_may_come_reduced_but_never_below_what_was_asked():
    file = encoded(np.zeros((200, 300), np.uint8), "JPEG")
    assert read_pixels(file, at_least=64).shape == (100, 150)
    assert read_pixels(file).shape == (200, 300)
    assert measure(file) == (300, 200)


def test_a_picture_is_grey_or_colour_as_its_file_is():
    assert picture(encoded(grey())).mode == "L"
    assert picture(encoded(np.zeros((2, 2, 3), np.uint8))).mode == "RGB"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF"])
def test_a_file_cut_in_half_is_unreadable_and_says_so(kind):
    file = encoded(grey(height=64, width=64), kind)
    with pytest.raises(Unreadable, match="truncated|damaged"):
        read_pixels(file[: len(file) // 2])
    with pytest.raises(Unreadable, match="truncated|damaged"):
        measure(file[: len(file) // 2])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF"])
def test_whatever_bytes_are_changed_the_answer_is_pixels_or_a_reason(kind):
    rng = np.random.default_rng(0)
    file = bytearray(encoded(grey(height=16, width=16), kind))
    for _ in range(60):
        broken = bytearray(file)
        for place in rng.integers(0, len(file), 4):
            broken[place] = rng.integers(0, 256)
        try:
            assert read_pixels(bytes(broken)).dtype == np.uint8
        except Unreadable as reason:
            assert str(reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "zero bytes"),
        (b"path,label\nx.png,scratch\n", "a text file"),
        (bytes(range(256)), "unknown content"),
        (b"GIF89a" + bytes(40), "a GIF file; JPEG, PNG, BMP, TIFF, WebP"),
        (b"\x89PNG\r\n\x1a\n", "starts like a PNG file"),
        (b"\xff\xd8\xff", "starts like a JPEG file"),
    ],
)
def test_the_reason_names_what_the_file_is(content, reason):
    with pytest.raises(Unreadable, match=reason):
        read_pixels(content)


def test_a_missing_file_is_unreadable(tmp_path):
    with pytest.raises(Unreadable, match="no such file"):
        read_pixels(tmp_path / "gone.png")


def test_fractions_and_other_wide_values_are_read_by_a_scale_and_not_without():
    fractions, signed = np.array([[0.25, np.nan, 0.5]], np.float32), np.array([[-5, 70000]], np.int32)
    with pytest.raises(Unreadable, match="values from nan to nan|values from 0.25 to 0.5"):
        read_pixels(encoded(fractions, "TIFF"))
    with pytest.raises(Unreadable, match="values from -5 to 70000.*set the project's scale"):
        read_pixels(encoded(signed, "TIFF"))
    assert read_pixels(encoded(fractions, "TIFF"), scale=Scale(low=0, high=1)).tolist() == [[64, 0, 128]]
    assert read_pixels(encoded(signed, "TIFF"), scale=Scale(low=-5, high=69_995)).tolist() == [[0, 255]]


@pytest.mark.parametrize(("width", "height"), [(10_001, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_huge_dimensions_are_refused_before_anything_is_decoded(monkeypatch, width, height):
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(Unreadable, match="too large.* limit of 100,000,000 pixels"):
        read_pixels(png(width, height, b"\0", depth=8, colour_type=0))


def test_the_pixel_limit_holds_where_warnings_are_ignored():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Unreadable, match="too large: 10,001 x 10,000"):
            read_pixels(png(10_001, 10_000, b"\0", depth=8, colour_type=0))
    assert PIXEL_LIMIT == 100_000_000


def test_running_out_of_memory_is_a_reason_not_a_crash(monkeypatch):
    def fail(*arguments):
        raise MemoryError

    monkeypatch.setattr(decode, "_without_alpha", fail)
    with pytest.raises(Unreadable, match="not enough memory"):
        read_pixels(encoded(grey()))
