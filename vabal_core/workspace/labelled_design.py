"""A project as its estimators see it: which images there are, what they are labelled, and how each was chosen."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from vabal_core.estimate.design import Design
from vabal_core.store.chosen_labels import ChosenLabel, chosen_labels, evaluation_ahead, images_in_use
from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.database import reading
from vabal_core.store.labels import IMPORTED
from vabal_core.store.predictions import round_predictions
from vabal_core.store.provenance import AUDIT, PICKED
from vabal_core.types import UNLABELLED, DefectClass, Project, Round, Split
from vabal_core.workspace.people import ORACLE
from vabal_core.workspace.projects import evaluation_source
from vabal_core.workspace.workspace import Workspace

MAX_UNJUDGED = 0.01  # of the labelled images


@dataclass(frozen=True, kw_only=True)
class LabelledDesign:
    """Row i of every array is image `keys[i]`, N in all; class n is `classes[n]`.

    The images are those of the pool, and the labelled evaluation images where these were drawn at random before any
    label was given; else evaluation images are in none of the arrays. One that a person picked, as by a filter, is in
    none either while others before it in their random order wait: its class may be why it was picked.
    """

    classes: tuple[DefectClass, ...]
    keys: np.ndarray  # (N,) int64, rising
    design: Design
    predicted: np.ndarray  # (N,) int64: by models that had not learned from the image, or UNLABELLED
    ranking: np.ndarray  # (r,) int64: rows of the images without a label that the round ranked, best first
    labels: tuple[ChosenLabel, ...]  # those in the arrays

    @property
    def judged(self) -> np.ndarray | None:
        """(N,) bool: the images of which something is predicted. None where that is so of hardly any, or where more
        than MAX_UNJUDGED of the labelled ones are not among them: a model cannot be judged by what it learned from, and
        those that a ranking chose are not like the others. None, too, where the design tells nothing of the others."""
        judged, labelled = self.predicted != UNLABELLED, self.design.labelled
        unjudged = np.count_nonzero(labelled & ~judged)
        is_enough = judged.any() and unjudged <= MAX_UNJUDGED * np.count_nonzero(labelled)
        return judged if is_enough and self.design.tells else None


def read_design(ws: Workspace, project: Project, round_: Round | None) -> LabelledDesign:
    """What the labels and the predictions of the finished `round_` say of a project now; None: nothing is predicted."""
    with reading(ws.engine) as transaction:
        table = class_table(transaction, project.id)
        images = images_in_use(transaction, project.id)
        given = chosen_labels(transaction, project.id, (IMPORTED, ORACLE.name))
        ahead = evaluation_ahead(transaction, project.id)
        ranked, unseen = round_predictions(transaction, round_.id) if round_ else ([], {})
    places = {defect_class.id: n for n, defect_class in enumerate(table.current)}
    by_image = {label.image_id: label for label in given if label.class_id in places}
    picked_early = {label.image_id for label in given if label.strategy in PICKED} & ahead
    drawn = by_image.keys() - picked_early if evaluation_source(project) == "drawn" else set()
    keys, evaluation = _population(images, drawn)
    labels = [by_image.get(key) for key in keys.tolist()]
    predicted = dict(ranked) | unseen
    return LabelledDesign(
        classes=table.current,
        keys=keys,
        design=Design(
            labels=np.array([places[label.class_id] if label else UNLABELLED for label in labels], np.int64),
            evaluation=evaluation,
            audit=np.array([label is not None and label.strategy == AUDIT for label in labels], bool) & ~evaluation,
            place=np.array([label.place if label else 0 for label in labels], np.int64),
            class_count=len(places),
        ),
        predicted=_in_rows(keys, predicted, places, table),
        ranking=_unlabelled_rows(keys, [image_id for image_id, _ in ranked], by_image),
        labels=tuple(label for label in labels if label),
    )


def _population(images: Sequence[tuple[int, Split]], drawn: Set[int]) -> tuple[np.ndarray, np.ndarray]:
    """(keys, whether each is an evaluation image), (N,) each; of evaluation images those that are in `drawn`."""
    chosen = [(image_id, split == "evaluation") for image_id, split in images if split == "pool" or image_id in drawn]
    keys = np.array([image_id for image_id, _ in chosen], np.int64)
    return keys, np.array([is_evaluation for _, is_evaluation in chosen], bool)


def _in_rows(
    keys: np.ndarray, predicted: Mapping[int, int], places: Mapping[int, int], table: ClassTable
) -> np.ndarray:
    by_class = {class_id: places.get(table.counts_as(class_id), UNLABELLED) for class_id in set(predicted.values())}
    named = (predicted.get(key) for key in keys.tolist())
    return np.array([UNLABELLED if n is None else by_class[n] for n in named], np.int64)


def _unlabelled_rows(keys: np.ndarray, ranked: Sequence[int], labels: Mapping[int, ChosenLabel]) -> np.ndarray:
    """The rows of those of the ranked images that are in `keys` and have no label, in their order."""
    ids = np.array([image_id for image_id in ranked if image_id not in labels], np.int64)
    if not len(keys):
        return ids
    rows = np.minimum(keys.searchsorted(ids), len(keys) - 1)
    return rows[keys[rows] == ids]
