"""What a source says of a picture that it names more than once: in several rows, or in several folders."""

from collections.abc import Sequence
from dataclasses import replace

from vabal_core.types import ImportEntry, ImportProblem


def agreed(entry: ImportEntry, others: Sequence[ImportEntry]) -> ImportEntry:
    """`entry` with what it and `others`, of the same content, say together.

    A label is better than none, and several are none: nobody knows which is right. What any of them states to be for
    evaluation is for evaluation: learned from, it would flatter what is measured.
    """
    labels = labels_of(entry, others)
    entry = replace(entry, label=labels[0] if len(labels) == 1 else None)
    if entry.split == "pool" and any(other.split == "evaluation" for other in others):
        entry = replace(entry, split="evaluation", label_use="evaluate")
    return replace(entry, split_stated=entry.split_stated or any(other.split_stated for other in others))


def labels_of(entry: ImportEntry, others: Sequence[ImportEntry]) -> list[str]:
    """The different labels that are given, in the order of the source."""
    return list(dict.fromkeys(each.label for each in (entry, *others) if each.label is not None))


def disagreement(entry: ImportEntry, others: Sequence[ImportEntry]) -> ImportProblem | None:
    """Why the picture has no label, though it was given some; None where it has the one that it was given."""
    labels = labels_of(entry, others)
    if len(labels) < 2:
        return None
    return ImportProblem(path=entry.path, reason=f"several classes, so it has no label: {', '.join(labels)}")
