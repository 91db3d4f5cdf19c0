"""Keys and names of the classes in fields, checked while they are typed, and what is wrong with them in words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from vabal_core.types import RESERVED_KEYS, DefectClass
from vabal_core.types.names import fold_name, tidy_name, why_no_name
from vabal_core.ui.app.format import plain

# What they are is said above; the label is read out as it stands, without Markdown.
HIDDEN: dict[str, Any] = {"label_visibility": "collapsed", "live": True}
OUTLINE = "input { box-shadow: inset 0 0 0 2px #d33f3f; border-radius: inherit; }"

Row = tuple[str, str]  # key and name, as they stand in the fields


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """Why keys and names will not do, in words, and the fields that it lies in, by their keys."""

    text: str
    fields: tuple[str, ...]


def class_fields(classes: Sequence[DefectClass], labels: Mapping[int, str]) -> list[Row]:
    """A line of fields a class, and how many `labels` it has where that is known, in words."""
    return [_fields(defect_class, labels.get(defect_class.id)) for defect_class in classes]


def _fields(defect_class: DefectClass, labels: str | None) -> Row:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width=480):
        key = st.text_input(
            f"Key of {defect_class.name}",
            defect_class.key,
            key=key_field(defect_class),
            max_chars=1,
            width=56,
            **HIDDEN,
        )
        name = st.text_input(
            f"Name of {defect_class.name}", defect_class.name, key=name_field(defect_class), width="stretch", **HIDDEN
        )
        if labels is not None:
            st.caption(labels, width="content")
    return key.strip().lower(), name.strip()


def key_field(defect_class: DefectClass) -> str:
    """The widget's key of the field for the key: another one for each key that the class may have, since a class whose
    key was swapped away must not go on showing the old one."""
    return f"key_{defect_class.id}_{defect_class.key}"


def name_field(defect_class: DefectClass) -> str:
    return f"name_{defect_class.id}"


def show_mistake(mistake: Mistake) -> None:
    """The words where they are seen at once, and a red line round each field."""
    st.error(plain(mistake.text))
    selectors = ", ".join(f".st-key-{field} {{ {OUTLINE} }}" for field in mistake.fields).replace("}, ", "}\n")
    st.html(f"<style>{selectors}</style>")


def mistake_in(classes: Sequence[DefectClass], rows: Sequence[Row]) -> Mistake | None:
    """The first thing that is wrong with the keys and names asked for; None where nothing is."""
    return next(_mistakes(list(zip(classes, rows, strict=True))), None)


def _mistakes(pairs: Sequence[tuple[DefectClass, Row]]) -> Iterator[Mistake]:
    yield from _names(pairs)
    yield from _keys(pairs)


def _names(pairs: Sequence[tuple[DefectClass, Row]]) -> Iterator[Mistake]:
    renamed = [(old, name) for old, (_, name) in pairs if name != old.name]
    for old, name in renamed:
        if reason := why_no_name(tidy_name(name)):
            yield _mistake(f"The class name “{name[:40]}” {reason}", name_field(old))
    names = Counter(fold_name(name) for _, (_, name) in pairs)
    if twice := [name_field(old) for old, name in renamed if names[fold_name(name)] > 1]:
        yield _mistake("Each class needs a name of its own", *twice)
    holders = {fold_name(old.name): old.id for old, _ in pairs}
    if held := [name_field(old) for old, name in renamed if holders.get(fold_name(name), old.id) != old.id]:
        yield _mistake("A name that another class still has cannot be given yet: rename that class first", *held)


def _keys(pairs: Sequence[tuple[DefectClass, Row]]) -> Iterator[Mistake]:
    changed = [(old, key) for old, (key, _) in pairs if key != old.key]
    counts = Counter(key for _, key in changed)
    if twice := [key_field(old) for old, key in changed if counts[key] > 1]:
        yield _mistake("Two classes were given the same new key", *twice)
    if strange := [key_field(old) for old, key in changed if not (len(key) == 1 and key.isascii() and key.isalnum())]:
        yield _mistake("A key is one digit, or one letter from a to z", *strange)
    if taken := [(old, key) for old, key in changed if key in RESERVED_KEYS]:
        keys = ", ".join(sorted(key for _, key in taken))
        yield _mistake(f"The Label page itself uses {keys}: choose other keys", *(key_field(old) for old, _ in taken))


def _mistake(text: str, *fields: str) -> Mistake:
    return Mistake(text=f"{text}. Nothing was changed.", fields=fields)
