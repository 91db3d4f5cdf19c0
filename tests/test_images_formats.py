"""Layouts and formats beyond the plain ones: read right, or refused with the true reason."""

import struct
import subprocess
import sys
from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from image_files import encoded, grey, png_16, tiff_16
from PIL import Image

from vabal_core.images.apart import process
from vabal_core.images.decode import Unreadable, inspect, picture, read_pixels, read_values

TWELVE_BITS = np.random.default_rng(0).integers(0, 4096, (24, 32), dtype=np.uint16)
COLOUR = np.dstack([TWELVE_BITS, TWELVE_BITS // 2, TWELVE_BITS // 4])


def tiff(values: np.ndarray, **options: Any) -> bytes:
    out = BytesIO()
    tifffile.imwrite(out, values, metadata=None, **options)
    return out.getvalue()


def smooth(height: int = 48, width: int = 64) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return (128 + 60 * np.sin(x / 9) + 60 * np.cos(y / 7)).astype(np.uint8)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize(
    "options",
    [
        {"planarconfig": "separate"},
        {"planarconfig": "separate", "compression": "lzw", "predictor": True},
        {"compression": "zlib", "predictor": True, "tile": (16, 16)},
        {"compression": "zstd"},
        {"bigtiff": True},
    ],
)
def test_sixteen_bit_colour_is_the_same_picture_however_a_tiff_lays_it_out(options, byteorder):
    values = np.ascontiguousarray(np.moveaxis(COLOUR, -1, 0)) if "planarconfig" in options else COLOUR
    file = tiff(values, photometric="rgb", byteorder=byteorder, **options)
    assert np.array_equal(read_values(file).values, COLOUR)
    assert np.array_equal(read_pixels(file, colour=True), read_pixels(png_16(COLOUR, 2), colour=True))


@pytest.mark.parametrize("extra", ["unspecified", "assocalpha"])
def test_a_fourth_sample_that_is_no_alpha_of_its_own_changes_no_colour(extra):
    file = tiff(np.dstack([COLOUR, COLOUR[..., 0]]), photometric="rgb", extrasamples=[extra])
    assert np.array_equal(read_pixels(file, colour=True), read_pixels(png_16(COLOUR, 2), colour=True))


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_packed_bits_are_unpacked(bits):
    values = np.random.default_rng(bits).integers(0, 2**bits, (5, 16), dtype=np.uint16)
    packed = np.packbits(np.unpackbits(values.astype(">u2").view(np.uint8)).reshape(5, 16, 16)[..., 16 - bits :])
    tags = [(256, 16), (257, 5), (258, bits), (259, 1), (262, 1), (273, 8), (277, 1), (278, 5), (279, len(packed))]
    directory = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in tags)
    file = b"II*\0" + struct.pack("<I", 8 + len(packed)) + packed.tobytes()
    file += struct.pack("<H", len(tags)) + directory + bytes(4)
    assert np.array_equal(read_values(file).values, values)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int16, np.int32, np.uint32, np.int8])
def test_fractions_signs_and_wide_values_come_back_as_they_are(kind):
    values = (smooth() / 255 * 100).astype(kind)
    assert np.array_equal(read_values(tiff(values)).values, values)
    assert inspect(tiff(values)).values[1] <= 100


def test_where_zero_is_white_the_least_value_is_white_in_any_layout():
    plain = read_pixels(tiff_16(TWELVE_BITS, 1))
    assert np.array_equal(read_pixels(tiff(TWELVE_BITS, photometric="miniswhite", compression="zstd")), 255 - plain)


def test_a_jpeg_inside_a_tiff_is_read():
    file = tiff(smooth(), compression="jpeg", photometric="minisblack")
    assert np.abs(read_pixels(file).astype(int) - smooth()).max() < 12


def test_cmyk_of_sixteen_bits_becomes_the_colour_it_prints():
    inks = np.zeros((4, 4, 4), np.uint16)
    inks[..., 1:3] = 65535
    red, green, blue = read_pixels(tiff(inks, photometric="separated"), colour=True)[2, 2]
    assert red > 240 and green < 15 and blue < 15


@pytest.mark.parametrize("bits", [8, 16])
def test_that_a_tiff_has_more_pages_is_said(bits):
    frames = [grey(seed).astype(f"u{bits // 8}") for seed in range(3)]
    planar = {"compression": "zstd"} if bits == 16 else {}
    inspection = inspect(tiff(np.stack(frames), photometric="minisblack", **planar))
    assert inspection.remark == "the first of 3 pages; the others are left out"
    assert inspect(tiff(frames[0])).remark == ""


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"photometric": "cfa"}, "raw file of a camera"),
        ({"extratags": [(50706, 1, 4, bytes([1, 4, 0, 0]), True)]}, "raw file of a camera .DNG."),
        ({"subfiletype": 1}, "a small copy of another"),
    ],
)
def test_a_preview_is_not_taken_for_the_picture(options, reason):
    with pytest.raises(Unreadable, match=reason):
        read_pixels(tiff(grey(), **options))


def test_a_small_copy_before_the_sensors_values_is_not_taken_for_the_picture():
    out = BytesIO()
    with tifffile.TiffWriter(out) as writer:
        writer.write(grey(), subfiletype=1, subifds=1, metadata=None)
        writer.write(TWELVE_BITS, metadata=None)
    with pytest.raises(Unreadable, match="raw file of a camera"):
        read_pixels(out.getvalue())


def test_raw_files_are_named():
    canon = b"II*\0\x10\0\0\0CR\2\0" + bytes(99)
    for content, camera in ((canon, "Canon"), (b"\0\0\0\x18ftypcrx " + bytes(99), "Canon"), (b"IIU\0", "Pana")):
        with pytest.raises(Unreadable, match=f"a raw file of a camera .{camera}.*export the picture"):
            read_pixels(content)


def test_a_volume_and_colours_of_another_kind_are_refused_in_words():
    with pytest.raises(Unreadable, match="a volume of 3 layers"):
        read_pixels(tiff(np.zeros((3, 16, 16), np.uint16), photometric="minisblack", volumetric=True, tile=(1, 16, 16)))
    with pytest.raises(Unreadable, match="CIELAB"):
        read_pixels(tiff(COLOUR, photometric="cielab"))


def test_a_tiff_cut_in_half_is_truncated_whoever_reads_it():
    file = tiff(COLOUR, photometric="rgb")
    with pytest.raises(Unreadable, match="truncated"):
        read_pixels(file[: len(file) // 2])


def test_jpeg_2000_keeps_all_its_bits():
    assert np.array_equal(read_values(imagecodecs.jpeg2k_encode(TWELVE_BITS, level=0)).values, TWELVE_BITS)
    eight = imagecodecs.jpeg2k_encode(smooth(), level=0)
    assert np.array_equal(read_pixels(eight), smooth()) and inspect(eight).values is None


@pytest.mark.parametrize(("kind", "options"), [("WEBP", {"lossless": True}), ("PPM", {}), ("TGA", {})])
def test_other_formats_are_read(kind, options):
    assert np.array_equal(read_pixels(encoded(smooth(), kind, **options)), smooth())


def test_avif_and_heic_are_read_where_their_libraries_are():
    assert np.abs(read_pixels(encoded(smooth(), "AVIF", quality=95)).astype(int) - smooth()).max() < 12
    pillow_heif = pytest.importorskip("pillow_heif")
    out = BytesIO()
    pillow_heif.from_pillow(Image.fromarray(smooth()).convert("RGB")).save(out, quality=95)
    assert np.abs(read_pixels(out.getvalue()).astype(int) - smooth()).max() < 12


def test_pnm_of_sixteen_bits_keeps_its_values():
    head = b"P5 32 24 4095\n"
    assert np.array_equal(read_values(head + TWELVE_BITS.astype(">u2").tobytes()).values, TWELVE_BITS)
    words = b"P3\n# a comment\n1 1\n1000\n900 4 # another\n 7"
    assert read_values(words).values.tolist() == [[[900, 4, 7]]]
    with pytest.raises(Unreadable, match="truncated"):
        read_pixels(head + bytes(100))


def test_lossless_jpegs_keep_all_their_bits():
    for encode in (imagecodecs.jpegls_encode, imagecodecs.ljpeg_encode):
        assert np.array_equal(read_values(encode(TWELVE_BITS)).values, TWELVE_BITS)
    assert np.array_equal(read_pixels(imagecodecs.jpegxl_encode(smooth(), lossless=True)), smooth())


def test_a_twelve_bit_jpeg_is_read():
    values = smooth().astype(np.uint16) * 16
    file = imagecodecs.jpeg8_encode(values, level=98, bitspersample=12)
    assert np.abs(read_values(file).values.astype(int) - values).max() < 100


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_end_marker_is_the_same_picture(progressive, missing):
    file = encoded(smooth(), "JPEG", progressive=progressive)
    assert np.array_equal(read_pixels(file[:-missing]), read_pixels(file))
    assert inspect(file[:-missing]).remark == ""


def test_of_a_jpeg_that_lacks_a_few_pixels_it_is_said_and_of_one_that_lacks_many_it_is_the_reason():
    file = encoded(grey(height=96, width=96), "JPEG")
    inspection = inspect(file[:-8])
    assert "its end is cut off" in inspection.remark and (inspection.width, inspection.height) == (96, 96)
    with pytest.raises(Unreadable, match="truncated: .* 3[0-9]% of its pixels are missing"):
        inspect(file[: len(file) * 2 // 3])


@pytest.mark.parametrize("header", [40, 108, 124])
def test_a_bitmap_whose_alpha_was_never_set_is_opaque(header):
    pixels = np.dstack([smooth()] * 3 + [np.zeros_like(smooth())])[::-1].tobytes()
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(max(0, header - 60))
    info = struct.pack("<IiiHHIIiiII", header, 64, 48, 1, 32, 3 if header > 40 else 0, len(pixels), 0, 0, 0, 0)
    info += masks if header > 40 else b""
    file = b"BM" + struct.pack("<IHHI", 14 + len(info) + len(pixels), 0, 0, 14 + len(info)) + info + pixels
    assert np.array_equal(read_pixels(file), smooth())


def test_a_picture_without_one_visible_pixel_is_no_good_picture():
    with pytest.raises(Unreadable, match="wholly transparent"):
        inspect(encoded(Image.new("RGBA", (8, 8), (255, 200, 100, 0))))
    with pytest.raises(Unreadable, match="wholly transparent"):
        inspect(tiff(np.dstack([COLOUR, COLOUR[..., 0] * 0]), photometric="rgb", extrasamples=["unassalpha"]))


def test_a_decoder_that_crashes_is_a_reason_and_the_next_file_is_read(monkeypatch):
    dies = "import sys, os; sys.stdin.buffer.readline(); os.abort()"
    monkeypatch.setattr(process, "_idle", type(process._idle)())
    with monkeypatch.context() as broken:
        broken.setattr(process, "COMMAND", (sys.executable, "-c", dies))
        with pytest.raises(Unreadable, match="its decoder crashed"):
            read_pixels(tiff(COLOUR, photometric="rgb"))
    assert picture(tiff(COLOUR, photometric="rgb")).mode == "RGB"
    process._end_idle()


def test_a_package_that_is_missing_is_named(monkeypatch):
    without = (
        "import runpy, sys; sys.modules['tifffile'] = None; sys.argv[0] = '';"
        "runpy.run_module('vabal_core.images.apart', run_name='__main__')"
    )
    monkeypatch.setattr(process, "_idle", type(process._idle)())
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-c", without))
    with pytest.raises(Unreadable, match="where the package tifffile is installed: pip install tifffile"):
        read_pixels(tiff(COLOUR, photometric="rgb"))
    process._end_idle()


def test_a_process_that_has_held_a_large_image_is_not_kept(monkeypatch):
    monkeypatch.setattr(process, "_idle", type(process._idle)())
    monkeypatch.setattr(process, "MAX_BYTES_KEPT", COLOUR.nbytes - 1)
    assert read_values(tiff(COLOUR, photometric="rgb")).values.shape == COLOUR.shape
    assert process._idle.empty()


def test_a_decoder_that_never_comes_back_is_ended(monkeypatch):
    monkeypatch.setattr(process, "_idle", type(process._idle)())
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-c", "import time; time.sleep(600)"))
    monkeypatch.setattr(process, "MAX_SECONDS", 0.2)
    started, real = [], subprocess.Popen
    monkeypatch.setattr(process.subprocess, "Popen", lambda *a, **k: started.append(real(*a, **k)) or started[-1])
    with pytest.raises(Unreadable, match="took longer"):
        read_pixels(tiff(COLOUR, photometric="rgb"))
    assert started[0].returncode is not None
