"""Labels that look wrong, as a desk shows them: the image, its label, and what the model says instead."""

from collections.abc import Collection

from sqlalchemy.engine import Connection

from vabal_core.store.classes import ClassTable
from vabal_core.store.images import images_by_id
from vabal_core.store.labels import IMPORTED
from vabal_core.types import Actor, Image, QueueItem
from vabal_core.workspace.label_standings import LabelIssues, OpenIssue
from vabal_core.workspace.ranked_image import percent

EVALUATION = " The model is measured by this label: go by your own eyes."


def second_looks(
    transaction: Connection,
    issues: LabelIssues,
    *,
    count: int,
    left_out: Collection[int],
    others: Collection[int],
    actor: Actor,
    table: ClassTable,
) -> list[QueueItem]:
    """The next `count` labels to look at again, those of images in `left_out` not among them; what `others` hold comes
    only where nothing is left out and no other label waits."""
    waiting = enumerate(issues.open, start=1)
    shown = [(place, issue) for place, issue in waiting if issue.issue.image_id not in left_out]
    free = [(place, issue) for place, issue in shown if issue.issue.image_id not in others]
    chosen = (free or ([] if left_out else shown))[: max(0, count)]
    images = images_by_id(transaction, [issue.issue.image_id for _, issue in chosen])
    return [_item(images[issue.issue.image_id], issue, place, actor, table) for place, issue in chosen]


def issue_words(issues: LabelIssues) -> str:
    """How many labels look wrong, and what came of those that were looked at."""
    if issues.judged is None:
        return ""
    waiting, looked_at = len(issues.open), issues.confirmed + issues.changed
    words = f"{waiting:,} of {issues.judged:,} labels {'looks' if waiting == 1 else 'look'} wrong."
    if not looked_at:
        return words
    were = "1 was" if issues.changed == 1 else f"{issues.changed:,} were" if issues.changed else "none was"
    return f"{words} Of {looked_at:,} looked at, {were} changed."


def _item(image: Image, issue: OpenIssue, place: int, actor: Actor, table: ClassTable) -> QueueItem:
    judged, evaluation = issue.issue, image.split == "evaluation"
    label, predicted = (table.names[class_id] for class_id in (judged.class_id, judged.predicted_class_id))
    why = f"The model says {predicted} ({percent(judged.probability)}), {_giver(issue, actor)} says {label}."
    return QueueItem(
        image_id=image.id,
        fingerprint=image.fingerprint,
        path=image.path,
        width=image.width,
        height=image.height,
        round=0,  # no ranking shows it: its label keeps how the image was chosen at first
        rank=place,
        put_aside=issue.put_aside,
        label=judged.class_id,
        predicted=predicted,
        predicted_class_id=judged.predicted_class_id,
        probability=judged.probability,
        likely=(
            (judged.predicted_class_id, judged.probability),
            (judged.class_id, judged.label_probability),
        ),
        why=why + (EVALUATION if evaluation else ""),
    )


def _giver(issue: OpenIssue, actor: Actor) -> str:
    if issue.annotator == actor.name:
        return "your label"
    return "the label it came with" if issue.annotator == IMPORTED else f"the label by {issue.annotator}"
