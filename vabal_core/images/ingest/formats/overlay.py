"""Lay what annotations say over the files of a source: the class of each image, or each of its boxes as an image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from vabal_core.images.ingest.formats.annotation import Annotation, BadRecord
from vabal_core.images.ingest.formats.image_index import ImageIndex
from vabal_core.images.ingest.formats.recognise import SUFFIXES, Recognised, recognise
from vabal_core.images.ingest.table import Candidate
from vabal_core.types import ImportProblem

Offers = list[Candidate | ImportProblem]


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """The offers of a source with what its annotations say: `format` "" where there are none. `classes` are all names
    that they give, `boxes` how many they hold; `others` further formats that are there and were not read."""

    offers: Offers
    format: str = ""
    classes: frozenset[str] = frozenset()
    boxes: int = 0
    others: tuple[str, ...] = ()


def annotate(offers: Offers, *, only: str = "") -> Annotated:
    """The files of a source without those of its annotations, and with their labels, boxes and splits.

    A class that an annotation gives the whole image wins over its path; one that only its boxes agree on gives way to
    it. Where classes differ the image comes without a label, and a problem says so. What a table names is left as it
    is. With `only`, the path of one file of annotations, nothing but the images that it names is offered.
    """
    files = {offer.path: offer.file for offer in offers if isinstance(offer, Candidate)}
    recognised = recognise({only: files[only]} if only else files)
    if recognised is None:
        return Annotated(offers=offers)
    images = [path for path in files if path not in recognised.files and not path.lower().endswith(SUFFIXES)]
    annotations, problems = _by_image(recognised, images)
    broken = {problem.path for problem in recognised.problems} | recognised.files
    rest = [offer for offer in offers if offer.path not in broken and (not only or offer.path in annotations)]
    labels = {label for annotation in annotations.values() for label in annotation.labels}
    boxes = [box for annotation in annotations.values() for box in annotation.boxes]
    return Annotated(
        offers=[*_laid_over(rest, annotations), *recognised.problems, *problems],
        format=recognised.format,
        classes=frozenset(labels | {box.label for box in boxes}),
        boxes=len(boxes),
        others=recognised.others,
    )


def cut_out(offers: Offers) -> Offers:
    """Each box as an image to be: its path is that of the image with the number of the box behind it."""
    return [piece for offer in offers for piece in _pieces(offer)]


def _by_image(recognised: Recognised, images: Sequence[str]) -> tuple[dict[str, Annotation], list[ImportProblem]]:
    index = ImageIndex(images)
    annotations: dict[str, Annotation] = {}
    problems: list[ImportProblem] = []
    for offer in recognised.read(images):
        if isinstance(offer, ImportProblem):
            problems.append(offer)
            continue
        try:
            path = index.find(offer)
        except BadRecord as error:
            problems.append(ImportProblem(path=offer.names[0], reason=str(error)))
        else:
            annotations[path] = _together(annotations.get(path), offer)
    return annotations, problems


def _together(first: Annotation | None, second: Annotation) -> Annotation:
    """What two records say of one image, each box once."""
    if first is None:
        return second
    return replace(
        first,
        labels=tuple(dict.fromkeys((*first.labels, *second.labels))),
        boxes=tuple(dict.fromkeys((*first.boxes, *second.boxes))),
        split=first.split or second.split,
    )


def _laid_over(offers: Offers, annotations: dict[str, Annotation]) -> Iterator[Candidate | ImportProblem]:
    for offer in offers:
        annotation = annotations.get(offer.path)
        if annotation is None or isinstance(offer, ImportProblem) or offer.line is not None:
            yield offer
            continue
        labels = dict.fromkeys(annotation.labels or (box.label for box in annotation.boxes))
        if len(labels) > 1:
            names = ", ".join(labels)
            yield ImportProblem(path=offer.path, reason=f"several classes, so it has no label: {names}")
        yield replace(
            offer,
            label=next(iter(labels)) if len(labels) == 1 else None,
            label_from_path=not annotation.labels,
            split=annotation.split,
            boxes=annotation.boxes,
        )


def _pieces(offer: Candidate | ImportProblem) -> Iterator[Candidate | ImportProblem]:
    if isinstance(offer, ImportProblem) or not offer.boxes:
        yield offer
        return
    path = PurePosixPath(offer.path)
    for number, box in enumerate(offer.boxes, start=1):
        name = str(path.with_name(f"{path.stem}.box{number}.png"))
        yield replace(offer, path=name, label=box.label, box=box, boxes=(), parent=offer.path)
