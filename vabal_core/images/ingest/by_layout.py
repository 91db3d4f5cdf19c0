"""What a source offers, read by a layout: labels and splits from paths, and what is not taken."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from vabal_core.images.ingest.at_odds import settled
from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.layout import Proposal, compare_ahead, propose_layout
from vabal_core.images.ingest.path_reading import PathReading, Placement
from vabal_core.images.ingest.picture_looks import PictureLooks
from vabal_core.images.ingest.table import Candidate
from vabal_core.types import ImportProblem, Layout, Precedence, Progress
from vabal_core.types.names import NameBook, fold_name

Offers = list[Candidate | ImportProblem]


def propose_for(offers: Offers, classes: NameBook[str] = NO_CLASSES) -> Proposal:
    """The layout proposed for what `scan` offers; no labels and nothing left out where a table names every file."""
    files = _files(offers)
    if not files:
        return Proposal(layout=Layout(class_from="none"))
    return propose_layout(list(files), looks=PictureLooks(files), classes=classes, stated=_stated(offers))


def look_ahead(offers: Offers) -> Generator[Progress, None, None]:
    """Look at those pictures of the offers that `propose_for` will have to compare."""
    files = _files(offers)
    yield from compare_ahead(list(files), PictureLooks(files), _stated(offers))


def _files(offers: Offers) -> dict[str, Path]:
    """path -> file of the offers that a table does not say all of."""
    candidates = (offer for offer in offers if isinstance(offer, Candidate))
    return {offer.path: offer.file for offer in candidates if offer.label_from_path or offer.line is None}


def _stated(offers: Offers) -> list[str]:
    return [offer.path for offer in offers if isinstance(offer, Candidate) and _is_stated(offer)]


def _is_stated(offer: Candidate) -> bool:
    """Whether a table or an annotation names the image."""
    return offer.line is not None or not offer.label_from_path or bool(offer.boxes)


def read_by(layout: Layout, offers: Iterable[Candidate | ImportProblem]) -> Offers:
    """The offers of `scan` in their order, with the labels and splits that their paths state.

    What a table states of an image wins; classes have the names that the layout gives them. A file that the layout
    leaves out is an `ImportProblem`; a whole folder is one, with the number of its files, where its first file stood.
    """
    reading = PathReading(layout)
    names = {fold_name(given): name for given, name in layout.names.items()}
    taken: Offers = []
    folders: dict[str, int] = {}  # left out whole -> where in `taken`
    for offer in offers:
        placement = reading.place(offer.path)
        folder = placement.folder
        if folder is None:
            taken.append(_placed(offer, placement, names, layout.precedence))
        elif folder in folders:
            group = taken[folders[folder]]
            taken[folders[folder]] = replace(group, files=group.files + 1)
        else:
            folders[folder] = len(taken)
            taken.append(ImportProblem(path=folder, reason=placement.left_out))
    return taken


def _placed(
    offer: Candidate | ImportProblem, placement: Placement, names: Mapping[str, str], precedence: Precedence
) -> Candidate | ImportProblem:
    if isinstance(offer, ImportProblem):
        return offer
    if placement.left_out:
        return ImportProblem(path=offer.path, reason=placement.left_out)
    path_label, own_label = (
        (names.get(fold_name(label), label) or None) if label else None for label in (placement.label, offer.label)
    )
    boxes = tuple(replace(box, label=names.get(fold_name(box.label), box.label)) for box in offer.boxes)
    offer = replace(offer, label=own_label, split=offer.split or placement.split, boxes=boxes)
    if path_label and offer.record:
        return settled(offer, path_label, precedence)
    return replace(offer, label=path_label or own_label) if offer.label_from_path else offer
