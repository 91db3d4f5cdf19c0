"""Images drawn at random among those out of a ranking: what their labels say holds for all that wait.

No desk tells them apart, so that nobody labels them with other care. Before the first ranking all images but the
typical ones come in random order: each of those is drawn at random, too.
"""

from collections.abc import Set
from dataclasses import replace
from random import Random, SystemRandom

from sqlalchemy.engine import Connection

from vabal_core.store.queue import Waiting, drawn_at_random
from vabal_core.types import Round

RANDOM: Random = SystemRandom()


def with_audit(
    transaction: Connection,
    project_id: int,
    rows: list[Waiting],
    round_: Round | None,
    share: float,
    exclude: Set[int],
) -> list[Waiting]:
    """As many images as `rows`, the next ones of the pool; in each place one drawn at random with probability `share`,
    from all that wait but those in `exclude` and those in the places before. What it pushes out comes another time."""
    if round_ is None:
        return [replace(row, audit=not row.comes_first and not row.put_aside) for row in rows]
    ranked, mixed = iter(rows), dict[int, Waiting]()
    for _ in rows:
        row = None
        if RANDOM.random() < share:
            here = {*exclude, *mixed}
            row = drawn_at_random(transaction, project_id, round_id=round_.id, exclude=here, random=RANDOM)
        row = row or next((next_row for next_row in ranked if next_row.image_id not in mixed), None)
        if row is not None:
            mixed[row.image_id] = row
    return list(mixed.values())
