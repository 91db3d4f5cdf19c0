"""A few images of each class of an import, so that a person sees whether the classes are right, and names them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from vabal_core.types import ImportEntry, ImportPlan, Layout, Scale
from vabal_core.types.names import fold_name
from vabal_core.ui.addresses import preview_url
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.person import current_session
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import secret
from vabal_core.ui.views.import_layout import Change

PICTURES = 12
STYLE = """<style>
.pictures { display: grid; grid-template-columns: repeat(12, 1fr); gap: 6px; max-width: 84rem; }
.pictures img { width: 100%; aspect-ratio: 4 / 3; object-fit: contain; border-radius: 4px;
  background: var(--st-secondary-background-color, #8882); }
@media (max-width: 700px) { .pictures { grid-template-columns: repeat(6, 1fr); gap: 4px; } }
</style>"""


def class_pictures(plan: ImportPlan, change: Change) -> None:
    """For each class its name, to be changed, and the first of its images."""
    groups: dict[str | None, list[ImportEntry]] = defaultdict(list)
    for entry in plan.entries:
        groups[entry.label].append(entry)
    names = sorted(groups, key=lambda name: -len(groups[name]))
    if any(name is not None for name in names):
        st.caption("Each class has its name in a field: change it here, and it comes in under the new one.")
    for name in names:
        if name is None:
            st.markdown(f"**Without a label** · {_count(groups[name])}")
        else:
            _name_field(plan.layout, name, groups[name], change)
        _pictures(groups[name], plan.scale)


def _name_field(layout: Layout, name: str, entries: Sequence[ImportEntry], change: Change) -> None:
    key = f"import_name_of-{name}"

    def rename() -> None:
        if new_name := st.session_state[key].strip():
            change(replace(layout, names=renamed(layout, name, new_name)))

    with st.container(horizontal=True, vertical_alignment="center"):
        st.text_input(
            plain(f"Name of the class {name}"), name, key=key, on_change=rename, label_visibility="collapsed", width=200
        )
        st.caption(_count(entries), width="content")


def renamed(layout: Layout, name: str, new_name: str) -> dict[str, str]:
    """The layout's names with the class that is shown as `name` called `new_name`, whatever the source calls it."""
    names = {given: new_name if fold_name(shown) == fold_name(name) else shown for given, shown in layout.names.items()}
    return names if names != dict(layout.names) else {**names, name: new_name}


def _count(entries: Sequence[ImportEntry]) -> str:
    return "1 image" if len(entries) == 1 else f"{len(entries):,} images"


def _pictures(entries: Sequence[ImportEntry], scale: Scale | None) -> None:
    # From all over the class: neighbours are often of one plate.
    shown = entries[:: max(1, len(entries) // PICTURES)][:PICTURES]
    key, session = secret(studio().data_dir), current_session()
    pairs = [(escape(preview_url(key, session, entry.file, scale)), escape(entry.path)) for entry in shown]
    images = [f'<img src="{url}" alt="{path}" title="{path}" loading="lazy">' for url, path in pairs]
    st.html(f'<div class="pictures">{"".join(images)}</div>{STYLE}')
