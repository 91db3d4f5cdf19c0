"""Published data sets, written as image files: CIFAR by torchvision, scikit-learn's digits, the drawn steel.

Each function fills a folder for an import to read (images and split.csv), goes on from what is there already, and
returns the order of the classes. Files are BMP: their bytes, and so their fingerprints, depend on the pixels alone.
"""

import contextlib
import csv
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from vabal_core.experiment.once import start_over, write_new
from vabal_core.images.demo.demo_set import make_demo
from vabal_core.images.ingest.sources import SPLIT_FILE
from vabal_core.loop.events import Work
from vabal_core.types import Progress, StudioError

EVENT_EVERY = 256
DIGIT_SIDE = 64  # pixels: 8 times the original's
CIFAR_FOLDERS = {"cifar10": "cifar-10-batches-py", "cifar100": "cifar-100-python"}


class LabelledImage(NamedTuple):
    """One image to write: an encoded file or nothing, the class's name, and the split that is stated, or ""."""

    content: bytes
    label: str
    split: str = ""


def write_images(folder: Path, images: Iterable[LabelledImage], total: int) -> Work[None]:
    """Write `images` as files numbered in their order, and last the table that names them."""
    folder.mkdir(exist_ok=True)
    table = StringIO(newline="")
    rows = csv.writer(table)
    rows.writerow(("path", "label", "split"))
    for number, image in enumerate(images):
        name = f"{number:06}.{_suffix(image.content)}"
        write_new(folder / name, image.content)
        rows.writerow((name, image.label, image.split))
        if (number + 1) % EVENT_EVERY == 0 or number + 1 == total:
            yield Progress("write", number + 1, total)
    (folder / SPLIT_FILE).write_text(table.getvalue(), encoding="utf-8", newline="")


def write_cifar(name: str, root: Path, folder: Path) -> Work[Sequence[str]]:
    """CIFAR-10 or CIFAR-100 (Krizhevsky 2009) from torchvision's files in `root`, downloaded where they are missing.

    Splits "pool" (50,000) and "test" (10,000). StudioError where they cannot be had.
    """
    yield Progress("download", message=f"{name} by torchvision into {root}")
    parts = {split: _cifar(name, root, split == "pool") for split in ("pool", "test")}
    names = parts["pool"].classes
    images = (
        LabelledImage(bitmap(pixels), names[label], split)
        for split, part in parts.items()
        for pixels, label in zip(part.data, part.targets, strict=True)
    )
    yield from write_images(folder, images, sum(len(part.data) for part in parts.values()))
    return names


def _cifar(name: str, root: Path, train: bool) -> Any:
    from torchvision import datasets

    try:
        with contextlib.redirect_stdout(sys.stderr):  # standard output is for facts
            return getattr(datasets, name.upper())(str(root), train=train, download=True)
    except (
        OSError,
        RuntimeError,
    ) as error:  # URLError is an OSError; a file that is not the published one a RuntimeError
        raise StudioError(
            f"{name} cannot be downloaded into {root}: {error}. Give it as a file, {name}=/path/to/{name}.parquet, "
            f"or as the folder that holds {CIFAR_FOLDERS[name]}, {name}=/path/to/folder."
        ) from error


def write_digits(folder: Path) -> Work[Sequence[str]]:
    """scikit-learn's 1,797 handwritten digits (Alpaydin and Kaynak 1998), 8 x 8 enlarged to 64 x 64; no split."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    enlarge = partial(Image.Image.resize, size=(DIGIT_SIDE, DIGIT_SIDE), resample=Image.Resampling.BICUBIC)
    pixels = ((image * (255 / 16)).round().astype(np.uint8) for image in digits.images)
    images = (
        LabelledImage(bitmap(np.asarray(enlarge(Image.fromarray(image)))), str(label))
        for image, label in zip(pixels, digits.target.tolist(), strict=True)
    )
    yield from write_images(folder, images, len(digits.target))
    return ()


def write_demo(folder: Path) -> Work[Sequence[str]]:
    """The Studio's drawn steel: 1,850 images of 6 classes, 15 to 1, a fifth of each stated as test."""
    start_over(folder.parent)
    yield from make_demo(folder)
    return ()


def bitmap(pixels: np.ndarray) -> bytes:
    """Pixels (H, W) or (H, W, 3) uint8 as a BMP file."""
    out = BytesIO()
    Image.fromarray(pixels).save(out, "BMP")
    return out.getvalue()


def _suffix(content: bytes) -> str:
    starts = {b"\xff\xd8": "jpg", b"\x89P": "png", b"BM": "bmp", b"II": "tif", b"MM": "tif"}
    return starts.get(content[:2], "unknown")
