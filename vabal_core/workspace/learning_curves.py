"""What the labels have brought, as frames ready to plot."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import get_args

import numpy as np
import pandas as pd

from vabal_core.evidence.metrics import accuracy, balanced_accuracy, rare_classes, recalls
from vabal_core.loop.report import RoundReport, report_of
from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.counts import state_counts
from vabal_core.store.database import reading
from vabal_core.store.label_times import label_times
from vabal_core.store.labels import IMPORTED
from vabal_core.store.predictions import unlabelled_counts
from vabal_core.store.ranked_labels import ranked_label_counts
from vabal_core.types import Counts, EvaluationSource, ImageState, Round, Split
from vabal_core.workspace.class_progress import ClassProgress, Finished, by_class, class_progress
from vabal_core.workspace.evaluation_gap import EvaluationGap, evaluation_gap
from vabal_core.workspace.labelling import counts
from vabal_core.workspace.people import ORACLE
from vabal_core.workspace.projects import classes, evaluation_source, require_project
from vabal_core.workspace.ranking_benefit import RankingBenefit, ranking_benefit
from vabal_core.workspace.rounds import list_rounds
from vabal_core.workspace.workspace import Workspace

NOW = "now"
MIN_IMAGES_PER_CLASS = 5


@dataclass(frozen=True, kw_only=True)
class LearningCurves:
    """Frames of the Progress page. An empty frame means that there is nothing to show yet.

    balance          round ("1", "2" ... "now"), labels, name, count, share: the labelled pool as each round began
    quality          round, labels, strategy, measure ("accuracy", "balanced accuracy"), value, low, high, count
    recall           name, value, low, high, count: of the newest round
    confusion        rows true class, columns predicted class, counts: of the newest round
    set_aside        evaluation images that the newest round left out, marked unsure or flagged; None: not remembered
    evaluation_from  where the evaluation images come from

    `benefit`: what the rankings brought; `classes`: each class, that in need of labels first; `gap`: what is missing to
    know better how good the model is; `waiting`: images of the pool without a label, also those put aside.
    """

    rare: tuple[str, ...]
    labelled: int
    evaluation_labelled: int
    balance: pd.DataFrame
    quality: pd.DataFrame
    recall: pd.DataFrame
    confusion: pd.DataFrame
    set_aside: int | None
    evaluation_from: EvaluationSource
    benefit: RankingBenefit
    classes: tuple[ClassProgress, ...]
    gap: EvaluationGap
    waiting: int


def read_learning_curves(ws: Workspace, project_id: int, taken: Mapping[int, int] | None = None) -> LearningCurves:
    """Everything the Progress page shows of a project. `taken`: class id -> images without a label that the newest
    model takes for it, where that is known already: to count them takes as long as all else."""
    project = require_project(ws, project_id)
    defect_classes = classes(ws, project_id)
    now = counts(ws, project_id)
    table = class_table(ws.engine, project_id)
    done = [(round_, report_of(round_)) for round_ in list_rounds(ws, project_id) if round_.state == "done"]
    rare = rare_class_ids(project.settings["rare_class_ids"], table, now)
    names = {defect_class.id: defect_class.name for defect_class in defect_classes}
    states = state_counts(ws.engine, project_id)
    images = {split: sum(states[split, state] for state in get_args(ImageState)) for split in get_args(Split)}
    evaluation_rare = sum(now.evaluation[class_id] for class_id in rare)
    named = taken
    if done and named is None:
        with reading(ws.engine) as transaction:
            named = unlabelled_counts(transaction, done[-1][0].id)
    rows = class_progress(defect_classes, now.pool, done, table, rare, named)
    drawn = evaluation_source(project) == "drawn"
    return LearningCurves(
        rare=tuple(names[class_id] for class_id in names if class_id in rare),
        labelled=now.pool_total,
        evaluation_labelled=now.evaluation_total,
        balance=_balance(done, now, table),
        quality=_quality(done),
        recall=_recall(*done[-1], table) if done else pd.DataFrame(),
        confusion=_confusion(*done[-1], table) if done else pd.DataFrame(),
        set_aside=done[-1][1].evaluation_set_aside if done else None,
        evaluation_from=evaluation_source(project),
        benefit=ranking_benefit(
            ranked_label_counts(ws.engine, project_id),
            rare,
            evaluation_rare=evaluation_rare,
            evaluation_total=now.evaluation_total,
            drawn=drawn,
            images=images["pool"],
        ),
        classes=tuple(rows),
        gap=evaluation_gap(rows, waiting=states["evaluation", "waiting"], drawn=drawn),
        waiting=images["pool"] - now.pool_total,
    )


def rare_class_ids(chosen: Sequence[int], table: ClassTable, now: Counts) -> set[int]:
    """The classes chosen as rare, of those in use: what was merged into another makes that one rare, and itself again
    once it is taken apart; what lies in the bin comes back as it was. Without a choice those under half of an even
    share of the evaluation labels, once there are MIN_IMAGES_PER_CLASS a class on average: of the first few labels most
    classes have none. Of a class that nobody has labelled an image as, one added just now perhaps, nothing is known: it
    does not count as rare.
    """
    defect_classes = table.current
    rare = {table.counts_as(class_id) for class_id in chosen} & {defect_class.id for defect_class in defect_classes}
    if rare or now.evaluation_total < max(1, MIN_IMAGES_PER_CLASS * len(defect_classes)):
        return rare
    mask = rare_classes(np.array([now.evaluation[defect_class.id] for defect_class in defect_classes]))
    labelled_ids = {class_id for labels in (now.pool, now.evaluation) for class_id, count in labels.items() if count}
    return {
        defect_class.id for defect_class, is_rare in zip(defect_classes, mask, strict=True) if is_rare
    } & labelled_ids


def _balance(done: Sequence[Finished], now: Counts, table: ClassTable) -> pd.DataFrame:
    began = [
        (str(round_.number), by_class(round_.class_ids, report.labelled_counts, table))
        for round_, report in done
        if report.labelled_counts
    ]
    rows = [
        {"round": label, "labels": sum(labels.values()), "name": name, "count": labels.get(class_id, 0)}
        for label, labels in [*began, (NOW, dict(now.pool))]
        if sum(labels.values())
        for class_id, name in ((defect_class.id, defect_class.name) for defect_class in table.current)
    ]
    frame = pd.DataFrame(rows, columns=["round", "labels", "name", "count"])
    return frame.assign(share=frame["count"] / frame["labels"])


def _quality(done: Sequence[Finished]) -> pd.DataFrame:
    rows = []
    for round_, report in done:
        if not report.evaluated:
            continue
        confusion = np.array(report.confusion)
        about = {"round": round_.number, "labels": round_.labelled, "strategy": round_.strategy}
        for measure, estimate in (
            ("accuracy", accuracy(confusion)),
            ("balanced accuracy", balanced_accuracy(confusion)),
        ):
            rows.append(about | {"measure": measure} | asdict(estimate))
    return pd.DataFrame(rows, columns=["round", "labels", "strategy", "measure", "value", "low", "high", "count"])


def _recall(round_: Round, report: RoundReport, table: ClassTable) -> pd.DataFrame:
    estimates = zip(round_.class_ids, recalls(np.array(report.confusion)), strict=True) if report.evaluated else ()
    rows = [{"name": table.shown(class_id)} | asdict(estimate) for class_id, estimate in estimates if estimate.count]
    return pd.DataFrame(rows, columns=["name", "value", "low", "high", "count"])


def _confusion(round_: Round, report: RoundReport, table: ClassTable) -> pd.DataFrame:
    labels = [table.shown(class_id) for class_id in round_.class_ids]
    return pd.DataFrame(report.confusion, index=labels, columns=labels) if report.evaluated else pd.DataFrame()


def labelling_pace(ws: Workspace, project_id: int) -> pd.DataFrame:
    """minute (UTC), labels: minutes in which a person labelled, of the last few thousand labels."""
    times = label_times(ws.engine, project_id, without=(IMPORTED, ORACLE.name))
    minutes = pd.Series(pd.to_datetime(list(times), utc=True)).dt.floor("min")
    return minutes.value_counts().sort_index().rename_axis("minute").reset_index(name="labels")
