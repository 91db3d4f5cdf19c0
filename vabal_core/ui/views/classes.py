"""Adding, renaming, merging and removing the defect classes of a project, and choosing their keys, while labelling."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vabal_core import workspace
from vabal_core.types import RESERVED_KEYS, DefectClass, StudioError
from vabal_core.types.names import fold_name, tidy_name, why_no_name
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_error

# The caption above says what they are; the label is read out as it stands, without Markdown.
HIDDEN: dict[str, Any] = {"label_visibility": "collapsed"}


def class_editor(context: PageContext) -> None:
    """One line for a new class, one line a class with its key and its name to change, and what becomes of others.

    What is wrong is said on top: below, it would lie under the edge of the menu.
    """
    errors = st.container()
    _add_form(context, "Add a class", errors)
    classes = workspace.classes(context.ws, context.project.id)
    with st.form("rename_classes", border=False):
        st.caption("Keys and names. A key that another class has is swapped with it.")
        rows = [_class_row(defect_class) for defect_class in classes]
        if st.form_submit_button("Save keys and names", key="save_names"):
            if problem := what_is_wrong(classes, rows):  # all are changed, or none
                errors.error(problem)
            else:
                _try(_changes(context, classes, rows), errors)
    if classes:
        _merge_or_remove(context, classes, errors)


def _merge_or_remove(context: PageContext, classes: Sequence[DefectClass], errors: DeltaGenerator) -> None:
    names = {defect_class.id: defect_class.name for defect_class in classes}
    st.caption("A class that is not needed: what is labelled so counts as another class, or it goes into the bin.")
    class_id = st.selectbox("Class", list(names), format_func=names.get, key="unneeded_class", **HIDDEN)
    others = [other for other in names if other != class_id]
    with st.container(horizontal=True, vertical_alignment="center"):
        into = st.selectbox("Merge into", others, format_func=names.get, key="merge_into", width=180, **HIDDEN)
        if st.button("Merge into this one", key="merge_class", disabled=not others):
            _try([lambda: workspace.merge_classes(context.ws, context.actor, class_id, into)], errors)
        if st.button("Remove", key="remove_class", icon=":material/delete:"):
            _try([lambda: workspace.remove_class(context.ws, context.actor, class_id)], errors)


def _changes(
    context: PageContext, classes: Sequence[DefectClass], rows: Sequence[tuple[str, str]]
) -> list[Callable[[], None]]:
    """New keys, then new names, for the classes whose row differs."""
    set_key = partial(workspace.set_class_key, context.ws, context.actor)
    rename = partial(workspace.rename_class, context.ws, context.actor)
    pairs = list(zip(classes, rows, strict=True))
    rekeyed = [partial(set_key, old.id, key) for old, (key, _) in pairs if key != old.key]
    renamed = [partial(rename, old.id, name) for old, (_, name) in pairs if name != old.name]
    return rekeyed + renamed


def _class_row(defect_class: DefectClass) -> tuple[str, str]:
    key_column, name_column = st.columns([1, 4], gap="small", vertical_alignment="bottom")
    # Its own field for each key it may have: a class whose key was swapped away must not go on showing the old one.
    field = f"key_{defect_class.id}_{defect_class.key}"
    key = key_column.text_input(f"Key of {defect_class.name}", defect_class.key, key=field, max_chars=1, **HIDDEN)
    name = name_column.text_input(
        f"Name of {defect_class.name}", defect_class.name, key=f"name_{defect_class.id}", **HIDDEN
    )
    return key.strip().lower(), name.strip()


def what_is_wrong(classes: Sequence[DefectClass], rows: Sequence[tuple[str, str]]) -> str:
    """What is wrong with the keys and names asked for, in words; "" where nothing is."""
    renamed = [(old, name) for old, (_, name) in zip(classes, rows, strict=True) if name != old.name]
    for _, name in renamed:
        if reason := why_no_name(tidy_name(name)):
            return f"The class name “{name[:40]}” {reason}. Nothing was changed."
    names = Counter(fold_name(name) for _, name in rows)
    if any(names[fold_name(name)] > 1 for _, name in renamed):
        return "Each class needs a name of its own. Nothing was changed."
    holders = {fold_name(defect_class.name): defect_class.id for defect_class in classes}
    if any(holders.get(fold_name(name), old.id) != old.id for old, name in renamed):
        return "A name that another class still has cannot be given yet: rename that class first. Nothing was changed."
    changed = [key for old, (key, _) in zip(classes, rows, strict=True) if key != old.key]
    if len(set(changed)) < len(changed):
        return "Two classes were given the same new key. Nothing was changed."
    if any(not (len(key) == 1 and key.isascii() and key.isalnum()) for key in changed):
        return "A key is one digit, or one letter from a to z. Nothing was changed."
    if taken := sorted(RESERVED_KEYS.intersection(changed)):
        return f"The Label page itself uses {', '.join(taken)}: choose other keys. Nothing was changed."
    return ""


def first_class(context: PageContext) -> None:
    """What a project without classes shows in place of the labelling desk."""
    st.title("Name your first class", anchor=False)
    st.write(
        "A class is one kind of defect, for example “scratches”. Each class gets a key; you can add more at any time."
    )
    _add_form(context, "Add the class", st.container())


def _add_form(context: PageContext, button: str, errors: DeltaGenerator) -> None:
    with st.form("add_class", border=False, clear_on_submit=True):
        # No max_chars: a browser refuses a longer name silently and an empty one arrives; the Studio says the limit.
        name = st.text_input("New class", placeholder="for example: scratches", key="new_class")
        if st.form_submit_button(button, key="add_class_button"):
            _try([lambda: workspace.add_class(context.ws, context.actor, context.project.id, name)], errors)


def _try(steps: Sequence[Callable[[], Any]], errors: DeltaGenerator) -> None:
    try:
        for step in steps:
            step()
    except (StudioError, ValueError) as problem:
        with errors:
            show_error(problem)
    else:
        st.rerun()
