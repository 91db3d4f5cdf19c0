"""The estimates of each class of a project."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from vabal_core.estimate.finds import Finds, finds_at_random, finds_ranked
from vabal_core.estimate.left import Left, labels_to_target, left_of_class, random_would_need
from vabal_core.estimate.project import ClassEstimates
from vabal_core.estimate.quality import ClassRests, Quality, class_rests, prevalence_of, prevalences
from vabal_core.estimate.shift import Picks
from vabal_core.evidence.intervals import NOTHING, proportion
from vabal_core.store.chosen_labels import ChosenLabel
from vabal_core.store.classes import class_table
from vabal_core.store.provenance import EXCEPTION
from vabal_core.types import UNLABELLED, Project, Round
from vabal_core.workspace.kept_probabilities import probabilities_of
from vabal_core.workspace.labelled_design import LabelledDesign
from vabal_core.workspace.projects import usable_settings
from vabal_core.workspace.ranking_benefit import RANDOM
from vabal_core.workspace.round_process import KEPT_ROUNDS
from vabal_core.workspace.workspace import Workspace

AHEAD = (25, 50, 100, 200, 300, 400, 500)  # next images for which finds are foreseen
MAX_PICKS = 3_000  # newest labels out of rankings that the next ones are foreseen from


def estimate_classes(
    ws: Workspace,
    project: Project,
    read: LabelledDesign,
    done: Sequence[Round],
    of_model: Quality | None,
) -> tuple[ClassEstimates, ...]:
    """One entry a class, in their order. `done`: the finished rounds, oldest first, the last of which predicted what
    was `read`; `of_model`: how good these predictions are, None where nobody can tell."""
    rests = class_rests(read.design, read.predicted)
    parts = zip(
        read.classes, _labels(read), _measured(read, rests, of_model), _foreseen(ws, project, read, rests, done),
        _brought(read, rests), strict=True,
    )  # fmt: skip
    return tuple(
        ClassEstimates(defect_class=defect_class, **labels, **measured, **foreseen, **brought)
        for defect_class, labels, measured, foreseen, brought in parts
    )


def _labels(read: LabelledDesign) -> Iterator[dict[str, Any]]:
    """What the labels themselves say of each class."""
    pool = np.bincount(read.design.labels[read.design.pool_order], minlength=len(read.classes))
    several: dict[int, list[bool]] = {defect_class.id: [] for defect_class in read.classes}
    last_found: dict[int, datetime] = {}
    for label in read.labels:
        if len(label.opinions) > 1:
            several[label.class_id].append(len(set(label.opinions)) == 1)
        if label.opinions:  # by a person: what came with the images was found by nobody
            last_found[label.class_id] = max(label.given_at, last_found.get(label.class_id, label.given_at))
    for defect_class, count in zip(read.classes, pool.tolist(), strict=True):
        alike = several[defect_class.id]
        yield {
            "labels": count,
            "share": count / max(1, int(pool.sum())),
            "agreement": proportion(sum(alike), len(alike)),
            "last_found": last_found.get(defect_class.id),
        }


def _measured(read: LabelledDesign, rests: Sequence[ClassRests], of_model: Quality | None) -> Iterator[dict[str, Any]]:
    """How common each class is, and how good the model is at it."""
    is_predicted = bool((read.predicted != UNLABELLED).any())
    shares = [prevalence_of(of_class) for of_class in rests] if is_predicted else prevalences(read.design)
    for n, prevalence in enumerate(shares if read.design.tells else [NOTHING] * len(rests)):
        names = "precision", "recall", "wrong"
        measured = {name: getattr(of_model, name)[n] if of_model else NOTHING for name in names}
        yield {"prevalence": prevalence} | measured


def _foreseen(
    ws: Workspace, project: Project, read: LabelledDesign, rests: Sequence[ClassRests], done: Sequence[Round]
) -> Iterator[dict[str, Any]]:
    """What is left of each class, and what the next images hold of it."""
    table, settings = class_table(ws.engine, project.id), usable_settings(project)
    likely = probabilities_of(ws, done[-1], read.keys[read.ranking], table) if done else np.empty((0, len(rests)))
    learned = {table.counts_as(class_id) for class_id in done[-1].class_ids} if done else set()
    is_known = np.array([defect_class.id in learned for defect_class in read.classes])
    likely = likely[: _first_nan(likely[:, is_known])]
    left = rests[0].named.rest + rests[0].missed.rest
    counts = [count for count in AHEAD if count <= left]
    ahead = _ahead(likely, is_known, picks_of(ws, read, done, settings["batch"]), counts)
    at_random = finds_at_random(rests, counts)
    for n, of_class in enumerate(rests):
        # The ranking leads to the target only where it holds all that is left: images that came since are not in it.
        is_told = is_known[n] and len(likely) == left
        of_left = left_of_class(of_class)
        yield {
            "left": of_left,
            "ahead": tuple(_at_most(finds, of_left) for finds in ahead[n]),
            "ahead_random": tuple(finds[n] for finds in at_random if finds[n] is not None),
            "is_known": bool(is_known[n]),
            "taken": of_class.named.rest,
            "needed": labels_to_target(of_class, settings["target"], likely[:, n]) if is_told else None,
            "needed_random": labels_to_target(of_class, settings["target"]),
        }


def _ahead(likely: np.ndarray, is_known: np.ndarray, picks: Picks, counts: Sequence[int]) -> list[list[Finds]]:
    """For each class what the next `counts` images of the ranking hold: nothing is told of a class that is not known,
    and of the others nothing is learned from what was said while it was not."""
    counts = [count for count in counts if count <= len(likely)]
    of_known = iter(zip(*finds_ranked(likely[:, is_known], _of_classes(picks, is_known), counts), strict=True))
    return [list(next(of_known, ())) if is_class_known else [] for is_class_known in is_known]


def _of_classes(picks: Picks, is_known: np.ndarray) -> Picks:
    rows = slice(None) if is_known.all() else slice(0)
    return Picks(probabilities=picks.probabilities[rows][:, is_known], labels=picks.labels[rows], ages=picks.ages[rows])


def _at_most(finds: Finds, left: Left) -> Finds:
    """No more of a class are among the next images than there may be left of it."""
    low, high = min(finds.low, left.high), min(finds.high, left.high)
    return replace(finds, value=min(finds.value, left.high), low=low, high=high)


def _first_nan(likely: np.ndarray) -> int:
    """The first row of `likely` (r, C) that says nothing, r where there is none."""
    unsaid = np.flatnonzero(np.isnan(likely).any(1))
    return int(unsaid[0]) if len(unsaid) else len(likely)


def picks_of(ws: Workspace, read: LabelledDesign, done: Sequence[Round], batch: int) -> Picks:
    """What came of the newest choices of the rankings, of those rounds whose word is kept; a batch of them ages by
    one."""
    table, by_number = class_table(ws.engine, done[-1].project_id) if done else None, {r.number: r for r in done}
    places = {defect_class.id: n for n, defect_class in enumerate(read.classes)}
    picked: list[tuple[int, int, np.ndarray]] = []
    for number in sorted(by_number)[-KEPT_ROUNDS:]:
        round_ = by_number[number]
        labels = [label for label in read.labels if label.round == number and label.strategy == round_.strategy]
        probabilities = probabilities_of(ws, round_, np.array([label.image_id for label in labels], np.int64), table)
        picked += [(label.place, places[label.class_id], row) for label, row in zip(labels, probabilities, strict=True)]
    picked = sorted((pick for pick in picked if np.isfinite(pick[2]).all()), key=lambda pick: -pick[0])[:MAX_PICKS]
    return Picks(
        probabilities=np.array([row for *_, row in picked]).reshape(len(picked), len(places)),
        labels=np.array([n for _, n, _ in picked], np.int64),
        ages=np.arange(len(picked)) // batch,
    )


def _brought(read: LabelledDesign, rests: Sequence[ClassRests]) -> Iterator[dict[str, Any]]:
    """What rankings brought of each class, and how many images drawn at random would hold as many.

    Counted to the last image of the class: whoever goes on after all of them are found makes no ranking worse.
    """
    chosen = sorted((label for label in read.labels if is_brought(label)), key=lambda label: label.place)
    for defect_class, of_class in zip(read.classes, rests, strict=True):
        places = [n for n, label in enumerate(chosen, start=1) if label.class_id == defect_class.id]
        yield {
            "brought": len(places),
            "brought_in": places[-1] if places else 0,
            "would_need": random_would_need(of_class, len(places), len(read.keys)),
        }


def is_brought(label: ChosenLabel) -> bool:
    """Whether a ranking chose the image of the label; one that is in random order chose nothing."""
    return label.rank is not None and label.strategy not in (EXCEPTION, RANDOM)
