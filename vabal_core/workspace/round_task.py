"""A project as a round sees it: arrays and files, row i of each being the same image."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from vabal_core.loop.files import ImageFiles
from vabal_core.loop.task import RoundTask
from vabal_core.store.images import LearningImage, learning_images
from vabal_core.store.labels import current_labels, prequential_classes
from vabal_core.types import UNLABELLED
from vabal_core.workspace.file_checks import changed_images
from vabal_core.workspace.projects import classes, require_project
from vabal_core.workspace.scale import project_scale
from vabal_core.workspace.workspace import Workspace

FEATURES = "features"  # folder of the data folder: all projects share what was read of an image


def images_to_learn(ws: Workspace, project_id: int) -> tuple[list[LearningImage], int]:
    """The project's images without those whose file holds another picture by now, and how many these are: their labels
    are of pictures that are not there. Files that are gone stay in: a round says of each that it cannot be read."""
    changed = {image.image_id for image in changed_images(ws, project_id) if image.content == "changed"}
    images = learning_images(ws.engine, project_id)
    return [image for image in images if image.image_id not in changed], len(changed)


def round_task(ws: Workspace, project_id: int, images: Sequence[LearningImage], **settings: Any) -> RoundTask:
    """The labels and splits of `images`: row i is images[i], class n the project's n-th."""
    return RoundTask(
        keys=np.array([image.image_id for image in images], np.int64),
        evaluation=np.array([image.split == "evaluation" for image in images], bool),
        **_labels(ws, project_id, [image.image_id for image in images]),
        **settings,
    )


def labelled_anew(ws: Workspace, project_id: int, task: RoundTask) -> RoundTask:
    """The same task with the labels, classes and splits of now; of an image in the bin it has none but its split."""
    ids = task.keys.tolist()
    splits = {image.image_id: image.split for image in learning_images(ws.engine, project_id)}
    evaluation = [
        splits[image_id] == "evaluation" if image_id in splits else before
        for image_id, before in zip(ids, task.evaluation.tolist(), strict=True)
    ]
    return replace(task, evaluation=np.array(evaluation, bool), **_labels(ws, project_id, ids))


def _labels(ws: Workspace, project_id: int, ids: Sequence[int]) -> dict[str, Any]:
    class_ids = [defect_class.id for defect_class in classes(ws, project_id)]
    index = {class_id: n for n, class_id in enumerate(class_ids)}

    def in_rows(class_of: Mapping[int, int]) -> np.ndarray:
        return np.array([index.get(class_of.get(image_id), UNLABELLED) for image_id in ids], np.int64)

    return {
        "labels": in_rows(current_labels(ws.engine, project_id)),
        "prequential": in_rows(prequential_classes(ws.engine, project_id)),
        "class_count": len(class_ids),
    }


def image_files(ws: Workspace, project_id: int, images: Sequence[LearningImage]) -> ImageFiles:
    """Where the pixels and the features of `images` come from."""
    files, fingerprints = ([getattr(image, name) for image in images] for name in ("file", "fingerprint"))
    return ImageFiles(
        files=tuple(files),
        fingerprints=tuple(fingerprints),
        cache=ws.data_dir / "projects" / str(project_id) / "pixels",
        features=ws.data_dir / FEATURES,
        scale=project_scale(require_project(ws, project_id)),
    )
