"""What was imported into a project, each import with the way to undo it and to take that back."""

from collections.abc import Callable, Generator
from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Actor, Progress
from vabal_core.ui.app.background import Job, find_job, start_job
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.person import current_actor
from vabal_core.workspace import Import, Workspace

SOON_SECONDS = 2.0  # a small import is undone by then, and the page need not show a bar in between

Verb = Callable[[Workspace, Actor, int], Generator[Progress, None, Any]]


def imports_view(context: PageContext) -> None:
    """One line an import, newest first; nothing where none is remembered."""
    imports = workspace.list_imports(context.ws, context.project.id)
    if imports:
        with st.expander(f"Imports ({len(imports):,})", icon=":material/history:", key=context.key("imports")):
            for listed in imports:
                _line(context, listed)


def begin_undoing(ws: Workspace, actor: Actor, import_id: int, verb: Verb = workspace.undo_import) -> None:
    """Undo the import in the background, or, with another verb, bring it back; a small one is done at once."""
    start_job(_name(import_id), verb(ws, actor, import_id)).wait(SOON_SECONDS)


def undo_button(ws: Workspace, listed: Import) -> None:
    """The way to undo an import where it was made: what would become of what is said first, and asked."""
    with st.popover("Undo this import", key=f"import_undo_asks-{listed.id}"):
        st.markdown(
            plain(
                f"{_images(listed.images)} of this import go into the bin, but for those that another import "
                "brought, too; what it changed of others is as before. It can be brought back."
            )
        )
        arguments = (ws, current_actor(), listed.id)
        begin = show_errors()(begin_undoing)
        st.button("Undo it", type="primary", key="import_undo", on_click=begin, args=arguments)


def undoing(listed: Import) -> None:
    """How far the undoing of the import is, or bringing it back, where that is under way or went wrong."""
    if (job := find_job(_name(listed.id))) is not None:
        _job(job, listed)


def _name(import_id: int) -> str:
    return f"import: undo {import_id}"


def _line(context: PageContext, listed: Import) -> None:
    job = find_job(_name(listed.id))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        day = f"{listed.id} · {listed.created_at:%Y-%m-%d %H:%M}"
        st.markdown(f"{day} · {plain(listed.title)}", help=plain(listed.source), width="content")
        st.caption(plain(state_words(listed)), width="content")
        if job is None or job.finished:
            _buttons(context, listed)
    undoing(listed)


def _buttons(context: PageContext, listed: Import) -> None:
    """Where some of it is undone and some in force, both ways are open."""
    if listed.undone_at is None or listed.state in ("undone in part", "brought back"):
        _button(context, "Undo", f"undo_import-{listed.id}", workspace.undo_import, listed)
    if listed.undone_at is not None and (listed.removed or listed.undone or listed.held):
        _button(context, "Bring back", f"restore_import-{listed.id}", workspace.restore_import, listed)


def _button(context: PageContext, label: str, key: str, verb: Verb, listed: Import) -> None:
    st.button(label, key=key, on_click=begin_undoing, args=(context.ws, context.actor, listed.id, verb))


def _job(job: Job, listed: Import) -> None:
    if job.error:
        st.error(plain(job.error))
    elif not job.finished:
        _follow(listed.id)


@st.fragment(run_every="1s")
@show_errors()
def _follow(import_id: int) -> None:
    job = find_job(_name(import_id))
    if job is None or job.finished:
        st.rerun(scope="app")
    done, total = job.event.done, job.event.total
    st.progress(min(1.0, done / total) if total else 0.0, text=f"{done:,} of {total:,}: labelling can go on meanwhile")
    st.button("Stop", key=f"stop_undoing-{import_id}", on_click=job.cancel)


def state_words(listed: Import) -> str:
    """What has become of it, in words."""
    if listed.state == "undone":
        as_before = _counted(listed.undone - listed.kept, "change taken back") if listed.undone > listed.kept else ""
        in_bin = f"{_images(listed.removed)} in the bin" if listed.removed or not (as_before or listed.held) else ""
        return _listed("undone", in_bin, _held(listed), as_before, _kept(listed))
    brought = f"{_images(listed.images)}, of which {listed.labelled:,} {_have(listed.labelled)} a label now"
    there = f"{_images(listed.present)} that {'was' if listed.present == 1 else 'were'} there already"
    parts = brought if listed.planned or listed.images else "", there if listed.present else "", *_changes(listed)
    images = _listed(*parts) or "nothing new"
    if listed.state == "broken off":
        images += f", stopped before all {listed.planned:,} were in"
    if listed.state == "undone in part":
        in_bin = f"undone in part, {_images(listed.removed)} in the bin"
        return _listed(f"{in_bin}, in use still or again: {images}", _kept(listed))
    if listed.state == "brought back":
        return f"undone, and all of it brought back since: {images}"
    return f"{images}; imported by {listed.annotator}"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _held(listed: Import) -> str:
    if not listed.held:
        return ""
    imports = f"import {', '.join(map(str, listed.holders))} {'holds' if len(listed.holders) == 1 else 'hold'}"
    return f"{_images(listed.held)} {'stays' if listed.held == 1 else 'stay'}: {imports} them, too"


def _changes(listed: Import) -> list[str]:
    """What it did to images that were there already."""
    counts = {
        "label changed": listed.labels_changed,
        "image moved between learning and evaluation": listed.splits_changed,
        "file linked anew": listed.files_linked,
        "picture replaced by a new one": listed.replaced,
        "image taken out of the bin": listed.from_bin,
    }
    return [_counted(count, words) for words, count in counts.items() if count]


def _counted(count: int, words: str) -> str:
    """ "1 label changed", "2 labels changed": the first word is the thing that is counted."""
    thing, _, rest = words.partition(" ")
    return f"{count:,} {thing}{'s' * (count != 1)} {rest}"


def _images(count: int) -> str:
    return f"{count:,} image{'s' * (count != 1)}"


def _kept(listed: Import) -> str:
    return f"{listed.kept:,} decided otherwise since and kept so" if listed.kept else ""


def _listed(*parts: str) -> str:
    return ", ".join(filter(None, parts))
