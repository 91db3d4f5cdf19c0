"""How each class stands: its labels, what came since the first round, and how much of it the model finds."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vabal_core.evidence.intervals import Estimate, proportion
from vabal_core.loop.report import RoundReport
from vabal_core.store.classes import ClassTable
from vabal_core.types import DefectClass, Round

Finished = tuple[Round, RoundReport]


@dataclass(frozen=True, kw_only=True)
class ClassProgress:
    """One class: `labels` and their `share` now; `labels_before`, `share_before` as the round `since` began (None: no
    round to compare with). `hits` and `hits_before`: of its evaluation images, the share that the newest round and the
    one before named correctly. `waiting`: images without a label now that the newest round took for it.
    """

    defect_class: DefectClass
    rare: bool
    labels: int
    share: float
    labels_before: int | None
    share_before: float | None
    since: int | None
    hits: Estimate
    hits_before: Estimate
    waiting: int | None

    @property
    def climbs(self) -> bool | None:
        """Whether its share of the labels is larger than when that round began; None where there was none."""
        return None if self.share_before is None else self.share > self.share_before


def class_progress(
    classes: Sequence[DefectClass],
    labels: Mapping[int, int],
    done: Sequence[Finished],
    table: ClassTable,
    rare: Collection[int],
    named: Mapping[int, int] | None,
) -> list[ClassProgress]:
    """One entry a class, by need: the class of whose images the fewest are sure to be found stands first (the lower end
    of the interval of its hit rate; 0 without an evaluation image), of two alike that with fewer labels.

    `labels`: class id -> labels now, of the pool; `done`: the finished rounds, oldest first; `named`: class id ->
    images without a label that the newest of them named so, by the classes of then.
    """
    total = sum(labels.values())
    since, before = _counts_before(done, total, table)
    total_before = sum(before.values())
    measured = [(round_, report) for round_, report in done if report.evaluated][-2:]
    now = _hit_rates(*measured[-1], table) if measured else {}
    earlier = _hit_rates(*measured[0], table) if len(measured) == 2 else {}
    waiting = None if named is None else by_class([*named], [*named.values()], table)
    nothing = proportion(0, 0)
    rows = [
        ClassProgress(
            defect_class=defect_class,
            rare=defect_class.id in rare,
            labels=labels.get(defect_class.id, 0),
            share=labels.get(defect_class.id, 0) / total if total else 0.0,
            labels_before=None if since is None else before[defect_class.id],
            share_before=None if since is None else before[defect_class.id] / total_before,
            since=since,
            hits=now.get(defect_class.id, nothing),
            hits_before=earlier.get(defect_class.id, nothing),
            waiting=None if waiting is None else waiting[defect_class.id],
        )
        for defect_class in classes
    ]
    return sorted(rows, key=lambda row: (row.hits.low if row.hits.count else 0.0, row.labels))


def by_class(class_ids: Sequence[int], values: Sequence[int], table: ClassTable) -> Counter[int]:
    """Numbers of a round's classes, by the classes that they count as now."""
    numbers: Counter[int] = Counter()
    for class_id, value in zip(class_ids, values, strict=True):
        numbers[table.counts_as(class_id)] += value
    return numbers


def _counts_before(done: Sequence[Finished], total: int, table: ClassTable) -> tuple[int | None, Counter[int]]:
    """The first round that began with labels, fewer than there are now, and these labels: a class climbs by what the
    rankings bring all along, whichever way the last few labels went."""
    for round_, report in done:
        if report.labelled_counts and 0 < sum(report.labelled_counts) < total:
            return round_.number, by_class(round_.class_ids, report.labelled_counts, table)
    return None, Counter()


def _hit_rates(round_: Round, report: RoundReport, table: ClassTable) -> dict[int, Estimate]:
    named: Counter[int] = Counter()
    confusion = report.confusion or ()
    for row, class_id in enumerate(round_.class_ids):
        true = table.counts_as(class_id)
        named[true] += sum(
            count
            for count, called in zip(confusion[row], round_.class_ids, strict=True)
            if table.counts_as(called) == true
        )
    counts = by_class(round_.class_ids, [sum(row) for row in confusion], table)
    return {class_id: proportion(named[class_id], count) for class_id, count in counts.items() if count}
