"""Projects of synthetic steel for the browser benchmarks, as large as they are asked to be.

The pictures are few and the images many: an image is a row with a fingerprint and an address of its own, so the browser
fetches each anew, while its bytes may be those of another one.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from common.neu_crops import drain
from vabal_core import workspace
from vabal_core.images.demo.synthetic_steel import DEFECTS
from vabal_core.types import ImportEntry, ImportPlan, Project

SIDE = 640  # pixels: a usual crop of a line camera


class Picture(NamedTuple):
    file: Path
    label: str


def draw(folder: Path, count: int) -> list[Picture]:
    """`count` grey JPEG of 640 x 640 pixels, the classes in turn."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    names = list(DEFECTS)
    pictures = [Picture(folder / f"{i}.jpg", names[i % len(names)]) for i in range(count)]
    for file, label in pictures:
        grey = np.clip(DEFECTS[label](rng) * 255, 0, 255).round().astype(np.uint8)
        Image.fromarray(grey).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(file, quality=90)
    return pictures


def make_project(
    ws: workspace.Workspace,
    name: str,
    pictures: Sequence[Picture],
    waiting: int,
    *,
    labelled: int = 0,
    evaluation: int = 0,
    learns: bool = False,
) -> Project:
    """A project of `waiting` images to label, `labelled` ones of the pool and as many for `evaluation`. Where it
    `learns`, as a new one does, its ranking is refreshed by itself; else nothing is learned unless that is asked."""
    entries = []
    for i in range(waiting + labelled + evaluation):
        file, label = pictures[i % len(pictures)]
        use = "hide" if i < waiting else "use"
        split = "pool" if i < waiting + labelled else "evaluation"
        entries.append(
            ImportEntry(
                path=f"{label}/{i}.jpg",
                file=file,
                label=label,
                split=split,
                label_use=use,
                fingerprint=hashlib.sha256(f"{name} {i}".encode()).hexdigest(),
                width=SIDE,
                height=SIDE,
                size=file.stat().st_size,
                modified_ns=file.stat().st_mtime_ns,
            )
        )
    plan = ImportPlan(entries=tuple(entries), problems=(), already_present=0)
    drain(workspace.commit_import(ws, workspace.STUDIO, name, plan, synthetic=True))
    project = workspace.find_project(ws, name)
    chosen = {} if learns else {"auto_every": 0, "preset": "paper"}
    return workspace.update_settings(ws, workspace.STUDIO, project.id, **chosen)
