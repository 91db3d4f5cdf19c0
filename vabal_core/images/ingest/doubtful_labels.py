"""Labels of a source that may be no names of classes: several classes in one, and words for not knowing."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.several_classes import Parted, part_labels
from vabal_core.images.ingest.table import Candidate
from vabal_core.images.ingest.unsettled import leave_undecided
from vabal_core.types import ImportProblem
from vabal_core.types.names import NameBook, fold_name


def settle_labels(
    offers: Sequence[Candidate | ImportProblem], classes: NameBook[str] = NO_CLASSES, stated: Collection[str] = ()
) -> Parted:
    """The offers without such labels, and what is to be said and asked of them. A label among `stated`, of an own
    export (which knows the content of its images), or that means one of `classes`, is the name of a class."""
    candidates = [offer for offer in offers if isinstance(offer, Candidate) and offer.label]
    labels = dict.fromkeys(offer.label for offer in candidates)
    whole = {fold_name(name) for name in (*stated, *(offer.label for offer in candidates if offer.fingerprint))}
    kept = frozenset(label for label in labels if fold_name(label) in whole or classes.find(label))
    decided, doubts = leave_undecided(offers, kept)
    parted = part_labels(decided, classes, kept)
    return replace(parted, doubts=(*doubts, *parted.doubts))
