"""Work on many files at once, in order, with little in flight."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

WORKERS = max(2, min(8, os.cpu_count() or 2))
AHEAD = 4 * WORKERS

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def in_order(work: Callable[[Item], Answer], items: Iterable[Item]) -> Generator[Answer, None, None]:
    """`work` of every item, in the items' order, several at a time in threads.

    At most `AHEAD` items are taken before their answers are asked for, so a million files are never all in flight.
    Closing the iterator drops what has not begun and returns once the few under way are done.
    """
    remaining = iter(items)
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="images")
    try:
        pending: deque[Future[Answer]] = deque(pool.submit(work, item) for item in islice(remaining, AHEAD))
        while pending:
            answer = pending.popleft().result()
            pending.extend(pool.submit(work, item) for item in islice(remaining, 1))
            yield answer
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
