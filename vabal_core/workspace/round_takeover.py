"""Rounds of servers that died are begun again by another one on the same database, without anybody's asking.

How long a driver is silent is measured by this process's own clock, which never jumps: a database's clock that is set,
or two that differ, end no living round. A round that was taken over once is left to a person where it dies again: it
may be what kills its server.
"""

import logging
import time
from datetime import datetime
from threading import Event as Flag

from vabal_core.store import rounds as rows
from vabal_core.types import Round, StudioError
from vabal_core.workspace.round_recovery import START_AGAIN, interrupt_if_gone
from vabal_core.workspace.rounds import start_again
from vabal_core.workspace.workspace import Workspace

SECONDS_BETWEEN_LOOKS = 10.0  # two heartbeats

_log = logging.getLogger(__name__)


def take_over_rounds(ws: Workspace, stop: Flag) -> None:
    """For a thread of a server: looks after all rounds on its database until `stop` is set."""
    takeover = Takeover(ws)
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        try:
            takeover.look(time.monotonic())
        except (StudioError, OSError):  # the database is away: it is looked at again
            _log.exception("whether another server's round is to be taken over")


class Takeover:
    """The heartbeats of running rounds, and since when each has been the same."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._heard: dict[int, tuple[datetime | None, float]] = {}

    def look(self, now: float) -> list[Round]:
        """End the rounds whose process is gone and begin each again; returns those begun. `now`: in seconds."""
        running = rows.running_rounds(self._ws.engine)
        self._heard = {round_.id: self._heard_of(round_, now) for round_ in running}
        begun = (self._take_over(round_, now - self._heard[round_.id][1]) for round_ in running)
        return [round_ for round_ in begun if round_]

    def _heard_of(self, round_: Round, now: float) -> tuple[datetime | None, float]:
        before = self._heard.get(round_.id)
        return before if before and before[0] == round_.heartbeat_at else (round_.heartbeat_at, now)

    def _take_over(self, round_: Round, silent_seconds: float) -> Round | None:
        if silent_seconds < SECONDS_BETWEEN_LOOKS:  # it has just begun, or is just being ended
            return None
        again = round_.metrics.get("trigger") != "takeover"
        then = "another server begins it again." if again else START_AGAIN
        if not interrupt_if_gone(self._ws, round_, silent_seconds=silent_seconds, then=then) or not again:
            return None
        try:
            return start_again(self._ws, round_)
        except (StudioError, ValueError):  # a person was quicker, or no round can start any more
            _log.exception("round %s of project %s was not begun again", round_.number, round_.project_id)
            return None
