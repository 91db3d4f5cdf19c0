"""Which ranking showed an image and what it said there: copied into a label when it is given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.predictions import read_ranked
from vabal_core.store.rounds import round_numbers
from vabal_core.types import LabelEvent

EXCEPTION = "exception"  # shown because the model was sure, and confirmed with all that nobody struck out
AUDIT = "audit"  # drawn at random from all that waited
COVERAGE = "coverage"  # typical images of every group: the order before the first ranking


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """The number of the round whose ranking showed an image (0: none had), and what that ranking said of it. An image
    that was shown as typical of a group has the strategy COVERAGE, and no rank; one that was shown because the model
    was sure of it has the strategy EXCEPTION; one that was drawn at random AUDIT, and no rank: the ranking did not
    choose it."""

    round: int = 0
    rank: int | None = None
    score: float | None = None
    predicted_class_id: int | None = None
    predicted_probability: float | None = None
    strategy: str | None = None


@dataclass(frozen=True)
class Rankings:
    """What the rankings of a project say of some images."""

    numbers: Collection[int]  # of the rounds asked for, those the project has
    newest: int  # the number of the newest finished round, 0 before the first
    rows: Mapping[tuple[int, int], Provenance]  # (round number, image id) -> what is said there


def read_rankings(
    transaction: Connection, project_id: int, numbers: Collection[int], image_ids: Sequence[int]
) -> Rankings:
    """The rounds `numbers` and the newest finished one, with their rows for `image_ids`."""
    newest, rounds = round_numbers(transaction, project_id, numbers)
    rows = {}
    for round_ in rounds:
        for row in read_ranked(transaction, round_.id, image_ids):
            rows[round_.number, row.image_id] = Provenance(
                round=round_.number,
                rank=row.rank,
                score=row.score,
                predicted_class_id=row.predicted_class_id,
                predicted_probability=row.probability,
                strategy=round_.strategy,
            )
    return Rankings({round_.number for round_ in rounds}, newest, rows)


def provenance_for(
    event: LabelEvent, earlier: Sequence[Provenance], current: Provenance | None, rankings: Rankings
) -> Provenance:
    """What to remember with a row of the log. `earlier`: of the image's decisions so far, oldest first, also of those
    taken back; `current`: of the one among them that counts.

    An event that names its round was shown by that ranking, which did not choose it where the model was sure of it and
    nobody made an exception, nor where the image was drawn at random (AUDIT). One that says its image was typical was
    shown by none, but not at random: its strategy is COVERAGE. One that says neither and is the first decision about
    its image has no provenance, whatever has been ranked since. A later decision corrects an answer: it keeps the
    provenance of the decision that counts; where that has none, or none counts, it takes what the newest finished
    ranking says of the image; where that says nothing, that of the last decision that had any.
    """
    if event.typical and event.kind not in ("skip", "undo"):
        return Provenance(round=event.round, strategy=COVERAGE)
    shown = _shown(event, earlier, rankings) if event.round else None
    if event.audit and event.kind not in ("skip", "undo"):
        return replace(shown or Provenance(), rank=None, score=None, strategy=AUDIT)
    if shown:
        return replace(shown, strategy=EXCEPTION) if event.by_exception and event.kind == "label" else shown
    if not earlier or event.kind in ("skip", "undo"):
        return Provenance()
    choices = (current, rankings.rows.get((rankings.newest, event.image_id)), *reversed(earlier))
    return next((choice for choice in choices if choice is not None and choice != Provenance()), Provenance())


def _shown(event: LabelEvent, earlier: Sequence[Provenance], rankings: Rankings) -> Provenance:
    """What the ranking of the round that the event names said of its image."""
    kept = [provenance for provenance in earlier if provenance.round == event.round]
    # Old rankings are removed, but a label given while theirs was there has kept what it said.
    return rankings.rows.get((event.round, event.image_id)) or (kept[-1] if kept else Provenance(round=event.round))


def provenance_in(row: sa.Row[Any]) -> Provenance:
    """What a row of the log remembers."""
    return Provenance(**{field.name: getattr(row, field.name) for field in fields(Provenance)})
