"""What a file of annotations says of one image, whatever its format."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, isnan
from typing import Any

from vabal_core.images.ingest.folder_names import split_use
from vabal_core.types import ImportProblem, Split, StudioError, Tile

_SPLIT_WORDS: dict[str, Split] = {"train": "pool", "training": "pool", "pool": "pool"} | dict.fromkeys(
    ("test", "testing", "val", "valid", "validation", "eval", "evaluation"), "evaluation"
)


class BadRecord(StudioError):
    """A record that cannot be read; the text is the reason alone. The other records of its file can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledBox:
    """A rectangle and the class of what is in it: left upper corner and size, in pixels of the image, or in parts of
    its width and height (0..1) where `relative`."""

    label: str
    x: float
    y: float
    width: float
    height: float
    relative: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation:
    """One image: its names as the format writes them, tried in this order, the classes of the whole, the boxes, and
    where that is written ("images[3] of train.json"). `near` is the folder of that file, relative to the source;
    `folder` what the format calls that of the image; `incomplete`: a mark of it cannot be read, so that nobody knows
    the classes of all. `fingerprint`, `labelled_at` and `tile` are what a Studio's export says of its content, of when
    its label was given and of what it was cut from."""

    names: tuple[str, ...]
    record: str
    near: str = ""
    folder: str = ""
    incomplete: bool = False
    labels: tuple[str, ...] = ()
    boxes: tuple[LabelledBox, ...] = ()
    split: Split | None = None
    fingerprint: str | None = None
    labelled_at: datetime | None = None
    tile: Tile | None = None


Offer = Annotation | ImportProblem


def each_record(
    records: Iterable[Any], name: str, file: str, read: Callable[[Any, str], Annotation | None]
) -> Iterator[Offer]:
    """What `read(record, where it is written)` makes of each; a wrong one becomes a problem and costs no other."""
    for position, record in enumerate(records):
        where = f"{name}[{position}] of {file}"
        try:
            annotation = read(record, where)
        except BadRecord as error:
            yield ImportProblem(path=file, reason=f"unusable record: {name}[{position}]: {error}")
        else:
            if annotation is not None:
                yield annotation


def text_in(record: Any, key: str) -> str:
    """The text at `key`; BadRecord where there is none."""
    value = mapping(record).get(key)
    if not isinstance(value, str) or not value:
        raise BadRecord(f"{key} is {_shown(value)}; it should be a text")
    return value


def numbers(values: Any, count: int, what: str) -> tuple[float, ...]:
    """`count` finite numbers, given as numbers or as text; BadRecord where they are not."""
    try:
        parsed = tuple(float(value) for value in values)
    except (TypeError, ValueError):
        parsed = ()
    if len(parsed) != count or not all(abs(value) < float("inf") for value in parsed):
        raise BadRecord(f"{what} is {_shown(values)}; it should be {count} numbers")
    return parsed


def mapping(record: Any) -> dict[str, Any]:
    """The record, where it is a mapping of names to values."""
    if not isinstance(record, dict):
        raise BadRecord(f"it is {_shown(record)}; it should be an object with named values")
    return record


class WrittenNumber(float):
    """A number of a document that remembers how it is written there: a class called 1.0 is not called 1."""

    written: str

    def __new__(cls, written: str) -> "WrittenNumber":
        number = super().__new__(cls, written)
        number.written = written
        return number


def class_called(value: Any) -> str:
    """A class as an annotation names it: the text as it is written, also where a program that reads JSON or Parquet
    takes it for a number or for true and false."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, WrittenNumber):
        return value.written
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and isfinite(value):  # of a table of numbers: 1 beside a cell without a number is 1.0
        return str(int(value)) if value.is_integer() else repr(value)
    raise BadRecord(f"its class is {_shown(value)}; it should be a name")


def is_no_class(value: Any) -> bool:
    """Whether a cell says that its image has no class: it is empty, or no number."""
    return value is None or value == "" or (isinstance(value, float) and isnan(value))


def split_in(name: str) -> Split | None:
    """The split that a word of a file's or a folder's name states: "instances_val2017" is for evaluation; or that the
    name as a whole is called like, in another language: "Testdaten"."""
    words = re.findall("[a-z]+", name.lower())
    use = next((_SPLIT_WORDS[word] for word in words if word in _SPLIT_WORDS), None) or split_use(name)
    return use if use in ("pool", "evaluation") else None


def enclosing(points: Iterable[tuple[float, float]], label: str, *, relative: bool = False) -> LabelledBox:
    """The smallest upright box that holds the points."""
    across, down = zip(*points, strict=True)
    x, y = min(across), min(down)
    return LabelledBox(label=label, x=x, y=y, width=max(across) - x, height=max(down) - y, relative=relative)


def _shown(value: Any) -> str:
    shown = ascii(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}..."
