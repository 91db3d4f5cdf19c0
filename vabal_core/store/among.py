"""Statements that are made once and ask for some values, however many these are."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.images import PIECE

AMONG: sa.BindParameter[Any] = sa.bindparam("among", expanding=True)


def rows_among(transaction: Connection, statement: sa.Select[Any], values: Sequence[Any]) -> Iterator[sa.Row[Any]]:
    """The rows of a `statement` whose condition is a column `.in_(AMONG)`. To build a statement and to compare it with
    those known already costs more than to answer it."""
    for start in range(0, len(values), PIECE):
        yield from transaction.execute(statement, {AMONG.key: values[start : start + PIECE]})
