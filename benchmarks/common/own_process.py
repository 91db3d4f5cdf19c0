"""Work in a process of its own: its memory is not that of work before it, and it can be stopped."""

import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

GIB = 2**30


class NotDone(Exception):
    """Why work was given up, in a few words."""


def in_own_process(work: Callable[..., Any], *arguments: Any, seconds: float, gib: int) -> Any:
    """What `work` returns. NotDone where it takes longer than `seconds`, or more than `gib` of memory, or fails."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_send, args=(theirs, gib, work, *arguments))
    process.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            raise NotDone(f"stopped after {seconds:.0f} s")
        answer = ours.recv()
    except EOFError as error:
        raise NotDone("failed: see its message above") from error
    finally:
        process.kill()
        process.join()
    if isinstance(answer, NotDone):
        raise answer
    return answer


def _send(connection: Connection, gib: int, work: Callable[..., Any], *arguments: Any) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (gib * GIB, gib * GIB))
    try:
        connection.send(work(*arguments))
    except MemoryError:
        connection.send(NotDone(f"needs more than {gib} GiB"))
