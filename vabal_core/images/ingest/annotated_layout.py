"""The layout of a source whose images are annotated: what its paths still have to say."""

from dataclasses import replace

from vabal_core.images.ingest.by_layout import propose_for, read_by
from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.formats import studio_export
from vabal_core.images.ingest.formats.overlay import Annotated
from vabal_core.images.ingest.layout import Proposal
from vabal_core.images.ingest.table import Candidate
from vabal_core.types import Doubt, Layout
from vabal_core.types.names import NameBook, fold_name


def propose_annotated(annotated: Annotated, classes: NameBook[str] = NO_CLASSES) -> Proposal:
    """The layout proposed for the offers. Folders name classes only where annotations use the same names; the Studio's
    own export says all there is to say."""
    if annotated.format == studio_export.NAME:
        return Proposal(layout=Layout(class_from="none"))
    proposal = propose_for(annotated.offers, classes)
    if not annotated.format:
        return proposal
    if not annotated.classes:  # annotations without an object leave the folders their say
        return replace(proposal, doubts=(*_doubts(annotated), *proposal.doubts))
    others = tuple(doubt for doubt in proposal.doubts if doubt.about != "classes")
    doubts = (*_doubts(annotated), *others)
    if proposal.layout.class_from == "none" or _names_the_same(proposal.layout, annotated):
        return replace(proposal, doubts=doubts)
    bare = replace(proposal.layout, class_from="none", class_level=-1)
    return Proposal(layout=bare, doubts=doubts, alternatives=(proposal.layout, *proposal.alternatives))


def _names_the_same(layout: Layout, annotated: Annotated) -> bool:
    images = [offer for offer in annotated.offers if isinstance(offer, Candidate)]
    by_path = read_by(layout, [replace(offer, label=None, label_from_path=True) for offer in images])
    names = {fold_name(offer.label) for offer in by_path if isinstance(offer, Candidate) and offer.label}
    return len(names & {fold_name(name) for name in annotated.classes}) * 2 > len(names)


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
