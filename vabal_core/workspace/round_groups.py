"""Rounds that started by themselves while somebody labelled, told apart from those that a person started."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

from vabal_core.types import Round

Trigger = Literal["labels", "person", "takeover"]  # what a round started at; kept in its metrics


@dataclass(frozen=True, kw_only=True)
class RoundGroup:
    """One round, or several in a row that started by themselves on one day (here). Oldest first."""

    rounds: tuple[Round, ...]


def starts_by_itself(round_: Round) -> bool:
    """False also for rounds of versions that did not keep it."""
    return round_.metrics.get("trigger") == "labels"


def group_rounds(rounds: Sequence[Round]) -> list[RoundGroup]:
    """All of the rounds, oldest first: where one starts by itself every few labels there are hundreds."""

    def key(round_: Round) -> date | int:
        return round_.started_at.astimezone().date() if starts_by_itself(round_) else round_.number

    return [RoundGroup(rounds=tuple(group)) for _, group in groupby(rounds, key)]
