"""Look at everything a source offers, and say what an import would write, before anything is written."""

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

from vabal_core.images.ingest.agreement import agreed, disagreement
from vabal_core.images.ingest.annotated_layout import propose_annotated
from vabal_core.images.ingest.at_odds import at_odds_doubts, at_odds_problems
from vabal_core.images.ingest.by_content import Elsewhere
from vabal_core.images.ingest.by_layout import Offers, look_ahead, read_by
from vabal_core.images.ingest.class_names import NO_CLASSES, name_classes
from vabal_core.images.ingest.crops import cut_candidate
from vabal_core.images.ingest.doubtful_labels import settle_labels
from vabal_core.images.ingest.drawing import Drawing, draw, draw_wholes
from vabal_core.images.ingest.escaped_names import escaped_name_doubts
from vabal_core.images.ingest.formats import studio_export
from vabal_core.images.ingest.formats.overlay import annotate, cut_out, without_class
from vabal_core.images.ingest.layout import open_doubts
from vabal_core.images.ingest.looks import fingerprint_of, inspection_of
from vabal_core.images.ingest.near_names import near_name_doubts
from vabal_core.images.ingest.sources import annotation_path, scan
from vabal_core.images.ingest.table import Candidate
from vabal_core.images.ingest.table_file import AS_IT_TELLS
from vabal_core.images.parallel import in_order
from vabal_core.images.raster import Inspection
from vabal_core.images.scale import common_scale
from vabal_core.types import (
    DrawnBy,
    ImportEntry,
    ImportPlan,
    ImportProblem,
    LabelUse,
    Layout,
    Progress,
    Split,
    StudioError,
    TableColumns,
)
from vabal_core.types.names import NameBook

EVENT_EVERY = 16
UNSEEN = Inspection(width=0, height=0)
LIST_EVENT_EVERY = 1000


def examine(
    source: Path,
    *,
    labels: LabelUse,
    holdout: float = 0.1,
    holdout_count: int | None = None,
    drawn_by: DrawnBy = "random",
    present: Collection[str] = (),
    in_bin: Collection[str] = (),
    roots: Sequence[Path] | None = None,
    classes: NameBook[str] = NO_CLASSES,
    choose: Callable[[Layout], Layout] | None = None,
    pieces: Callable[[], Path] | None = None,
    elsewhere: Elsewhere | None = None,
    columns: TableColumns = AS_IT_TELLS,
) -> Generator[Progress, None, ImportPlan]:
    """Read, check and fingerprint (SHA-256) every file of a folder or CSV, and plan its import; nothing is written but
    the boxes of annotations that the layout has cut out, into the folder that `pieces` gives.

    Paths are read by the layout that `choose` makes of the proposed one, or by that. `labels` says what the labels
    found are for: "use" as labels, "hide" as the truth of a simulation, "evaluate" for evaluation only, "ignore" for
    nothing. A stated split stands, and stated evaluation images keep their labels (but under "ignore"); labelled images
    without a stated split go to evaluation where `labels` is "evaluate". Of the other images whose split is not stated
    `holdout_count`, or round(holdout * n), go to evaluation, their labels with them, drawn as in `drawing.draw`. Under
    "evaluate" an image whose stated split is pool loses its label.
    Exact duplicates and unreadable files are listed with reasons; fingerprints in `present` only counted, those
    `in_bin` of the project listed by themselves. `roots`, `elsewhere` and `columns` as in `scan`; `classes` are the
    names of classes that are there: a label that means one of them is written as it is. A label that cannot be a name
    is listed, and its image comes without it.
    Raises ValueError for a wrong `labels` or `holdout`, `StudioError` for a missing source or a wrong CSV.
    """
    if labels not in get_args(LabelUse):
        raise ValueError(f"labels is {labels!r}; it must be one of {', '.join(get_args(LabelUse))}")
    if not 0 <= holdout <= 1:
        raise ValueError(f"holdout is {holdout}; it must be a share between 0 and 1")
    present, in_bin = frozenset(present), frozenset(in_bin)
    read = partial(_read, labels=labels, present=present | in_bin, pieces=pieces)
    drawing = partial(draw, share=holdout, count=holdout_count, drawn_by=drawn_by)
    sorting = _Sorting(present=present, in_bin=in_bin, drawing=drawing, drawn_by=drawn_by)
    offers = partial(scan, source, roots=roots, elsewhere=elsewhere, columns=columns)
    return _examine(source, offers, classes, choose or (lambda proposed: proposed), read, sorting)


def _examine(
    source: Path,
    scanned: Callable[[], Iterator[Candidate | ImportProblem]],
    classes: NameBook[str],
    choose: Callable[[Layout], Layout],
    read: Callable[[Candidate | ImportProblem], ImportEntry | ImportProblem],
    sorting: "_Sorting",
) -> Generator[Progress, None, ImportPlan]:
    annotated = annotate((yield from _list(scanned)), only=annotation_path(source))
    yield from look_ahead(annotated.offers)
    proposal = propose_annotated(annotated, classes)
    layout = choose(proposal.layout)
    taken = read_by(layout, annotated.offers)
    torn = (*without_class(annotated, taken), *at_odds_problems(taken))
    outcome_doubts = at_odds_doubts(taken)
    if layout.boxes == "crops" and annotated.boxes:
        taken, torn, outcome_doubts = cut_out(taken), (), ()
    exported = annotated.classes if annotated.format == studio_export.NAME else ()
    parted = settle_labels(taken, classes, (*layout.names.values(), *exported))
    named = name_classes(parted.offers, classes)
    labels = [offer.label for offer in named.offered if isinstance(offer, Candidate) and offer.label]
    outcome_doubts = (
        *outcome_doubts,
        *parted.doubts,
        *near_name_doubts(labels, classes),
        *escaped_name_doubts(named.offered),
    )
    offered = named.offered
    outcomes = in_order(read, offered)
    try:
        for done, (candidate, outcome) in enumerate(zip(offered, outcomes, strict=True), start=1):
            sorting.take(candidate, outcome)
            if done % EVENT_EVERY == 0 or done == len(offered):
                yield Progress("read", done, len(offered), message=candidate.path)
    finally:
        outcomes.close()  # a cancelled import stops its threads now, not when the garbage collector comes by
    plan = sorting.plan()
    return replace(
        plan,
        label_problems=(*annotated.label_problems, *torn, *parted.problems, *named.problems, *plan.label_problems),
        annotations=annotated.format,
        boxes=annotated.boxes,
        classes=annotated.all_classes,
        spellings=named.spellings,
        source=str(source),
        proposed=proposal.layout,
        layout=layout,
        doubts=(*open_doubts(proposal, layout), *outcome_doubts),
    )


def _list(scanned: Callable[[], Iterator[Candidate | ImportProblem]]) -> Generator[Progress, None, Offers]:
    offered: Offers = []
    for candidate in scanned():
        offered.append(candidate)
        if len(offered) % LIST_EVENT_EVERY == 0:
            yield Progress("read", message=f"{len(offered):,} files found so far")
    yield Progress("read", 0, len(offered), message=f"{len(offered):,} files found")
    return offered


def _read(
    candidate: Candidate | ImportProblem,
    *,
    labels: LabelUse,
    present: frozenset[str],
    pieces: Callable[[], Path] | None,
) -> ImportEntry | ImportProblem:
    """What the file is to become. One whose fingerprint is `present` is not decoded: it is only counted."""
    if isinstance(candidate, ImportProblem):
        return candidate
    label, split, label_use = _placed(candidate, labels)
    try:
        file, tile = cut_candidate(candidate, pieces) if candidate.box else (candidate.file, candidate.tile)
        seen = os.stat(file)
        fingerprint = fingerprint_of(file, seen)
        if candidate.fingerprint not in (None, fingerprint):
            where = candidate.record or f"line {candidate.line}"
            return ImportProblem(path=candidate.path, reason=f"another picture: {where} names other content")
        look = UNSEEN if fingerprint in present else inspection_of(file, seen)
    except StudioError as error:
        return ImportProblem(path=candidate.path, reason=str(error))
    except OSError as error:
        return ImportProblem(path=candidate.path, reason=f"cannot be opened: {error.strerror}")
    return ImportEntry(
        path=candidate.path if tile or not candidate.box else candidate.parent,
        file=file,
        label=label,
        split=split,
        label_use=label_use,
        fingerprint=fingerprint,
        width=look.width,
        height=look.height,
        values=look.values,
        remark=look.remark,
        size=seen.st_size,
        modified_ns=seen.st_mtime_ns,
        split_stated=candidate.split is not None,
        labelled_at=candidate.labelled_at,
        tile=tile,
    )


def _placed(candidate: Candidate, labels: LabelUse) -> tuple[str | None, Split, LabelUse]:
    """Label, split and label use as far as the source and the caller decide them; what is left is in the pool."""
    if labels == "ignore":
        return None, candidate.split or "pool", "use"
    if candidate.split == "evaluation":
        return candidate.label, "evaluation", "evaluate"
    if labels != "evaluate":
        return candidate.label, "pool", labels
    if candidate.split is None and candidate.label is not None:
        return candidate.label, "evaluation", "evaluate"
    return None, "pool", "evaluate"  # stated pool: its label may not be used for learning, so it is not kept


class _Sorting:
    """Every file read so far, sorted into those to import, those present and those left out."""

    def __init__(
        self,
        *,
        present: frozenset[str],
        in_bin: frozenset[str],
        drawing: Drawing,
        drawn_by: DrawnBy,
    ) -> None:
        self._present = present
        self._in_bin = in_bin
        self._binned: list[ImportEntry] = []
        self._drawing = drawing
        self._drawn_by: DrawnBy = drawn_by
        self._known: list[ImportEntry] = []
        self._first: dict[str, Candidate] = {}
        self._again: dict[str, list[ImportEntry]] = defaultdict(list)  # of the same content as the first
        self._entries: list[ImportEntry] = []
        self._problems: list[ImportProblem] = []
        self._free: list[int] = []  # which entries no source and no label has placed

    def take(self, candidate: Candidate | ImportProblem, outcome: ImportEntry | ImportProblem) -> None:
        if isinstance(candidate, ImportProblem) or isinstance(outcome, ImportProblem):
            self._problems.append(outcome)
        elif outcome.fingerprint in self._first:
            first = self._first[outcome.fingerprint]
            if candidate.path != first.path:  # another row of a table about the same image leaves nothing out
                self._problems.append(ImportProblem(path=candidate.path, reason=_duplicate(candidate, first)))
            self._again[outcome.fingerprint].append(outcome)
        else:
            self._first[outcome.fingerprint] = candidate
            self._add(candidate, outcome)

    def _add(self, candidate: Candidate, entry: ImportEntry) -> None:
        if entry.fingerprint in self._present:
            self._known.append(entry)
            return
        if entry.fingerprint in self._in_bin:
            self._binned.append(entry)
            return
        if candidate.split is None and entry.split == "pool":
            self._free.append(len(self._entries))
        self._entries.append(entry)

    def plan(self) -> ImportPlan:
        """All to import, in the source's order, some of the free ones set aside for evaluation."""
        torn = [disagreement(entry, self._again.get(entry.fingerprint, ())) for entry in self._all()]
        entries, present, binned = map(self._agreed, (self._entries, self._known, self._binned))
        free = [row for row in self._free if not entries[row].split_stated and entries[row].split == "pool"]
        drawn = [free[place] for place in draw_wholes([entries[row] for row in free], self._drawing)]
        for row in drawn:
            entries[row] = replace(entries[row], split="evaluation", label_use="evaluate")
        return ImportPlan(
            entries=tuple(entries),
            problems=tuple(self._problems),
            label_problems=tuple(problem for problem in torn if problem),
            already_present=len(present),
            present=tuple(present),
            in_bin=tuple(binned),
            drawn=len(drawn),
            drawn_by=self._drawn_by,
            scale=common_scale([entry.values for entry in entries if entry.values]),
        )

    def _all(self) -> list[ImportEntry]:
        return [*self._entries, *self._known, *self._binned]

    def _agreed(self, entries: list[ImportEntry]) -> list[ImportEntry]:
        """With what the source says of them wherever it names them."""
        again = self._again
        return [agreed(entry, again[entry.fingerprint]) if entry.fingerprint in again else entry for entry in entries]


def _duplicate(candidate: Candidate, first: Candidate) -> str:
    reason = f"exact duplicate of {first.path}"
    if candidate.label == first.label:
        return reason
    return f"{reason}, with another label: {first.label or 'none'} there, {candidate.label or 'none'} here"
