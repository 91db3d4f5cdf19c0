"""The questions that a source leaves open, each with the answers to it and no others."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from vabal_core import workspace
from vabal_core.types import DoubtAbout, ImportPlan, Layout, SplitUse
from vabal_core.ui.app.format import plain
from vabal_core.workspace import LayoutChoice

MAX_ANSWERS = 6

Settle = Callable[[Sequence[str]], None]
Answer = tuple[str, Layout]


def doubts_view(
    plan: ImportPlan, choices: tuple[LayoutChoice, ...], change: Callable[[Layout], None], settle: Settle
) -> None:
    """The doubts of the plan, those about the same thing together. `change` reads the source by another layout;
    `settle` says of doubts, by their texts, that what was done is right, and they go."""
    for about in dict.fromkeys(doubt.about for doubt in plan.doubts):
        texts = [doubt.text for doubt in plan.doubts if doubt.about == about]
        key = about.replace(" ", "_")
        with st.container(border=True, key=f"import_doubt-{key}"):
            for text in texts:
                st.markdown(f":material/help: {plain(text)}")
            with st.container(horizontal=True):
                keep = _kept_as_it_is(about, plan.layout)
                st.button(keep, key=f"import_keep-{key}", icon=":material/check:", on_click=settle, args=(texts,))
                for number, (words, layout) in enumerate(answers_to(about, plan, choices)):
                    st.button(plain(words), key=f"import_answer-{key}-{number}", on_click=change, args=(layout,))


def _kept_as_it_is(about: DoubtAbout, layout: Layout) -> str:
    """The answer that changes nothing, in the words of the question."""
    if about == "classes":
        return "No labels" if layout.class_from == "none" else "These are the classes"
    words: dict[DoubtAbout, str] = {
        "left out": "Leave them out",
        "taken": "They are images",
        "names": "They are different classes",
        "precedence": "They have no label",
        "splits": "Folders like any other",
        "boxes": "Keep the images whole",
    }
    return words.get(about, "All right")


def answers_to(about: DoubtAbout, plan: ImportPlan, choices: tuple[LayoutChoice, ...]) -> list[Answer]:
    """The answers that change something, each with the layout that it means."""
    layout = plan.layout
    suggested = _suggested(about, plan)
    if about == "left out":
        # Of one doubt there is no need to say which files are meant.
        return [("Take them, too", suggested[0][1])] if len(suggested) == 1 else [*suggested, _take_all(layout)]
    if about == "boxes":
        return [("Cut each box out as an image", replace(layout, boxes="crops"))]
    if about == "splits":
        uses: dict[SplitUse, str] = {"evaluation": "A set for evaluation", "pool": "A set to learn from"}
        return [(words, _as_splits(plan, use)) for use, words in uses.items()]
    return _classes(layout, choices)[:MAX_ANSWERS] if about == "classes" else suggested[:MAX_ANSWERS]


def _suggested(about: DoubtAbout, plan: ImportPlan) -> list[Answer]:
    """The answers that the doubts bring along."""
    doubts = [doubt for doubt in plan.doubts if doubt.about == about]
    return [(answer.words, workspace.answered(plan.layout, answer)) for doubt in doubts for answer in doubt.answers]


def _take_all(layout: Layout) -> Answer:
    return "Take them all, too", workspace.take_asides(layout)


def _as_splits(plan: ImportPlan, use: SplitUse) -> Layout:
    splits: dict[str, SplitUse] = {
        name: use if former == "folder" else former for name, former in plan.layout.splits.items()
    }
    return workspace.change_splits(plan.layout, splits, [entry.path for entry in (*plan.entries, *plan.present)])


def _classes(layout: Layout, choices: tuple[LayoutChoice, ...]) -> list[Answer]:
    answers = []
    for choice in choices:
        if choice.layout != layout and len(choice.classes) > 1:
            names = ", ".join(name for name, _ in choice.classes[:2]) + (" …" if len(choice.classes) > 2 else "")
            answers.append((f"The classes are {names}", choice.layout))
    return answers + [("There are no labels", replace(layout, class_from="none"))] * (layout.class_from != "none")
