"""Rounds that started by themselves, told apart and put together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from vabal_core import workspace
from vabal_core.types import Round

NOON = datetime(2026, 3, 2, 12).astimezone()  # here, wherever that is


def round_at(number: int, trigger: str | None, started_at: datetime = NOON) -> Round:
    return Round(
        id=number, project_id=1, number=number, state="done", strategy="vabal", preset="interactive", batch=25, seed=0,
        config={}, class_ids=(1, 2), labelled=25 * number, started_at=started_at.astimezone(UTC), finished_at=None,
        message="", metrics={} if trigger is None else {"trigger": trigger},
    )  # fmt: skip


def numbers(rounds: list[Round]) -> list[list[int]]:
    return [[round_.number for round_ in group.rounds] for group in workspace.group_rounds(rounds)]


def test_rounds_that_started_by_themselves_stand_together_between_those_that_a_person_started():
    triggers = ["person", "labels", "labels", "labels", "person", "person", "labels", None]
    rounds = [round_at(number, trigger) for number, trigger in enumerate(triggers, start=1)]
    assert numbers(rounds) == [[1], [2, 3, 4], [5], [6], [7], [8]]
    assert workspace.group_rounds([]) == []


def test_a_new_day_begins_a_new_group():
    midnight = NOON.replace(hour=23, minute=59)
    rounds = [round_at(1, "labels", midnight), round_at(2, "labels", midnight + timedelta(minutes=2))]
    rounds.append(replace(round_at(3, "labels", midnight + timedelta(minutes=9)), state="failed"))
    assert numbers(rounds) == [[1], [2, 3]]
