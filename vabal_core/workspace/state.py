"""The one state of a project: what it needs next and what is going on, asked by every page."""

from collections.abc import Mapping
from dataclasses import dataclass

from vabal_core.loop.report import report_of
from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.database import reading
from vabal_core.store.projects import project_by_id
from vabal_core.store.rounds import last_done, newest_round
from vabal_core.types import ImageState, Progress, Project, Round, Split
from vabal_core.workspace.desk_state import DeskState
from vabal_core.workspace.needs import next_need
from vabal_core.workspace.next_ranking import count_of_labels, goal_words, labels_given, next_ranking
from vabal_core.workspace.projects import in_use, usable_settings
from vabal_core.workspace.reading_trace import reading_elsewhere
from vabal_core.workspace.round_progress import RoundProgress, follow_lately, follow_round
from vabal_core.workspace.shown_counts import counts_to_show
from vabal_core.workspace.state_facts import Action, Facts, GoingOn, ImageReading, Need
from vabal_core.workspace.trust import why_distrust
from vabal_core.workspace.workspace import Workspace

READING_PHASES = {"decode", "weights", "features"}
RANKING_PHASES = {"score", "evaluate"}


@dataclass(frozen=True, kw_only=True)
class ProjectState:
    """What a project needs next and what is going on, in one noun.

    `progress` (0..1) and `seconds_left` are of what is going on; None: nothing is, or nobody can tell: `why_unknown`
    says why no time is told.
    `goal` is what whoever labels is told of it: the labels so far, and what comes of them.
    `ranking` is the number of the round whose ranking is in use, `running` of the one under way, 0 where there is none.
    `distrust`: why suggestions of the ranking in use are not to be trusted, in a sentence; "" where they may be.
    """

    need: Need
    going_on: GoingOn
    sentence: str
    goal: str
    action: Action | None
    progress: float | None = None
    seconds_left: float | None = None
    why_unknown: str = ""
    ranking: int = 0
    running: int = 0
    distrust: str = ""


def project_state(ws: Workspace, project_id: int, reading_now: ImageReading | None = None) -> ProjectState:
    """What the project needs next and what is going on: a few rows of counts, whatever the number of images.

    `reading_now`: how far the background reading of its images is; None where none is under way here and none has
    failed: what another process reads, a command line perhaps, is seen by the note that it leaves.
    ValueError for an unknown project, NotFound for one in the bin.
    """
    progress = follow_round(ws, project_id)
    with reading(ws.engine) as transaction:
        project = in_use(project_by_id(transaction, project_id), project_id)
        table = class_table(transaction, project_id)
        newest = newest_round(transaction, project_id)
        shown = counts_to_show(transaction, project, newest)
        done = newest if newest is None or newest.state == "done" else last_done(transaction, project_id)
    labels = tuple(shown.labels.get(("pool", defect_class.id), 0) for defect_class in table.current)
    reading_now = reading_now or reading_elsewhere(ws, project_id)
    return _state(_facts(project, labels, shown.states, (done, newest), reading_now), progress, _distrust(done, table))


def state_at_desk(ws: Workspace, desk: DeskState, reading_now: ImageReading | None = None) -> ProjectState:
    """As `project_state`, by what the desk has been told just now: the database is asked nothing again, but how far a
    round is, once a second for all desks."""
    newest = desk.newest_round
    progress = follow_lately(ws, newest) if newest and newest.state == "running" else None
    reading_now = reading_now or reading_elsewhere(ws, desk.project.id)
    rounds = desk.last_done, newest
    facts = _facts(desk.project, tuple(desk.counts_shown.pool.values()), desk.states, rounds, reading_now)
    return _state(facts, progress, desk.distrust)


def _facts(
    project: Project,
    labels: tuple[int, ...],
    states: Mapping[tuple[Split, ImageState], int],
    rounds: tuple[Round | None, Round | None],
    reading_now: ImageReading | None,
) -> Facts:
    settings, (done, newest) = usable_settings(project), rounds
    return Facts(
        labels=labels,
        states=states,
        auto_every=settings["auto_every"],
        batch=settings["batch"],
        done=done,
        newest=newest,
        reading=reading_now,
    )


def _distrust(done: Round | None, table: ClassTable) -> str:
    if done is None:
        return ""
    return why_distrust(done.strategy, report_of(done), [table.shown(class_id) for class_id in done.class_ids])


def _state(facts: Facts, progress: RoundProgress | None, distrust: str) -> ProjectState:
    need, sentence, action = next_need(facts)
    ranking, going_on, share, seconds = facts.done.number if facts.done else 0, "nothing", None, None
    if progress is not None:
        going_on, sentence = _round_under_way(progress)
        action = _meanwhile(facts)
        share, seconds = min(1.0, progress.fraction), _seconds_left(progress, facts.reading)
    elif facts.newest and facts.newest.state in ("failed", "interrupted"):
        going_on, sentence, action = "failed", _failed(facts.newest, facts.done), Action(label="See why", page="rounds")
    elif facts.reading and facts.reading.error:
        sentence = f"The images could not be read for learning: {facts.reading.error} Labelling goes on without."
        going_on, action = "failed", Action(label="Try again", kind="read_features", right="import")
    elif facts.reading:
        event = facts.reading.event
        going_on, sentence, action = "reading features", _reading(facts, event), _meanwhile(facts)
        share, seconds = event.done / event.total if event.total else None, facts.reading.seconds_left
    return ProjectState(
        need=need,
        going_on=going_on,
        sentence=sentence,
        goal=goal_words(facts, sentence if progress else ""),
        action=action,
        progress=share,
        seconds_left=seconds,
        why_unknown=progress.why_unknown if progress and seconds is None else "",
        ranking=ranking,
        running=progress.round.number if progress else 0,
        distrust=distrust,
    )


def _meanwhile(facts: Facts) -> Action | None:
    return Action(label="Label on meanwhile", page="label") if facts.labels and facts.to_label("pool") else None


def _round_under_way(progress: RoundProgress) -> tuple[GoingOn, str]:
    number, phase = progress.round.number, progress.phase
    if progress.is_queued:
        return "waiting", f"Round {number} waits until the images have been read."
    if progress.is_starved:
        return "waiting", f"Round {number} waits for the processor: other work on this machine goes before it."
    if phase in READING_PHASES:
        return "reading features", f"Round {number} reads the images before it learns."
    if phase in RANKING_PHASES:
        return "ranking", f"Round {number} ranks the images that have no label."
    return "learning", f"Round {number} learns from {count_of_labels(progress.round.labelled)}."


def _seconds_left(progress: RoundProgress, reading_now: ImageReading | None) -> float | None:
    """Those of the reading that a round waits for count in."""
    if progress.is_queued and reading_now and reading_now.seconds_left is not None:
        return reading_now.seconds_left + progress.seconds_after
    return progress.seconds_left


def _failed(newest: Round, done: Round | None) -> str:
    how = "failed" if newest.state == "failed" else "was interrupted"
    rest = f"The ranking of round {done.number} stays in use." if done else "There is no ranking yet."
    return f"Round {newest.number} {how}; no label is lost. {rest}"


def _reading(facts: Facts, event: Progress) -> str:
    if event.message and not event.total:
        return f"{event.message} Label as you like meanwhile."
    how_far = f", {event.done:,} of {event.total:,} so far" if event.total else ""
    labels = f"{labels_given(facts.labelled)}: {next_ranking(facts)}"
    return f"The Studio first looks at every image once{how_far}. {labels}."
