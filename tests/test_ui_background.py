"""Background work: its last event, its result and its failure can be read by a page."""

from collections.abc import Generator
from threading import Event as Flag

import pytest

from vabal_core.types import Progress, StudioError
from vabal_core.ui.app import background
from vabal_core.ui.app.background import end_jobs, find_job, forget_job, jobs_under_way, start_job


@pytest.fixture
def name(request: pytest.FixtureRequest) -> Generator[str]:
    yield request.node.name
    forget_job(request.node.name)


def counting(steps: int) -> Generator[Progress, None, str]:
    for done in range(1, steps + 1):
        yield Progress("count", done, steps)
    return "counted"


def failing(problem: Exception) -> Generator[Progress, None, None]:
    yield Progress("count")
    raise problem


def waiting(release: Flag, closed: Flag) -> Generator[Progress, None, None]:
    try:
        while True:
            release.wait()
            yield Progress("wait")
    finally:
        closed.set()


def test_a_finished_job_keeps_its_result_and_last_event(name: str):
    job = start_job(name, counting(3), request="three")
    job.wait()
    assert (job.result, job.event, job.request, job.error) == ("counted", Progress("count", 3, 3), "three", "")
    assert find_job(name) is job


def test_a_job_that_fails_says_why_in_words(name: str):
    job = start_job(name, failing(StudioError("The disk is full.")))
    job.wait()
    assert job.finished and job.error == "The disk is full."


def test_an_unexpected_failure_is_kept_and_logged(name: str, caplog: pytest.LogCaptureFixture):
    job = start_job(name, failing(RuntimeError("boom")))
    job.wait()
    assert job.error == "RuntimeError: boom"
    assert "background work failed" in caplog.text


def test_a_stopped_job_closes_its_work(name: str):
    release, closed = Flag(), Flag()
    job = start_job(name, waiting(release, closed))
    job.cancel()
    release.set()
    job.wait()
    assert job.cancelled and closed.is_set()


def test_work_under_way_is_not_started_twice(name: str):
    release, closed = Flag(), Flag()
    job = start_job(name, waiting(release, closed))
    assert start_job(name, counting(3)) is job
    job.cancel()
    release.set()
    job.wait()


def test_a_finished_job_makes_room_for_the_next(name: str):
    first = start_job(name, counting(1))
    first.wait()
    assert start_job(name, counting(1)) is not first


def test_what_ended_too_long_ago_is_no_longer_offered(name: str, monkeypatch: pytest.MonkeyPatch):
    start_job(name, counting(1)).wait()
    assert find_job(name)
    monkeypatch.setattr(background, "KEPT_SECONDS", -1)
    assert find_job(name) is None


def test_jobs_that_are_ended_close_their_work_before_the_server_ends(name: str):
    release, closed = Flag(), Flag()
    release.set()
    job = start_job(name, waiting(release, closed))
    end_jobs()
    assert job.cancelled and closed.is_set() and name not in jobs_under_way()
