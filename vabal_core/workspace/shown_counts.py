"""Numbers of labels as whoever labels is told them.

Where some images come with a label that is not shown, a number that rose with each label but these would tell which
they were. So in such a project the numbers stand still for a while: what a person says meanwhile is added on their own
desk, whatever it was of, and the next numbers have many decisions, of all people, in them.
"""

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Connection, Dialect

from vabal_core.store.counts import label_counts, state_counts
from vabal_core.types import ImageState, Project, Round, Split
from vabal_core.workspace.projects import usable_settings

STANDING_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class ShownCounts:
    """Labels by (split, class id) and images by (split, state), as `store.counts` has them. `at`: when they were read,
    in seconds since 1970; None where they do not stand still, and are of now. `of`: what they are told beside."""

    labels: Mapping[tuple[Split, int], int]
    states: Mapping[tuple[Split, ImageState], int]
    at: float | None
    of: Hashable


# By what all transactions of an engine have in common.
_standing: WeakKeyDictionary[Dialect, dict[int, ShownCounts]] = WeakKeyDictionary()


def counts_to_show(transaction: Connection, project: Project, newest: Round | None) -> ShownCounts:
    """Those of now or, in a project with labels that are not shown, of at most a minute ago. They are read anew with
    each round, which says how many labels it has learned from."""
    settings = usable_settings(project)
    of = (newest.id, newest.state) if newest else None
    stands = bool(settings["second_share"] or settings["gold_rate"])
    projects = _standing.setdefault(transaction.dialect, {})
    last = projects.get(project.id)
    if stands and last and last.of == of and last.at and 0 <= time.time() - last.at < STANDING_SECONDS:
        return last
    projects[project.id] = ShownCounts(
        labels=label_counts(transaction, project.id),
        states=state_counts(transaction, project.id),
        at=time.time() if stands else None,
        of=of,
    )
    return projects[project.id]
