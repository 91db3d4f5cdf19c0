"""Folders of images with annotations beside them, written as other programs write them, and read back."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from image_files import encoded, grey

from vabal_core.images.ingest.formats.overlay import Annotated, annotate
from vabal_core.images.ingest.table import Candidate
from vabal_core.types import ImportProblem


def write_images(folder: Path, *names: str, height: int = 40, width: int = 60) -> None:
    for number, name in enumerate(names):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encoded(grey(hash_of(name) + number, height, width)))


def hash_of(name: str) -> int:
    return sum(name.encode())


def write_json(file: Path, document: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def write_text(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def read(folder: Path, only: str = "") -> Annotated:
    """What `annotate` makes of all files of a folder."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    paths = [(file.relative_to(folder).as_posix(), file) for file in files]
    offers = [Candidate(path=path, file=file, label=None, label_from_path=True) for path, file in paths]
    return annotate(offers, only=only)


def labels(annotated: Annotated) -> dict[str, tuple[str | None, str | None]]:
    """path -> (label, split) of every image offered."""
    return {offer.path: (offer.label, offer.split) for offer in annotated.offers if isinstance(offer, Candidate)}


def boxes(annotated: Annotated, path: str) -> Sequence[tuple[Any, ...]]:
    (offer,) = [offer for offer in annotated.offers if offer.path == path and isinstance(offer, Candidate)]
    return [(box.label, *(round(edge, 4) for edge in (box.x, box.y, box.width, box.height))) for box in offer.boxes]


def problems(annotated: Annotated) -> list[tuple[str, str]]:
    """(path, reason) of what is wrong with the annotations, then of images that are not there."""
    missing = [offer for offer in annotated.offers if isinstance(offer, ImportProblem)]
    return [(problem.path, problem.reason) for problem in (*annotated.torn, *annotated.label_problems, *missing)]


def write_yolo(folder: Path) -> Path:
    """One image with boxes of two classes."""
    write_images(folder, "images/a.png")
    write_text(folder / "data.yaml", "train: images\nnames: [pits, scratches]\n")
    write_text(folder / "labels/a.txt", "0 0.25 0.5 0.5 0.5\n1 0.75 0.5 0.5 0.5\n")
    return folder
