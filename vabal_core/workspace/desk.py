"""The labelling desk: decisions in, the next images and all that the desk shows out, in one transaction."""

from collections.abc import Collection, Set
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.engine import Connection

from vabal_core.store.classes import class_table
from vabal_core.store.database import attempt, reading, repeated, writing
from vabal_core.store.images import images_by_id
from vabal_core.store.labels import label_states, lock_images
from vabal_core.store.leases import Leases, give_back, hold, read_leases
from vabal_core.store.projects import project_by_id
from vabal_core.store.queue import Decision, Waiting, decided_among, decisions
from vabal_core.store.rounds import last_done, newest_round
from vabal_core.store.second_looks import differing_among, give_blind, shown_blind, unanswered
from vabal_core.types import Actor, Image, LabelEvent, Project, QueueItem, QueueName, Round
from vabal_core.workspace.audit import with_audit
from vabal_core.workspace.blind_queue import with_blind_looks
from vabal_core.workspace.desk_state import DIFFERING, ISSUES, OF_HISTORY, SPLITS, DeskRequest, DeskState, Refusal
from vabal_core.workspace.differing import decided_words, differing_items, draw_gold
from vabal_core.workspace.label_standings import label_issues, label_issues_in
from vabal_core.workspace.labelling import counts_in, counts_of, in_queue, predictions_of, record_in
from vabal_core.workspace.lease_time import lease_time
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import in_use, usable_settings
from vabal_core.workspace.replaced import replaced_by
from vabal_core.workspace.second_looks import second_looks
from vabal_core.workspace.shown_counts import counts_to_show
from vabal_core.workspace.workspace import Workspace

HISTORY = 100
MAX_CLAIMS = 3


def at_desk(ws: Workspace, actor: Actor, project_id: int, request: DeskRequest) -> DeskState:
    """Store the decisions and claim the next images for the desk, in one transaction; returns what the desk shows.

    An event that does not fit is refused by itself and holds up no other. An image that another person holds comes only
    where the desk has none and no other waits. Whoever only looks writes nothing while its leases last.
    ValueError for an unknown project, NotFound for one in the bin; StudioError, with nothing stored, where the database
    cannot be written.
    """
    require_right(actor, "review" if request.queue == DIFFERING else "label")
    if request.queue == ISSUES:
        label_issues(ws, project_id)  # kept from one look to the next, as what is read beside own decisions is not
    lasting = lease_time(ws, project_id)
    if not request.events:
        with reading(ws.engine) as transaction:
            state, terms = _look(transaction, actor, project_id, request, lasting)
        if not terms.due and not terms.back:
            return state
    return repeated(lambda: _write(ws, actor, project_id, request, lasting))


def _write(ws: Workspace, actor: Actor, project_id: int, request: DeskRequest, lasting: timedelta) -> DeskState:
    with writing(ws.engine, beside=True) as transaction:
        lock_images(transaction, {event.image_id for event in request.events})
        before = label_states(transaction, {event.image_id for event in request.events})
        stored, refused = _store(transaction, actor, project_id, request)
        decided = {event.image_id for event in request.events if event.event_id in stored} - {*request.have}
        state = _claim(transaction, actor, project_id, request, decided, lasting)
        draw_gold(transaction, state.project, actor, request.events, stored)
        labelled = [image_id for image_id, log in before.items() if log.state == "labelled"]
        blind = shown_blind(transaction, actor.name, labelled)
    # Nobody hears that an image which they were given blind has a label, nor which.
    seen = {image_id: log for image_id, log in before.items() if image_id not in blind}
    return replace(
        state,
        stored=stored,
        refused=refused,
        replaced=tuple(replaced_by(actor, request.events, stored, seen, state.table)),
        news=decided_words(request.events, stored, before, state.table),
    )


def free_images(
    ws: Workspace, actor: Actor, project_id: int, queue: QueueName, *, count: int, exclude: Collection[int] = ()
) -> list[QueueItem]:
    """The next `count` images of the queue that no other person has, `exclude` left out; they are held for nobody.

    Where nothing is excluded and others have all that wait, those come again. Who looks through many images and labels
    some of them must not thin out those that a desk is to draw at random: these come in an order of their own.
    """
    request = DeskRequest(queue=queue, count=count, shown=exclude, idle=True, apart=True)
    with reading(ws.engine) as transaction:
        state, _ = _look(transaction, actor, project_id, request, lease_time(ws, project_id))
    return state.items


@dataclass(frozen=True, kw_only=True)
class _Terms:
    """Images for whose lease a desk has yet to write (`due`), and those that it holds and gives `back`."""

    due: Set[int]
    back: Set[int]


def _claim(
    transaction: Connection,
    actor: Actor,
    project_id: int,
    request: DeskRequest,
    decided: Set[int],
    lasting: timedelta,
) -> DeskState:
    """What the desk shows, held for it; the images in `decided` are given back. What another desk was quicker to claim
    is looked for anew; the desk asks again where too little comes."""
    for _ in range(MAX_CLAIMS):
        state, terms = _look(transaction, actor, project_id, request, lasting)
        held = hold(transaction, project_id, actor.name, terms.due, lasting, release=decided - terms.due)
        lost = {row.image_id for row in state.waiting} & terms.due - held
        if not lost:
            break
    if terms.back:
        give_back(transaction, actor.name, terms.back)
    state = replace(state, waiting=tuple(row for row in state.waiting if row.image_id not in lost))
    blind = [row.image_id for row in state.waiting if isinstance(row, Waiting) and row.blind]
    give_blind(transaction, project_id, actor.name, blind)
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
        return record_in(transaction, actor, project_id, events, sighted=request.queue in OF_HISTORY)


def _look(
    transaction: Connection, actor: Actor, project_id: int, request: DeskRequest, lasting: timedelta
) -> tuple[DeskState, _Terms]:
    """What the desk shows, and which leases it has yet to write, which are `lasting` so long."""
    project = in_use(project_by_id(transaction, project_id), project_id)
    table = class_table(transaction, project_id)
    newest = newest_round(transaction, project_id)
    done = newest if newest is None or newest.state == "done" else last_done(transaction, project_id)
    leases = read_leases(transaction, project_id, actor.name, lasting)
    here, issues = {*request.have, *request.shown}, None
    if request.queue == ISSUES:
        issues = label_issues_in(transaction, project_id)
        away = {"left_out": here, "others": leases.others}
        rows = second_looks(transaction, issues, count=request.count, actor=actor, table=table, **away)
        wait_no_more = here - {issue.issue.image_id for issue in issues.open}
    elif request.queue == DIFFERING:
        away = {"left_out": here, "others": leases.others, "names": request.names}
        rows = differing_items(transaction, project_id, table, count=request.count, **away)
        wait_no_more = here - differing_among(transaction, project_id, here)
    else:
        rows = _next_rows(transaction, actor, project, request, done, leases)
        decided = decided_among(transaction, here)
        wait_no_more = decided - unanswered(transaction, actor.name, decided)
    numbers = counts_to_show(transaction, project, newest)
    shown = counts_of(numbers.labels, numbers.states, table.current, done)
    state = DeskState(
        project=project,
        queue=request.queue,
        table=table,
        counts=shown if numbers.at is None else counts_in(transaction, project_id, table.current, done),
        counts_shown=shown,
        counted_at=numbers.at,
        states=numbers.states,
        last_done=done,
        newest_round=newest,
        waiting=tuple(rows),
        predictions=predictions_of(transaction, request.queue, done, rows),
        taken=frozenset(wait_no_more | (leases.others & here)),
        history=_history(transaction, actor, project_id, request) if request.history else (),
        issues=issues,
    )
    due = {*request.have, *(row.image_id for row in rows)} - leases.own - leases.others
    due |= {row.image_id for row in rows if isinstance(row, Waiting) and row.blind}  # that it was given is written
    if request.idle:
        return state, _Terms(due=set(), back=leases.own & {*request.have})
    return state, _Terms(due=due, back=set())


def _next_rows(
    transaction: Connection,
    actor: Actor,
    project: Project,
    request: DeskRequest,
    round_: Round | None,
    leases: Leases,
) -> list[Waiting]:
    """The next images for this desk: none that another person has, unless it has none and only such are left. Some out
    of a ranking are drawn at random instead, and some have a label that the person is not shown."""
    left_out = {*request.have, *request.shown}

    def next_without(image_ids: set[int], held_from: str | None) -> list[Waiting]:
        options = {"count": request.count, "exclude": image_ids, "held_from": held_from, "apart": request.apart}
        return in_queue(transaction, project.id, request.queue, round_, **options)

    rows = next_without(left_out, actor.name) if request.count > 0 else []
    if request.queue == "ranked" and not request.idle:
        share = usable_settings(project)["audit_share"]
        rows = with_audit(transaction, project.id, rows, round_, share, left_out | leases.others)
    if request.count > 0 and not request.idle:
        away = {"count": request.count, "round_": round_, "exclude": left_out | leases.others}
        rows = with_blind_looks(transaction, project, actor.name, request.queue, rows, **away)
    if request.count > 0 and not rows and not left_out:
        rows = next_without(set(), None)
    return rows


def _history(
    transaction: Connection, actor: Actor, project_id: int, request: DeskRequest
) -> tuple[tuple[Decision, Image], ...]:
    which = OF_HISTORY.get(request.queue, "all")
    past = decisions(transaction, project_id, annotator=actor.name, limit=HISTORY, which=which)
    images = images_by_id(transaction, [decision.image_id for decision in past])
    pairs = ((decision, images[decision.image_id]) for decision in reversed(past))
    return tuple((decision, image) for decision, image in pairs if image.split in SPLITS[request.queue])
