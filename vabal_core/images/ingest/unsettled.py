"""Labels that say that nobody has decided yet, "unklar", "todo", "n/a", and those that may be a program's word for no
label, "nan"."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from vabal_core.images.ingest.folder_names import is_word_for_nothing, is_word_for_undecided
from vabal_core.images.ingest.table import Candidate
from vabal_core.types import Answer, Doubt, ImportProblem

Offers = Sequence[Candidate | ImportProblem]
MAX_ANSWERS = 5


def leave_undecided(offers: Offers, kept: Collection[str]) -> tuple[list[Candidate | ImportProblem], tuple[Doubt, ...]]:
    """The offers, those called undecided without a label, and what is to be asked of them. Labels among `kept` are
    names of classes."""
    counts = Counter(offer.label for offer in offers if isinstance(offer, Candidate) and offer.label)
    others = [label for label in counts if label not in kept]
    undecided = {label: counts[label] for label in others if is_word_for_undecided(label)}
    nothing = {label: counts[label] for label in others if is_word_for_nothing(label)}
    left = [_without(offer, undecided) for offer in offers]
    return left, (*_undecided_doubts(undecided), *_nothing_doubts(nothing))


def _without(offer: Candidate | ImportProblem, undecided: Collection[str]) -> Candidate | ImportProblem:
    return replace(offer, label=None) if isinstance(offer, Candidate) and offer.label in undecided else offer


def _undecided_doubts(labels: dict[str, int]) -> tuple[Doubt, ...]:
    if not labels:
        return ()
    text = f"{_images(labels)} called {_some(labels)}: read as not decided yet, without a label. Is that a class?"
    answers = (Answer(words=f"{label} is a class", names={label: label}) for label in list(labels)[:MAX_ANSWERS])
    return (Doubt(about="names", text=text, answers=tuple(answers)),)


def _nothing_doubts(labels: dict[str, int]) -> tuple[Doubt, ...]:
    if not labels:
        return ()
    text = f"{_images(labels)} called {_some(labels)}: a class, or no label? Taken as a class."
    answers = (Answer(words=f"{label} is no label", names={label: ""}) for label in list(labels)[:MAX_ANSWERS])
    return (Doubt(about="names", text=text, answers=tuple(answers)),)


def _images(labels: dict[str, int]) -> str:
    images = sum(labels.values())
    return "1 image is" if images == 1 else f"{images:,} images are"


def _some(labels: Collection[str]) -> str:
    first = [repr(label) for label in list(labels)[:3]]
    return ", ".join(first) + (", ..." if len(labels) > 3 else "")
