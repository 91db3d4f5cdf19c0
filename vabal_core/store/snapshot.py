"""One state of the database for all that a thread reads in a row, such as what one page shows.

Within `with snapshot(engine):` every `reading(engine)` of the thread is a part of one transaction, and a question that
is `asked_once` goes to the database once. Before and after the thread writes, that transaction ends and its answers are
forgotten: what follows is read anew. Other threads are not concerned.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import wraps
from threading import local
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

Begin = Callable[[], AbstractContextManager[Connection]]  # of a transaction that only reads
Given, Answer = ParamSpec("Given"), TypeVar("Answer")
Question = Callable[Concatenate[Engine | Connection, Given], Answer]

_of_thread = local()


class Snapshot:
    """What one thread reads of one database: the transaction, begun with the first block that reads, and the answers
    that it has given so far."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.transaction: Connection | None = None
        self.answers: dict[Hashable, Any] = {}
        self._ending = ExitStack()
        self._readers = 0  # blocks that are reading: the transaction does not end below them
        self._is_old = False

    @contextmanager
    def reading(self, begin: Begin) -> Iterator[Connection]:
        """The transaction, as a part of it; once the database has failed, the next block begins another."""
        if self.transaction is None:
            self.transaction = self._ending.enter_context(begin())
        self._readers += 1
        try:
            yield self.transaction
        except sa.exc.DBAPIError:
            self._is_old = True
            raise
        finally:
            self._readers -= 1
            if self._is_old:
                self.forget()

    def forget(self) -> None:
        """Read anew from now on; where blocks are reading, after the last of them."""
        self.answers.clear()
        self._is_old = self._readers > 0
        if self.transaction is not None and not self._is_old:
            self.transaction.rollback()  # it has written nothing, and what failed cannot be committed
            self.transaction = None
            self._ending.close()


@contextmanager
def snapshot(engine: Engine) -> Iterator[None]:
    """Have this thread read one state of the database within the block; such a block in another is a part of it."""
    if snapshot_of(engine):
        yield
        return
    before, _of_thread.snapshot = getattr(_of_thread, "snapshot", None), Snapshot(engine)
    try:
        yield
    finally:
        _of_thread.snapshot.forget()
        _of_thread.snapshot = before


def snapshot_of(database: Engine | Connection) -> Snapshot | None:
    """The snapshot that this thread reads `database` from, be it the engine or the snapshot's own transaction."""
    latest: Snapshot | None = getattr(_of_thread, "snapshot", None)
    return latest if latest and database in (latest.engine, latest.transaction) else None


@contextmanager
def renewed(engine: Engine) -> Iterator[None]:
    """What this thread reads in the block, and what it reads after it, is read anew."""
    latest = snapshot_of(engine)
    if latest:
        latest.forget()
    try:
        yield
    finally:
        if latest:
            latest.forget()


def asked_once(ask: Question[Given, Answer]) -> Question[Given, Answer]:
    """Have the database asked once in a snapshot for what `ask` reads. The answer is shared: nobody may change it."""

    @wraps(ask)
    def answer(database: Engine | Connection, *args: Given.args, **options: Given.kwargs) -> Answer:
        latest = snapshot_of(database)
        if latest is None:
            return ask(database, *args, **options)
        question = ask, args, frozenset(options.items())
        if question not in latest.answers:
            latest.answers[question] = ask(database, *args, **options)
        return latest.answers[question]

    return answer
