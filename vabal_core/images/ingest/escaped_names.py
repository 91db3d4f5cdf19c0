"""Folders that are called as an export of a Studio writes a class that cannot be a folder: "a%2Fb" for "a/b"."""

from collections.abc import Iterable

from vabal_core.types import Answer, Doubt
from vabal_core.types.class_folders import class_of_folder
from vabal_core.types.names import why_no_name


def escaped_name_doubts(labels: Iterable[str]) -> tuple[Doubt, ...]:
    """Whether labels of a source stand for the names that they would be an escaped form of: a stranger may well mean
    what they write."""
    meant = {label: class_of_folder(label) for label in dict.fromkeys(labels)}
    escaped = {label: name for label, name in meant.items() if name != label and not why_no_name(name)}
    if not escaped:
        return ()
    label, name = next(iter(escaped.items()))
    pairs = ", ".join(f"{label!r} for {name!r}" for label, name in list(escaped.items())[:3])
    more = ", ..." if len(escaped) > 3 else ""
    text = (
        f"Classes are called as an export writes what cannot be a folder: {pairs}{more}. They are taken as they stand."
    )
    word = f"It is called {name}" if len(escaped) == 1 else "Read them as an export"
    return (Doubt(about="names", text=text, answers=(Answer(words=word, names=escaped),)),)
