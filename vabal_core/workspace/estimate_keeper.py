"""The estimates of a project as pages show them: made in the background when something has changed, never waited for
twice. At 100,000 images they take longer than a page may."""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from threading import Lock
from typing import Any

from vabal_core.store.bin import bin_stamp
from vabal_core.store.classes import class_table
from vabal_core.store.counts import state_counts
from vabal_core.store.database import reading
from vabal_core.store.labels import newest_event
from vabal_core.store.projects import project_by_id
from vabal_core.store.rounds import last_done_id
from vabal_core.workspace.estimate_process import estimates_of_process
from vabal_core.workspace.estimates import ProjectEstimates, project_estimates
from vabal_core.workspace.projects import in_use
from vabal_core.workspace.workspace import Workspace

FIRST_WAIT = 10.0  # seconds that a page waits for the first estimates of a project
WAIT = 0.05  # and for newer ones where they take long, before it shows those of before
QUICK = 0.5  # seconds: newer ones that are made in that time are waited for
LONG = 0.5  # seconds: newer ones that take longer are made in a process of their own
REST = 10.0  # so many times as long as making them took, none are made because of labels alone
LOOK_REST = 2.0  # and while somebody looks, where they take long: pages and labels need the processor as well

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _Kept:
    """`stamp`: what `estimates` were made of; that `took` so many seconds, to `made_at` (of time.monotonic())."""

    stamp: Any = None
    estimates: ProjectEstimates | None = None
    took: float = 0.0
    made_at: float = 0.0
    under_way: Future[None] | None = None


_by_project: dict[tuple[str, int], _Kept] = {}
_lock = Lock()
_maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="estimates")


def kept_estimates(ws: Workspace, project_id: int, *, waits: bool = True) -> tuple[ProjectEstimates | None, bool]:
    """The newest estimates there are, and whether they are of now: else newer ones are being made. None where the first
    are not there yet. `waits`: somebody looks, and newer ones are waited for as long as a page may; else they are made
    now and then."""
    kept = _by_project.setdefault((str(ws.engine.url), project_id), _Kept())
    if not waits and not _is_due(kept, REST):  # after a label: not even whether anything has changed is asked, then
        return kept.estimates, False
    stamp = _stamp(ws, project_id)
    with _lock:
        rest = (LOOK_REST if kept.took > QUICK else 0.0) if waits else REST
        if kept.stamp != stamp and _is_due(kept, rest):
            kept.under_way = _maker.submit(_make, ws, project_id, kept, stamp)
        under_way = kept.under_way
    if under_way is not None and waits:
        longest = WAIT if kept.took > QUICK else 4 * QUICK
        wait_for([under_way], timeout=FIRST_WAIT if kept.estimates is None else longest)
    return kept.estimates, kept.stamp == stamp


def _is_due(kept: _Kept, rest: float) -> bool:
    return kept.under_way is None and time.monotonic() >= kept.made_at + rest * kept.took


def made_estimates(ws: Workspace, project_id: int) -> ProjectEstimates | None:
    """The estimates that `kept_estimates` has made last, whatever has changed since; None before the first. At no cost:
    a label is not to wait for them."""
    kept = _by_project.get((str(ws.engine.url), project_id))
    return kept and kept.estimates


def _make(ws: Workspace, project_id: int, kept: _Kept, stamp: Any) -> None:
    began = time.monotonic()
    try:
        make = estimates_of_process if kept.took > LONG else project_estimates
        estimates = make(ws, project_id)
    except Exception:  # the page shows those of before, or that there are none
        _log.exception("the estimates of project %s", project_id)
        estimates = kept.estimates
    with _lock:
        kept.stamp, kept.estimates, kept.under_way = stamp, estimates, None
        kept.made_at = time.monotonic()
        kept.took = kept.made_at - began


def _stamp(ws: Workspace, project_id: int) -> tuple[Any, ...]:
    """Another one where anything has changed that estimates are made of."""
    newest = newest_event(ws.engine, project_id)  # first: a label given meanwhile is one more reason to make them anew
    with reading(ws.engine) as transaction:
        settings = in_use(project_by_id(transaction, project_id), project_id).settings
        newest_ranking = last_done_id(transaction, project_id)
        table = class_table(transaction, project_id)
        classes = tuple((defect_class.id, defect_class.name) for defect_class in table.current)
        counts = tuple(sorted(state_counts(transaction, project_id).items()))
        made_of = newest, bin_stamp(transaction, project_id), classes, counts
    return newest_ranking, repr(sorted(settings.items())), *made_of
