"""Labels that look wrong, one after the other on the desk: one key says that the label is right, one takes what the
model says, and the classes' keys give any other."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import percent
from vabal_core.ui.app.navigation import link
from vabal_core.ui.components.desk import desk
from vabal_core.ui.signing import secret, session_token, studio_id
from vabal_core.workspace import LabelIssues

NOT_JUDGED = (
    "No label has been held against the model yet. A round does that: of every label it asks a model that has not "
    "learned from the image, wherever a class has at least three labels."
)
# Share of the labels that the model says too. Below it most of those it doubted were right in every trial; from it on
# 28 to 83 % were wrong (benchmarks/label_errors.py).
MIN_AGREED = 0.75
POOR_JUDGE = (
    "This model is wrong too often to be a good judge of labels: expect most of those shown here to be right. With "
    "more labels to learn from it becomes a better one."
)
HOW = (
    "Each label is held against what a model says that has not learned from its image. From how sure it is of each "
    "class it is worked out how many labels of each class are wrong, and the images that fit their label least are "
    "shown, the likeliest error first. Many of them are labelled correctly and only hard to tell: look, then decide. "
    "In trials on steel with 2 to 10 of 100 labels made wrong, 3 to 8 of 10 labels shown were wrong, and 6 to 8 of 10 "
    "wrong labels were shown."
)


def label_errors_view(context: PageContext) -> None:
    """The labels of the pool and for evaluation that look wrong to the newest finished round."""
    issues = workspace.label_issues(context.ws, context.project.id)
    if not issues.judged:
        st.write(NOT_JUDGED)
        link("rounds", "Go to Rounds")
        return
    st.caption(_judge(issues), help=HOW)
    if issues.agreed < MIN_AGREED * issues.judged:
        st.warning(POOR_JUDGE, icon=":material/warning:")
    key = secret(context.ws.data_dir)
    desk(
        project_id=context.project.id,
        project_name=context.project.name,
        why_fixed=context.why_not("describe"),
        queue="label_issues",
        images=issues.judged,
        came_labelled=False,
        token=session_token(key, context.session),
        studio=studio_id(key, context.session.database),
        epoch=0,
        tally=True,
    )


def _judge(issues: LabelIssues) -> str:
    """Who judges, and how often it says what people say."""
    counts = (
        f"It says the same as {issues.agreed:,} of {issues.judged:,} labels ({percent(issues.agreed / issues.judged)})"
    )
    return f"The model of round {issues.round} judges. {counts}. Newer labels are judged by the next round."
