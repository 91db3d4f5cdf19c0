"""What an import makes of large images and of images with more than 8 bits: said, and changed before it is written."""

from dataclasses import replace

import streamlit as st

from vabal_core.types import ImportPlan, OtherForms, Scale, Tiling
from vabal_core.ui.views.import_jobs import ImportRequest, Looked, look_again, replace_result
from vabal_core.workspace import Workspace

LARGE = 1_024  # pixels on the long side: a fine defect is lost where more are fitted into what a network reads
LONG = 3  # times as long as wide
SIDE, OVERLAP = 512, 64
OTHER_FORMS: dict[OtherForms, str] = {
    "leave": "Leave them as they are",
    "replace": "Put what comes now in their place: they go into the bin, their labels with them",
    "beside": "Keep both: the same picture counts twice",
}


def shape_view(ws: Workspace, looked: Looked, request: ImportRequest, owner: str) -> None:
    """The controls, for those images that need them alone."""
    plan = looked.plan
    if plan.scale:
        _scale(looked, plan.scale, owner)
    if plan.tiling or any(_is_large(entry.width, entry.height) for entry in (*plan.entries, *plan.present)):
        _tiles(ws, plan, request, owner)
    if any(doubt.about == "shape" for doubt in plan.doubts):
        _other_forms(ws, request, owner)


def _is_large(width: int, height: int) -> bool:
    long, short = max(width, height), min(width, height)
    return long > LARGE or (short > 0 and long > LONG * short)


def _scale(looked: Looked, scale: Scale, owner: str) -> None:
    with st.container(border=True, key="import_scale"):
        st.markdown("The images have more than 8 bits a value. One scale turns the values of all of them into grey.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            low = st.number_input("Black, up to the value", value=scale.low, key="import_low", width=200)
            high = st.number_input("White, from the value", value=scale.high, key="import_high", width=200)
            if low != scale.low or high != scale.high:
                if low >= high:
                    st.caption("Black must lie below white.", width="content")
                else:
                    changed = replace(looked.plan, scale=Scale(low=low, high=high))
                    replace_result(owner, replace(looked, plan=changed))
                    st.rerun()


def _other_forms(ws: Workspace, request: ImportRequest, owner: str) -> None:
    """What becomes of images that are there whole, or cut otherwise: how many are is among the questions."""
    key = f"import_other_forms-{st.session_state.get('import_epoch', 0)}"
    uses = list(OTHER_FORMS)
    st.radio(
        "Images that are there whole, or cut otherwise",
        uses,
        index=uses.index(request.other_forms),
        format_func=OTHER_FORMS.get,
        key=key,
        on_change=lambda: look_again(ws, owner, other_forms=st.session_state[key]),
    )


def _tiles(ws: Workspace, plan: ImportPlan, request: ImportRequest, owner: str) -> None:
    tiling = plan.tiling
    epoch = st.session_state.get("import_epoch", 0)

    def change() -> None:
        state = st.session_state
        if not state[f"import_cut-{epoch}"]:
            look_again(ws, owner, shape="fit")
            return
        side = state.get(f"import_side-{epoch}", SIDE)
        overlap = min(state.get(f"import_overlap-{epoch}", OVERLAP), side - 1)
        keep_labels = state.get(f"import_keep_labels-{epoch}", False)
        look_again(ws, owner, shape=Tiling(side=side, overlap=overlap, keep_labels=keep_labels))

    with st.container(border=True, key="import_tiles"):
        st.toggle(
            "Cut large images into tiles",
            tiling is not None,
            key=f"import_cut-{epoch}",
            on_change=change,
            help="Whole, a large image is made small before it is learned from, and fine defects are lost. Each tile "
            "is an image of its own, and knows what it was cut from.",
        )
        if tiling:
            with st.container(horizontal=True, vertical_alignment="bottom"):
                options = {"on_change": change, "width": 160}
                st.number_input("Pixels a side", 64, 4096, tiling.side, 64, key=f"import_side-{epoch}", **options)
                st.number_input("Overlap", 0, 2048, tiling.overlap, 16, key=f"import_overlap-{epoch}", **options)
                st.checkbox(
                    "Tiles have the label of the whole",
                    tiling.keep_labels,
                    key=f"import_keep_labels-{epoch}",
                    on_change=change,
                    help="Left out, tiles come without a label: what the whole shows need not be in each piece.",
                )
