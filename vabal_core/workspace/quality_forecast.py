"""How good the model of a project will be after more labels, and how fast these come."""

from collections.abc import Sequence
from dataclasses import dataclass

from vabal_core.estimate.forecast import Forecast, forecast
from vabal_core.evidence.intervals import Estimate
from vabal_core.workspace.learning_curves import LearningCurves, labelling_pace
from vabal_core.workspace.workspace import Workspace

MEASURE = "balanced accuracy"
MORE = (100, 250, 500)  # labels
MINUTES = 60  # newest ones in which somebody labelled, whose median is the pace


@dataclass(frozen=True, kw_only=True)
class ForeseenQuality:
    """The mean share of each class that is named correctly: `value` after `labels` labels, and what is foreseen after
    more, as far as images without a label are left; nothing where nothing was measured."""

    labels: int = 0
    value: float = float("nan")
    forecasts: Sequence[Forecast] = ()


def foreseen_quality(curves: LearningCurves) -> ForeseenQuality:
    """From what was measured on evaluation images round after round."""
    rows = curves.quality[curves.quality["measure"] == MEASURE]
    more = [count for count in MORE if count <= curves.waiting]
    if rows.empty or not more or not rows["labels"].iloc[-1]:
        return ForeseenQuality()
    measured = [
        Estimate(value=row.value, low=row.low, high=row.high, count=int(row.images))
        for row in rows.rename(columns={"count": "images"}).itertuples()
    ]
    labels = rows["labels"].astype(int).tolist()
    return ForeseenQuality(labels=labels[-1], value=measured[-1].value, forecasts=forecast(labels, measured, more))


def labels_a_minute(ws: Workspace, project_id: int) -> float:
    """The median of the newest minutes in which somebody labelled, 0 where nobody did."""
    pace = labelling_pace(ws, project_id)
    return 0.0 if pace.empty else float(pace["labels"].tail(MINUTES).median())
