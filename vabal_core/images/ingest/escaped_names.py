"""Folders that are called as an export of a Studio writes a class that cannot be a folder: "a%2Fb" for "a/b"."""

from collections.abc import Sequence

from vabal_core.images.ingest.table import Candidate
from vabal_core.types import Answer, Doubt, ImportProblem
from vabal_core.types.class_folders import class_of_folder
from vabal_core.types.names import why_no_name


def escaped_name_doubts(offers: Sequence[Candidate | ImportProblem]) -> tuple[Doubt, ...]:
    """Whether labels that paths give stand for the names that they would be an escaped form of: a stranger may well
    mean what they write."""
    labels = [offer.label for offer in offers if isinstance(offer, Candidate) and offer.label_from_path and offer.label]
    meant = {label: class_of_folder(label) for label in dict.fromkeys(labels)}
    escaped = {label: name for label, name in meant.items() if name != label and not why_no_name(name)}
    if not escaped:
        return ()
    pairs = ", ".join(f"{label!r} for {name!r}" for label, name in list(escaped.items())[:3])
    more = ", ..." if len(escaped) > 3 else ""
    text = f"Folders are called as an export writes what no folder may be called: {pairs}{more}. Taken as they stand."
    word = f"The class is {next(iter(escaped.values()))}" if len(escaped) == 1 else "Read them as an export"
    return (Doubt(about="names", text=text, answers=(Answer(words=word, names=escaped),)),)
