"""What a block asks of the database, statement by statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread

from sqlalchemy import event

from vabal_core.workspace import Workspace


@contextmanager
def counted_statements(ws: Workspace) -> Iterator[list[str]]:
    """Every statement, but those that begin a transaction and those of estimates, which are made in the background."""
    statements: list[str] = []

    def note(connection, cursor, statement, parameters, context, executemany) -> None:  # noqa: ANN001
        is_beginning = statement.startswith(("BEGIN", "PRAGMA busy_timeout"))
        if not is_beginning and not current_thread().name.startswith("estimates"):
            statements.append(statement)

    event.listen(ws.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(ws.engine, "before_cursor_execute", note)
