"""The demo set: drawn steel surfaces, marked synthetic, the same bytes for the same seed."""

import csv
from collections.abc import Generator, Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from vabal_core.images.demo.synthetic_steel import DEFECTS
from vabal_core.images.ingest.atomic_folder import staged
from vabal_core.images.ingest.sources import NOTE_FILE, SPLIT_FILE
from vabal_core.images.parallel import in_order
from vabal_core.types import Progress, StudioError

COUNTS = {
    "inclusion": 750,
    "scratches": 450,
    "rolled-in scale": 330,
    "pitted surface": 170,
    "patches": 100,
    "crazing": 50,
}
# What is drawn in each class.
NOTES = {
    "inclusion": "Dark slivers and specks, drawn out along the rolling direction.",
    "scratches": "Thin long lines, mostly bright, along the rolling direction or across it.",
    "rolled-in scale": "Rough mottled texture, drawn out aslant, with ragged dark flakes pressed in.",
    "pitted surface": "Clusters of small dark pits.",
    "patches": "Irregular blotches, dark on bright or bright on dark.",
    "crazing": "A network of fine dark cracks, broken here and there.",
}
TEST_SHARE = 0.2
EVENT_EVERY = 32


class _Surface(NamedTuple):
    label: str
    number: int
    split: str

    @property
    def path(self) -> str:
        return f"{self.label}/{self.number}.png"


def make_demo(folder: Path, *, seed: int = 0) -> Generator[Progress, None, Path]:
    """Write the demo set into `folder`: 1,850 grey 64 x 64 PNG, 6 classes, 15 to 1; returns `folder`.

    Holds `<class>/<n>.png`, split.csv (path, label, split; a fifth of each class is test), and a note that nothing in
    it is real. `folder` appears only when whole; one that holds this very set already is left alone. Raises
    `StudioError` where it holds something else, or where the disk is full.
    """
    note = _note(seed)
    if _holds(folder, note):
        yield Progress("draw", _total(), _total(), message="the demo set is there already")
        return folder
    with staged(folder) as partial:
        yield from _write(partial, seed)
        (partial / NOTE_FILE).write_text(note, encoding="utf-8")
    return folder


def _total() -> int:
    return sum(COUNTS.values())


def _holds(folder: Path, note: str) -> bool:
    try:
        return (folder / NOTE_FILE).read_text(encoding="utf-8") == note
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError) as error:
        raise StudioError(f"{folder} cannot be used for the demo set: {error}; choose another folder") from error


def _write(folder: Path, seed: int) -> Generator[Progress, None, None]:
    surfaces = list(_surfaces(seed))
    for label in COUNTS:
        (folder / label).mkdir()
    images = in_order(lambda surface: _png(surface, seed), surfaces)
    try:
        for done, (surface, image) in enumerate(zip(surfaces, images, strict=True), start=1):
            (folder / surface.path).write_bytes(image)
            if done % EVENT_EVERY == 0 or done == len(surfaces):
                yield Progress("draw", done, len(surfaces))
    finally:
        images.close()
    with (folder / SPLIT_FILE).open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(("path", "label", "split"))
        writer.writerows((surface.path, surface.label, surface.split) for surface in surfaces)


def _surfaces(seed: int) -> Iterator[_Surface]:
    for label, count in COUNTS.items():
        rng = np.random.default_rng((seed, _class_number(label)))
        test = set(rng.choice(count, round(TEST_SHARE * count), replace=False).tolist())
        for number in range(count):
            yield _Surface(label, number + 1, "test" if number in test else "pool")


def _png(surface: _Surface, seed: int) -> bytes:
    # A generator of its own for every image, so that the threads' order cannot change a pixel.
    rng = np.random.default_rng((seed, _class_number(surface.label), surface.number))
    grey = np.clip(DEFECTS[surface.label](rng) * 255, 0, 255).round().astype(np.uint8)
    out = BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    return out.getvalue()


def _class_number(label: str) -> int:
    return list(DEFECTS).index(label)


def _note(seed: int) -> str:
    return (
        "SYNTHETIC: every image in this folder was drawn by a program; none shows real steel.\n"
        "It is for trying the Studio out. Results on it say nothing about real surfaces.\n"
        f"Images: {_total()}, seed: {seed}, drawing: 1\n"
    )
