"""What an import would write, shown before anything is written."""

from collections import Counter
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from vabal_core import workspace
from vabal_core.types import ImportPlan, Layout, Split
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import page
from vabal_core.ui.views.import_changes import changes_view, from_bin_view
from vabal_core.ui.views.import_columns import columns_view
from vabal_core.ui.views.import_jobs import ImportRequest, Looked, discard, look_again, settle, write
from vabal_core.ui.views.import_layout import layout_view
from vabal_core.ui.views.import_pictures import class_pictures
from vabal_core.ui.views.import_shape import shape_view
from vabal_core.ui.views.import_tables import tables_view
from vabal_core.ui.views.import_uses import uses_of_labels, warnings
from vabal_core.workspace import Workspace

USES: dict[Split, str] = {"pool": "To learn from", "evaluation": "For evaluation"}
# The plan may be many screens long: what answers it stays at the lower edge of the one that is seen.
IN_REACH = """<style>
[data-testid=stLayoutWrapper]:has(> .st-key-import_bar) { position: sticky; bottom: 0; z-index: 10; padding: 0.6rem 0;
  backdrop-filter: blur(24px); border-top: 1px solid #8884; }
</style>"""
MAX_SPELLINGS = 6
NO_LABEL = "(no label)"
MANY_ROWS = 1_000  # a longer table is sent to the browser as it is scrolled


def show_plan(ws: Workspace, looked: Looked, request: ImportRequest, owner: str) -> None:
    """All that a plan says, with the controls to change it, and the button that writes it."""
    plan = looked.plan
    st.header(plain(f"{headline(plan)} for “{request.project_name}”"), anchor=False)
    st.caption(plain(f"{request.source} · {_which_project(ws, request.project_name)}"))
    if plan.entries:
        st.markdown(plain(summary(plan)))
    top = st.container(horizontal=True)  # the plan may be long: what answers it stands at both ends
    if plan.already_present:
        st.info(f"{plan.already_present:,} images are in the project already: they do not come twice.")

    columns_view(ws, looked.table, request, owner)

    def change(layout: Layout) -> None:
        look_again(ws, owner, layout=layout)

    if plan.entries or plan.present:
        doubts = [doubt for doubt in plan.doubts if doubt.text not in request.settled]
        tables_view(ws, [doubt for doubt in doubts if doubt.table], request, owner)
        doubts = [doubt for doubt in doubts if not doubt.table]
        layout_view(replace(plan, doubts=tuple(doubts)), looked.choices, change, partial(settle, owner))
    if plan.entries:
        left, right = st.columns([3, 2], gap="large")
        with right:
            uses_of_labels(ws, plan, request, owner)
        with left:
            st.dataframe(plan_table(plan), hide_index=True, width="content")
            spellings(plan)
            warnings(ws, plan, request, owner)
    if plan.entries or plan.present:
        shape_view(ws, looked, request, owner)
    apply, from_bin = changes_view(plan), from_bin_view(plan)
    if apply and (
        made := workspace.new_classes(ws, request.project_name, replace(plan, entries=(), changes=tuple(apply)))
    ):
        st.caption(plain(f"New classes that these changes make: {', '.join(made)}."))
    remarks(plan)
    left_out(plan)
    if plan.entries:
        class_pictures(plan, change)
    request = replace(request, apply=tuple(apply), from_bin=from_bin)
    if plan.entries:
        with top:
            _write_button(ws, plan, request, owner, key="import_write_top")
    _answer(ws, plan, request, owner)


def headline(plan: ImportPlan) -> str:
    """What there is to take: new images, or else changes of those that are there."""
    if plan.entries or not plan.changes:
        return count_of(len(plan.entries), "new image" if plan.present else "image")
    return count_of(len(plan.changes), "change") + " of images that are there,"


def summary(plan: ImportPlan) -> str:
    """The plan in a sentence or two: what the images are for, how many classes they have, what does not come."""
    uses = Counter(entry.split for entry in plan.entries)
    labels = {entry.label for entry in plan.entries}
    classes = len(labels - {None})
    words = f"{uses['pool']:,} to learn from, {uses['evaluation']:,} for evaluation"
    words += f"; {count_of(classes, 'class', 'classes')}." if classes else "; none has a label."
    left = sum(problem.files for problem in plan.problems)
    return words + (f" {count_of(left, 'file')} left out." if left else "")


def count_of(number: int, noun: str, plural: str = "") -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"


def _which_project(ws: Workspace, name: str) -> str:
    is_there = any(project.name == name for project in workspace.list_projects(ws))
    return "into the project of this name" if is_there else "a new project"


def plan_table(plan: ImportPlan) -> pd.DataFrame:
    """Images by label (rows, most frequent first) and by use (columns), the sum below."""
    totals = Counter(entry.label for entry in plan.entries)
    counts = Counter((entry.label, entry.split) for entry in plan.entries)
    rows = [(name or NO_LABEL, *(counts[name, use] for use in USES)) for name, _ in totals.most_common()]
    splits = Counter(entry.split for entry in plan.entries)
    return pd.DataFrame([*rows, ("All", *(splits[use] for use in USES))], columns=["Class", *USES.values()])


def spellings(plan: ImportPlan) -> None:
    """Which classes the source writes in several ways that count as one name."""
    for name, written in plan.spellings.items():
        ways = ", ".join(f"“{way}”" for way in written[:MAX_SPELLINGS])
        more = f" and {len(written) - MAX_SPELLINGS} more" if len(written) > MAX_SPELLINGS else ""
        st.info(plain(f"“{name}” is one class here: {ways}{more} in the source count as it, too."))


def left_out(plan: ImportPlan) -> None:
    """Every file that is left out, with its reason: on the page and to take away."""
    if not plan.problems:
        return
    count = sum(problem.files for problem in plan.problems)
    rows = [(problem.path, problem.files, problem.reason) for problem in plan.problems]
    table = pd.DataFrame(rows, columns=["File or folder", "Files", "Why"])
    with st.expander(f"Left out: {count:,} files" if count > 1 else "Left out: 1 file", expanded=not plan.entries):
        st.dataframe(table, hide_index=True, lazy=len(table) > MANY_ROWS)
        st.download_button(
            "Download this list (CSV)",
            data=lambda: b"".join(workspace.left_out_csv(plan.problems)),
            file_name="left out.csv",
            mime="text/csv",
            on_click="ignore",
            key="import_left_out",
        )


def remarks(plan: ImportPlan) -> None:
    """What is to be said of images that are imported, and of labels that are not."""
    notes = [*plan.remarks, *plan.label_problems]
    if notes:
        with st.expander(f"Worth knowing of {len(notes):,} images" if len(notes) > 1 else "Worth knowing of 1 image"):
            rows = [(note.path, note.reason) for note in notes]
            st.dataframe(pd.DataFrame(rows, columns=["Image", "What"]), hide_index=True, lazy=len(rows) > MANY_ROWS)


def _answer(ws: Workspace, plan: ImportPlan, request: ImportRequest, owner: str) -> None:
    arguments = (ws, owner, plan, request)
    moved = any(change.kind == "moved" for change in plan.changes)
    st.html(IN_REACH)
    with st.container(horizontal=True, key="import_bar"):
        if plan.entries or request.apply or request.from_bin or moved:
            _write_button(ws, plan, request, owner, key="import_write")
        elif plan.already_present and st.button("Start labelling", type="primary", key="import_all_there"):
            with show_errors():
                discard(*arguments)
                st.switch_page(page("label"), query_params={"project": request.project_name})
        st.button("Discard", key="import_discard", on_click=show_errors()(discard), args=arguments)


def _write_button(ws: Workspace, plan: ImportPlan, request: ImportRequest, owner: str, *, key: str) -> None:
    label = f"Import {count_of(len(plan.entries), 'image')}" if plan.entries else "Take these changes"
    st.button(label, type="primary", key=key, on_click=show_errors()(write), args=(ws, owner, plan, request))
