"""What `open_source` keeps in its folder of images, part by part, and which parts an experiment needs.

A part is called by its address in that folder: "digits", or "archives/0123456789abcdef" of what was unpacked.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from vabal_core.experiment.datasets import CIFAR_FOLDERS
from vabal_core.experiment.folders import IMAGES, PLAN, SOURCE
from vabal_core.experiment.once import made_names
from vabal_core.experiment.sources import DRAWN
from vabal_core.experiment.variants import split_variants

PUBLISHED = (*DRAWN, *CIFAR_FOLDERS)  # not torchvision's own files: a person may have laid them there
_UNPACKED = re.compile("[0-9a-f]{16}")
_GROUPS = {"": re.compile("|".join(PUBLISHED)), "archives": _UNPACKED, "parquet": _UNPACKED}


def kept_parts(images: Path) -> list[str]:
    """Those there are, whole or half made by a process that was killed; whatever else lies there is none."""
    return [
        f"{group}/{name}".lstrip("/")
        for group, names in _GROUPS.items()
        for name in made_names(images / group)
        if names.fullmatch(name)
    ]


def needed_parts(out: Path, images: str) -> set[str] | None:
    """The parts that the experiment in `out` needs of a folder called `images`, wherever that lay when its images were
    listed. None where it cannot be told: it may be all of them."""
    try:
        spec = json.loads((out / PLAN).read_text(encoding="utf-8"))["source"]
        if (base := split_variants(spec)[0]) in PUBLISHED:
            return {base}
        lists = [file for file in (out / SOURCE / IMAGES, Path(spec)) if file.suffix == ".json" and file.is_file()]
        return set(_parts_of(json.loads(lists[0].read_text(encoding="utf-8"))["files"], images))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _parts_of(files: Iterable[str], images: str) -> Iterator[str]:
    for file in files:
        parts = Path(file).parts
        if images in parts[:-1]:
            group, *rest = parts[len(parts) - parts[::-1].index(images) :]
            yield f"{group}/{rest[0]}" if group in _GROUPS and rest else group
