"""A PostgreSQL cluster of one's own, on a socket in a folder that goes with the process, and empty databases in it."""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from functools import lru_cache
from itertools import count
from pathlib import Path

import sqlalchemy as sa

# Nothing of these databases has to outlive a loss of power.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
USER = "studio"
NUMBERS = count(1)


def why_none() -> str:
    """Why no cluster can be had here; "" where one can."""
    if programs() is None:
        return "PostgreSQL is not installed"
    accounts = {account.pw_name for account in pwd.getpwall()}
    if os.geteuid() == 0 and "postgres" not in accounts:
        return "PostgreSQL refuses to run as root, and there is no account postgres"
    return ""


def programs() -> Path | None:
    """Where the server's programs lie: on Debian beside the version, elsewhere on the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("pg_ctl")
    return folders[-1] if folders else Path(on_path).parent if on_path else None


def create_database(template: str = "template1", *, durable: bool = False) -> str:
    """The address of a new database, a copy of `template`."""
    name = f"studio_{next(NUMBERS)}"
    engine = sa.create_engine(address("postgres", durable), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    return address(name, durable)


def address(database: str, durable: bool = False) -> str:
    place = {"host": str(_cluster(() if durable else QUICK))}
    url = sa.URL.create("postgresql+psycopg", username=USER, database=database, query=place)
    return url.render_as_string(hide_password=False)


@lru_cache(maxsize=2)
def _cluster(settings: tuple[str, ...]) -> Path:
    """The folder of a cluster and of its socket; it runs until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="studio-pg-"))  # short: the address of a socket has at most 107 letters
    account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if account:
        shutil.chown(folder, "postgres", "postgres")
    run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **account}
    subprocess.run([programs() / "initdb", "-D", "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"], **run)
    settings = (*settings, "listen_addresses=", f"unix_socket_directories={folder}", "max_connections=100")
    command = [programs() / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"]
    subprocess.run([*command, "-o", " ".join(f"-c {setting}" for setting in settings), "start"], **run)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(subprocess.run, [*command, "-m", "immediate", "stop"], **{**run, "check": False})
    return folder
