"""A layout in plain words."""

from vabal_core.types import Layout, SplitUse

USES: dict[SplitUse, str] = {
    "pool": "to label and learn from",
    "evaluation": "for evaluation",
    "leave out": "left out",
    "folder": "folders like any other",
}


def layout_words(layout: Layout, annotations: str = "") -> dict[str, str]:
    """ "labels", "splits", "taken", "left out" -> what the layout says of them, and of boxes and annotations where that
    is not as usual. `annotations`: the format of those that are there."""
    by_use = {use: [name for name, chosen in layout.splits.items() if chosen == use] for use in USES}
    splits = [f"{', '.join(names)} {USES[use]}" for use, names in by_use.items() if names]
    words = {
        "labels": f"of {annotations}; {_labels(layout)}" if annotations else _labels(layout),
        "splits": "; ".join(splits) or "none",
        "taken": ", ".join(layout.include),
        "left out": ", ".join(layout.exclude) or "nothing",
    }
    if layout.boxes == "crops":
        words["boxes"] = "each cut out as an image of its own"
    if layout.precedence != "neither" and layout.class_from != "none":
        words["where path and annotation differ"] = f"the class of the {layout.precedence}"
    return words


def _labels(layout: Layout) -> str:
    if layout.class_from == "none":
        return "none from folders or names"
    if layout.class_from == "name":
        parted = f"parted by {layout.separator!r}" if layout.separator else "parted by its numbers"
        return f"part {layout.name_part} of the file's name, {parted}"
    if layout.class_level >= 0:
        return f"folder {layout.class_level}, counted from the top (0 is the first)"
    above = -layout.class_level - 1
    return "the folder that holds the file" if not above else f"the folder {above} above the one that holds the file"
