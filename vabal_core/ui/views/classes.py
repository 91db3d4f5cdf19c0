"""Adding, renaming, merging and removing the defect classes of a project, and choosing their keys."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vabal_core import workspace
from vabal_core.types import DefectClass, StudioError
from vabal_core.types.names import fold_name, tidy_name, why_no_name
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_error
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.kept_form import empty_fields_done, empty_next_time
from vabal_core.ui.app.navigation import link
from vabal_core.ui.app.project_menu import PROPOSED_CLASSES, lines_of
from vabal_core.ui.views.class_rows import Row, class_fields, mistake_in, show_mistake
from vabal_core.ui.views.word_table import word_table

# Beside the thirtieth class, too, what is wrong stands on top of what is seen.
IN_SIGHT = """<style>
[data-testid=stLayoutWrapper]:has(> .st-key-class_errors) { position: sticky; top: 3.5rem; z-index: 10;
  backdrop-filter: blur(24px); }
</style>"""
MANY = 10  # more than these do not fit into a menu
DONE = "class_done"  # in the session: what was done in the run before, in words


def class_menu(context: PageContext) -> None:
    """What the menu beside the images holds: one more class, and the others as long as they fit there."""
    if len(workspace.classes(context.ws, context.project.id)) > MANY:
        _add_one(context, st.container())
        link("data", "Keys, names, merging, removing: on the Data page")
    else:
        _editor(context, {})


def classes_view(context: PageContext) -> None:
    """All about the classes, for a page."""
    classes = workspace.classes(context.ws, context.project.id)
    key = context.key("classes")
    if st.session_state.get(DONE):  # what was done stands inside, so it stays open
        st.session_state[key] = True
    section = st.expander(f"Classes ({len(classes):,})", icon=":material/sell:", key=key, on_change="rerun")
    if section.open:
        counts = workspace.counts(context.ws, context.project.id)
        words = {each.id: _labels(counts.pool.get(each.id, 0), counts.evaluation.get(each.id, 0)) for each in classes}
        with section:
            if refusal := context.why_not("describe"):
                st.caption(plain(refusal))
                rows = [(each.key, each.name, words[each.id]) for each in classes]
                word_table(pd.DataFrame(rows, columns=["Key", "Class", "Labels"]), "class_table")
            else:
                _editor(context, words)


def _labels(pool: int, evaluation: int) -> str:
    """ "27 labels, 14 of them evaluation images": the Label page counts those to learn from alone."""
    both = "1 label" if pool + evaluation == 1 else f"{pool + evaluation:,} labels"
    return f"{both}, {evaluation:,} of them evaluation images" if evaluation else both


def first_classes(context: PageContext) -> None:
    """What a project without classes shows in place of the labelling desk."""
    st.title("Name your classes", anchor=False)
    if refusal := context.why_not("describe"):
        st.write(plain(f"This project has no class yet. {refusal}"))
        return
    st.write(
        "A class is what images are sorted by: a kind of defect, for example “scratches”, or “no defect”. Each gets a "
        "key; more can be added at any time."
    )
    _add_several(context, "Make the classes", st.container(), PROPOSED_CLASSES)


@st.fragment
def _editor(context: PageContext, labels: Mapping[int, str]) -> None:
    """One line a class with its key, its name and how many labels it has; what becomes of others; and new ones.

    What is wrong is said on top: below, it would lie under the edge of a menu.
    """
    st.html(IN_SIGHT)
    errors = st.container(key="class_errors")
    if done := st.session_state.pop(DONE, ""):
        st.success(plain(done))
    if labels:
        _add_several(context, "Add these classes", errors)
    else:
        _add_one(context, errors)
    classes = workspace.classes(context.ws, context.project.id)
    st.caption("Keys and names. A key that another class has is swapped with it.")
    rows = class_fields(classes, labels)
    mistake = mistake_in(classes, rows)
    if mistake:
        with errors:
            show_mistake(mistake)
    # Never greyed out: who goes straight from a field that was just put right would press it in vain.
    if st.button("Save keys and names", key="save_names") and not mistake:
        _try(_changes(context, classes, rows), errors, "Keys and names are saved.")
    if classes:
        _merge_or_remove(context, classes)


def _merge_or_remove(context: PageContext, classes: Sequence[DefectClass]) -> None:
    names = {defect_class.id: defect_class.name for defect_class in classes}
    st.caption(
        "A class that is not needed: what is labelled so counts as another class, or it goes into the bin. "
        "The bin on the Data page takes either back."
    )
    errors = st.container()  # beside its buttons, which may be far below the fields
    class_id = st.selectbox("The class", list(names), format_func=names.get, key="unneeded_class", width=300)
    others = [other for other in names if other != class_id]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        into = st.selectbox("counts from now on as", others, format_func=names.get, key="merge_into", width=180)
        if st.button("Merge them", key="merge_class", disabled=not others):
            merge = partial(workspace.merge_classes, context.ws, context.actor, class_id, into)
            _try([merge], errors, f"“{names[class_id]}” counts as “{names.get(into)}” from now on.")
        if st.button("Remove the class", key="remove_class", icon=":material/delete:"):
            remove = partial(workspace.remove_class, context.ws, context.actor, class_id)
            _try([remove], errors, f"“{names[class_id]}” is in the bin.")
    link("grid", "See its images on the Grid page", show="All images", labelled=str(class_id))
    link("progress", "Choose which classes are the rare ones")


def _changes(context: PageContext, classes: Sequence[DefectClass], rows: Sequence[Row]) -> list[Callable[[], None]]:
    """New keys, then new names, for the classes whose row differs: all are changed, or none."""
    set_key = partial(workspace.set_class_key, context.ws, context.actor)
    rename = partial(workspace.rename_class, context.ws, context.actor)
    pairs = list(zip(classes, rows, strict=True))
    rekeyed = [partial(set_key, old.id, key) for old, (key, _) in pairs if key != old.key]
    renamed = [partial(rename, old.id, name) for old, (_, name) in pairs if name != old.name]
    return rekeyed + renamed


def _add_one(context: PageContext, errors: DeltaGenerator) -> None:
    empty_fields_done()
    with st.form("add_class", border=False):
        # No max_chars: a browser refuses a longer name silently and an empty one arrives; the Studio says the limit.
        name = st.text_input("New class", placeholder="for example: scratches", key="new_class")
        if st.form_submit_button("Add a class", key="add_class_button"):
            _try(
                [lambda: workspace.add_class(context.ws, context.actor, context.project.id, name)],
                errors,
                empties=["new_class"],
            )


def _add_several(context: PageContext, button: str, errors: DeltaGenerator, proposed: str = "") -> None:
    empty_fields_done()
    with st.form("add_classes", border=False):
        text = st.text_area(
            "New classes, one a line", proposed, key="new_classes", placeholder="for example: scratches", height=120
        )
        if st.form_submit_button(button, key="add_classes_button"):
            _try([lambda: add_classes(context, text)], errors, empties=[] if proposed else ["new_classes"])


def add_classes(context: PageContext, text: str) -> None:
    """A class for each line of `text`. StudioError, and none is made, where a name will not do or is there already."""
    names = lines_of(text)
    if not names:
        raise StudioError("Write the name of a class, or several, one a line.")
    present = {fold_name(defect_class.name) for defect_class in workspace.classes(context.ws, context.project.id)}
    for name in names:
        reason = "is there already" if fold_name(name) in present else why_no_name(tidy_name(name))
        if reason:
            raise StudioError(f"The class name “{name[:40]}” {reason}. None of the {len(names):,} was made.")
    for name in names:
        workspace.add_class(context.ws, context.actor, context.project.id, name)


def _try(
    steps: Sequence[Callable[[], Any]], errors: DeltaGenerator, done: str = "", empties: Sequence[str] = ()
) -> None:
    """Do it and draw the page anew, with `done` said on it and the fields `empties` empty; or say what is wrong."""
    try:
        for step in steps:
            step()
    except (StudioError, ValueError) as problem:
        with errors:
            show_error(problem)
    else:
        st.session_state[DONE] = done
        empty_next_time(*empties)
        st.rerun()
