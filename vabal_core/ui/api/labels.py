"""The route of the labelling desk: labels in, and the next images out."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from pydantic import Field, ValidationError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import Actor, ChosenBy, EventKind, Image, LabelEvent, QueueItem, QueueName, Round
from vabal_core.ui.addresses import image_url
from vabal_core.ui.api.endpoint import Body, Id, Integer, Text, Visit, describe, in_waiting_thread, is_local, respond
from vabal_core.ui.api.measures import answers, decisions
from vabal_core.ui.app.reading import image_reading
from vabal_core.ui.views.estimate_words import desk_line
from vabal_core.workspace import Decision, DeskRequest, DeskState, Workspace

MAX_IMAGES = 60
MAX_HELD_IMAGES = 500  # images that a browser may say it has already
MAX_ID_CHARACTERS = 64


async def post_labels(request: Request) -> Response:
    """Store decisions; answer which are stored, what they took the place of, the next images, the counts and the number
    of the last round."""
    with answers.time():
        return await respond(request, LabelsBody, _answer, partial(_afterwards, local=is_local(request)))


def _afterwards(ws: Workspace, visit: Visit, answer: dict[str, Any], *, local: bool) -> BackgroundTask | None:
    if not answer["stored"]:
        return None
    return BackgroundTask(in_waiting_thread, _after_decisions, ws, visit.session.project_id, local)


def _after_decisions(ws: Workspace, project_id: int, local: bool) -> None:
    if local:
        workspace.note_labelling_here(ws)
    workspace.start_if_due(ws, project_id)
    workspace.kept_estimates(ws, project_id, waits=False)  # for the line of the desk: the next answer has it


class EventBody(Body):
    """A decision as a browser sends it."""

    event_id: Annotated[Text, Field(min_length=1, max_length=MAX_ID_CHARACTERS)]
    image_id: Id
    kind: EventKind
    class_id: Id | None = None
    undoes: Text | None = None
    milliseconds: Integer | None = None
    round: Id | None = None
    typical: bool = False
    by_exception: bool = False
    audit: bool = False
    chosen_by: ChosenBy | None = None
    settles: bool = False
    comment: Text | None = None


class LabelsBody(Body):
    """What a desk says and asks: decisions, and which images it wants beside those it has."""

    events: list[Any]  # each is read by itself
    queue: QueueName
    want: Integer
    have: Annotated[list[Id], Field(max_length=MAX_HELD_IMAGES)]
    shown: Annotated[list[Id], Field(max_length=MAX_HELD_IMAGES)] = []
    idle: bool = False
    history: bool = False
    names: bool = False


def read_events(rows: list[Any]) -> tuple[list[LabelEvent], list[dict[str, Any]]]:
    """(the decisions, what is wrong with those that cannot be read): one is refused by itself and holds up no other."""
    events: list[LabelEvent] = []
    refused: list[dict[str, Any]] = []
    for row in rows:
        try:
            fields = EventBody.model_validate(row).model_dump()
        except ValidationError as problem:
            event_id = row.get("event_id") if isinstance(row, dict) else None
            refused.append({"event_id": event_id, "reason": f"it cannot be read: {describe(problem)}"})
        else:
            events.append(LabelEvent(**fields | {"round": fields["round"] or 0}))
    return events, refused


def _answer(ws: Workspace, visit: Visit, body: LabelsBody) -> dict[str, Any]:
    events, unreadable = read_events(body.events)
    state = workspace.at_desk(ws, visit.actor, visit.session.project_id, _desk_request(body, events))
    stored = set(state.stored)
    for event in events:
        if event.event_id in stored:
            decisions.labels(event.kind).inc()
    scale = workspace.scale_name(state.project)
    settles = state.queue == "differing"
    history = [_decision(visit, scale, decision, image, settles) for decision, image in state.history]
    return {
        "stored": list(state.stored),
        "refused": unreadable + [asdict(refusal) for refusal in state.refused],
        "replaced": [asdict(replaced) for replaced in state.replaced],
        "taken": sorted(state.taken),
        "items": [_item(visit, scale, item) for item in state.items],
        "classes": [asdict(defect_class) for defect_class in state.classes],
        "rare": sorted(state.rare),
        "counts": _counts(state),
        **_rounds(state, visit.actor),
        **_going_on(ws, state),
        "expected": _expected(ws, state),
        "news": state.news,
        "history": history if body.history else None,
    }


def _expected(ws: Workspace, state: DeskState) -> str:
    """What the next images hold, in a line; "" where labels are looked at again, which find nothing new."""
    if state.looks_again:
        return ""
    return desk_line(workspace.made_estimates(ws, state.project.id), state.rare, state.last_done)


def _desk_request(body: LabelsBody, events: list[LabelEvent]) -> DeskRequest:
    return DeskRequest(
        queue=body.queue,
        count=min(MAX_IMAGES, body.want),
        have=body.have,
        shown=body.shown,
        idle=body.idle,
        events=tuple(events),
        history=body.history,
        names=body.names,
    )


def _counts(state: DeskState) -> dict[str, Any]:
    """Labels by class in both queues, images that wait for a review, labels `since` the last round began, the `batch`
    meant for the next, and after how `every` many labels one starts by itself, 0 for never; `at`: when they were
    counted, None for now."""
    counts, settings = state.counts_shown, state.project.settings
    labels = {"pool": dict(counts.pool), "evaluation": dict(counts.evaluation), "since": counts.since_round}
    planned = {"batch": settings["batch"], "every": settings["auto_every"]}
    return {**labels, "unsure": counts.unsure, "flagged": counts.flagged, **planned, "at": state.counted_at}


def _rounds(state: DeskState, actor: Actor) -> dict[str, Any]:
    """`round`: the number of the newest finished round, whose ranking the queue follows, 0 before the first; `learned`:
    from how many `labels` it learned, how many `seconds_ago` it was done and whether it started `by_itself`, None
    before the first; `running`: the number of the round under way, or 0; `distrust`: why what the
    ranking says is not to be trusted, or ""; `trouble`: what to say where the newest round of all has no result;
    `may_learn`: whether to offer one."""
    newest = state.newest_round
    running = newest.number if newest and newest.state == "running" else 0
    failed = newest and newest.state in ("failed", "interrupted")
    trouble = f"Round {newest.number} {newest.state}; the Rounds page says why." if failed else ""
    followed = state.last_done.number if state.last_done else 0
    rounds = {"round": followed, "learned": _learned(state.last_done), "running": running, "trouble": trouble}
    return {**rounds, "may_learn": state.may_learn and workspace.may(actor, "learn"), "distrust": state.distrust}


def _going_on(ws: Workspace, state: DeskState) -> dict[str, Any]:
    """What the strip says now: its `sentence`; the `goal`, which says the same to whoever labels, or what came of the
    labels that look wrong to whoever looks at these; and the `share` (0 to 1) that the round under way has come, None
    where none is."""
    now = workspace.state_at_desk(ws, state, image_reading(state.project))
    goal = "" if state.looks_again else now.goal
    if state.issues is not None:
        goal = workspace.issue_words(state.issues)
    return {"sentence": now.sentence, "goal": goal, "share": (now.progress or 0.0) if now.running else None}


def _learned(round_: Round | None) -> dict[str, Any] | None:
    if round_ is None or round_.finished_at is None:
        return None
    seconds = max(0.0, (datetime.now(UTC) - round_.finished_at).total_seconds())
    return {"labels": round_.labelled, "seconds_ago": round(seconds), "by_itself": workspace.starts_by_itself(round_)}


def _decision(visit: Visit, scale: str, decision: Decision, image: Image, settles: bool) -> dict[str, Any]:
    names = ("event_id", "image_id", "kind", "class_id", "comment")
    item = QueueItem(
        image_id=image.id,
        fingerprint=image.fingerprint,
        path=image.path,
        width=image.width,
        height=image.height,
        round=0,
        why="",
        settles=settles,
    )
    return {**{name: getattr(decision, name) for name in names}, "item": _item(visit, scale, item)}


def _item(visit: Visit, scale: str, item: QueueItem) -> dict[str, Any]:
    row = asdict(item)
    row["id"], fingerprint = row.pop("image_id"), row.pop("fingerprint")
    for name, size in (("url", "screen"), ("full", "full")):
        row[name] = image_url(visit.key, visit.session, item.image_id, fingerprint, size, scale)
    return row


LABEL_ROUTES = [Route("/api/labels", post_labels, methods=["POST"])]
