"""Rounds whose process is gone: they are ended, in words, so that another one can start.

A round of this data folder is judged by its lock, which the system lets go when a process dies; one of another server
on the same database by its heartbeat.
"""

from filelock import Timeout

from vabal_core.store import rounds as rows
from vabal_core.types import Round
from vabal_core.workspace.round_driver import host_of, is_driven_here
from vabal_core.workspace.round_process import driver_lock
from vabal_core.workspace.workspace import Workspace

SILENT_SECONDS = 60.0  # a driver writes its heartbeat every 5
START_AGAIN = "start the round again."


def recover(ws: Workspace, project_id: int | None = None) -> int:
    """Mark rounds whose process is gone as interrupted; returns how many. For the start of the Studio or of a round."""
    return sum(
        interrupt_if_gone(ws, round_, silent_seconds=rows.seconds_since_heartbeat(ws.engine, round_.id))
        for round_ in rows.running_rounds(ws.engine)
        if project_id in (None, round_.project_id)
    )


def interrupt_if_gone(ws: Workspace, round_: Round, *, silent_seconds: float, then: str = START_AGAIN) -> bool:
    """End the round where its process is gone, saying what comes `then`; whether this call has ended it.

    `silent_seconds`: for how long nothing was heard of a driver elsewhere. One that is heard of before the end is
    written keeps its round; one that wakes up later finds the round ended, and writes nothing more.
    """
    if not is_driven_here(ws, round_):
        why = f"The computer that ran this round, {host_of(round_)}, has not been heard of for {SILENT_SECONDS:.0f} s."
        return silent_seconds > SILENT_SECONDS and _interrupt(ws, round_, why, then)
    try:
        with driver_lock(ws, round_.project_id).acquire(blocking=False):
            return _interrupt(ws, round_, "The Studio stopped while this round was running.", then)
    except Timeout:  # somebody drives it
        return False


def _interrupt(ws: Workspace, round_: Round, why: str, then: str) -> bool:
    return rows.interrupt_round(ws.engine, round_, f"{why} No label is lost; {then}")
