"""Which ranking showed an image and what it said there: the facts copied into a label when it is given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.images import rows_in
from vabal_core.store.tables import ranking, round_
from vabal_core.types import LabelEvent


@dataclass(frozen=True)
class Shown:
    """The number of the round whose ranking showed an image (0: none had), and what that ranking said of it."""

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
    said: Mapping[tuple[int, int], Shown]  # (round number, image id) -> its row


def read_rankings(
    transaction: Connection, project_id: int, numbers: Collection[int], image_ids: Sequence[int]
) -> Rankings:
    """The rounds `numbers` and the newest finished one, with their rows for `image_ids`."""
    mine = round_.c.project_id == project_id
    last = sa.select(sa.func.coalesce(sa.func.max(round_.c.number), 0)).where(mine, round_.c.state == "done")
    newest = transaction.execute(last).scalar_one()
    query = sa.select(round_.c.id, round_.c.number, round_.c.strategy).where(mine)
    rounds = list(rows_in(transaction, query, round_.c.number, sorted({*numbers, newest})))
    said = {}
    for row in rounds:
        ranked = sa.select(ranking).where(ranking.c.round_id == row.id)
        for fact in rows_in(transaction, ranked, ranking.c.image_id, image_ids):
            values = (fact.rank, fact.score, fact.predicted_class_id, fact.probability, row.strategy)
            said[row.number, fact.image_id] = Shown(row.number, *values)
    return Rankings({row.number for row in rounds}, newest, said)


def shown_for(event: LabelEvent, earlier: Sequence[Shown], counts: Shown | None, rankings: Rankings) -> Shown:
    """What to remember with a row of the log. `earlier`: of the image's decisions so far, oldest first, also of those
    taken back; `counts`: of the one among them that counts.

    An event that names its round was shown by that ranking. One that names none (round 0) and is the first decision
    about its image was shown by no ranking: it stays 0, whatever has been ranked since. A later decision corrects an
    answer: it keeps the facts of the decision that counts; where that has none, or none counts, it takes what the
    newest finished ranking says of the image; where that says nothing, the facts of the last decision that had any.
    """
    if event.round:
        # Old rankings are removed, but a label given while theirs was there has kept what it said.
        kept = [shown for shown in earlier if shown.round == event.round]
        return rankings.said.get((event.round, event.image_id)) or (kept[-1] if kept else Shown(event.round))
    if not earlier or event.kind in ("skip", "undo"):
        return Shown()
    known = (counts, rankings.said.get((rankings.newest, event.image_id)), *reversed(earlier))
    return next((shown for shown in known if shown is not None and shown.round), Shown())


def shown_in(row: sa.Row[Any]) -> Shown:
    """What a row of the log remembers."""
    facts = (row.rank, row.score, row.predicted_class_id, row.predicted_probability, row.strategy)
    return Shown(row.round, *facts)
