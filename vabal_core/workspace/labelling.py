"""Label images: what comes next, writing a decision down, and how many there are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from vabal_core.loop.report import RoundReport, report_of
from vabal_core.store import labels
from vabal_core.store.images import images_per_state
from vabal_core.store.out_of_sample import read_held_out
from vabal_core.store.queue import Decision, Waiting, decisions, waiting
from vabal_core.store.rounds import last_done
from vabal_core.types import Counts, EventKind, HeldOut, LabelEvent, QueueItem, QueueName, Round
from vabal_core.workspace.explanation import explain, score_terms
from vabal_core.workspace.projects import classes, require_project
from vabal_core.workspace.workspace import Workspace

ORACLE = "demo oracle"
MAX_ID_CHARACTERS = 200
MAX_COMMENT_CHARACTERS = 500
UNRANKED = "Drawn at random: no round has ranked this image yet."
EVALUATION = "Drawn at random, to measure accuracy: the model never learns from this image."


def record(ws: Workspace, project_id: int, events: Sequence[LabelEvent], *, annotator: str) -> list[str]:
    """Write the events down, all in one transaction; returns the ids that are now safely stored.

    An event that is stored already is not written again, and its id is returned too. ValueError names an event that
    does not fit the project (nothing is written then); StudioError when the database cannot be written.
    """
    require_project(ws, project_id)
    if not annotator.strip():
        raise ValueError("a label needs the name of its annotator, and it is empty")
    for event in events:
        _check(event)
    return labels.record(ws.engine, project_id, events, annotator.strip())


def next_images(
    ws: Workspace, project_id: int, queue: QueueName, *, count: int, exclude: Collection[int] = ()
) -> list[QueueItem]:
    """The next `count` images without a label, fewer when the queue runs out; `exclude` (image ids) left out.

    "ranked": pool images, those of the newest finished round best first, then the others in a fixed random order.
    "evaluation": evaluation images in a fixed random order, with what the newest finished round, which never learned
    from them, takes them for; no rank and no terms. In both, images put aside come after all others.
    """
    require_project(ws, project_id)
    round_ = last_done(ws.engine, project_id)
    found = in_queue(ws, project_id, queue, round_, count=count, exclude=exclude)
    names = {known.id: known.name for known in classes(ws, project_id)}
    if queue == "evaluation":
        held_out = read_held_out(ws.engine, round_.id, [row.image_id for row in found]) if round_ else {}
        return [_evaluation_item(row, round_, held_out.get(row.image_id), names) for row in found]
    report = report_of(round_) if round_ else RoundReport()
    return [_ranked_item(row, round_, report, names) for row in found]


def counts(ws: Workspace, project_id: int) -> Counts:
    """Labels so far per class id, zeros included. `since_round` counts pool labels the newest ranking has not seen."""
    found = labels.label_counts(ws.engine, project_id)
    ids = [known.id for known in classes(ws, project_id)]
    pool = {class_id: found.get(("pool", class_id), 0) for class_id in ids}
    evaluation = {class_id: found.get(("evaluation", class_id), 0) for class_id in ids}
    total = sum(pool.values())
    round_ = last_done(ws.engine, project_id)
    since = max(0, total - round_.labelled) if round_ else total
    aside = images_per_state(ws.engine, project_id, ("unsure", "flagged"))
    return Counts(pool, evaluation, total, sum(evaluation.values()), since, aside["unsure"], aside["flagged"])


def recent(ws: Workspace, project_id: int, *, annotator: str, limit: int = 50) -> list[Decision]:
    """The annotator's last decisions and skips that still stand, newest first: what a reloaded page can undo."""
    require_project(ws, project_id)
    return decisions(ws.engine, project_id, annotator=annotator.strip(), limit=limit)


def in_queue(
    ws: Workspace, project_id: int, queue: QueueName, round_: Round | None, *, count: int, **wanted: Any
) -> list[Waiting]:
    """The rows behind `next_images`, for the ranking of `round_`; `wanted` as `store.queue.waiting` takes it."""
    if queue not in ("ranked", "evaluation") or count < 1:
        raise ValueError(f'{count} images of queue {queue!r} were asked; ask 1 or more of "ranked" or "evaluation"')
    if queue == "evaluation":
        return waiting(ws.engine, project_id, "evaluation", round_id=None, count=count, **wanted)
    round_id = round_.id if round_ else None
    return waiting(ws.engine, project_id, "pool", round_id=round_id, count=count, **wanted)


def _ranked_item(row: Waiting, round_: Round | None, report: RoundReport, names: Mapping[int, str]) -> QueueItem:
    if round_ is None or row.predicted_class_id is None or row.probability is None:
        return _plain_item(row, round_, UNRANKED)
    n, name = round_.class_ids.index(row.predicted_class_id), names[row.predicted_class_id]
    plain = _plain_item(row, round_, explain(n, name, row.probability, round_.strategy, report))
    terms = score_terms(n, name, row.log_likelihood, report, prior_from=round_.config.get("prior_from", "labelled"))
    about = {"predicted_class_id": row.predicted_class_id, "predicted": name, "probability": row.probability}
    return replace(plain, rank=row.rank, score=row.score, terms=terms, **about)


def _evaluation_item(row: Waiting, round_: Round | None, said: HeldOut | None, names: Mapping[int, str]) -> QueueItem:
    plain = _plain_item(row, round_, EVALUATION)
    if said is None:
        return plain
    about = {"predicted_class_id": said.predicted_class_id, "predicted": names[said.predicted_class_id]}
    return replace(plain, **about, probability=said.probability)


def _plain_item(row: Waiting, round_: Round | None, why: str) -> QueueItem:
    size = (row.width, row.height)
    number = round_.number if round_ else 0
    return QueueItem(row.image_id, row.fingerprint, row.path, *size, number, None, None, None, None, why)


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
