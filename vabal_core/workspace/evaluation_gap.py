"""What is missing to know better how good the model is."""

from collections.abc import Sequence
from math import ceil

from vabal_core.evidence.chance import labels_to_halve
from vabal_core.evidence.gap import EvaluationGap
from vabal_core.workspace.class_progress import ClassProgress


def evaluation_gap(rows: Sequence[ClassProgress], *, waiting: int, drawn: bool) -> EvaluationGap:
    """What the newest round's hit rates leave open."""
    measured = [row for row in rows if row.hits.count]
    rare = [row for row in measured if row.rare] or measured
    widest = max(rare, key=lambda row: row.hits.high - row.hits.low, default=None)
    unmeasured = tuple(row.defect_class.name for row in rows if not row.hits.count) if measured else ()
    if widest is None:
        return EvaluationGap(widest=None, hits=None, more=0, labels=None, unmeasured=(), waiting=waiting)
    more = labels_to_halve(round(widest.hits.value * widest.hits.count), widest.hits.count)
    share = widest.hits.count / sum(row.hits.count for row in measured)
    return EvaluationGap(
        widest=widest.defect_class.name,
        hits=widest.hits,
        more=more,
        labels=ceil(more / share) if drawn else None,
        unmeasured=unmeasured,
        waiting=waiting,
    )
