"""Work in a process of its own: its memory is not that of work before it, and it can be stopped."""

import multiprocessing
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

GIB = 2**30
# Each process is a copy of one that has loaded these: they take longer than most of what is measured.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["common.synthetic_pool", "sklearn.cluster", "sklearn.neighbors", "vabal_core.query.strategies"]
)


class NotDone(Exception):
    """Why work was given up, in a few words."""


def in_own_process(work: Callable[..., Any], *arguments: Any, seconds: int, gib: int) -> Any:
    """What `work` returns. NotDone where it takes more than `seconds` of a processor, or `gib` of memory, or fails."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    limits = {resource.RLIMIT_CPU: seconds, resource.RLIMIT_DATA: gib * GIB}
    process = CONTEXT.Process(target=_send, args=(theirs, limits, work, *arguments))
    process.start()
    theirs.close()
    try:
        answer = ours.recv()
    except EOFError:
        process.join()
        stopped = process.exitcode == -signal.SIGXCPU
        answer = NotDone(
            f"stopped after {seconds} processor seconds" if stopped else "failed: its message stands above"
        )
    finally:
        process.kill()
        process.join()
    if isinstance(answer, NotDone):
        raise answer
    return answer


def _send(connection: Connection, limits: dict[int, int], work: Callable[..., Any], *arguments: Any) -> None:
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))
    try:
        connection.send(work(*arguments))
    except MemoryError:
        connection.send(NotDone(f"needs more than {limits[resource.RLIMIT_DATA] // GIB} GiB"))
