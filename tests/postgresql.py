"""A PostgreSQL cluster of the tests' own, on a socket in a folder that goes with them, and an empty database a test."""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from vabal_core.store.database import connect
from vabal_core.store.migrate import migrate
from vabal_core.workspace import workspace as opening

# Nothing of a test's database has to outlive a loss of power.
QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"
USER, TEMPLATE = "studio", "studio_template"
NUMBERS = count(1)


def programs() -> Path | None:
    """Where the server's programs lie: on Debian beside the version, elsewhere on the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("pg_ctl")
    return folders[-1] if folders else Path(on_path).parent if on_path else None


@contextmanager
def serving_studios(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Studios that are opened meanwhile share a new database of the cluster, and are cut off from it at the end."""
    if programs() is None or (os.geteuid() == 0 and not _has_account()):
        reason = "PostgreSQL is not installed here, nor may it be: .ci/install-packages says how"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    monkeypatch.setenv("VABAL_DATABASE_URL", new_database())
    with ExitStack() as engines, monkeypatch.context() as patched:

        def connected(*address: Any) -> Engine:
            engine = connect(*address)
            engines.callback(_cut_off, engine)
            return engine

        patched.setattr(opening, "connect", connected)
        yield


def _cut_off(engine: Engine) -> None:
    """Close its connections, and those that a thread still has as soon as it gives them back."""
    sa.event.listen(engine.pool, "checkin", lambda _connection, record: record.invalidate())
    engine.dispose()


def _has_account() -> bool:
    """Whether somebody else than root is there to run the server, which refuses to run as root."""
    return any(account.pw_name == "postgres" for account in pwd.getpwall())


def new_database() -> str:
    """The address of a database of its own that has the newest schema."""
    name = f"studio_{next(NUMBERS)}"
    _execute(f"CREATE DATABASE {name} TEMPLATE {_template()}")
    return url_of(name)


def url_of(database: str) -> str:
    address = sa.URL.create("postgresql+psycopg", username=USER, database=database, query={"host": str(_cluster())})
    return address.render_as_string(hide_password=False)


@lru_cache(maxsize=1)
def _template() -> str:
    _execute(f"CREATE DATABASE {TEMPLATE}")
    engine = connect(url_of(TEMPLATE))
    migrate(engine, _cluster() / "studio.lock")
    engine.dispose()
    return TEMPLATE


@lru_cache(maxsize=1)
def _cluster() -> Path:
    """The folder of the cluster and of its socket; it runs until these tests end."""
    folder = Path(tempfile.mkdtemp(prefix="studio-pg-"))  # short: the address of a socket has at most 107 letters
    account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if account:
        shutil.chown(folder, "postgres", "postgres")
    run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **account}
    subprocess.run([programs() / "initdb", "-D", "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"], **run)
    options = f"{QUICK} -c listen_addresses= -c unix_socket_directories={folder}"
    command = [programs() / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"]
    subprocess.run([*command, "-o", options, "start"], **run)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(subprocess.run, [*command, "-m", "immediate", "stop"], **{**run, "check": False})
    return folder


def _execute(statement: str) -> None:
    engine = sa.create_engine(url_of("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
