"""A project of as many images as asked for, half of them labelled out of five rankings: what the pages answer about."""

import random
from collections.abc import Sequence
from typing import Any

from common.synthetic import Picture, make_project
from vabal_core import workspace
from vabal_core.store import rounds
from vabal_core.store.label_issues import LabelIssue
from vabal_core.types import LabelEvent, OutOfSample, Project, RankedImage, Reasons

ROUNDS = 5
A_CALL = 1_000  # labels recorded in one transaction
DOUBTS = 200
EVALUATION = 2_000
RIGHT = 0.9  # of what the rankings say


def large_project(ws: workspace.Workspace, pictures: Sequence[Picture], images: int) -> Project:
    """`images` in all, of which at most EVALUATION or a tenth for evaluation, labelled; half of them all labelled out
    of ROUNDS rankings, some marked unsure, the rest ranked."""
    evaluation = min(EVALUATION, images // 10)
    project = make_project(ws, "large", pictures, images - evaluation, evaluation=evaluation)
    rng = random.Random(0)
    classes = [defect_class.id for defect_class in workspace.classes(ws, project.id)]
    waiting = [item.image_id for item in workspace.next_images(ws, project.id, "ranked", count=images)]
    rng.shuffle(waiting)
    truth = {image_id: classes[min(int(rng.expovariate(0.8)), len(classes) - 1)] for image_id in waiting}
    a_round = images // 2 // ROUNDS
    labelled: list[int] = []
    for number in range(1, ROUNDS + 1):
        _rank(ws, project, classes, waiting, labelled, truth, rng)
        chosen, waiting = waiting[:a_round], waiting[a_round:]
        _label(ws, project, [LabelEvent(f"large-{i}", i, "label", truth[i], round=number) for i in chosen])
        labelled += chosen
    _rank(ws, project, classes, waiting, labelled, truth, rng)
    doubts = waiting[: min(DOUBTS, len(waiting) // 10)]
    _label(ws, project, [LabelEvent(f"doubt-{i}", i, "unsure", round=ROUNDS + 1) for i in doubts])
    return project


def _label(ws: workspace.Workspace, project: Project, events: Sequence[LabelEvent]) -> None:
    for start in range(0, len(events), A_CALL):
        workspace.record(ws, workspace.person("Ada"), project.id, events[start : start + A_CALL])


def _rank(
    ws: workspace.Workspace,
    project: Project,
    classes: Sequence[int],
    waiting: Sequence[int],
    labelled: Sequence[int],
    truth: dict[int, int],
    rng: random.Random,
) -> None:
    """A finished round without a model: it names the true class of most images, and is sure of a third of them."""

    def named(image_id: int) -> int:
        return truth[image_id] if rng.random() < RIGHT else rng.choice(classes)

    facts: dict[str, Any] = {"strategy": "margin_novel", "preset": "interactive", "batch": 100, "seed": 0}
    started = rounds.start_round(
        ws.engine, project.id, **facts, config={}, metrics={}, class_ids=tuple(classes), labelled=len(labelled)
    )
    size = len(waiting)
    ranked = [
        RankedImage(
            image_id=image_id,
            rank=rank,
            score=1 / rank,
            predicted_class_id=named(image_id),
            probability=0.4 + 0.59 * rank / size,
            reasons=Reasons(log_likelihood=tuple(-1.0 - i for i in range(len(classes)))),
        )
        for rank, image_id in enumerate(waiting, start=1)
    ]
    guesses = [OutOfSample(image_id, named(image_id), 0.9) for image_id in labelled]
    doubted = (guess for guess in guesses if guess.predicted_class_id != truth[guess.image_id])
    issues = [
        LabelIssue(
            image_id=guess.image_id,
            class_id=truth[guess.image_id],
            label_probability=0.05,
            predicted_class_id=guess.predicted_class_id,
            probability=guess.probability,
        )
        for guess in doubted
    ]
    rounds.finish_round(ws.engine, started.id, _report(len(classes), len(labelled), size), ranked, guesses, issues)


def _report(classes: int, labelled: int, ranked: int) -> dict[str, Any]:
    """What such a round says of itself: as good as `RIGHT` says, alike in every class."""
    even, share = labelled // classes, [1 / classes] * classes
    right = int(100 * RIGHT)
    confusion = [[right if row == column else 2 for column in range(classes)] for row in range(classes)]
    return {
        "labelled_counts": [even] * classes,
        "label_share": share,
        "predicted_counts": [ranked // classes] * classes,
        "confusion": confusion,
        "evaluation_set_aside": 0,
        "out_of_fold_called": [even] * classes,
        "judged_labels": labelled,
        "out_of_fold_right": [int(even * RIGHT)] * classes,
        "agreement": RIGHT,
        "reliability": [RIGHT] * classes,
        "difficulty": "held_out",
        "prior": share,
        "draw_share": share,
        "classifier_losses": [1.2, 0.7, 0.5],
        "seconds": {"features": 0.0, "head": 5.0, "score": 1.0},
    }
