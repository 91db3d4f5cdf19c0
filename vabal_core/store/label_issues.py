"""Labels that looked wrong to the newest finished round, as rows; what became of them since is read from the log."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields

import sqlalchemy as sa

from vabal_core.store.database import Database, reading
from vabal_core.store.predictions import Piece, pieces_of, prune_by_image
from vabal_core.store.tables import label_issue


@dataclass(frozen=True, kw_only=True)
class LabelIssue:
    """A label that looks wrong, by what a model says that had not learned from the image.

    `class_id`: the label that was judged, and `label_probability` what the model gives it; `predicted_class_id`: what
    it says instead, and `probability` how sure it is of that.
    """

    image_id: int
    class_id: int
    label_probability: float
    predicted_class_id: int
    probability: float


def issue_pieces(round_id: int, issues: Iterable[LabelIssue]) -> Iterator[Piece]:
    """The rows of a round's issues, the likeliest error first."""
    rows = ({"round_id": round_id, "place": place, **asdict(issue)} for place, issue in enumerate(issues, start=1))
    return pieces_of(label_issue, rows)


def read_label_issues(database: Database, round_id: int) -> list[LabelIssue]:
    """What looked wrong to the round, the likeliest error first."""
    columns = (label_issue.c[field.name] for field in fields(LabelIssue))
    query = sa.select(*columns).where(label_issue.c.round_id == round_id).order_by(label_issue.c.place)
    with reading(database) as transaction:
        return [LabelIssue(**row._asdict()) for row in transaction.execute(query)]


def prune_label_issues(database: Database, round_ids: Sequence[int]) -> None:
    """Remove the issues of these rounds; what a crash leaves goes next time."""
    prune_by_image(database, label_issue, round_ids)
