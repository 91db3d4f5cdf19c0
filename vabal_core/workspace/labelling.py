"""Label images: what comes next, writing a decision down, and how many there are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from vabal_core.loop.report import RoundReport, report_of
from vabal_core.store import labels
from vabal_core.store.classes import ClassTable, class_table, classes_of
from vabal_core.store.counts import label_counts, state_counts
from vabal_core.store.database import Database, reading
from vabal_core.store.predictions import read_out_of_sample
from vabal_core.store.queue import Decision, Waiting, decisions, waiting
from vabal_core.store.rounds import last_done
from vabal_core.store.search import annotators
from vabal_core.types import (
    Actor,
    Counts,
    DefectClass,
    EventKind,
    ImageState,
    LabelEvent,
    OutOfSample,
    QueueItem,
    QueueName,
    Round,
    Split,
)
from vabal_core.workspace.explanation import details, explain, score_terms
from vabal_core.workspace.people import may, require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.ranked_image import Ranked
from vabal_core.workspace.workspace import Workspace

MAX_ID_CHARACTERS = 200
MAX_COMMENT_CHARACTERS = 500
UNRANKED = "Drawn at random: no round has ranked this image yet."
TYPICAL = "Typical of a group of similar images; no round has ranked it yet."
EVALUATION = "Only to measure accuracy: the model never learns from this image."


def record(ws: Workspace, actor: Actor, project_id: int, events: Sequence[LabelEvent]) -> list[str]:
    """Write the events down, all in one transaction; returns the ids that are now safely stored.

    An event that is stored already is not written again, and its id is returned too. ValueError names an event that
    does not fit the project (nothing is written then); StudioError when the database cannot be written.
    """
    require_right(actor, "label")
    require_project(ws, project_id)
    return record_in(ws.engine, actor, project_id, events)


def record_in(
    database: Database, actor: Actor, project_id: int, events: Sequence[LabelEvent], *, sighted: bool = False
) -> list[str]:
    """As `record`, of a project that exists, and where there is a transaction as a part of it. `sighted`: whoever
    decided saw the labels that stand, so that none of this is a second opinion."""
    for event in events:
        _check(event)
        if event.settles and not may(actor, "review"):
            raise ValueError(f"event {event.event_id}: {actor.name} may not decide between labels of others")
    return labels.record(database, project_id, events, actor.name, page=actor.page, sighted=sighted)


def next_images(
    ws: Workspace, project_id: int, queue: QueueName, *, count: int, exclude: Collection[int] = ()
) -> list[QueueItem]:
    """The next `count` images without a label, fewer when the queue runs out; `exclude` (image ids) left out.

    "ranked": pool images, those of the newest finished round best first, then the others in a fixed random order.
    "evaluation": evaluation images in a fixed random order, with what the newest finished round, which never learned
    from them, takes them for; no rank and no terms. In both, images put aside come after all others.
    """
    require_project(ws, project_id)
    with reading(ws.engine) as transaction:
        round_ = last_done(transaction, project_id)
        rows = in_queue(transaction, project_id, queue, round_, count=count, exclude=exclude)
        predictions = predictions_of(transaction, queue, round_, rows)
        return queue_items(queue, rows, round_, class_table(transaction, project_id), predictions)


def predictions_of(
    database: Database, queue: QueueName, round_: Round | None, rows: Sequence[Waiting]
) -> dict[int, OutOfSample]:
    """image id -> what the round, which never learned from evaluation images, takes them for; none for the others."""
    if queue != "evaluation" or round_ is None or not rows:
        return {}
    return read_out_of_sample(database, round_.id, [row.image_id for row in rows])


def queue_items(
    queue: QueueName,
    rows: Sequence[Waiting],
    round_: Round | None,
    table: ClassTable,
    predictions: Mapping[int, OutOfSample],
) -> list[QueueItem]:
    """The rows of the queue as a person meets them: with the names of classes, and why they come now."""
    if queue == "evaluation":
        return [_evaluation_item(row, round_, predictions.get(row.image_id), table) for row in rows]
    report = report_of(round_) if round_ else RoundReport()
    return [_ranked_item(row, round_, report, table) for row in rows]


def counts(ws: Workspace, project_id: int) -> Counts:
    """Labels so far per class id, zeros included. `since_round` counts pool labels the newest ranking has not seen."""
    with reading(ws.engine) as transaction:
        defect_classes = classes_of(transaction, project_id)
        return counts_in(transaction, project_id, defect_classes, last_done(transaction, project_id))


def counts_in(database: Database, project_id: int, classes: Sequence[DefectClass], last_done: Round | None) -> Counts:
    """As `counts`, for the project's classes and its newest finished round."""
    return counts_of(label_counts(database, project_id), state_counts(database, project_id), classes, last_done)


def counts_of(
    labelled: Mapping[tuple[Split, int], int],
    states: Mapping[tuple[Split, ImageState], int],
    classes: Sequence[DefectClass],
    last_done: Round | None,
) -> Counts:
    """As `counts`, of labels by (split, class id) and images by (split, state)."""

    def by_class(split: Split) -> dict[int, int]:
        return {defect_class.id: labelled.get((split, defect_class.id), 0) for defect_class in classes}

    pool, evaluation = by_class("pool"), by_class("evaluation")
    total = sum(pool.values())
    return Counts(
        pool=pool,
        evaluation=evaluation,
        pool_total=total,
        evaluation_total=sum(evaluation.values()),
        since_round=max(0, total - last_done.labelled) if last_done else total,
        unsure=states["pool", "unsure"] + states["evaluation", "unsure"],
        flagged=states["pool", "flagged"] + states["evaluation", "flagged"],
    )


def recent(ws: Workspace, project_id: int, *, annotator: str, limit: int = 50) -> list[Decision]:
    """The annotator's last decisions and skips that still stand, newest first: what a reloaded page can undo."""
    require_project(ws, project_id)
    return decisions(ws.engine, project_id, annotator=annotator.strip(), limit=limit)


def in_queue(
    database: Database, project_id: int, queue: QueueName, round_: Round | None, *, count: int, **options: Any
) -> list[Waiting]:
    """The rows behind `next_images`, for the ranking of `round_`; `options` as `store.queue.waiting` takes them."""
    if queue not in ("ranked", "evaluation") or count < 1:
        raise ValueError(f'{count} images of queue {queue!r} were asked; ask 1 or more of "ranked" or "evaluation"')
    if queue == "evaluation":
        return waiting(database, project_id, "evaluation", round_id=None, count=count, **options)
    round_id = round_.id if round_ else None
    return waiting(database, project_id, "pool", round_id=round_id, count=count, **options)


def _ranked_item(row: Waiting, round_: Round | None, report: RoundReport, table: ClassTable) -> QueueItem:
    if round_ is None or row.predicted_class_id is None or row.probability is None:
        why = TYPICAL if row.comes_first else UNRANKED
        return replace(_plain_item(row, round_, why), typical=row.comes_first and not row.audit)
    image = Ranked(
        rank=row.rank,
        predicted=round_.class_ids.index(row.predicted_class_id),
        probability=row.probability,
        reasons=row.reasons,
        names=[table.names[table.counts_as(class_id)] for class_id in round_.class_ids],
        strategy=round_.strategy,
        batch=round_.batch,
        prior_from=round_.config.get("prior_from", "labelled"),
    )
    predicted = {"predicted_class_id": table.counts_as(row.predicted_class_id), "predicted": image.name}
    return replace(
        _plain_item(row, round_, explain(image, report)),
        rank=row.rank,
        score=row.score,
        terms=score_terms(image, report),
        details=details(image, report),
        probability=row.probability,
        likely=_likely(image, round_, table),
        **predicted,
    )


def _likely(image: Ranked, round_: Round, table: ClassTable) -> tuple[tuple[int, float], ...]:
    """The likeliest classes as they count now, each with its probability, the likeliest first."""
    probabilities: dict[int, float] = {}
    for n, probability in ((image.predicted, image.probability), *image.reasons.next_likely):
        class_id = table.counts_as(round_.class_ids[n])
        probabilities[class_id] = probabilities.get(class_id, 0.0) + probability
    return tuple(probabilities.items())


def _evaluation_item(
    row: Waiting, round_: Round | None, prediction: OutOfSample | None, table: ClassTable
) -> QueueItem:
    plain = _plain_item(row, round_, EVALUATION)
    if prediction is None:
        return plain
    class_id = table.counts_as(prediction.predicted_class_id)
    predicted = {"predicted_class_id": class_id, "predicted": table.names[class_id]}
    return replace(plain, **predicted, probability=prediction.probability)


def _plain_item(row: Waiting, round_: Round | None, why: str) -> QueueItem:
    return QueueItem(
        image_id=row.image_id,
        fingerprint=row.fingerprint,
        path=row.path,
        width=row.width,
        height=row.height,
        round=round_.number if round_ else 0,
        why=why,
        put_aside=row.put_aside,
        audit=row.audit,
    )


def _check(event: LabelEvent) -> None:
    if event.kind not in get_args(EventKind):
        raise ValueError(f"event {event.event_id}: the kind is one of {get_args(EventKind)}, not {event.kind!r}")
    if not 0 < len(event.event_id) <= MAX_ID_CHARACTERS:
        raise ValueError(f"event id {event.event_id!r} must have 1 to {MAX_ID_CHARACTERS} characters")
    if event.kind == "label" and event.class_id is None:
        raise ValueError(f"event {event.event_id}: a label needs its class, and class_id is None")
    if event.kind == "undo" and not event.undoes:
        raise ValueError(f"event {event.event_id}: an undo needs the event it takes back, and undoes is empty")
    if event.milliseconds is not None and event.milliseconds < 0:
        raise ValueError(f"event {event.event_id}: {event.milliseconds} milliseconds cannot be")
    if event.comment and len(event.comment) > MAX_COMMENT_CHARACTERS:
        size = f"{len(event.comment)} characters; {MAX_COMMENT_CHARACTERS} is the most"
        raise ValueError(f"event {event.event_id}: its comment has {size}")


def came_labelled(ws: Workspace, project_id: int) -> bool:
    """Whether an import brought a label for every image to learn from, and nobody has decided on any image since."""
    states = state_counts(ws.engine, project_id)
    others = sum(count for (split, state), count in states.items() if split == "pool" and state != "labelled")
    if others or not states["pool", "labelled"]:
        return False
    return set(annotators(ws.engine, project_id)) == {labels.IMPORTED}
