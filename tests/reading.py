"""Reading images without a process and without convolutions: for tests of what comes of it, not of what reads."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from feature_images import Stub, stub_stages

from vabal_core.loop import features
from vabal_core.loop.cold_start import run_cold_start
from vabal_core.model.backbones import BACKBONES
from vabal_core.types import Progress
from vabal_core.workspace import features as verbs


class LearnerHere:
    """As `loop.process.Learner` of a cold start, in the process of the test."""

    def __init__(self, folder: Path, **_how: Any) -> None:
        self._events = run_cold_start(folder)

    def events(self) -> Iterator[Progress]:
        return self._events

    def give_way(self, everything: bool) -> None:
        pass

    def close(self) -> None:
        self._events.close()


def simplify_lite0(monkeypatch: pytest.MonkeyPatch) -> None:
    """lite0 without its convolutions, two images at a time: for tests of what is read and kept, not of what by."""
    record = replace(
        BACKBONES["lite0"], build=Stub, published=lambda: {}, tap_channels=(2, 2, 2, 1), last_channels=8,
        stages=stub_stages,
    )  # fmt: skip
    monkeypatch.setitem(BACKBONES, "lite0", record)
    monkeypatch.setattr(features, "APPENDED_ROWS", 4)
    monkeypatch.setitem(features.BATCH, "cpu", 2)


def read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images are read in the process of the test, by a network of four means."""
    simplify_lite0(monkeypatch)
    monkeypatch.setattr(verbs, "Learner", LearnerHere)
