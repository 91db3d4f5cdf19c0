"""What a source offers, read by a layout: labels and splits from paths, and what is not taken."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.few_values import look_at
from vabal_core.images.ingest.layout import Proposal, propose_layout
from vabal_core.images.ingest.path_reading import PathReading, Placement
from vabal_core.images.ingest.table import Candidate
from vabal_core.types import ImportProblem, Layout
from vabal_core.types.names import NameBook, fold_name

Offers = list[Candidate | ImportProblem]


def propose_for(offers: Offers, classes: NameBook[str] = NO_CLASSES) -> Proposal:
    """The layout proposed for what `scan` offers; no labels and nothing left out where a table names every file."""
    candidates = [offer for offer in offers if isinstance(offer, Candidate)]
    walked = (offer for offer in candidates if offer.label_from_path or offer.line is None)
    files = {offer.path: offer.file for offer in walked}
    if not files:
        return Proposal(layout=Layout(class_from="none"))
    stated = [offer.path for offer in candidates if _is_stated(offer)]
    return propose_layout(list(files), look=lambda path: look_at(files[path]), classes=classes, stated=stated)


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
            taken.append(_placed(offer, placement, names))
        elif folder in folders:
            group = taken[folders[folder]]
            taken[folders[folder]] = replace(group, files=group.files + 1)
        else:
            folders[folder] = len(taken)
            taken.append(ImportProblem(path=folder, reason=placement.left_out))
    return taken


def _placed(
    offer: Candidate | ImportProblem, placement: Placement, names: Mapping[str, str]
) -> Candidate | ImportProblem:
    if isinstance(offer, ImportProblem):
        return offer
    if placement.left_out:
        return ImportProblem(path=offer.path, reason=placement.left_out)
    label = (placement.label or offer.label) if offer.label_from_path else offer.label
    label = names.get(fold_name(label), label) if label else label
    boxes = tuple(replace(box, label=names.get(fold_name(box.label), box.label)) for box in offer.boxes)
    return replace(offer, label=label, split=offer.split or placement.split, boxes=boxes)
