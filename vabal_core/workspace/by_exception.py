"""Label by exception: images that the model is sure of, class by class, to be confirmed but for those struck out.

Offered only where the model may be trusted, and of classes that it has been seen to name correctly. An evaluation image
is never among them: a label that leans on the model would flatter the accuracy measured there.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from vabal_core.loop.report import RoundReport, report_of
from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.counts import label_counts
from vabal_core.store.database import reading
from vabal_core.store.leases import held_by_others
from vabal_core.store.predictions import sure_counts
from vabal_core.store.projects import project_by_id
from vabal_core.store.queue import sure_images as rows_of_sure
from vabal_core.store.rounds import last_done
from vabal_core.types import Actor, QueueItem, Round
from vabal_core.workspace.labelling import queue_items
from vabal_core.workspace.projects import in_use
from vabal_core.workspace.ranked_image import HitRate, hit_rate
from vabal_core.workspace.trust import why_distrust
from vabal_core.workspace.workspace import Workspace

MIN_PROBABILITY = 0.95  # from which on the model counts as sure of an image
MIN_HIT_RATE = 0.8  # of the images called a class: below it, that class is not offered

NO_RANKING = "There is no ranking yet: label some images of each class first."
NOT_GOOD_ENOUGH = (
    "No class is named well enough yet: of at least 10 labelled images that the model had not learned from and called "
    "so, 8 of 10 must be of the class. Label more, the most useful first."
)


@dataclass(frozen=True, kw_only=True)
class SureGroup:
    """Images that the model is sure to be of one class. `waiting`: how many there are of them in all."""

    class_id: int
    name: str
    hit_rate: HitRate
    waiting: int
    items: tuple[QueueItem, ...]


@dataclass(frozen=True, kw_only=True)
class SureImages:
    """One page of images to confirm, the classes with the fewest labels first. `why_not`: why none are offered."""

    groups: tuple[SureGroup, ...] = ()
    waiting: int = 0
    why_not: str = ""


def sure_images(
    ws: Workspace, actor: Actor, project_id: int, *, count: int, exclude: Collection[int] = ()
) -> SureImages:
    """The next `count` images to confirm that no other person has, `exclude` left out; they are held for nobody."""
    with reading(ws.engine) as transaction:
        in_use(project_by_id(transaction, project_id), project_id)
        table, done = class_table(transaction, project_id), last_done(transaction, project_id)
        if done is None:
            return SureImages(why_not=NO_RANKING)
        report = report_of(done)
        names = [table.shown(class_id) for class_id in done.class_ids]
        if distrust := why_distrust(done.strategy, report, names):
            return SureImages(why_not=distrust)
        rates = _offered(report, done, table)
        if not rates:
            return SureImages(why_not=NOT_GOOD_ENOUGH)
        others = set(transaction.execute(held_by_others(project_id, actor.name)).scalars())
        return _page(transaction, done, table, rates, count, others | {*exclude})


def _offered(report: RoundReport, done: Round, table: ClassTable) -> dict[int, HitRate]:
    """class id -> how often the model is right about it, of the classes that people label with and it names well."""
    current = {defect_class.id for defect_class in table.current}
    rates = ((class_id, hit_rate(n, report)) for n, class_id in enumerate(done.class_ids) if class_id in current)
    return {class_id: rate for class_id, rate in rates if rate and rate.share >= MIN_HIT_RATE}


def _page(
    transaction: Connection,
    done: Round,
    table: ClassTable,
    rates: dict[int, HitRate],
    count: int,
    exclude: Collection[int],
) -> SureImages:
    labels = label_counts(transaction, done.project_id)
    waiting = sure_counts(transaction, done.id, MIN_PROBABILITY)
    offered = [class_id for class_id in rates if waiting.get(class_id)]
    groups: list[SureGroup] = []
    for class_id in sorted(offered, key=lambda class_id: labels.get(("pool", class_id), 0)):
        left = count - sum(len(group.items) for group in groups)
        if left <= 0:
            break
        rows = rows_of_sure(
            transaction,
            round_id=done.id,
            class_ids=[class_id],
            min_probability=MIN_PROBABILITY,
            count=left,
            exclude=exclude,
        )
        if rows:
            groups.append(
                SureGroup(
                    class_id=class_id,
                    name=table.names[class_id],
                    hit_rate=rates[class_id],
                    waiting=waiting[class_id],
                    items=tuple(queue_items("ranked", rows, done, table, {})),
                )
            )
    return SureImages(groups=tuple(groups), waiting=sum(waiting[class_id] for class_id in offered))
