"""Sources of experiments by name: labelled images from whatever the Studio imports, or from published data sets."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from vabal_core.experiment.datasets import CIFAR_FOLDERS, write_cifar, write_demo, write_digits
from vabal_core.experiment.imported import open_imported, open_list, open_written
from vabal_core.experiment.parquet import write_parquet
from vabal_core.experiment.source import Source
from vabal_core.experiment.variants import VARIANTS, split_variants, vary
from vabal_core.images.ingest.fingerprint import file_fingerprint
from vabal_core.loop.events import Work
from vabal_core.types import StudioError

__all__ = ["SOURCES", "Source", "open_source"]

DRAWN = {"digits": write_digits, "demo": write_demo}
SOURCES = (
    "a folder, ZIP, TAR or table of images with labels, a .parquet of images, a .json list, "
    f"{', '.join(CIFAR_FOLDERS)}, {', '.join(DRAWN)}; NAME=PATH gives a path a name"
)
_NAMED = re.compile(r"([\w.-]+)=(.+)")


def open_source(spec: str, folder: Path, roots: Sequence[Path] | None = None) -> Work[Source]:
    """The labelled images that `spec` names: one of `SOURCES`, with any variants (see variants.py) behind it.

    What is downloaded, unpacked or written lies in `folder` afterwards, once, whole. The same spec gives the same
    images and split on every machine. The last event before the answer says how many images were left out, and why.
    With `roots` every file that a CSV or a link names must lie in one of these folders (images/ingest/roots.py).
    StudioError says what was asked and what is allowed.
    """
    whole = Path(spec).exists()  # a path may look like a variant: "steel+[1]"
    base, variants = (spec, ()) if whole else split_variants(spec)
    named = None if whole or Path(base).exists() else _NAMED.fullmatch(base)
    name, path = (named[1], Path(named[2])) if named else (Path(base).stem, Path(base))
    if not named and base in (*CIFAR_FOLDERS, *DRAWN):
        source = yield from _open_published(base, folder, folder / "torchvision")
    elif path.exists():
        source = yield from _open_path(path, folder, name, roots)
    else:
        raise StudioError(f"There is no source {base!r}: give {SOURCES}. Behind it may stand variants: {VARIANTS}.")
    return vary(source, variants)


def _open_published(name: str, folder: Path, root: Path) -> Work[Source]:
    write = DRAWN.get(name) or partial(write_cifar, name, root)
    return (yield from open_written(folder / name, write, name))


def _open_path(path: Path, folder: Path, name: str, roots: Sequence[Path] | None) -> Work[Source]:
    if name in CIFAR_FOLDERS and (path / CIFAR_FOLDERS[name]).is_dir():
        return (yield from _open_published(name, folder, path))
    if path.suffix.lower() == ".json":
        return (yield from open_list(path.absolute(), name))
    if path.suffix.lower() == ".parquet":
        target = folder / "parquet" / (yield from file_fingerprint(path))[:16]
        return (yield from open_written(target, partial(write_parquet, path), name))
    return (yield from open_imported(path, folder, name, roots))
