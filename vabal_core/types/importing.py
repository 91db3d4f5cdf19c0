"""The nouns of an import: how the paths of a source are read, and what would be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from vabal_core.types.pixels import Scale, Tile, Tiling

Split = Literal["pool", "evaluation"]
# What becomes of a folder that is named like a split. "folder": it is one like any other, and may name a class.
SplitUse = Literal["pool", "evaluation", "leave out", "folder"]
# Of what a source says otherwise: "older" leaves what a person decided later.
ChangesToApply = Literal["all", "none", "older"]
LabelUse = Literal["use", "hide", "evaluate", "ignore"]
# What becomes of the boxes of annotations: the class of their image, or an image of its own each.
BoxUse = Literal["image", "crops"]
# Whose class an image has where its path and its annotation name different ones: "neither", it has none.
Precedence = Literal["neither", "path", "annotation"]
# What becomes of images that the project has in another form, whole or cut otherwise: nothing is added, what comes now
# takes their place, or both stay.
OtherForms = Literal["leave", "replace", "beside"]
# How images for evaluation are drawn: from all alike, or of each class its part.
DrawnBy = Literal["random", "class"]
# What a doubt asks about: files that look like masks and are left out, or taken for now, folders that may be sets, what
# names the class, which names mean one class, whose class an image has, boxes, the rest.
DoubtAbout = Literal[
    "left out", "taken", "splits", "classes", "names", "precedence", "boxes", "shape", "table", "other"
]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the paths of a source are read. Proposed from what is there, changed by the person, remembered with the
    project.

    `class_from` "folder": the folder at `class_level` names the class, counted from the top (0, 1, ...) or from the
    file (-1 the folder that holds it, -2 the one above). "name": the `name_part`-th part (0, 1, ...; -1 the last) of
    the file's name without its ending, parted by `separator`, or by its numbers where that is "". "none": no labels. A
    table of labels beside the images wins where it names an image. A file of annotations (COCO, Pascal VOC ...) gives
    an image its class, or that which all its boxes have; where the path names another, `precedence` says whose it has.
    With `boxes` "crops" each box becomes an image of its own. `splits` says what becomes of folders by their name as it
    stands, or by that of the folder above and theirs ("train/test"); those that are not "folder" are passed over when
    levels are counted. `include` and `exclude` are patterns over the relative path or the file's name.
    `names` gives classes other names than the source does ("cr": "crazing").
    """

    class_from: Literal["folder", "name", "none"]
    class_level: int = -1
    name_part: int = 0
    separator: str = "_"
    splits: Mapping[str, SplitUse] = field(default_factory=dict)
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    boxes: BoxUse = "image"
    precedence: Precedence = "neither"
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What may be answered to a doubt: in words, and what it changes of the layout: patterns of what is then left out,
    or taken again; other names of classes; whose class an image has (None: as before)."""

    words: str
    leave_out: tuple[str, ...] = ()
    take: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    precedence: Precedence | None = None


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A question that a source leaves open, in plain words with what was done meanwhile; `about` says which part of the
    layout answers it. `answers` are those that the words of the question suggest; `table` is the path of a table in the
    folder that may be read with it."""

    about: DoubtAbout
    text: str
    answers: tuple[Answer, ...] = ()
    table: str = ""


@dataclass(frozen=True, kw_only=True)
class TableColumns:
    """Which columns of a table name the image, its class and its split, as its first line calls them ("column 2" where
    that calls none by name); "" where the table has to tell by itself. `beside`: the path of the table that is read
    with a folder of images, relative to that; "" where none is."""

    image: str = ""
    label: str = ""
    split: str = ""
    beside: str = ""


@dataclass(frozen=True, kw_only=True)
class LabelChange:
    """What a source says otherwise of an image that is there. `newer`: a person gave the project's own label after
    what the source knows, and it is kept unless somebody chooses otherwise."""

    image_id: int
    path: str
    fingerprint: str
    kind: Literal["label", "split", "moved", "content"]
    old: str
    new: str
    newer: bool


@dataclass(frozen=True, kw_only=True)
class ImportEntry:
    """One readable image found by an import, before anything is written. `label` is a class name or None; `size`
    (bytes) and `modified_ns` are the file's when its content was read, None where that is not known. `split_stated`:
    the source says the split; `labelled_at`: when it says that the label was given, aware. `tile` says what the image
    was cut from, None where it is a whole one; `values` from where to where most of its values lie, None where they
    have 8 bits or it was not looked at; `remark` what is to be said of it, "" where nothing is.
    """

    path: str
    file: Path
    label: str | None
    split: Split
    label_use: LabelUse
    fingerprint: str
    width: int
    height: int
    size: int | None = None
    modified_ns: int | None = None
    split_stated: bool = False
    labelled_at: datetime | None = None
    tile: Tile | None = None
    values: tuple[float, float] | None = None
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class ImportProblem:
    """One file an import leaves out, or `files` of them in the folder `path`, and why, in words."""

    path: str
    reason: str
    files: int = 1


@dataclass(frozen=True, kw_only=True)
class ImportPlan:
    """What an import would write: shown to the person before anything is.

    `in_bin` are images that the project has in its bin: they stay there, or come back with what the source says of
    them now. `drawn` of the entries for evaluation were drawn for it, as `drawn_by` says; the others
    were stated by the source or the person. `proposed` is the layout that the source suggested, `layout` the one it
    was read by; `doubts` are the questions about the first, but for those that the person decided otherwise.
    `annotations` names the format of the annotations that lie with the images ("COCO", "" where there are none) and
    `boxes` counts the boxes in them; `classes` are those of a Studio's export, in its order, also without images;
    `changes` what the source says otherwise of images that are there, whose entries are `present`; `scale` how values
    of more than 8 bits will be read, None where there are none, or where the project reads each image by a range of
    its own; `tiling` how larger images are cut, None where they are not; `replaced`: fingerprint of an image -> those
    (ids) that go into the bin because it comes in another form.
    """

    entries: tuple[ImportEntry, ...]
    problems: tuple[ImportProblem, ...]
    already_present: int
    in_bin: tuple[ImportEntry, ...] = ()
    drawn: int = 0
    drawn_by: DrawnBy = "random"
    proposed: Layout = Layout(class_from="folder")
    layout: Layout = Layout(class_from="folder")
    doubts: tuple[Doubt, ...] = ()
    source: str = ""
    changes: tuple[LabelChange, ...] = ()
    annotations: str = ""
    boxes: int = 0
    classes: tuple[str, ...] = ()
    label_problems: tuple[ImportProblem, ...] = ()
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    present: tuple[ImportEntry, ...] = ()
    scale: Scale | None = None
    tiling: Tiling | None = None
    replaced: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def remarks(self) -> tuple[ImportProblem, ...]:
        """What is to be said of images that are imported: other pages of a file, say, that are not."""
        return tuple(ImportProblem(path=entry.path, reason=entry.remark) for entry in self.entries if entry.remark)
