"""Which ranking showed an image and what it said there: copied into a label when it is given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.label_state import STATES
from vabal_core.store.predictions import read_ranked
from vabal_core.store.rounds import round_numbers
from vabal_core.types import ChosenBy, LabelEvent

EXCEPTION = "exception"  # shown because the model was sure, and confirmed with all that nobody struck out
AUDIT = "audit"  # drawn at random from all that waited
COVERAGE = "coverage"  # typical images of every group: the order before the first ranking
FILTER: ChosenBy = "filter"
SIMILAR: ChosenBy = "similar"
IMPORT: ChosenBy = "import"
# Picked by a person, who may have followed what the model says: such labels do not measure how often it is right.
PICKED = (EXCEPTION, FILTER, SIMILAR)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """The number of the round whose ranking was in use (0: none was), what it said of an image, and what the image was
    chosen by: the strategy of that ranking, or EXCEPTION, where it was shown because the model was sure of it; AUDIT,
    where it was drawn at random, COVERAGE, as typical of a group, or what `LabelEvent.chosen_by` says: these have no
    rank, for the ranking did not choose them."""

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

    A decision that takes the place of another corrects an answer: how its image was chosen is what it was. The first
    one is what the event says of it: typical of a group (COVERAGE), drawn at random (AUDIT), chosen by a person or a
    table, or shown by the ranking of the round that it names. What a person came upon by other ways than the queue is
    never AUDIT, even where a desk had drawn the image, too. An event that says nothing and is the first about its image
    has no provenance, whatever has been ranked since. Where the decision that is corrected, or was taken back, has
    none, a later one takes what the newest finished ranking says of the image; where that says nothing, that of the
    last decision that had any.
    """
    decides = event.kind in STATES
    if decides and current is not None and current != Provenance():
        return current
    if decides and current is None and (chosen := _chosen(event)):
        shown = _shown(event, earlier, rankings) if chosen != COVERAGE else Provenance(round=event.round)
        return replace(shown, rank=None, score=None, strategy=chosen)
    if event.round:
        shown = _shown(event, earlier, rankings)
        return replace(shown, strategy=EXCEPTION) if event.by_exception and event.kind == "label" else shown
    if not earlier or not decides:
        return Provenance()
    choices = (rankings.rows.get((rankings.newest, event.image_id)), *reversed(earlier))
    return next((choice for choice in choices if choice is not None and choice != Provenance()), Provenance())


def _chosen(event: LabelEvent) -> str | None:
    """What the image of the event was chosen by, where it was no ranking."""
    if event.typical:
        return COVERAGE
    return AUDIT if event.audit and not event.chosen_by else event.chosen_by


def _shown(event: LabelEvent, earlier: Sequence[Provenance], rankings: Rankings) -> Provenance:
    """What the ranking of the round that the event names, if any, said of its image."""
    if not event.round:
        return Provenance()
    kept = [provenance for provenance in earlier if provenance.round == event.round]
    # Old rankings are removed, but a label given while theirs was there has kept what it said.
    return rankings.rows.get((event.round, event.image_id)) or (kept[-1] if kept else Provenance(round=event.round))


def provenance_in(row: sa.Row[Any]) -> Provenance:
    """What a row of the log remembers."""
    return Provenance(**{field.name: getattr(row, field.name) for field in fields(Provenance)})
