"""Rounds that started by themselves while somebody labelled, told apart from those that a person started."""

from typing import Literal

from vabal_core.types import Round

Trigger = Literal["labels", "person"]  # what a round started at; kept in its metrics


def starts_by_itself(round_: Round) -> bool:
    """False also for rounds of versions that did not keep it."""
    return round_.metrics.get("trigger") == "labels"
