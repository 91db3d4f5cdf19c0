"""Beside a running round: ends its learner when the round has ended, has it give way, and notes how it fares."""

import contextlib
import time

from vabal_core.loop.process import Learner
from vabal_core.store import rounds as rows
from vabal_core.store.round_events import append_processor_share
from vabal_core.types import Round, StudioError
from vabal_core.workspace.presence import labelling_here
from vabal_core.workspace.workspace import Workspace

SECONDS_BETWEEN_LOOKS = 0.5  # how soon a cancel is noticed
SECONDS_BETWEEN_HEARTBEATS = 5.0  # a twelfth of the silence after which a round is taken for dead
SECONDS_BETWEEN_SHARES = 10.0  # long enough for a share of the processor to be no accident


def watch(ws: Workspace, round_: Round, learner: Learner) -> None:
    """Until the learner has ended. A cancel takes effect here alone: it ends the round in the database, whoever asked
    for it, and this sees that.
    """
    heartbeat_due = time.monotonic() + SECONDS_BETWEEN_HEARTBEATS
    share_due = time.monotonic() + SECONDS_BETWEEN_SHARES
    while learner.is_running():
        time.sleep(SECONDS_BETWEEN_LOOKS)
        learner.give_way(labelling_here(ws))
        with contextlib.suppress(StudioError):  # a locked database is asked again
            if not rows.is_running(ws.engine, round_.id):
                learner.kill()
                continue
            if time.monotonic() >= heartbeat_due:
                rows.write_heartbeat(ws.engine, round_.id)
                heartbeat_due = time.monotonic() + SECONDS_BETWEEN_HEARTBEATS
            if time.monotonic() >= share_due:
                with rows.while_running(ws.engine, round_.id) as transaction:
                    append_processor_share(transaction, round_.id, learner.processor_share())
                share_due = time.monotonic() + SECONDS_BETWEEN_SHARES
