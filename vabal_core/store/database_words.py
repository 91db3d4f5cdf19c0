"""What a database's own error means to the person at the screen: SQLite tells it by a name, PostgreSQL by a number."""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from vabal_core.types import Busy, StudioError

_LOCKED = "another program kept the database locked; close it and try again"
_OUT_OF_TURN = "others were writing all the time, or another program kept it locked; try again in a moment"
DAMAGED = "the database file is damaged, and nothing is written to it any more; restore the last backup"
_FULL = "the disk is full; free some space and try again"
_AWAY = "its server cannot be reached, or is being stopped; labels wait in the browser until it is back"
_IN_THE_WAY_CODE = "40"  # a deadlock, or two transactions that could not have come one after the other
_IN_THE_WAY = "two changes at the same time were in each other's way, and this one was taken back; try again"

# The beginning of an error's name or number -> what it means, and what to do. The longer ones first.
SQLITE_WORDS = {
    "SQLITE_FULL": _FULL,
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_READONLY": "the database may not be written; check the rights of the file and of its folder",
    "SQLITE_CANTOPEN": "the database file cannot be opened; check that its folder exists and may be written",
    "SQLITE_IOERR": "the disk reported an error; check the disk and its free space",
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": "the file is not a database; restore the last backup or choose another data folder",
}
POSTGRESQL_WORDS = {
    _IN_THE_WAY_CODE: _IN_THE_WAY,
    "55P03": _LOCKED,
    "53100": _FULL,
    "53300": "its server has no more connections to give; raise max_connections there, or close other programs",
    "53": "its server has no memory or no space left; free some and try again",
    "57": _AWAY,
    "08": _AWAY,
    "28": "it does not let this user in; check the user and password in VABAL_DATABASE_URL",
    "3D": "there is no database of this name; make it by createdb, or check the name in VABAL_DATABASE_URL",
    "42501": "this user may not do that there; give it the rights to its own tables",
    "25006": "it may only be read just now: a copy that stands by; give the address of the one that is written",
    "22": "a value is too large, or holds a character that it cannot store",
    "XX": "it is damaged; restore it from a backup",
}
# The name of a rule -> what was against it.
RULES = {
    "uq_project_name": "a project of this name was made just now",
    "uq_defect_class_project_id_name": "a class of this name was made just now",
    "uq_image_project_id_fingerprint": "an image with this content was brought just now",
    "uq_image_project_id_position": "images were brought by somebody else at the same moment",
    "uq_round_running": "a round was started just now",
    "uq_round_project_id_number": "a round was started just now",
    "uq_label_event_event_id": "the decision with this id was stored just now",
    "pk_lease": "somebody else was handed one of these images just now",
}
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_MAY_PASS = ("SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "53300", "57", "08")


class InTheWay(Busy):
    """Two transactions waited for each other, and the database took this one back: it may be done again."""


def out_of_turn(engine: Engine) -> Busy:
    """What is told to whoever had to wait too long for the other writers of its process."""
    return Busy(f"The database {_place(engine)} did not answer: {_OUT_OF_TURN}.")


def in_words(engine: Engine, error: sa.exc.DBAPIError) -> StudioError | None:
    """The error as it is told; None for one that is a fault of the code."""
    code = code_of(error)
    words_by_code = SQLITE_WORDS if engine.dialect.name == "sqlite" else POSTGRESQL_WORDS
    if isinstance(error, sa.exc.IntegrityError):
        rule = RULES.get(getattr(getattr(error.orig, "diag", None), "constraint_name", None) or "")
        return Busy(f"It was not stored: {rule}. Look again, then repeat what is still missing.") if rule else None
    words = next((text for start, text in words_by_code.items() if code.startswith(start)), "")
    if not words and not isinstance(error, sa.exc.OperationalError):
        return None
    if engine.dialect.name != "sqlite" and not code:  # no server answered, so none gave a number
        words = _AWAY
    problem = InTheWay if code.startswith(_IN_THE_WAY_CODE) else Busy if code.startswith(_MAY_PASS) else StudioError
    return problem(f"The database {_place(engine)} did not answer: {words or error.orig}.")


def _place(engine: Engine) -> str | None:
    url = engine.url
    return url.database if engine.dialect.name == "sqlite" else url.host or url.query.get("host")


def is_damage(error: sa.exc.DBAPIError) -> bool:
    """Whether it says that an SQLite file is damaged."""
    return code_of(error).startswith(_DAMAGE)


def code_of(error: sa.exc.DBAPIError) -> str:
    """SQLite's name of an error, PostgreSQL's SQLSTATE; "" where it came from neither."""
    return getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
