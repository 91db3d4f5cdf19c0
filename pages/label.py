"""Label: one image, one key press."""

import streamlit as st

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.app.context import Place, enter
from vabal_core.ui.app.errors import said
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import link
from vabal_core.ui.components.desk import desk
from vabal_core.ui.signing import Session, secret, session_token, studio_id
from vabal_core.ui.views.classes import class_editor, first_class

QUEUES = {"ranked": "Images to learn from", "evaluation": "Evaluation images"}
BATCH = 100


@st.fragment
@said()
def the_desk(place: Place, queue: str, images: int) -> None:
    key = secret(place.ws.data_dir)
    desk(
        project_id=place.project.id,
        queue=queue,
        images=images,
        token=session_token(key, Session(place.project.id, place.actor)),
        studio=studio_id(key),
        epoch=st.session_state.get("epoch", 0),
    )


def label_for_me(place: Place, queue: str) -> None:
    try:
        done = workspace.label_for_me(place.ws, place.actor, place.project.id, BATCH, queue=queue)
        workspace.start_if_due(place.ws, place.project.id)
        known = f"{done} images labelled with the answers this project knows."
        st.session_state["for_me"] = known if done else "No image of this queue waits for a label."
    except StudioError as problem:
        st.session_state["for_me"] = str(problem)
    st.session_state["epoch"] = st.session_state.get("epoch", 0) + 1


def toolbar(place: Place) -> str:
    with st.container(horizontal=True, vertical_alignment="center"):
        queue = st.segmented_control(
            "Which images",
            list(QUEUES),
            default="ranked",
            required=True,
            format_func=QUEUES.get,
            key="queue",
            bind="query-params",
            label_visibility="collapsed",
        )
        # Its fields are made when it is opened: those of thirty classes would hold up the first image.
        editor = st.popover("Classes", icon=":material/edit:", key="edit_classes", on_change="rerun")
        if editor.open:
            with editor:
                class_editor(place)
        if workspace.knows_answers(place.ws, place.project.id):
            st.button(
                f"Label the next {BATCH} for me",
                icon=":material/auto_awesome:",
                key="for_me_button",
                help="This project knows the right answers. They are used to label the next images of this queue, "
                "so that you can watch the Studio work without labelling by hand.",
                on_click=label_for_me,
                args=(place, queue),
            )
        if message := st.session_state.pop("for_me", ""):
            st.caption(plain(message))
    return queue


place = enter("")
totals = workspace.image_totals(place.ws, place.project.id)
if not any(totals.values()):
    st.title("Label", anchor=False)
    st.write("This project holds no images yet.")
    link("data", "Add images")
elif not workspace.classes(place.ws, place.project.id):
    first_class(place)
else:
    queue = toolbar(place)
    if queue == "evaluation" and not totals["evaluation"]:
        st.info("This project has no evaluation images, so nobody can say how good the model is.")
        link("data", "Import images with a share set aside for evaluation")
    else:
        the_desk(place, queue, totals["evaluation" if queue == "evaluation" else "pool"])
