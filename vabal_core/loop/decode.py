"""The pixels that a round learns from, out of the project's cache."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vabal_core.config import Config
from vabal_core.images.pixel_cache import fill_cache
from vabal_core.loop.events import Work
from vabal_core.loop.files import ImageFiles
from vabal_core.types import StudioError


def decode(images: ImageFiles, config: Config) -> Work[tuple[np.ndarray, np.ndarray]]:
    """Pixels, uint8 (N, S, S) or (N, S, S, 3), and which rows could be read, bool (N,); decodes what the cache lacks.

    StudioError where most images cannot be read: a drive that is gone must not bring a ranking of nothing.
    """
    images.cache.mkdir(parents=True, exist_ok=True)
    files = [Path(file) for file in images.files]
    how = {"size": config.image_size, "colour": config.colour, "scale": images.scale}
    pixels, readable = yield from fill_cache(images.cache, files, images.fingerprints, **how)
    check_readable(images.files, readable)
    return pixels, readable


def check_readable(files: Sequence[str], readable: np.ndarray) -> None:
    """StudioError where most of the images cannot be read, readable (N,) bool."""
    if readable.mean() < 0.5:
        raise StudioError(
            f"{int((~readable).sum()):,} of {len(files):,} images cannot be read, "
            f"first {files[int(np.argmin(readable))]}. "
            "Is their folder still there? Bring it back and try again."
        )
