"""Pieces of images as files of their own, every value kept."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from vabal_core.images.decode import read_values
from vabal_core.images.raster import Raster
from vabal_core.types import Box, StudioError, Tiling

PNG_COMPRESSION = 3


def boxes_of(width: int, height: int, tiling: Tiling) -> list[Box]:
    """The tiles of an image, row by row. All have one size; the last of a row or column ends with the image, and has
    more in common with the one before. An image no larger than a tile is one box."""
    tile_width, tile_height = min(tiling.side, width), min(tiling.side, height)
    return [
        Box(x=x, y=y, width=tile_width, height=tile_height)
        for y in _starts(height, tile_height, tiling)
        for x in _starts(width, tile_width, tiling)
    ]


def cut(file: Path, box: Box, out: Path) -> Path:
    """Writes the piece `box` of the upright image in `file`, as far as it lies inside, to `out`, whose name ends in
    .png, and returns where it lies: what a PNG cannot hold is a TIFF beside it. `Unreadable` where the image cannot be
    read, `StudioError` where the box lies outside or the disk is full."""
    return cut_all(file, [(box, out)])[0]


def cut_all(file: Path, pieces: Iterable[tuple[Box, Path]]) -> list[Path]:
    """`cut` for several pieces of one image, which is read once."""
    raster = read_values(file)
    return [_write(_piece(raster, box, file), out) for box, out in pieces]


def _starts(length: int, tile: int, tiling: Tiling) -> list[int]:
    last = length - tile
    return [*range(0, last, max(1, tiling.side - tiling.overlap)), last]


def _piece(raster: Raster, box: Box, file: Path) -> Raster:
    rows = slice(max(0, box.y), max(0, box.y + box.height))
    columns = slice(max(0, box.x), max(0, box.x + box.width))
    values = raster.values[rows, columns]
    if not values.size:
        height, width = raster.values.shape[:2]
        raise StudioError(
            f"a box of {box.width} x {box.height} pixels at {box.x}, {box.y} has nothing of {file.name}, which is "
            f"{width} x {height} pixels; look whether it belongs to another image"
        )
    alpha = None if raster.alpha is None else raster.alpha[rows, columns]
    return Raster(values=np.ascontiguousarray(values), alpha=alpha, inverted=raster.inverted)


def _write(piece: Raster, out: Path) -> Path:
    values = piece.values
    if piece.alpha is not None:  # over black
        opaque = piece.alpha > 0 if values.ndim == 2 else piece.alpha[..., None] > 0
        values = np.where(opaque, values, 0).astype(values.dtype)
    in_png = not piece.inverted and (values.dtype == np.uint8 or values.dtype == np.uint16 and values.ndim == 2)
    out = out if in_png else out.with_suffix(".tif")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if in_png:
            Image.fromarray(values).save(out, "PNG", compress_level=PNG_COMPRESSION)
        else:
            _write_tiff(out, values, piece.inverted)
    except OSError as error:
        raise StudioError(
            f"{out} cannot be written: {error.strerror or error}; make room, or look at its folder"
        ) from error
    return out


def _write_tiff(out: Path, values: np.ndarray, inverted: bool) -> None:
    import tifffile  # which takes a quarter of a second, for a few images of most projects

    photometric = "rgb" if values.ndim == 3 else "miniswhite" if inverted else "minisblack"
    tifffile.imwrite(out, values, photometric=photometric, compression="zlib", metadata=None, software=False)
