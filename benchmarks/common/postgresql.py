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
from typing import Any

import sqlalchemy as sa

# Nothing of these databases has to outlive a loss of power.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
USER = "studio"
NUMBERS = count(1)
MAX_SECONDS = 300  # to start: what was stopped at once is put in order first, file by file


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


def stop(url: str) -> None:
    """Stops the server of this address at once, as a loss of power would."""
    _control(Path(str(sa.make_url(url).query["host"])), "-m", "immediate", "stop")


def start(url: str) -> None:
    """Starts it again, as it was."""
    _control(Path(str(sa.make_url(url).query["host"])), "start")


def _control(folder: Path, *what: str) -> None:
    command = [programs() / "pg_ctl", "-D", folder / "data", "-w", "-t", str(MAX_SECONDS), "-l", folder / "log", *what]
    if what == ("start",):  # with the options that it was started with
        options = (folder / "options").read_text(encoding="utf-8")
        command[-1:] = ["-o", options, "start"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **_account())


def _account() -> dict[str, Any]:
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


@lru_cache(maxsize=2)
def _cluster(settings: tuple[str, ...]) -> Path:
    """The folder of a cluster and of its socket; it runs until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="studio-pg-"))  # short: the address of a socket has at most 107 letters
    if account := _account():
        shutil.chown(folder, "postgres", "postgres")
    run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **account}
    subprocess.run([programs() / "initdb", "-D", "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"], **run)
    settings = (*settings, "listen_addresses=", f"unix_socket_directories={folder}", "max_connections=100")
    (folder / "options").write_text(" ".join(f"-c {setting}" for setting in settings), encoding="utf-8")
    _control(folder, "start")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    stopping = [programs() / "pg_ctl", "-D", folder / "data", "-w", "-m", "immediate", "stop"]
    atexit.register(subprocess.run, stopping, **{**run, "check": False})
    return folder
