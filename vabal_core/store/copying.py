"""All rows of one database into another: what a backup is made of and restored by, whichever kind either is."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from vabal_core.store.database import reading, writing
from vabal_core.store.second_look_tables import metadata

PIECE = 2_000
# Who has an image on screen: nobody, after a restore. What a page was told of the database as it was later than the
# copy need not be true of it: it is another database, with an identity of its own.
LEFT_OUT = {"lease", "database_identity"}


def copy_rows(source: Engine, target: Engine) -> Mapping[str, int]:
    """Copy everything, as it is at one moment, into a database of the same schema that holds nothing; table -> rows.

    People may label meanwhile: what they store after that moment is not in it. All of it is stored or, where that
    fails, none; StudioError then.
    """
    counts: dict[str, int] = {}
    with reading(source) as origin, writing(target) as transaction:
        for table in metadata.sorted_tables:
            if table.name not in LEFT_OUT:
                counts[table.name] = _copy_table(origin, transaction, table)
        if target.dialect.name == "postgresql":
            _continue_ids(transaction)
    return counts


def _copy_table(origin: Connection, transaction: Connection, table: sa.Table) -> int:
    later = [column.name for column in table.columns if column.references(table.c.get("id", column))]
    count, links = 0, []
    result = origin.execution_options(yield_per=PIECE).execute(sa.select(table).order_by(*table.primary_key))
    for piece in result.mappings().partitions(PIECE):
        rows = [dict(row) for row in piece]
        # A row that names another of its table, which may come behind it, names it once all are there.
        links += [{"of_row": row["id"]} | {name: row[name] for name in later} for row in rows if _linked(row, later)]
        transaction.execute(sa.insert(table), [row | dict.fromkeys(later) for row in rows])
        count += len(rows)
    if links:
        transaction.execute(sa.update(table).where(table.c.id == sa.bindparam("of_row")), links)
    return count


def _linked(row: Mapping[str, object], names: list[str]) -> bool:
    return any(row[name] is not None for name in names)


def _continue_ids(transaction: Connection) -> None:
    """New rows get ids behind those that were copied."""
    for table in metadata.sorted_tables:
        if table.name not in LEFT_OUT and "id" in table.c:
            sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', "id")
            highest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
            transaction.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(highest, 1), highest.is_not(None))))
