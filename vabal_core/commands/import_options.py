"""How the options of `import` are written on a command line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vabal_core.types import BoxUse, Layout, Precedence, SplitUse, StudioError

_USES: dict[str, SplitUse] = {
    "pool": "pool",
    "train": "pool",
    "evaluation": "evaluation",
    "test": "evaluation",
    "leave-out": "leave out",
    "leave out": "leave out",
    "folder": "folder",
}


@dataclass(frozen=True, kw_only=True)
class LayoutOptions:
    """What was asked of the layout. The proposal stands where an option is None or empty; with `take_all` it leaves
    nothing out, with `no_labels` nothing names a class."""

    class_level: int | None = None
    class_from_name: int | None = None
    separator: str | None = None
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    splits: Sequence[str] = ()
    take_all: bool = False
    no_labels: bool = False
    boxes: BoxUse | None = None
    precedence: Precedence | None = None
    names: Sequence[str] = ()


def layout_change(options: LayoutOptions) -> Callable[[Layout], Layout]:
    """What the options make of a layout. StudioError where they contradict each other or one is not understood."""
    changes: dict[str, Any] = {}
    if options.class_level is not None and options.class_from_name is not None:
        raise StudioError("Give --class-level or --class-from-name: a class has one name.")
    if options.separator is not None and options.class_from_name is None:
        raise StudioError("--separator parts the name of a file: give --class-from-name with it.")
    if options.class_level is not None:
        changes |= {"class_from": "folder", "class_level": options.class_level}
    if options.class_from_name is not None:
        separator = "_" if options.separator is None else options.separator
        changes |= {"class_from": "name", "name_part": options.class_from_name, "separator": separator}
    if options.no_labels:
        changes["class_from"] = "none"
    if options.boxes is not None:
        changes["boxes"] = options.boxes
    if options.precedence is not None:
        changes["precedence"] = options.precedence
    if options.include:
        changes["include"] = tuple(options.include)
    splits = dict(_split_use(text) for text in options.splits)
    names = dict(_class_name(text) for text in options.names)

    def change(layout: Layout) -> Layout:
        kept = () if options.take_all else layout.exclude
        new = tuple(pattern for pattern in options.exclude if pattern not in kept)
        named = {"splits": {**layout.splits, **splits}, "names": {**layout.names, **names}}
        return replace(layout, **changes, **named, exclude=kept + new)

    return change


def read_amount(text: str) -> tuple[float, int | None]:
    """(share, count) of "0.1", "10%" or "200": a whole number from 1 up counts images, anything else is a share."""
    try:
        if text.strip().isdecimal() and int(text) > 0:
            return 0.0, int(text)
        number = text.strip()
        share = float(number[:-1]) / 100 if number.endswith("%") else float(number)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise StudioError(f"{text!r} is no number of images: give one such as 200, or a share such as 0.1 or 10%.")
    return share, None


def _class_name(text: str) -> tuple[str, str]:
    given, equals, name = text.rpartition("=")
    if not equals or not given.strip():
        usage = "give GIVEN=NAME, as in cr=crazing, or GIVEN= where that is no label"
        raise StudioError(f"--class-name {text!r} is not understood: {usage}.")
    return given.strip(), name.strip()


def _split_use(text: str) -> tuple[str, SplitUse]:
    name, equals, use = text.rpartition("=")
    if not equals or not name or use.strip().lower() not in _USES:
        uses = ", ".join(use for use in _USES if " " not in use)
        raise StudioError(f"--split {text!r} is not understood: give FOLDER=USE, and as USE one of {uses}.")
    return name, _USES[use.strip().lower()]
