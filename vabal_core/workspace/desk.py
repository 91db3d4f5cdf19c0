"""The labelling desk: decisions in, the next images and all that the desk shows out, in one transaction."""

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from vabal_core.loop.report import report_of
from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.database import attempt, reading, writing
from vabal_core.store.images import images_by_id
from vabal_core.store.labels import label_states
from vabal_core.store.leases import Leases, hold, read_leases
from vabal_core.store.projects import project_by_id
from vabal_core.store.queue import Decision, Waiting, decided_among, decisions
from vabal_core.store.rounds import last_done, newest_round
from vabal_core.types import (
    Actor,
    Counts,
    DefectClass,
    Image,
    LabelEvent,
    OutOfSample,
    Project,
    QueueItem,
    QueueName,
    Round,
    Split,
)
from vabal_core.workspace.audit import with_audit
from vabal_core.workspace.label_standings import LabelIssues, label_issues, label_issues_in
from vabal_core.workspace.labelling import counts_in, in_queue, predictions_of, queue_items, record_in
from vabal_core.workspace.learning_curves import rare_class_ids
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import in_use, usable_settings
from vabal_core.workspace.replaced import Replaced, replaced_by
from vabal_core.workspace.second_looks import second_looks
from vabal_core.workspace.state_facts import is_ranking_due
from vabal_core.workspace.trust import why_distrust
from vabal_core.workspace.workspace import Workspace

HISTORY = 100
ISSUES: QueueName = "label_issues"
SPLITS: Mapping[QueueName, tuple[Split, ...]] = {
    "ranked": ("pool",),
    "evaluation": ("evaluation",),
    ISSUES: ("pool", "evaluation"),
}


@dataclass(frozen=True, kw_only=True)
class DeskRequest:
    """What a desk says and asks: its decisions, and `count` more images of the queue than those it has (`have`, ids).

    `shown`: images that it shows beside those, and need not be held for it. `idle`: nobody has touched it for a while,
    so nothing is held for it. `history`: the person's last decisions are asked for too. `apart`: what no ranking has
    comes in another random order than desks follow.
    """

    queue: QueueName
    count: int
    have: Collection[int] = ()
    shown: Collection[int] = ()
    events: tuple[LabelEvent, ...] = ()
    idle: bool = False
    history: bool = False
    apart: bool = False


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An event that was not stored, and why, in words."""

    event_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeskState:
    """What a desk shows, all of one moment: that in which its decisions were stored and its next images claimed.

    `stored` are event ids; `replaced`: what the stored decisions took the place of. `last_done` is the round whose
    ranking the queue follows, `newest_round` the last of all, running or failed perhaps. `taken`: those of its images
    that wait no more, or are another person's by now. `history`: the last decisions in this queue, each with its image,
    oldest first. `issues`: the labels that look wrong, where these are the queue; `waiting` are such, in words, then.
    """

    project: Project
    queue: QueueName
    table: ClassTable
    counts: Counts
    last_done: Round | None
    newest_round: Round | None
    waiting: tuple[Waiting, ...] | tuple[QueueItem, ...]
    predictions: Mapping[int, OutOfSample]
    taken: frozenset[int]
    history: tuple[tuple[Decision, Image], ...]
    issues: LabelIssues | None = None
    stored: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    replaced: tuple[Replaced, ...] = ()

    @property
    def classes(self) -> tuple[DefectClass, ...]:
        """What people label with."""
        return self.table.current

    @property
    def items(self) -> list[QueueItem]:
        """The next images, each with where it stands and why."""
        if self.issues is not None:
            return list(self.waiting)
        return queue_items(self.queue, self.waiting, self.last_done, self.table, self.predictions)

    @property
    def distrust(self) -> str:
        """Why what the ranking says is not to be trusted, in a sentence; "" where it may be."""
        done = self.last_done
        if done is None:
            return ""
        return why_distrust(done.strategy, report_of(done), [self.table.shown(class_id) for class_id in done.class_ids])

    @property
    def may_learn(self) -> bool:
        """Whether it is time for a ranking and none is being made."""
        settings, labels = self.project.settings, list(self.counts.pool.values())
        usual = settings["auto_every"] or settings["batch"]
        is_running = self.newest_round is not None and self.newest_round.state == "running"
        is_ranked = self.last_done is not None
        return not is_running and is_ranking_due(labels, self.counts.since_round, is_ranked=is_ranked, usual=usual)

    @property
    def rare(self) -> set[int]:
        """The ids of the classes that count as rare."""
        return rare_class_ids(self.project.settings["rare_class_ids"], self.table, self.counts)


def at_desk(ws: Workspace, actor: Actor, project_id: int, request: DeskRequest) -> DeskState:
    """Store the decisions and claim the next images for the desk, in one transaction; returns what the desk shows.

    An event that does not fit is refused by itself and holds up no other. An image that another person holds comes only
    where the desk has none and no other waits. Whoever only looks writes nothing while its leases last.
    ValueError for an unknown project, NotFound for one in the bin; StudioError, with nothing stored, where the database
    cannot be written.
    """
    require_right(actor, "label")
    if request.queue == ISSUES:
        label_issues(ws, project_id)  # kept from one look to the next, as what is read beside own decisions is not
    if not request.events:
        with reading(ws.engine) as transaction:
            state, due = _look(transaction, actor, project_id, request)
        if not due:
            return state
    with writing(ws.engine) as transaction:
        before = label_states(transaction, {event.image_id for event in request.events})
        stored, refused = _store(transaction, actor, project_id, request)
        decided = {event.image_id for event in request.events if event.event_id in stored} - {*request.have}
        state = _claim(transaction, actor, project_id, request, decided)
    replaced = tuple(replaced_by(actor, request.events, stored, before, state.table))
    return replace(state, stored=stored, refused=refused, replaced=replaced)


def free_images(
    ws: Workspace, actor: Actor, project_id: int, queue: QueueName, *, count: int, exclude: Collection[int] = ()
) -> list[QueueItem]:
    """The next `count` images of the queue that no other person has, `exclude` left out; they are held for nobody.

    Where nothing is excluded and others have all that wait, those come again. Who looks through many images and labels
    some of them must not thin out those that a desk is to draw at random: these come in an order of their own.
    """
    request = DeskRequest(queue=queue, count=count, shown=exclude, idle=True, apart=True)
    with reading(ws.engine) as transaction:
        state, _ = _look(transaction, actor, project_id, request)
    return state.items


def _claim(
    transaction: Connection, actor: Actor, project_id: int, request: DeskRequest, decided: Set[int]
) -> DeskState:
    """What the desk shows, held for it; the images in `decided` are given back."""
    state, due = _look(transaction, actor, project_id, request)
    if due or decided:
        hold(transaction, project_id, actor.name, due, release=decided - due)
    return state


def _store(
    transaction: Connection, actor: Actor, project_id: int, request: DeskRequest
) -> tuple[tuple[str, ...], tuple[Refusal, ...]]:
    """(ids of the events that are stored, those refused): all at once or, where one is wrong, each by itself."""
    try:
        return tuple(_record(transaction, actor, project_id, request, request.events)), ()
    except ValueError:
        pass  # One wrong event must not hold up the others for ever.
    stored: list[str] = []
    refused: list[Refusal] = []
    for event in request.events:
        try:
            stored += _record(transaction, actor, project_id, request, (event,))
        except ValueError as error:
            refused.append(Refusal(event_id=event.event_id, reason=str(error)))
    return tuple(stored), tuple(refused)


def _record(
    transaction: Connection, actor: Actor, project_id: int, request: DeskRequest, events: tuple[LabelEvent, ...]
) -> list[str]:
    """All of the events or none."""
    if not events:
        return []
    with attempt(transaction):
        return record_in(transaction, actor, project_id, events)


def _look(transaction: Connection, actor: Actor, project_id: int, request: DeskRequest) -> tuple[DeskState, set[int]]:
    """What the desk shows, and the images for whose lease it has yet to write."""
    project = in_use(project_by_id(transaction, project_id), project_id)
    table = class_table(transaction, project_id)
    newest = newest_round(transaction, project_id)
    done = newest if newest is None or newest.state == "done" else last_done(transaction, project_id)
    leases = read_leases(transaction, project_id, actor.name)
    here, issues = {*request.have, *request.shown}, None
    if request.queue == ISSUES:
        issues = label_issues_in(transaction, project_id)
        away = {"left_out": here, "others": leases.others}
        rows = second_looks(transaction, issues, count=request.count, actor=actor, table=table, **away)
        wait_no_more = here - {issue.issue.image_id for issue in issues.open}
    else:
        rows = _next_rows(transaction, project, request, done, leases)
        wait_no_more = decided_among(transaction, here)
    state = DeskState(
        project=project,
        queue=request.queue,
        table=table,
        counts=counts_in(transaction, project_id, table.current, done),
        last_done=done,
        newest_round=newest,
        waiting=tuple(rows),
        predictions=predictions_of(transaction, request.queue, done, rows),
        taken=frozenset(wait_no_more | (leases.others & here)),
        history=_history(transaction, actor, project_id, request) if request.history else (),
        issues=issues,
    )
    due = {*request.have, *(row.image_id for row in rows)} - leases.own - leases.others
    return state, set() if request.idle else due


def _next_rows(
    transaction: Connection, project: Project, request: DeskRequest, round_: Round | None, leases: Leases
) -> list[Waiting]:
    """The next images for this desk: none that another person has, unless it has none and only such are left. Some out
    of a ranking are drawn at random instead."""
    left_out = {*request.have, *request.shown}

    def next_without(image_ids: set[int]) -> list[Waiting]:
        options = {"count": request.count, "exclude": image_ids, "apart": request.apart}
        return in_queue(transaction, project.id, request.queue, round_, **options)

    rows = next_without(left_out | leases.others) if request.count > 0 else []
    if request.queue == "ranked" and not request.idle:
        share = usable_settings(project)["audit_share"]
        rows = with_audit(transaction, project.id, rows, round_, share, left_out | leases.others)
    if request.count > 0 and not rows and not left_out:
        rows = next_without(set())
    return rows


def _history(
    transaction: Connection, actor: Actor, project_id: int, request: DeskRequest
) -> tuple[tuple[Decision, Image], ...]:
    corrections = request.queue == ISSUES
    past = decisions(transaction, project_id, annotator=actor.name, limit=HISTORY, corrections=corrections)
    images = images_by_id(transaction, [decision.image_id for decision in past])
    pairs = ((decision, images[decision.image_id]) for decision in reversed(past))
    return tuple((decision, image) for decision, image in pairs if image.split in SPLITS[request.queue])
