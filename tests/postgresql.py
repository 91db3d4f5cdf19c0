"""Studios of a test that share a database of PostgreSQL: an empty one, of a cluster of the tests' own."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from vabal_core.store.database import connect
from vabal_core.store.migrate import migrate
from vabal_core.workspace import workspace as opening

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from common.postgresql import create_database, why_none  # noqa: E402  (the scripts of benchmarks/ are no package)


@contextmanager
def serving_studios(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Studios that are opened meanwhile share a new database of the cluster, and are cut off from it at the end."""
    if reason := why_none():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    monkeypatch.setenv("VABAL_DATABASE_URL", create_database(_template(folder)))
    with ExitStack() as engines, monkeypatch.context() as patched:

        def connected(*address: Any) -> Engine:
            engine = connect(*address)
            engines.callback(_cut_off, engine)
            return engine

        patched.setattr(opening, "connect", connected)
        yield


@lru_cache(maxsize=1)
def _template(_folder: Path) -> str:
    """The name of a database with the newest schema, which the others are copies of."""
    engine = connect(create_database())
    migrate(engine, _folder / "template.lock")
    engine.dispose()
    return str(engine.url.database)


def _cut_off(engine: Engine) -> None:
    """Close its connections, and those that a thread still has as soon as it gives them back."""
    sa.event.listen(engine.pool, "checkin", lambda _connection, record: record.invalidate())
    engine.dispose()
