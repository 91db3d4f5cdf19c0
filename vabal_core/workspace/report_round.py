"""What a report tells of the rounds: the newest one in full, and how the accuracy went from round to round."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from vabal_core.evidence.intervals import Estimate
from vabal_core.evidence.metrics import precisions, recalls
from vabal_core.export.report import MeasuredRound, RoundFacts
from vabal_core.query.strategies import strategy_if_any
from vabal_core.types import Round
from vabal_core.workspace.round_report import diagnose_round
from vabal_core.workspace.workspace import Workspace

MAX_ROUNDS = 20  # in the table and the chart: of more, some spread evenly, the newest among them


def round_facts(ws: Workspace, project_id: int, newest: Round | None) -> RoundFacts | None:
    """The newest finished round; None before the first."""
    if newest is None:
        return None
    diagnosis = diagnose_round(ws, project_id, newest.number)
    report = diagnosis.report
    confusion = np.array(report.confusion) if report.evaluated else None
    described = strategy_if_any(newest.strategy)
    ended = newest.finished_at or newest.started_at
    return RoundFacts(
        number=newest.number,
        at=ended,
        labels=newest.labelled,
        strategy=described.title if described else newest.strategy,
        preset=newest.preset,
        seed=newest.seed,
        batch=newest.batch,
        seconds=(ended - newest.started_at).total_seconds(),
        device=report.device or "",
        versions=dict(report.versions or {}),
        settings=tuple(diagnosis.settings[["setting", "value", "preset"]].itertuples(index=False, name=None)),
        class_names=tuple(diagnosis.classes["name"]),
        recalls=() if confusion is None else tuple(recalls(confusion)),
        precisions=() if confusion is None else tuple(precisions(confusion)),
        confusion=() if confusion is None else tuple(map(tuple, confusion.tolist())),
        set_aside=report.evaluation_set_aside,
        unreadable=report.unreadable,
        changed=report.changed_images,
        warnings=diagnosis.warnings,
    )


def measured_rounds(done: Sequence[Round], quality: pd.DataFrame) -> tuple[MeasuredRound, ...]:
    """The finished rounds that measured anything, oldest first. `quality`: the frame of `LearningCurves`."""
    at = {round_.number: round_.finished_at or round_.started_at for round_ in done}
    numbers = list(dict.fromkeys(quality["round"]))
    kept = set(np.linspace(0, len(numbers) - 1, min(MAX_ROUNDS, len(numbers))).round().astype(int))
    rows = {(row.round, row.measure): row for row in quality.itertuples()}
    return tuple(
        MeasuredRound(
            number=int(number),
            at=at[number],
            labels=int(rows[number, "accuracy"].labels),
            accuracy=_estimate(rows[number, "accuracy"]),
            balanced_accuracy=_estimate(rows[number, "balanced accuracy"]),
        )
        for place, number in enumerate(numbers)
        if place in kept
    )


def _estimate(row: pd.Series) -> Estimate:
    # The name `count` is that of a method of a row.
    return Estimate(value=row.value, low=row.low, high=row.high, count=int(row[row._fields.index("count")]))
