"""Lay what annotations say over the files of a source: the class of each image, or each of its boxes as an image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from vabal_core.images.ingest.formats.annotation import Annotation, BadRecord
from vabal_core.images.ingest.formats.image_index import MISSING, ImageIndex
from vabal_core.images.ingest.formats.recognise import ORDER, SUFFIXES, Recognised, recognise
from vabal_core.images.ingest.table import Candidate
from vabal_core.types import ImportProblem, StudioError

Offers = list[Candidate | ImportProblem]


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """The offers of a source with what its annotations say: `format` "" where there are none. `classes` are all names
    that they give, `boxes` how many they hold; `others` further formats that are there and were not read. `all_classes`
    are those of a Studio's export, in its order, also where no image has them.
    `label_problems` are of annotations that cannot be used, `torn` of images whose annotations give several classes:
    they cost no image."""

    offers: Offers
    label_problems: tuple[ImportProblem, ...] = ()
    torn: tuple[ImportProblem, ...] = ()
    format: str = ""
    classes: frozenset[str] = frozenset()
    boxes: int = 0
    others: tuple[str, ...] = ()
    all_classes: tuple[str, ...] = ()


def annotate(offers: Offers, *, only: str = "") -> Annotated:
    """The files of a source without those of its annotations, and with their labels, boxes and splits.

    A class that an annotation gives the whole image wins over its path; one that only its boxes agree on gives way to
    it. Where classes differ the image comes without a label. What a table names is left as it
    is. With `only`, the path of one file of annotations, nothing but the images that it names is offered: StudioError
    where it is none, saying in which line it is wrong.
    """
    files = {offer.path: offer.file for offer in offers if isinstance(offer, Candidate)}
    recognised = recognise({only: files[only]} if only else files)
    if only and not (recognised and recognised.format):
        raise StudioError(_refusal(only, recognised))
    if recognised is None:
        return Annotated(offers=offers)
    images = [path for path in files if path not in recognised.files and not path.lower().endswith(SUFFIXES)]
    annotations, missing, unusable = _by_image(recognised, images)
    broken = {problem.path for problem in recognised.problems} | recognised.files
    rest = [offer for offer in offers if offer.path not in broken and (not only or offer.path in annotations)]
    labels = {label for annotation in annotations.values() for label in annotation.labels}
    boxes = [box for annotation in annotations.values() for box in annotation.boxes]
    return Annotated(
        offers=[*(_laid_over(offer, annotations.get(offer.path)) for offer in rest), *missing],
        label_problems=(*recognised.problems, *unusable),
        torn=tuple(_torn(annotations)),
        format=recognised.format,
        classes=frozenset(labels | {box.label for box in boxes}),
        boxes=len(boxes),
        others=recognised.others,
        all_classes=recognised.classes,
    )


def cut_out(offers: Offers) -> Offers:
    """Each box as an image to be: its path is that of the image with the number of the box behind it. An image that has
    neither boxes nor a class is left out."""
    return [piece for offer in offers for piece in _pieces(offer)]


def without_class(annotated: Annotated, taken: Offers) -> tuple[ImportProblem, ...]:
    """Those of `torn` whose images are `taken` and got no class from their path either, nor one that is at odds."""
    candidates = (offer for offer in taken if isinstance(offer, Candidate))
    bare = {offer.path for offer in candidates if offer.label is None and not offer.at_odds}
    return tuple(problem for problem in annotated.torn if problem.path in bare)


def _refusal(path: str, recognised: Recognised | None) -> str:
    if recognised:
        return recognised.problems[0].reason
    return f"{path} holds no annotations that are understood ({', '.join(ORDER)})"


def _by_image(
    recognised: Recognised, images: Sequence[str]
) -> tuple[dict[str, Annotation], list[ImportProblem], list[ImportProblem]]:
    """path -> what is said of the image; images that are named and not there; records that cannot be used."""
    index = ImageIndex(images)
    annotations: dict[str, Annotation] = {}
    missing: list[ImportProblem] = []
    unusable: list[ImportProblem] = []
    for offer in recognised.read(images):
        if isinstance(offer, ImportProblem):
            unusable.append(offer)
            continue
        try:
            path = index.find(offer)
        except BadRecord as error:
            problem = ImportProblem(path=offer.names[0], reason=str(error))
            (missing if problem.reason.startswith(MISSING) else unusable).append(problem)
        else:
            annotations[path] = _together(annotations.get(path), offer)
    return annotations, missing, unusable


def _together(first: Annotation | None, second: Annotation) -> Annotation:
    """What two records say of one image, each box once."""
    if first is None:
        return second
    return replace(
        first,
        labels=tuple(dict.fromkeys((*first.labels, *second.labels))),
        boxes=tuple(dict.fromkeys((*first.boxes, *second.boxes))),
        split=first.split or second.split,
        incomplete=first.incomplete or second.incomplete,
    )


def _classes(annotation: Annotation) -> list[str]:
    """The classes that an annotation gives its image: of the whole, else of its boxes."""
    return list(dict.fromkeys(annotation.labels or (box.label for box in annotation.boxes)))


def _torn(annotations: dict[str, Annotation]) -> Iterator[ImportProblem]:
    """The images whose annotations do not agree on a class, or cannot be read all."""
    for path, annotation in annotations.items():
        classes = _classes(annotation)
        if annotation.incomplete and len(classes) == 1:
            reason = f"a mark of it cannot be used, beside {classes[0]}: nobody knows its class, so it has no label"
            yield ImportProblem(path=path, reason=reason)
        if len(classes) > 1:
            yield ImportProblem(path=path, reason=f"several classes, so it has no label: {', '.join(classes)}")


def _laid_over(offer: Candidate | ImportProblem, annotation: Annotation | None) -> Candidate | ImportProblem:
    if annotation is None or isinstance(offer, ImportProblem) or offer.line is not None:
        return offer
    classes = _classes(annotation)
    return replace(
        offer,
        label=classes[0] if len(classes) == 1 and not annotation.incomplete else None,
        label_from_path=not annotation.labels,
        split=annotation.split,
        boxes=annotation.boxes,
        fingerprint=annotation.fingerprint,
        record=annotation.record,
        tile=annotation.tile,
        labelled_at=annotation.labelled_at,
    )


def _pieces(offer: Candidate | ImportProblem) -> Iterator[Candidate | ImportProblem]:
    if isinstance(offer, ImportProblem) or not offer.boxes:
        bare = isinstance(offer, Candidate) and offer.label is None
        yield ImportProblem(path=offer.path, reason="no box: nothing to cut out of it") if bare else offer
        return
    path = PurePosixPath(offer.path)
    for number, box in enumerate(offer.boxes, start=1):
        name = str(path.with_name(f"{path.stem}.box{number}.png"))
        yield replace(offer, path=name, label=box.label, box=box, parent=offer.path, fingerprint=None)
