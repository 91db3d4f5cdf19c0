"""One engine, one way to write, one way to read, and the database's own errors said in words.

Every function of this room takes a database or a transaction (`Database`) and says `with reading(database)` or
`with writing(database)`: called alone it has a transaction of its own, called inside one it is a part of it.
"""

import atexit
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from vabal_core.store.database_words import DAMAGED, InTheWay, in_words, is_damage, out_of_turn
from vabal_core.store.snapshot import renewed, snapshot_of
from vabal_core.store.turns import BUSY_SECONDS, Turns, seconds_to_wait
from vabal_core.types import StudioError

MAX_TURN_SECONDS = 0.1  # whoever waits for SQLite's write lock asks for it again at least this often

# As many connections as the server's threads ask for, within the hundred that PostgreSQL gives by default; one that
# broke is found before it is used, and nobody waits for ever.
POSTGRESQL = {
    "pool_pre_ping": True,
    "pool_size": 20,
    "max_overflow": 20,
    "connect_args": {"connect_timeout": 10, "options": f"-c lock_timeout={BUSY_SECONDS:g}s -c timezone=UTC"},
}
LANES = 8  # transactions of a process that may write beside each other: each has a connection of its own
MAX_TRIES = 4
WRITE_LOCK = 7_812_254  # any number that no other program on the database takes an advisory lock of
# Of PostgreSQL: all statements of the transaction see the state of its first one, as on SQLite.
ONE_STATE = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

# Where a store function reads or writes: a database, or a transaction that is open already, which it joins.
Database = Engine | Connection


def connect(database_url: str, data_dir: Path | None = None) -> Engine:
    """An engine for `database_url`. On SQLite every connection gets foreign keys, patience and durable commits.

    Addresses of files within `data_dir` are kept relative to it (see FileAddress in tables.py).

    StudioError where the address cannot be understood, or its database's driver is not installed.
    """
    try:
        url = sa.make_url(database_url)
        if url.get_backend_name() != "sqlite":
            engine = sa.create_engine(url, **POSTGRESQL)
            atexit.register(engine.dispose)  # psycopg warns of connections that nobody has closed
            return _for_folder(engine, data_dir)
        # As many connections as threads ask for: a limit would make them wait for each other before the database does.
        engine = sa.create_engine(url, max_overflow=-1)
    except (sa.exc.ArgumentError, ValueError, ImportError) as error:
        # The address may hold a password: it is not shown.
        raise StudioError(
            f"The database address (VABAL_DATABASE_URL) cannot be used: {type(error).__name__}. It should read like "
            "sqlite:////data/studio.db or postgresql+psycopg://user:password@host/name, its driver being installed."
        ) from error
    sa.event.listen(engine, "connect", _prepare_connection)
    sa.event.listen(engine, "begin", _begin)
    return _for_folder(engine, data_dir)


def _for_folder(engine: Engine, data_dir: Path | None) -> Engine:
    engine.dialect.data_dir = data_dir  # all that a column type is told when it reads and writes
    engine.dialect.damaged = False  # until a statement finds it so
    # The dialect is the one object that an engine and its likes with other options have in common.
    engine.dialect.turns, engine.dialect.lanes = Turns(), Turns(LANES)
    return engine


def sqlite_url(file: Path) -> str:
    """The URL of an SQLite database in `file`; a folder name with `?` or `%` in it is safe."""
    return sa.URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)


@contextmanager
def writing(database: Database, *, beside: bool = False) -> Iterator[Connection]:
    """A transaction that may write: all of it is stored when the block ends, none of it when the block raises.

    Given a transaction that may write, the block is a part of it and is stored with it. A new one waits for its turn
    among the process's threads, then takes the one write lock at once, on SQLite by BEGIN IMMEDIATE: a transaction that
    reads first and writes later could otherwise find at its first write that somebody else was quicker, and fail
    without waiting. On PostgreSQL an advisory lock, given in the order in which it was asked for, makes all servers of
    a database as one: what a transaction has read is so until it ends, and none waits for another in a circle.

    `beside`: on PostgreSQL, others that say so too may write at the same moment: people who label and are given images,
    who must not wait for each other. They share the lock that everybody else takes alone, so that classes, imports,
    rounds and rankings stand still for them; what they change themselves they lock row by row (`lock_images`,
    `counts.add_to`, `leases.hold`), and they pass over rows that another has locked.

    StudioError when the disk is full, Busy when the database stays locked; InTheWay, a Busy, where two transactions
    waited for each other (see `repeated`); ValueError inside a transaction that only reads, or that writes beside
    others where the block is to write alone.
    """
    if isinstance(database, Connection):
        _check_joined(database, beside)
        yield database
        return
    if database.dialect.damaged:  # one page is seldom alone: what is written beside it would be lost with it
        raise StudioError(f"The database {database.url.database} did not answer: {DAMAGED}.")
    began = time.monotonic()
    beside = beside and database.dialect.name != "sqlite"
    with renewed(database), _turn(database, beside) as seconds, _in_words(database):
        waiting = {"vabal_patience": seconds, "vabal_began": began}
        writer = database.execution_options(vabal_writing=True, vabal_beside=beside, **waiting)
        with writer.begin() as transaction:
            if database.dialect.name != "sqlite":
                _take_write_lock(transaction, seconds)
            yield transaction


def _check_joined(transaction: Connection, beside: bool) -> None:
    if not _may_write(transaction):
        raise ValueError("this transaction only reads: open it with `writing`")
    if writes_beside(transaction) and not beside:
        raise ValueError("this transaction writes beside others: open it with `writing` alone")


def writes_beside(transaction: Connection) -> bool:
    """Whether others may write at the same moment (see `writing`)."""
    return transaction.get_execution_options().get("vabal_beside", False)


T = TypeVar("T")


def repeated(work: Callable[[], T]) -> T:
    """What `work` returns, which is a whole transaction: where two were in each other's way, the database takes one of
    them back, and it is done again, MAX_TRIES times in all. InTheWay after that."""
    for _ in range(MAX_TRIES - 1):
        with suppress(InTheWay):
            return work()
        time.sleep(random.uniform(0.02, 0.1))  # the other one is to be done by then
    return work()


@contextmanager
def _turn(engine: Engine, beside: bool) -> Iterator[float]:
    line = engine.dialect.lanes if beside else engine.dialect.turns
    with ExitStack() as stack:
        try:
            seconds = stack.enter_context(line.turn(seconds_to_wait()))
        except TimeoutError as error:
            raise out_of_turn(engine) from error
        yield seconds


def seconds_since_begun(transaction: Connection) -> float:
    """Since `writing` was asked for it: its turn was waited for within that."""
    return time.monotonic() - transaction.get_execution_options()["vabal_began"]


def _take_write_lock(transaction: Connection, seconds: float) -> None:
    """Of PostgreSQL: also in the order in which other servers have asked for it."""
    waits = sa.func.set_config("lock_timeout", f"{max(1, round(1000 * seconds))}ms", True)
    take = sa.func.pg_advisory_xact_lock_shared if writes_beside(transaction) else sa.func.pg_advisory_xact_lock
    transaction.execute(sa.select(waits, take(WRITE_LOCK)))


@contextmanager
def writing_piece(database: Engine) -> Iterator[Connection]:
    """`writing` for one piece of long work. SQLite gives its write lock to whoever asks just when it is free: who takes
    it again at once keeps it. So the others have a turn after each piece; as they ask more rarely the longer they wait,
    it is longer after a long piece."""
    began = time.monotonic()
    with writing(database) as transaction:
        yield transaction
    if database.dialect.name == "sqlite":
        time.sleep(min(MAX_TURN_SECONDS, (time.monotonic() - began) / 2))


@contextmanager
def reading(database: Database) -> Iterator[Connection]:
    """A transaction that only reads, and sees one state of the database throughout; given a transaction, or within
    `snapshot`, a part of it.

    StudioError as `writing`.
    """
    if isinstance(database, Connection):
        yield database
        return
    begin = database.execution_options(**({} if database.dialect.name == "sqlite" else ONE_STATE)).begin
    latest = snapshot_of(database)
    with _in_words(database), latest.reading(begin) if latest else begin() as transaction:
        yield transaction


@contextmanager
def reading_in_order(database: Database) -> Iterator[Connection]:
    """`reading` for whoever remembers the newest number of the log, to ask later what came behind it.

    On PostgreSQL people who label at the same moment are given numbers before their labels are stored: the lower one
    may be stored last. So nobody labels just then: none below the newest is still to come. Given a transaction, a part
    of it, which may not see them all: what it has seen must not be remembered.
    """
    alone = database.dialect.name != "sqlite" and not isinstance(database, Connection)
    with writing(database) if alone else reading(database) as transaction:
        yield transaction


@contextmanager
def attempt(transaction: Connection) -> Iterator[None]:
    """A part of a transaction that may be wrong by itself: a ValueError undoes the part alone and is raised, as is one
    for a value that the database cannot hold.

    Any other error is the transaction's: a full disk has ended it already, and no part of it can be undone any more.
    """
    savepoint = transaction.begin_nested()
    try:
        yield
    except ValueError:
        savepoint.rollback()
        raise
    except sa.exc.DataError as error:
        savepoint.rollback()
        raise ValueError(f"the database cannot hold a value of it: {error.orig}") from error
    savepoint.commit()


def _prepare_connection(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: `_begin` does, and decides which kind.
    connection.isolation_level = None
    for pragma in (
        "foreign_keys = ON",
        # FULL, not NORMAL: NORMAL survives a killed process but may lose the last commits when a plant's PC loses
        # power, and a label that was shown as saved must never be lost. It costs one disk flush a commit.
        "synchronous = FULL",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    seconds = connection.get_execution_options().get("vabal_patience", BUSY_SECONDS)
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(1000 * seconds)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _may_write(connection) else "BEGIN")


def _may_write(connection: Connection) -> bool:
    return connection.get_execution_options().get("vabal_writing", False)


@contextmanager
def _in_words(engine: Engine) -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as error:
        engine.dialect.damaged |= is_damage(error)
        if worded := in_words(engine, error):
            raise worded from error
        raise
