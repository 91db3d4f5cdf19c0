"""How the folders and names of a source are read: in words, with what is doubtful, and with controls to change it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.types import BoxUse, ImportPlan, Layout, SplitUse
from vabal_core.ui.app.format import plain
from vabal_core.ui.views.import_doubts import Settle, doubts_view
from vabal_core.workspace import LayoutChoice

SPLITS: dict[SplitUse, str] = {
    "pool": "To learn from",
    "evaluation": "For evaluation",
    "leave out": "Leave out",
    "folder": "A folder like any other",
}
BOXES: dict[BoxUse, str] = {
    "image": "An image has the class that all its boxes have",
    "crops": "Each is cut out as an image of its own",
}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
MAX_CLASSES_NAMED = 6
MAX_FOLDERS = 300  # in a list to choose from
EVERY_FILE = ("*",)

Change = Callable[[Layout], None]


def layout_view(plan: ImportPlan, choices: tuple[LayoutChoice, ...], change: Change, settle: Settle) -> None:
    """What the plan makes of the paths, and what is doubtful of it. `change` looks through the source again by another
    layout; `settle` as in `doubts_view`."""
    st.markdown("  \n".join(plain(line) for line in layout_words(plan.layout, choices)))
    doubts_view(plan, choices, _anew(change), settle)
    epoch = st.session_state.get("import_epoch", 0)
    with st.expander("Read the folders and names differently", expanded=False, icon=":material/account_tree:"):
        left, right = st.columns(2, gap="large")
        with left:
            _class_source(plan.layout, choices, change, epoch)
        with right:
            _sets(plan, change, epoch)
            _patterns(plan, change, epoch)
            _boxes(plan, change, epoch)


def layout_words(layout: Layout, choices: tuple[LayoutChoice, ...]) -> list[str]:
    """The layout in sentences."""
    chosen = next((choice for choice in choices if choice.layout == layout), None)
    lines = [f"{title(layout, choices)}{_example(chosen)}." if chosen else f"{title(layout, choices)}."]
    for use, words in (("pool", "to learn from"), ("evaluation", "for evaluation"), ("leave out", "left out")):
        names = [f"“{name}”" for name, split_use in layout.splits.items() if split_use == use]
        if names:
            lines.append(f"In {_listed(names)}: {words}.")
    if layout.include != EVERY_FILE:
        lines.append(f"Only files like {_listed(layout.include)} are taken.")
    if layout.exclude:
        lines.append(f"Left out: {_listed(layout.exclude)}.")
    if layout.boxes == "crops":
        lines.append("Each box of the annotations is cut out as an image of its own.")
    return lines


def title(layout: Layout, choices: tuple[LayoutChoice, ...]) -> str:
    """What names the class, as a sentence without its full stop."""
    if layout.class_from == "none":
        return "No labels are taken from folders or names"
    if layout.class_from == "name":
        return f"{_part(layout)} names the class"
    level = layout.class_level
    numbers = [choice.layout.class_level for choice in choices if choice.layout.class_from == "folder"]
    # Where all images lie equally deep, levels are counted from the top, and the last one is the folder itself.
    if level == -1 or (level == max(numbers) and min(numbers) >= 0):
        return "The folder that holds an image names its class"
    if level < 0:
        return f"The folder {-level - 1} above the one that holds an image names its class"
    return f"The {_ordinal(level)} folder from the top names the class"


def _part(layout: Layout) -> str:
    which = "The last" if layout.name_part == -1 else f"The {_ordinal(layout.name_part)}"
    parted = f"parted by “{layout.separator}”" if layout.separator else "before and between its numbers"
    return f"{which} part of the file’s name, {parted},"


def _ordinal(number: int) -> str:
    return ORDINALS[number] if 0 <= number < len(ORDINALS) else f"{number + 1}th"


def _example(choice: LayoutChoice) -> str:
    return f": “{choice.part}” in {choice.path}" if choice.part else ""


def _listed(names: Any) -> str:
    names = list(names)
    shown = names[:MAX_CLASSES_NAMED]
    return ", ".join(shown) + (f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else "")


def _classes(choice: LayoutChoice) -> str:
    count = len(choice.classes)
    classes = "1 class" if count == 1 else f"{count:,} classes"
    return f"{classes}: {_listed(f'{name} ({images:,})' for name, images in choice.classes)}"


def _anew(change: Change) -> Change:
    """`change`, after which the controls show the new layout and not what was chosen in them before."""

    def changed(layout: Layout) -> None:
        st.session_state["import_epoch"] = st.session_state.get("import_epoch", 0) + 1
        change(layout)

    return changed


def _class_source(layout: Layout, choices: tuple[LayoutChoice, ...], change: Change, epoch: int) -> None:
    layouts = [choice.layout for choice in choices]
    key = f"import_class-{epoch}"
    st.radio(
        "What names the class of an image?",
        list(range(len(choices))),
        index=layouts.index(layout) if layout in layouts else len(choices) - 1,
        format_func=lambda number: plain(title(layouts[number], choices)),
        captions=[plain(f"{_example(choice)[2:]} — {_classes(choice)}") if choice.part else "" for choice in choices],
        key=key,
        on_change=lambda: _anew(change)(layouts[st.session_state[key]]),
    )
    separator, part = f"import_separator-{epoch}", f"import_part-{epoch}"

    def by_name() -> None:
        number = st.session_state[part]
        number = number - 1 if number > 0 else number
        _anew(change)(replace(layout, class_from="name", separator=st.session_state[separator], name_part=number))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Another part of the file’s name: parted by", layout.separator, key=separator, width=280, max_chars=5
        )
        st.number_input(
            "Part",
            -9,
            9,
            layout.name_part + (layout.name_part >= 0),
            key=part,
            width=130,
            help="1 is the first, -1 the last.",
        )
        st.button("Take it", key=f"import_by_name-{epoch}", on_click=by_name)


def _sets(plan: ImportPlan, change: Change, epoch: int) -> None:
    """What folders named like sets are for; any other folder may be said to be one."""
    splits = plan.layout.splits
    names = sorted({part for path in _paths(plan) for part in path.split("/")[:-1]})
    key = f"import_sets-{epoch}"

    def choose() -> None:
        chosen: Mapping[str, SplitUse] = {name: splits.get(name, "evaluation") for name in st.session_state[key]}
        changed = {**dict.fromkeys(splits.keys() - chosen.keys(), "folder"), **chosen}
        _anew(change)(workspace.change_splits(plan.layout, changed, _paths(plan)))

    if names:
        st.multiselect(
            "Folders that say what images are for, and not their class",
            [*splits, *(name for name in names[:MAX_FOLDERS] if name not in splits)],
            [name for name, use in splits.items() if use != "folder"],
            key=key,
            on_change=choose,
            placeholder="none",
        )
    for name, use in splits.items():
        if use != "folder":
            _use(plan, name, use, change, epoch)


def _use(plan: ImportPlan, name: str, use: SplitUse, change: Change, epoch: int) -> None:
    key = f"import_use-{epoch}-{name}"
    uses = list(SPLITS)

    def choose() -> None:
        changed = {**plan.layout.splits, name: st.session_state[key]}
        _anew(change)(workspace.change_splits(plan.layout, changed, _paths(plan)))

    label = plain(f"Images in “{name}”")
    st.selectbox(label, uses, index=uses.index(use), format_func=SPLITS.get, key=key, on_change=choose)


def _patterns(plan: ImportPlan, change: Change, epoch: int) -> None:
    layout = plan.layout

    def field(label: str, name: str, options: tuple[str, ...], **more: Any) -> None:
        key = f"import_{name}-{epoch}"

        def choose() -> None:
            values = tuple(value.strip() for value in st.session_state[key] if value.strip())
            _anew(change)(replace(layout, **{name: values or getattr(Layout(class_from="none"), name)}))

        chosen = [pattern for pattern in getattr(layout, name) if pattern != "*"]
        options = tuple(dict.fromkeys((*chosen, *options)))
        st.multiselect(label, options, chosen, key=key, accept_new_options=True, on_change=choose, **more)

    endings = sorted({f"*.{path.rpartition('.')[2]}" for path in _paths(plan) if "." in path.rpartition("/")[2]})
    field("Take only files like", "include", tuple(endings[:50]), placeholder="all files, or type a pattern: *.jpg")
    folders = workspace.folder_patterns(_paths(plan))[:MAX_FOLDERS]
    field(
        "Leave out files and folders like", "exclude", tuple(folders), placeholder="none, or type a pattern: *_mask.png"
    )


def _boxes(plan: ImportPlan, change: Change, epoch: int) -> None:
    if plan.boxes:
        key = f"import_boxes-{epoch}"
        st.radio(
            f"What becomes of the {plan.boxes:,} boxes ({plan.annotations})?",
            list(BOXES),
            index=list(BOXES).index(plan.layout.boxes),
            format_func=BOXES.get,
            key=key,
            on_change=lambda: _anew(change)(replace(plan.layout, boxes=st.session_state[key])),
        )


def _paths(plan: ImportPlan) -> list[str]:
    return [entry.path for entry in (*plan.entries, *plan.present)]
