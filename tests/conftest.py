"""What all tests share: threads that compute and wait asleep, so that tests stay quick on a busy machine; a Studio to
ask; and a learner's process for several rounds.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.testclient import TestClient
    from ui_site import Site

    from vabal_core.loop.process import Learner

# Read by the OpenMP library when torch loads it, which no test module has done yet.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")
if "PYTEST_XDIST_WORKER" in os.environ:  # a core for each worker, and for the processes that its tests start
    os.environ.setdefault("OMP_NUM_THREADS", "1")


# Their tests run on SQLite and on PostgreSQL.
ON_BOTH_DATABASES = {
    *(
        f"test_store_{name}"
        for name in (
            "certain_labels",
            "counts",
            "label_log",
            "labels",
            "leases",
            "provenance",
            "rounds",
            "second_looks",
            "snapshot",
        )
    ),
    *(
        f"test_workspace_{name}"
        for name in ("accounts", "bin", "class_bin", "imports", "labelling", "people", "projects", "signing_in")
    ),
    *("test_store_change_log", "test_store_label_messages", "test_workspace_server_status"),
    *("test_store_round_events", "test_store_postgresql", "test_workspace_round_driver", "test_ui_api_labels"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__ in ON_BOTH_DATABASES:
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The kind of database that the test's Studios have: a file in their folder, or one server for all of them."""
    kind = getattr(request, "param", "sqlite")
    if kind == "postgresql":
        from postgresql import serving_studios

        with serving_studios(tmp_path_factory.getbasetemp(), monkeypatch):
            yield kind
    else:
        if "vabal_core.workspace" in sys.modules:
            from sqlite import copying_schema

            copying_schema(tmp_path_factory.getbasetemp(), monkeypatch)
        yield kind


@pytest.fixture(autouse=True)
def ranking_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No image is drawn at random instead of the next of a ranking, where a test does not ask for it."""
    if "vabal_core.workspace.audit" in sys.modules:
        monkeypatch.setattr(sys.modules["vabal_core.workspace.audit"].RANDOM, "random", lambda: 1.0)


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[TestClient]":
    """The routes of a new Studio."""
    from ui_site import serving  # here, so that tests without pages load none

    with serving(tmp_path, monkeypatch) as client:
        yield client


@pytest.fixture
def site(tmp_path: Path, client: "TestClient") -> "Site":
    """A project in it, and the person who labels there."""
    from ui_site import site_of

    return site_of(tmp_path, client, "Steel")


@pytest.fixture
def shared_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds from scratch, too, are given to the process that waits, as those of a frozen network are.

    A process takes seconds to load torch, and finds the same when it has learned before (tests/test_loop_worker.py).
    """
    from vabal_core.workspace import round_process

    learner = round_process.Learner

    def waiting(folder: Path, *, reuse: bool, goes_last: bool) -> "Learner":
        return learner(folder, reuse=True, goes_last=goes_last)

    monkeypatch.setattr(round_process, "Learner", waiting)
