"""The nouns of an export: what is asked for, and one image as it leaves."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from vabal_core.types.importing import Split

# "csv" and "jsonl" are tables; the others are ZIPs that hold the images, too.
ExportFormat = Literal["csv", "jsonl", "imagefolder", "huggingface", "coco", "labelstudio", "yolo"]
# What the rows of a table are: the labels; what a model says of the images without one; flags and doubts with comments.
ExportContent = Literal["labels", "predictions", "flags"]


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """What is to leave. `split`, `class_ids` and `annotators` each narrow it down to what has that split, one of these
    classes, a label of one of these people; None or empty lets everything through. `excel`: a CSV that a spreadsheet
    opens right on a double click."""

    format: ExportFormat = "csv"
    content: ExportContent = "labels"
    split: Split | None = None
    class_ids: tuple[int, ...] = ()
    annotators: tuple[str, ...] = ()
    excel: bool = False


@dataclass(frozen=True, kw_only=True)
class LabelledFile:
    """One labelled image with its file. `round`, `rank` and `strategy` say how it was chosen, as in a table of labels;
    `tile` says what it was cut from, None where it is no piece of another."""

    path: str
    file: Path
    label: str
    split: Split
    annotator: str
    labelled_at: datetime
    fingerprint: str
    width: int
    height: int
    round: int = 0
    rank: int | None = None
    strategy: str | None = None
    tile: dict[str, Any] | None = None
