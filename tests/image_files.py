"""Image and archive files made for tests, the ordinary and the hostile."""

import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def grey(seed: int | tuple[int, int] = 0, height: int = 8, width: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def encoded(pixels: np.ndarray | Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def write_image(file: Path, seed: int | tuple[int, int] = 0, kind: str = "PNG") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encoded(grey(seed), kind))
    return file


def png(width: int, height: int, rows: bytes, *, depth: int, colour_type: int, after_header: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + after_header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_16(values: np.ndarray, colour_type: int, after_header: bytes = b"") -> bytes:
    """A 16-bit PNG of values (H, W, channels); colour type 0 grey, 2 colour, 4 grey and alpha, 6 colour and alpha."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[1], values.shape[0], rows, depth=16, colour_type=colour_type, after_header=after_header)


def tiff_16(values: np.ndarray, photometric: int, planar: int = 1) -> bytes:
    """An uncompressed little-endian TIFF of 16-bit values (H, W) or (H, W, 3); photometric 0 = zero is white;
    planar 2 = one colour after another, as far as its tags say."""
    height, width, samples = (*values.shape, 1)[:3]
    data = values.astype("<u2").tobytes()
    after = 8 + 2 + 12 * 10 + 4
    bits = struct.pack(f"<{samples}H", *[16] * samples)
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, samples, after if samples > 2 else 16), (259, 3, 1, 1)]
    tags += [(262, 3, 1, photometric), (273, 4, 1, after + len(bits)), (277, 3, 1, samples), (278, 3, 1, height)]
    tags += [(279, 4, 1, len(data)), (284, 3, 1, planar)]
    directory = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + struct.pack("<I", 0) + bits + data


def make_zip(file: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file


def write_masked(folder: Path, *names: str) -> Path:
    """`<class>/Imgs/` with six images of each class, a two-valued mask beside each; returns `folder`."""
    for place, name in enumerate(names):
        for number in range(6):
            image = write_image(folder / name / "Imgs" / f"{number}.jpg", seed=(place, number), kind="JPEG")
            mask = Image.new("L", (8, 8))
            mask.paste(255, (0, 0, number + 1, 3 + place))
            image.with_suffix(".png").write_bytes(encoded(mask))
    return folder
