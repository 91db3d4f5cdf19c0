"""The layout of a source whose images are annotated: what its paths still have to say."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from vabal_core.images.ingest.by_layout import propose_for, read_by
from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.formats import studio_export
from vabal_core.images.ingest.formats.overlay import Annotated
from vabal_core.images.ingest.layout import Proposal, some
from vabal_core.images.ingest.near_names import near_names
from vabal_core.images.ingest.table import Candidate
from vabal_core.types import Doubt, ImportProblem, Layout
from vabal_core.types.names import NameBook, fold_name


def propose_annotated(annotated: Annotated, classes: NameBook[str] = NO_CLASSES) -> Proposal:
    """The layout proposed for the offers. Folders name classes only where annotations use the same names; where it is
    the Studio's own export that names an image, that says all there is to say of it."""
    if annotated.format == studio_export.NAME:
        if all(map(_is_named, annotated.offers)):
            return Proposal(layout=Layout(class_from="none"))
        proposal = propose_for(annotated.offers, classes)
        return replace(proposal, layout=replace(proposal.layout, precedence="annotation"))
    proposal = propose_for(annotated.offers, classes)
    if not annotated.format:
        return proposal
    if not annotated.classes:
        return _without_objects(proposal, annotated)
    others = tuple(doubt for doubt in proposal.doubts if doubt.about != "classes")
    doubts = (*_doubts(annotated), *others)
    if proposal.layout.class_from == "none":
        return replace(proposal, doubts=doubts)
    by_path = _classes_by_path(proposal.layout, annotated)
    names = near_names(sorted(annotated.classes), by_path)
    layout = replace(proposal.layout, names=names)
    agreed = {fold_name(names.get(name, name)) for name in annotated.classes} & {fold_name(name) for name in by_path}
    if len(agreed) * 2 > len({fold_name(name) for name in by_path}):
        return replace(proposal, layout=layout, doubts=(*doubts, *_names_doubts(names)))
    # Folders and annotations tell different things: which of them are the classes is for a person to say.
    bare = replace(layout, class_from="none", class_level=-1, precedence="path", names={})
    at_odds = Doubt(about="classes", text=_other_classes(by_path, annotated))
    alternatives = (replace(layout, precedence="path"), *proposal.alternatives)
    return Proposal(layout=bare, doubts=(*doubts, at_odds), alternatives=alternatives)


def _without_objects(proposal: Proposal, annotated: Annotated) -> Proposal:
    """Annotations without an object leave the folders their say; those that cannot be used say something else, and
    whether the folders may speak for them is asked."""
    doubts = _doubts(annotated)
    if not annotated.label_problems or proposal.layout.class_from == "none":
        return replace(proposal, doubts=(*doubts, *proposal.doubts))
    by_path = _classes_by_path(proposal.layout, annotated)
    text = f"The annotations ({annotated.format}) cannot be used. Are the folders ({some(by_path)}) the classes? No "
    text += "labels are taken from them."
    others = (doubt for doubt in proposal.doubts if doubt.about != "classes")
    bare = replace(proposal.layout, class_from="none", class_level=-1)
    alternatives = (proposal.layout, *proposal.alternatives)
    return Proposal(
        layout=bare, doubts=(*doubts, *others, Doubt(about="classes", text=text)), alternatives=alternatives
    )


def _is_named(offer: Candidate | ImportProblem) -> bool:
    return isinstance(offer, ImportProblem) or not offer.label_from_path


def _classes_by_path(layout: Layout, annotated: Annotated) -> Counter[str]:
    """The classes that the paths alone give, with their images."""
    images = [offer for offer in annotated.offers if isinstance(offer, Candidate)]
    bare = [replace(offer, label=None, label_from_path=True, boxes=(), record="") for offer in images]
    by_path = read_by(layout, bare)
    return Counter(offer.label for offer in by_path if isinstance(offer, Candidate) and offer.label)


def _other_classes(by_path: Counter[str], annotated: Annotated) -> str:
    return (
        f"The folders of {by_path.total():,} images name other classes ({some(by_path)}) than the annotations "
        f"({some(annotated.classes)}). Those of the annotations are taken."
    )


def _names_doubts(names: Mapping[str, str]) -> tuple[Doubt, ...]:
    if not names:
        return ()
    pairs = ", ".join(f"{name!r} for {folder!r}" for name, folder in list(names.items())[:3])
    text = f"The annotations write {pairs}{', ...' if len(names) > 3 else ''}: taken for the class of the folder."
    return (Doubt(about="other", text=text),)


def _doubts(annotated: Annotated) -> tuple[Doubt, ...]:
    doubts = []
    if annotated.boxes:
        boxes = "1 box" if annotated.boxes == 1 else f"{annotated.boxes:,} boxes"
        text = (
            f"{annotated.format} annotations mark {boxes}: an image has the class that all its boxes have. Should each "
            "box be cut out as an image of its own?"
        )
        doubts.append(Doubt(about="boxes", text=text))
    if annotated.others:
        others = ", ".join(annotated.others)
        text = f"There are annotations of several formats: {annotated.format} is read, {others} is not."
        doubts.append(Doubt(about="other", text=text))
    return tuple(doubts)
