"""Rounds as the database remembers them."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from workspaces import Filled, fall_silent, filled

from vabal_core.store import predictions, rounds
from vabal_core.store.database import reading, writing
from vabal_core.store.queue import waiting
from vabal_core.store.tables import out_of_sample, ranking
from vabal_core.types import OutOfSample, RankedImage, Reasons, Round, StudioError


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def start(steel: Filled) -> Round:
    facts: dict[str, Any] = {"strategy": "vabal", "preset": "interactive", "batch": 250, "seed": 2**40, "labelled": 7}
    facts |= {"config": {"epochs": 3}, "class_ids": steel.class_ids, "metrics": {"begun": True}}
    return rounds.start_round(steel.ws.engine, steel.project_id, **facts)


def ranked(steel: Filled, score: float = 0.5) -> list[RankedImage]:
    best = {"score": score, "predicted_class_id": steel.class_ids[0], "probability": 0.5}
    return [RankedImage(image_id=image_id, rank=rank, **best) for rank, image_id in enumerate(steel.pool, start=1)]


def ranking_rows(steel: Filled) -> int:
    with reading(steel.ws.engine) as transaction:
        return transaction.execute(sa.select(sa.func.count()).select_from(ranking)).scalar_one()


def test_a_round_is_remembered_as_it_was_started(steel: Filled) -> None:
    started = start(steel)
    assert (started.number, started.state, started.seed, started.labelled) == (1, "running", 2**40, 7)
    assert (started.config, started.class_ids, started.metrics) == ({"epochs": 3}, steel.class_ids, {"begun": True})
    assert started.started_at.tzinfo is not None and started.finished_at is None
    assert rounds.rounds(steel.ws.engine, steel.project_id) == [started]
    assert rounds.last_done(steel.ws.engine, steel.project_id) is None


def test_one_round_runs_at_a_time_in_a_project(steel: Filled) -> None:
    start(steel)
    with pytest.raises(StudioError, match="Round 1 is still running"):
        start(steel)
    other = filled(steel.ws.data_dir, name="Other")
    assert start(other).number == 1


def test_a_finished_round_is_done_and_in_use(steel: Filled) -> None:
    done = rounds.finish_round(steel.ws.engine, start(steel).id, {"accuracy": 0.9}, ranked(steel))
    assert (done.state, done.metrics) == ("done", {"accuracy": 0.9})
    assert done.finished_at is not None
    assert rounds.last_done(steel.ws.engine, steel.project_id) == done
    assert ranking_rows(steel) == 20
    assert start(steel).number == 2


def test_a_ranking_of_many_pieces_is_written_whole(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "PIECE", 7)
    rounds.finish_round(steel.ws.engine, start(steel).id, {}, iter(ranked(steel)))
    assert ranking_rows(steel) == 20
    assert steel.next(count=20) == list(steel.pool)


def test_a_ranking_that_breaks_off_is_never_seen(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "PIECE", 2)
    before = steel.next(count=20)
    started = start(steel)
    rows = [*ranked(steel)[:5], replace(ranked(steel)[5], score=math.nan)]
    with pytest.raises(ValueError, match=f"image {steel.pool[5]} holds a number that is not finite"):
        rounds.finish_round(steel.ws.engine, started.id, {}, rows)
    assert steel.next(count=20) == before
    rounds.end_round(steel.ws.engine, started.id, "failed", "The score was not a number.")
    assert ranking_rows(steel) == 0


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
def test_a_round_that_ends_early_says_why_and_leaves_the_old_ranking_in_use(steel: Filled, state: Any) -> None:
    first = rounds.finish_round(steel.ws.engine, start(steel).id, {}, ranked(steel))
    ended = rounds.end_round(steel.ws.engine, start(steel).id, state, "The GPU went away.")
    assert (ended.number, ended.state, ended.message) == (2, state, "The GPU went away.")
    assert rounds.last_done(steel.ws.engine, steel.project_id) == first


def test_the_heartbeat_goes_on_while_a_long_ranking_is_written(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "PIECE", 7)
    started = start(steel)
    silent_since = fall_silent(steel.ws, started)
    rows = ranked(steel)

    def ranking_that_breaks_off() -> Any:
        yield from rows[:14]
        raise ValueError("the disk went away")

    with pytest.raises(ValueError, match="the disk went away"):
        rounds.finish_round(steel.ws.engine, started.id, {}, ranking_that_breaks_off())
    (running,) = rounds.rounds(steel.ws.engine, steel.project_id)
    assert running.state == "running" and running.heartbeat_at > silent_since


def test_a_round_that_has_ended_has_no_heartbeat_any_more(steel: Filled) -> None:
    ended = rounds.end_round(steel.ws.engine, start(steel).id, "interrupted", "")
    silent_since = fall_silent(steel.ws, ended)
    rounds.write_heartbeat(steel.ws.engine, ended.id)
    assert rounds.rounds(steel.ws.engine, steel.project_id)[0].heartbeat_at == silent_since


def test_a_cancelled_round_cannot_be_finished_afterwards(steel: Filled) -> None:
    started = start(steel)
    rounds.end_round(steel.ws.engine, started.id, "cancelled", "")
    with pytest.raises(StudioError, match="Round 1 is cancelled, not running"):
        rounds.finish_round(steel.ws.engine, started.id, {}, ranked(steel))
    assert ranking_rows(steel) == 0


def test_the_rankings_of_the_newest_two_rounds_are_kept_and_no_older(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "PIECE", 7)
    done = [rounds.finish_round(steel.ws.engine, start(steel).id, {}, ranked(steel)) for _ in range(4)]
    with reading(steel.ws.engine) as transaction:
        kept = set(transaction.execute(sa.select(ranking.c.round_id)).scalars())
    assert kept == {done[2].id, done[3].id}
    assert ranking_rows(steel) == 40
    assert steel.next(count=20) == list(steel.pool)


@pytest.mark.parametrize("reasons", [
    Reasons(), Reasons(next_likely=((2, 0.4125), (0, 0.1))), Reasons(log_likelihood=(-1.5, -2.0, 0.25)),
    Reasons(next_likely=((0, 0.0),), draw_counts=(62, 0, 38)),
])  # fmt: skip
def test_the_reasons_of_an_image_come_back_as_they_were(steel: Filled, reasons: Reasons) -> None:
    images = [replace(image, reasons=reasons) for image in ranked(steel)]
    done = rounds.finish_round(steel.ws.engine, start(steel).id, {}, images)
    rows = waiting(steel.ws.engine, steel.project_id, "pool", round_id=done.id, count=2)
    assert [row.reasons for row in rows] == [reasons, reasons]


@pytest.mark.parametrize(("text", "reasons"), [
    ("[]", Reasons()), ("[-1.5, -2.0, 0.25]", Reasons(log_likelihood=(-1.5, -2.0, 0.25))),
    ('{"draw_counts": [2, 0], "of_2031": 1}', Reasons(draw_counts=(2, 0))),
    ('{"runner_up": [1, 0.25]}', Reasons(next_likely=((1, 0.25),))),
])  # fmt: skip
def test_reasons_of_another_version_are_read_as_far_as_they_are_known(text: str, reasons: Reasons) -> None:
    assert predictions.reasons_from(text) == reasons


@pytest.mark.parametrize("bad", [Reasons(next_likely=((1, math.nan),)), Reasons(log_likelihood=(0.0, -math.inf))])
def test_a_reason_that_is_not_finite_is_refused_with_its_image(steel: Filled, bad: Reasons) -> None:
    images = [replace(image, reasons=bad) for image in ranked(steel)]
    with pytest.raises(ValueError, match=f"ranking of image {steel.pool[0]} holds a number that is not finite"):
        rounds.finish_round(steel.ws.engine, start(steel).id, {}, images)


def test_rankings_of_other_projects_and_of_running_rounds_are_left_alone(steel: Filled) -> None:
    other = filled(steel.ws.data_dir, name="Other")
    rounds.finish_round(steel.ws.engine, start(other).id, {}, ranked(other))
    running = start(steel)
    with writing(steel.ws.engine) as transaction:
        facts = {"rank": 1, "score": 0.5, "predicted_class_id": steel.class_ids[0], "probability": 0.5}
        row = {"round_id": running.id, "image_id": steel.pool[0], "log_likelihood": "[]", **facts}
        transaction.execute(sa.insert(ranking).values(row))
    rounds.prune(steel.ws.engine, steel.project_id)
    assert ranking_rows(steel) == 21


def unseen(steel: Filled, probability: float = 0.5) -> list[OutOfSample]:
    return [OutOfSample(image_id, steel.class_ids[1], probability) for image_id in steel.evaluation]


def out_of_sample_rows(steel: Filled) -> list[tuple[int, int]]:
    """(round id, image id) of every out-of-sample prediction."""
    with reading(steel.ws.engine) as transaction:
        query = sa.select(out_of_sample.c.round_id, out_of_sample.c.image_id).order_by(
            out_of_sample.c.round_id, out_of_sample.c.image_id
        )
        return [tuple(row) for row in transaction.execute(query)]


def test_out_of_sample_predictions_are_kept_of_the_newest_round_alone(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "PIECE", 2)
    for _ in range(3):
        done = rounds.finish_round(steel.ws.engine, start(steel).id, {}, ranked(steel), iter(unseen(steel)))
        assert out_of_sample_rows(steel) == [(done.id, image_id) for image_id in steel.evaluation]
    other = filled(steel.ws.data_dir, name="Other")
    rounds.finish_round(other.ws.engine, start(other).id, {}, ranked(other), unseen(other))
    assert len(out_of_sample_rows(steel)) == 10, "those of another project stay"
    rounds.finish_round(steel.ws.engine, start(steel).id, {}, ranked(steel))
    assert len(out_of_sample_rows(steel)) == 5


def test_out_of_sample_predictions_that_break_off_leave_the_old_ones_in_use(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "PIECE", 2)
    first = rounds.finish_round(steel.ws.engine, start(steel).id, {}, ranked(steel), unseen(steel))
    second = start(steel)
    broken = [*unseen(steel)[:3], OutOfSample(steel.evaluation[3], steel.class_ids[0], math.inf)]
    with pytest.raises(ValueError, match=f"image {steel.evaluation[3]} holds a number that is not finite"):
        rounds.finish_round(steel.ws.engine, second.id, {}, ranked(steel), broken)
    assert rounds.last_done(steel.ws.engine, steel.project_id) == first
    rounds.end_round(steel.ws.engine, second.id, "failed", "A number was not finite.")
    assert out_of_sample_rows(steel) == [(first.id, image_id) for image_id in steel.evaluation]


def test_a_round_cancelled_while_its_predictions_are_written_stays_cancelled(steel: Filled) -> None:
    started = start(steel)

    def cancelled() -> Any:
        rounds.end_round(steel.ws.engine, started.id, "cancelled", "")
        yield from unseen(steel)

    with pytest.raises(StudioError, match="Round 1 is cancelled, not running"):
        rounds.finish_round(steel.ws.engine, started.id, {}, ranked(steel), cancelled())
    assert out_of_sample_rows(steel) == []
