"""How much of the processor a learner takes beside other work, and how much of what it asks for it gets."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

MODEST = 5  # nice: beside other work a learner takes a quarter, so that it gets on
LAST = 19  # whatever else wants the processor goes first
MIN_SECONDS_WANTED = 0.5  # of the processor, for a share of them to mean something

_WINDOWS_CLASSES = {MODEST: "BELOW_NORMAL_PRIORITY_CLASS", LAST: "IDLE_PRIORITY_CLASS"}


def set_priority(pid: int, nice: int) -> bool:
    """Gives the process, which leads a session of its own, the priority `nice`: MODEST or LAST. False: ask again.

    Linux shares the processor among sessions, by a nice value that their owner may change both ways, and within one
    among threads, whose own nice value nobody without privileges may lower again. Both are set: the first counts where
    the system groups by session (a desktop), the second where it does not (a container). There a learner that has once
    gone last stays so until its task ends; the person who labels goes first.
    """
    try:
        process = psutil.Process(pid)
        if psutil.WINDOWS:
            process.nice(getattr(psutil, _WINDOWS_CLASSES[nice]))
        elif psutil.LINUX:
            for thread in process.threads():
                with suppress(PermissionError):
                    os.setpriority(os.PRIO_PROCESS, thread.id, nice)
            Path(f"/proc/{pid}/autogroup").write_text(f"{nice}")
        else:
            process.nice(nice)
    except BlockingIOError:  # the kernel takes such changes ten times a second, whoever asks
        return False
    except (psutil.Error, OSError):  # the process has ended, or this system has no such thing
        return True
    return True


def has_priority(pid: int, nice: int) -> bool:
    """Whether the process, with all its threads where Linux counts each by itself, goes before or beside `nice`."""
    try:
        process = psutil.Process(pid)
        if psutil.WINDOWS:
            return process.nice() == getattr(psutil, _WINDOWS_CLASSES[nice])
        if psutil.LINUX:
            return all(os.getpriority(os.PRIO_PROCESS, thread.id) <= nice for thread in process.threads())
        return process.nice() <= nice
    except (psutil.Error, OSError):  # the process, or a thread of it, has just ended
        return False


@dataclass(frozen=True, kw_only=True)
class ProcessorSeconds:
    """How long a process has computed, and how long it could have but others did."""

    ran: float
    waited: float


def processor_seconds(pid: int) -> ProcessorSeconds:
    """Those of the main thread of the process since its start.

    Waiting for a disk, a download or a GPU is neither. Linux alone tells; zeros elsewhere and where it has ended.
    """
    try:
        ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    except OSError:
        return ProcessorSeconds(ran=0.0, waited=0.0)
    return ProcessorSeconds(ran=int(ran) / 1e9, waited=int(waited) / 1e9)


def processor_share(before: ProcessorSeconds, after: ProcessorSeconds) -> float:
    """Of the time between two readings in which the process could have computed, the share in which it did.

    1 where nobody else wanted it, where the process wanted next to none, and where the system does not tell.
    """
    ran, waited = after.ran - before.ran, after.waited - before.waited
    return ran / (ran + waited) if ran + waited > MIN_SECONDS_WANTED else 1.0
