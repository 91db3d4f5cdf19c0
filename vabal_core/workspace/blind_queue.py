"""Labelled images slipped in among those that wait: for a second opinion, or to see how often a person sees what is
there. No desk tells them apart from the others.
"""

from collections.abc import Iterable, Set
from dataclasses import replace

from sqlalchemy.engine import Connection

from vabal_core.store.gold import next_gold
from vabal_core.store.labels import label_states
from vabal_core.store.queue import Waiting, waiting_among
from vabal_core.store.second_looks import SHARE, next_second_looks
from vabal_core.types import Project, QueueName, Round, Split
from vabal_core.workspace.audit import RANDOM
from vabal_core.workspace.projects import usable_settings

SPLIT_OF: dict[QueueName, Split] = {"ranked": "pool", "evaluation": "evaluation"}
# Of the places of a queue, as a multiple of the share drawn: more than is drawn meanwhile, so that none waits for long.
FASTER = 2
MAX_SHARE = 0.5


def with_blind_looks(
    transaction: Connection,
    project: Project,
    annotator: str,
    queue: QueueName,
    rows: list[Waiting],
    *,
    count: int,
    round_: Round | None,
    exclude: Set[int],
) -> list[Waiting]:
    """At most `count` images, `rows` among them: some are labelled by others, or gold, and come without their label.
    What they push out comes another time; where few images wait, second looks take the places that are left."""
    settings = usable_settings(project)
    second = sum(RANDOM.random() < min(MAX_SHARE, FASTER * settings[SHARE]) for _ in rows) + count - len(rows)
    gold = sum(RANDOM.random() < settings["gold_rate"] for _ in rows)
    here = {*exclude, *(row.image_id for row in rows)}
    chosen: list[int] = []
    if second:
        chosen = next_second_looks(transaction, project.id, SPLIT_OF[queue], annotator, count=second, exclude=here)
    if gold:
        certain = next_gold(transaction, project.id, SPLIT_OF[queue], annotator, exclude={*here, *chosen})
        chosen += RANDOM.sample(certain, min(gold, len(certain)))
    if not chosen:
        return rows
    mixed = rows[: max(0, count - len(chosen))]
    for row in _as_waiting(transaction, chosen[:count], round_):
        mixed.insert(RANDOM.randrange(len(mixed) + 1), row)
    return mixed


def _as_waiting(transaction: Connection, image_ids: Iterable[int], round_: Round | None) -> list[Waiting]:
    """The images as they came when they had no label: with what the ranking said of them then, where it has them no
    more."""
    rows = waiting_among(transaction, list(image_ids), round_id=round_.id if round_ else None)
    states = label_states(transaction, [row.image_id for row in rows])
    shown = []
    for row in rows:
        row = replace(row, blind=True, put_aside=False, comes_first=False, audit=round_ is None)
        decision = states[row.image_id].decision
        if row.predicted_class_id is None and round_ and decision.predicted_class_id in round_.class_ids:
            row = replace(
                row,
                rank=decision.rank,
                score=decision.score,
                predicted_class_id=decision.predicted_class_id,
                probability=decision.predicted_probability,
            )
        shown.append(row)
    return shown
