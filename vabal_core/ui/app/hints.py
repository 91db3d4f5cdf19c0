"""The guided first minute: three hints on the demo, one at a time, each gone once put away or out of date."""

from collections.abc import Collection
from dataclasses import dataclass
from html import escape

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.person import hints_put_away, put_hint_away
from vabal_core.workspace import Workspace

SECONDS_BETWEEN_LOOKS = "3s"
STYLE = """<style>
.st-key-hint { padding: 0.35rem 0.75rem; border-radius: 0.4rem; border: 1px solid currentColor; row-gap: 0.2rem; }
.st-key-hint p { margin: 0; }
@media (min-width: 641px) { .st-key-hint { flex-wrap: nowrap; } }
/* On a telephone it lies over the line above, so that image and classes stay on one screen. */
@media (max-width: 640px) { .st-key-hint { position: fixed; top: 3.9rem; left: 0.5rem; right: 0.5rem; width: auto;
  z-index: 20; background: Canvas; padding-block: 0.6rem; row-gap: 0.5rem; } }
</style>"""


@dataclass(frozen=True, kw_only=True)
class Hint:
    """One hint: the name that it is remembered by, and its words."""

    name: str
    words: str


LABEL = Hint(
    name="label",
    words="Press the number of the class that you see, or its button. G shows what each looks like; U takes back.",
)
LEARN = Hint(
    name="learn",
    words="Go on like this. After some labels the Studio learns from them by itself; the line at the top says when.",
)
RANKED = Hint(
    name="ranked",
    words="The first ranking is here: after the image on screen, those most worth a label come first. Progress "
    "counts what that brings; Data hands out your labels as a table.",
)


def hint_for(labels: int, rankings: int, put_away: Collection[str]) -> Hint | None:
    """The hint of this moment: none where it was put away before, or after the second ranking."""
    hint = RANKED if rankings else LEARN if labels else LABEL
    return None if rankings > 1 or hint.name in put_away else hint


@st.fragment(run_every=SECONDS_BETWEEN_LOOKS)
@show_errors()
def first_minute(ws: Workspace, project_id: int) -> None:
    """Draw the hint of this moment, if any."""
    labels = workspace.counts(ws, project_id).pool_total
    newest = workspace.last_done_round(ws, project_id)
    hint = hint_for(labels, newest.number if newest else 0, hints_put_away())
    if hint is None:
        return
    st.html(STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="hint"):
        st.html(f"<p>{escape(hint.words)}</p>", width="stretch")
        with st.container(width="content"):
            st.button("Got it", key=f"hint_{hint.name}", on_click=put_hint_away, args=(hint.name,))
