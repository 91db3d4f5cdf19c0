"""Label: one image, one key press."""

import streamlit as st

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.app.context import PageContext, page_context
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import link
from vabal_core.ui.app.studio import one_state
from vabal_core.ui.components.desk import desk
from vabal_core.ui.signing import secret, session_token, studio_id
from vabal_core.ui.views.classes import class_menu, first_classes

QUEUES = {"ranked": "Images to learn from", "evaluation": "Evaluation images"}
CLASSES = "classes"  # in the address: whether the menu of the classes is open
BATCH = 100
GIVE, TAKE_BACK = f"Give the next {BATCH} labels", "Take the last ones back"


@st.fragment
@show_errors()
@one_state()
def the_desk(context: PageContext, queue: str, images: int) -> None:
    key = secret(context.ws.data_dir)
    desk(
        project_id=context.project.id,
        project_name=context.project.name,
        why_fixed=context.why_not("describe"),
        queue=queue,
        images=images,
        came_labelled=queue == "ranked" and workspace.came_labelled(context.ws, context.project.id),
        token=session_token(key, context.session),
        studio=studio_id(key, context.session.database),
        epoch=st.session_state.get("epoch", 0),
    )


def simulate(context: PageContext, queue: str) -> None:
    """What was chosen in the menu: labels with the answers that the project knows, or the last of these taken back."""
    given = context.key("simulated")
    try:
        if st.session_state["simulate"] == GIVE:
            count = workspace.label_for_me(context.ws, context.actor, context.project.id, BATCH, queue=queue)
            workspace.start_if_due(context.ws, context.project.id)
            st.session_state[given] = count
            message = f"{count} images labelled with the known answers."
            st.session_state["simulated"] = message if count else "No image of this queue waits for a label."
        else:
            count = st.session_state.pop(given, 0)
            count = workspace.take_back_for_me(context.ws, context.actor, context.project.id, count)
            st.session_state["simulated"] = (
                f"{count} simulated labels taken back." if count else "Nothing to take back."
            )
    except StudioError as problem:
        st.session_state["simulated"] = str(problem)
    st.session_state["epoch"] = st.session_state.get("epoch", 0) + 1


def toolbar(context: PageContext) -> str:
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
        if st.query_params.to_dict().get(CLASSES) == "open":  # another page leads here to name classes
            st.session_state["edit_classes"] = True
        st.query_params.pop(CLASSES, None)
        # Its fields are made when it is opened: those of thirty classes would hold up the first image.
        refusal = context.why_not("describe")
        allowed = {"disabled": bool(refusal), "help": plain(refusal) or None}
        editor = st.popover("Classes", icon=":material/edit:", key="edit_classes", on_change="rerun", **allowed)
        if editor.open and not refusal:
            with editor:
                class_menu(context)
        if workspace.knows_answers(context.ws, context.project.id):
            st.menu_button(
                "Simulate",
                [GIVE, TAKE_BACK],
                icon=":material/smart_toy:",
                key="simulate",
                help="This project knows the right answers of its images. They are given as labels, so that you see "
                "the Studio at work without labelling by hand.",
                on_click=simulate,
                args=(context, queue),
            )
        if message := st.session_state.pop("simulated", ""):
            st.caption(plain(message))
    return queue


context = page_context("Label", seen=False)
totals = workspace.image_totals(context.ws, context.project.id)
if not any(totals.values()):
    st.write("Once there are images, they come here one after another, and a key press gives each its class.")
elif not workspace.classes(context.ws, context.project.id):
    first_classes(context)
else:
    queue = toolbar(context)
    if queue == "evaluation" and not totals["evaluation"]:
        st.info("This project has no evaluation images, so nobody can say how good the model is.")
        link("data", "Set images aside for evaluation on the Data page")
    else:
        the_desk(context, queue, totals["evaluation" if queue == "evaluation" else "pool"])
        workspace.kept_estimates(context.ws, context.project.id, waits=False)  # for the desk's next answer
