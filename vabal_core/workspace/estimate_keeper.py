"""The estimates of a project as pages show them: made in the background when something has changed. Where images are
many, that takes longer than a page may: it is done in a process of its own, and no page waits for it."""

import logging
import time
from collections.abc import Callable
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
from vabal_core.workspace.images import image_totals
from vabal_core.workspace.projects import in_use
from vabal_core.workspace.workspace import Workspace

# They take 0.15 s of the processor, where they are made in the server. What is computed there holds up all pages and
# labels: beside the estimates of 100,000 images a page took 300 ms instead of 40, though a core was left to it.
MANY_IMAGES = 5_000
FIRST_WAIT = 10.0  # seconds that a page waits for the first estimates of a project with few images
WAIT = 2.0  # and for newer ones
REST = 10.0  # so many times as long as making them took, none are made because of labels alone
LOOK_REST = 2.0  # and while somebody looks, where images are many: pages and labels need the processor as well

Make = Callable[[Workspace, int], ProjectEstimates]

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
# One at a time of each kind, so that a project with few images need not wait for one with many.
_here = ThreadPoolExecutor(max_workers=1, thread_name_prefix="estimates")
_elsewhere = ThreadPoolExecutor(max_workers=1, thread_name_prefix="estimates of many images")


def kept_estimates(ws: Workspace, project_id: int, *, waits: bool = True) -> tuple[ProjectEstimates | None, bool]:
    """The newest estimates there are, and whether they are of now: else newer ones are being made. None where the first
    are not there yet. `waits`: somebody looks, and waits for them where images are few; else they are made now and
    then."""
    kept = _by_project.setdefault((str(ws.engine.url), project_id), _Kept())
    if not waits and not _is_due(kept, REST):  # after a label: not even whether anything has changed is asked, then
        return kept.estimates, False
    are_many = sum(image_totals(ws, project_id).values()) > MANY_IMAGES
    stamp = _stamp(ws, project_id)
    with _lock:
        rest = (LOOK_REST if are_many else 0.0) if waits else REST
        if kept.stamp != stamp and _is_due(kept, rest):
            maker, make = (_elsewhere, estimates_of_process) if are_many else (_here, project_estimates)
            kept.under_way = maker.submit(_make, ws, project_id, kept, stamp, make)
        under_way = kept.under_way
    if under_way is not None and waits and not are_many:
        wait_for([under_way], timeout=FIRST_WAIT if kept.estimates is None else WAIT)
    return kept.estimates, kept.stamp == stamp


def _is_due(kept: _Kept, rest: float) -> bool:
    return kept.under_way is None and time.monotonic() >= kept.made_at + rest * kept.took


def made_estimates(ws: Workspace, project_id: int) -> ProjectEstimates | None:
    """The estimates that `kept_estimates` has made last, whatever has changed since; None before the first. At no cost:
    a label is not to wait for them."""
    kept = _by_project.get((str(ws.engine.url), project_id))
    return kept and kept.estimates


def _make(ws: Workspace, project_id: int, kept: _Kept, stamp: Any, make: Make) -> None:
    began = time.monotonic()
    try:
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
