"""Whether an SQLite file is whole: a Studio that starts on a damaged one would take labels and lose them."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from vabal_core.store.database_words import is_damage
from vabal_core.types import StudioError

RESTORE = (
    "Nothing was written. Bring the last backup back into a new folder: set VABAL_DATA_DIR to it, run `python -m "
    "vabal_core restore BACKUP`, and start again. Keep the damaged file: what came after the backup may be read out of "
    "it (sqlite3's .recover)."
)


def refuse_damaged(engine: Engine) -> None:
    """StudioError, with what to do, where the SQLite file is damaged; PostgreSQL checks its own pages."""
    if engine.dialect.name != "sqlite":
        return
    try:
        with engine.connect() as connection:
            words = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    except sa.exc.DBAPIError as error:
        if not is_damage(error):
            return  # what else is wrong is said by whoever opens it next
        words = str(error.orig)
    if words != "ok":
        raise StudioError(f"The database {engine.url.database} is damaged ({words.splitlines()[0]}). {RESTORE}")
