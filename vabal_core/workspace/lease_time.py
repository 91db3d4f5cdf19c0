"""How long an image is held for a person: as long as people here need to look at one, three times over."""

import time
from datetime import timedelta

from vabal_core.store.label_times import recent_median_seconds
from vabal_core.store.leases import shorten_leases
from vabal_core.workspace.workspace import Workspace

MEDIANS = 3
MIN_TIME = timedelta(seconds=30)  # a desk asks at least every 3; a busy server may take longer to answer
# The best images of a desk that was cut off come back after that: who has not touched the desk for longer is not
# looking, and its browser has said so after a minute.
MAX_TIME = timedelta(minutes=5)
FRESH_SECONDS = 60.0  # a median of a hundred decisions does not change faster

_latest: dict[tuple[str, int], tuple[float, timedelta]] = {}


def lease_time(ws: Workspace, project_id: int) -> timedelta:
    """By the last decisions in the log, as they were FRESH_SECONDS ago at most."""
    place = str(ws.engine.url), project_id
    read_at, lasting = _latest.get(place, (0.0, None))
    if lasting is None or time.monotonic() - read_at > FRESH_SECONDS:
        lasting = time_for(recent_median_seconds(ws.engine, project_id))
        _latest[place] = time.monotonic(), lasting
    return lasting


def time_for(median_seconds: float) -> timedelta:
    """Where so much time is usual from one decision to the next; 0: nobody has decided on anything yet."""
    return min(MAX_TIME, max(MIN_TIME, MEDIANS * timedelta(seconds=median_seconds)))


def expect_desks_again(ws: Workspace) -> None:
    """After a restart: what desks held that are gone since comes back within MIN_TIME, in which those that are still
    open ask again."""
    shorten_leases(ws.engine, MIN_TIME)
