"""What all tests share: threads that wait for work do so asleep, so that tests stay quick on a busy machine."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.testclient import TestClient
    from ui_site import Site

# Read by the OpenMP library when torch loads it, which no test module has done yet.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")


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
