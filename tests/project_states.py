"""One project empty, one with a few labels, one with several rounds: what every page must be able to show."""

from pathlib import Path

from ui_projects import steel_project
from workspaces import Filled, flag, label, unsure

from vabal_core import workspace
from vabal_core.store.images import learning_images
from vabal_core.store.projects import merge_settings
from vabal_core.types import OutOfSample, Project

ANN = workspace.person("Ann")
STATES = ("empty", "little", "much")
ROUNDS, A_ROUND = 4, 12  # labels


def project_in_state(ws: workspace.Workspace, folder: Path, state: str) -> Project:
    """A project called like its state."""
    if state == "empty":
        return workspace.create_project(ws, ANN, state)
    project = steel_project(ws, folder / state, name=state, pool=120 if state == "much" else 12, evaluation=30)
    steel = _filled(ws, project)
    if state == "little":
        steel.record(*(label(image, steel.class_ids[i % 3]) for i, image in enumerate(steel.pool[:4])))
        return project
    merge_settings(ws.engine, project.id, {"evaluation_from": "drawn"})
    steel.record(*(label(image, steel.class_ids[(i % 9) // 4]) for i, image in enumerate(steel.evaluation)))
    first = [0] * 8 + [1] * 3 + [2]
    steel.record(*(label(image, steel.class_ids[n]) for image, n in zip(steel.next(count=12), first, strict=True)))
    for number in range(1, ROUNDS + 1):
        _round_with_labels(steel, number)
    _doubts(steel)
    return project


def _filled(ws: workspace.Workspace, project: Project) -> Filled:
    images = learning_images(ws.engine, project.id)
    by_split = {split: tuple(row.image_id for row in images if row.split == split) for split in ("pool", "evaluation")}
    class_ids = tuple(item.id for item in workspace.classes(ws, project.id))
    return Filled(ws=ws, project_id=project.id, class_ids=class_ids, **by_split)


def _round_with_labels(steel: Filled, number: int) -> None:
    labels = tuple(workspace.counts(steel.ws, steel.project_id).pool.values())
    rare_right = (number + 1) // 2  # of 3 evaluation images; of the others there are 15 and 12
    waiting = steel.next(count=200)
    done = steel.rank(
        waiting,
        out_of_sample=[OutOfSample(image, steel.class_ids[0], 0.9) for image in steel.evaluation],
        labelled_counts=labels,
        label_share=[count / sum(labels) for count in labels],
        predicted_counts=[len(waiting) - 40, 28, 12],
        confusion=[[12, 2, 1], [4, 6, 2], [3 - rare_right, 0, rare_right]],
        agreement=0.9,
        reliability=[0.9, 0.6, 0.5],
        prior=[0.6, 0.3, 0.1],
        draw_share=[0.6, 0.3, 0.1],
        classifier_losses=[1.2, 0.7, 0.5],
        vae_losses=[3.1, 2.2, 1.9],
        seconds={"train": 12.0, "vae": 9.0, "score": 2.0},
        evaluation_set_aside=1,
    )
    rare = [i < 4 for i in range(A_ROUND)]
    steel.record(
        *(label(i, steel.class_ids[2 if r else 0], round=done.number) for i, r in zip(waiting, rare, strict=False))
    )


def _doubts(steel: Filled) -> None:
    """Two images that wait on the Review page."""
    first, second = steel.next(count=2)
    steel.record(unsure(first), flag(second, comment="blurred"))
