"""Names of classes that differ in nothing but what stands between their words: rolled-in_scale, rolled_in_scale."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.folder_names import without_copy
from vabal_core.types import Answer, Doubt
from vabal_core.types.names import NameBook, fold_name

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s_-]+(?=\d)")
_BETWEEN = re.compile(r"(?<=[^\W_])[\s_-]+(?=[^\W_])")


def near_form(name: str) -> str:
    """The form in which names are nearly the same: "Rolled-in scale" and "rolled_in_scale", "ＰＩＴ" and "pit", "bad."
    and "bad". A minus before a number stays, and so does what parts two numbers: 1-2 is not 12."""
    plain = fold_name(unicodedata.normalize("NFKC", name)).rstrip(" ._")
    return _BETWEEN.sub("", _BETWEEN_DIGITS.sub(".", plain)) or fold_name(name)


def near_names(names: Iterable[str], others: Collection[str]) -> dict[str, str]:
    """name -> the one of `others` that is nearly the same, where that is one alone and not the same."""
    by_form: dict[str, dict[str, str]] = defaultdict(dict)
    for other in others:
        by_form[near_form(other)].setdefault(fold_name(other), other)
    near = {name: by_form[form] for name in names if (form := near_form(name)) in by_form}
    return {
        name: next(iter(forms.values()))
        for name, forms in near.items()
        if len(forms) == 1 and fold_name(name) not in forms
    }


def near_name_doubts(labels: Iterable[str], classes: NameBook[str] = NO_CLASSES) -> tuple[Doubt, ...]:
    """Whether labels of a source (the names of their classes) that are nearly the same, as each other or as one of
    `classes`, or called like copies ("pits (2)"), mean one class."""
    there = set(classes.exact.values())
    seen: dict[str, str] = {near_form(name): name for name in sorted(there)}
    same: dict[str, str] = {}
    # The shortest first: a copy is called longer than what it was made of.
    for label in sorted(dict.fromkeys(labels), key=lambda label: len(label) if without_copy(label) != label else 0):
        first = seen.setdefault(near_form(without_copy(label)), label)
        if first != label and label not in there:
            same[label] = first
    return (_doubt(same),) if same else ()


def _doubt(same: Mapping[str, str]) -> Doubt:
    pairs = ", ".join(f"{name!r} and {first!r}" for name, first in list(same.items())[:3])
    more = ", ..." if len(same) > 3 else ""
    text = f"Names of classes differ in little: {pairs}{more}. Are they one class? They are taken as they stand."
    names = sorted(set(same.values()))
    word = f"One class: {names[0]}" if len(names) == 1 else "One class each"
    return Doubt(about="names", text=text, answers=(Answer(words=word, names=dict(same)),))
