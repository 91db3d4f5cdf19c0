"""Labels that look wrong to the newest finished round: which of them still stand, and what became of the others.

A label that somebody gives once more is confirmed: it is not asked about again until it changes. To read the log of all
of them takes as long as a page may take in all, so it is done once a round, and then label by label.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from vabal_core.loop.report import RoundReport, report_of
from vabal_core.store.bin import bin_stamp
from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.database import Database, reading, reading_in_order
from vabal_core.store.images import ids_in_use
from vabal_core.store.label_changes import decided_since
from vabal_core.store.label_issues import LabelIssue, read_label_issues
from vabal_core.store.label_state import LabelState
from vabal_core.store.labels import label_states, newest_event
from vabal_core.store.rounds import last_done
from vabal_core.types import Round
from vabal_core.workspace.workspace import Workspace

# Of a label: somebody said once more that it is right; it is another one since, or none; or there is nothing to ask any
# more, for its image or one of its classes went.
Settled = Literal["confirmed", "changed", "gone"]


@dataclass(frozen=True, kw_only=True)
class OpenIssue:
    """A label that waits for a second look, with the classes as they count now. `annotator`: who gave it."""

    issue: LabelIssue
    annotator: str
    put_aside: bool


@dataclass(frozen=True, kw_only=True)
class LabelIssues:
    """What the newest finished round says of the labels, and what people have said to that since.

    `round`: its number, 0 before the first; `judged`: the labels it held against what models said that had not learned
    from the image, None where it held none, and `agreed`: those of which these say the same; `open`: those that look
    wrong and wait for a second look, the likeliest error first, those put aside last; `confirmed`, `changed`: how many
    of the others people found right, or not.
    """

    round: int = 0
    judged: int | None = None
    agreed: int = 0
    open: tuple[OpenIssue, ...] = ()
    confirmed: int = 0
    changed: int = 0


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """As of the row `newest` of the log. `stamp`: another one where more than these labels has changed since."""

    stamp: tuple[Any, ...]
    newest: int
    round: Round | None
    issues: Mapping[int, LabelIssue]  # by image, the likeliest error first
    standings: Mapping[int, OpenIssue | Settled]  # by image

    def as_issues(self) -> LabelIssues:
        standings = [self.standings[image_id] for image_id in self.issues]
        waiting = [standing for standing in standings if isinstance(standing, OpenIssue)]
        report = report_of(self.round) if self.round else RoundReport()
        return LabelIssues(
            round=self.round.number if self.round else 0,
            judged=report.judged_labels,
            agreed=report.agreed_labels or 0,
            open=tuple(sorted(waiting, key=lambda issue: issue.put_aside)),
            confirmed=standings.count("confirmed"),
            changed=standings.count("changed"),
        )


_by_project: dict[tuple[str, int], _Kept] = {}


def label_issues(ws: Workspace, project_id: int) -> LabelIssues:
    """The labels of the project that look wrong, as they stand now."""
    return label_issues_in(ws.engine, project_id)


def label_issues_in(database: Database, project_id: int) -> LabelIssues:
    """As `label_issues`, where there is a transaction as a part of it."""
    key = str(database.engine.url), project_id
    with reading_in_order(database) as transaction:
        table = class_table(transaction, project_id)
        now = _brought_up_to_date(transaction, project_id, table, _by_project.get(key))
    if database is database.engine:  # what a transaction has seen of itself may yet be taken back
        _by_project[key] = now
    return now.as_issues()


def _brought_up_to_date(database: Database, project_id: int, table: ClassTable, kept: _Kept | None) -> _Kept:
    round_ = last_done(database, project_id)
    stamp = (
        round_.id if round_ else None,
        bin_stamp(database, project_id),
        tuple(sorted(table.merged.items())),
        tuple(sorted(table.removed)),
    )
    if kept is not None and kept.stamp == stamp:
        newest, decided = decided_since(database, project_id, kept.newest)
        again = [image_id for image_id in decided if image_id in kept.issues]
        if not again:
            return replace(kept, newest=newest)
        standings = {**kept.standings, **_standings(database, [kept.issues[image_id] for image_id in again], table)}
        return replace(kept, newest=newest, standings=standings)
    newest = newest_event(database, project_id)  # first: a label given meanwhile is looked at once more
    issues = read_label_issues(database, round_.id) if round_ else []
    return _Kept(
        stamp=stamp,
        newest=newest,
        round=round_,
        issues={issue.image_id: issue for issue in issues},
        standings=_standings(database, issues, table),
    )


def _standings(database: Database, issues: Iterable[LabelIssue], table: ClassTable) -> dict[int, OpenIssue | Settled]:
    by_image = {issue.image_id: issue for issue in issues}
    with reading(database) as transaction:
        states = label_states(transaction, by_image)
        in_use = ids_in_use(transaction, sorted(by_image))
    return {
        image_id: _standing(issue, states.get(image_id, LabelState()), table) if image_id in in_use else "gone"
        for image_id, issue in by_image.items()
    }


def _standing(issue: LabelIssue, state: LabelState, table: ClassTable) -> OpenIssue | Settled:
    judged, predicted = table.counts_as(issue.class_id), table.counts_as(issue.predicted_class_id)
    if judged == predicted or predicted in table.removed:
        return "gone"
    if state.class_id is None or table.counts_as(state.class_id) != judged:
        return "changed"
    labels = [table.counts_as(row.class_id) for row in state.decisions[-2:] if row.kind == "label"]
    if labels == [judged, judged]:
        return "confirmed"
    now = replace(issue, class_id=judged, predicted_class_id=predicted)
    return OpenIssue(issue=now, annotator=state.decision.annotator, put_aside=state.skipped)
