"""How long a running round still takes: by its own pace and what was measured here; where nobody can tell, why."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from workspaces import Filled, filled

from vabal_core import config, workspace
from vabal_core.store.database import writing
from vabal_core.store.round_events import append_event, append_processor_share
from vabal_core.store.rounds import start_round
from vabal_core.store.tables import round_event
from vabal_core.types import Progress, Round
from vabal_core.workspace import ImageReading, RoundProgress, round_progress

QUICK = config.to_json(config.preset("interactive"))
LAST = {"head": 10.0, "vae": 20.0, "score": 4.0}


@pytest.fixture
def project(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def running(project: Filled, **changes: Any) -> Round:
    facts = {"strategy": "vabal", "preset": "interactive", "batch": 5, "seed": 0, "labelled": 12}
    facts |= {"config": QUICK, "class_ids": project.class_ids, "metrics": {}} | changes
    return start_round(project.ws.engine, project.project_id, **facts)


def report(project: Filled, started: Round, event: Progress, seconds_ago: float = 0.0) -> None:
    append_event(project.ws.engine, started.id, event)
    with writing(project.ws.engine) as transaction:
        newest = sa.select(sa.func.max(round_event.c.id)).scalar_subquery()
        then = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        transaction.execute(sa.update(round_event).where(round_event.c.id == newest).values(created_at=then))


def followed(project: Filled) -> RoundProgress:
    progress = workspace.follow_round(project.ws, project.project_id)
    assert progress is not None
    return progress


def test_before_its_first_step_a_round_takes_what_the_last_one_took(project: Filled):
    project.rank(project.next(), seconds=LAST)
    running(project)
    assert followed(project).seconds_left == pytest.approx(34)


def test_the_present_phase_goes_by_its_own_pace_and_those_to_come_as_they_were(project: Filled):
    project.rank(project.next(), seconds=LAST)
    started = running(project)
    report(project, started, Progress("vae", 1, 100), seconds_ago=30)
    report(project, started, Progress("vae", 25, 100))
    assert followed(project).seconds_left == pytest.approx(30 * 3 + 4, abs=1)


def test_other_work_on_the_processor_counts_in(project: Filled):
    project.rank(project.next(), seconds=LAST)
    append_processor_share(project.ws.engine, running(project).id, 0.25)
    assert followed(project).seconds_left == pytest.approx(34 * 4)


def test_a_round_that_gets_next_to_nothing_of_the_processor_says_so_and_promises_nothing(project: Filled):
    project.rank(project.next(), seconds=LAST)
    append_processor_share(project.ws.engine, running(project).id, 0.01)
    progress = followed(project)
    assert progress.seconds_left is None and progress.why_unknown == round_progress.STARVED


def test_a_first_round_on_a_computer_that_was_never_measured_says_so(project: Filled, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(round_progress, "computes_on_cpu", lambda: False)
    running(project)
    progress = followed(project)
    assert progress.seconds_left is None and progress.why_unknown == round_progress.NEW_HERE


def test_a_round_behind_the_reading_of_images_counts_that_in_where_it_is_known(project: Filled):
    project.rank(project.next(), seconds=LAST)
    waits = Progress("features", message="Other images are being read just now; these come after them.")
    report(project, running(project), waits)
    progress = followed(project)
    assert progress.is_queued and progress.seconds_left is None and progress.why_unknown == round_progress.QUEUED
    state = workspace.project_state(project.ws, project.project_id)
    assert (state.going_on, state.seconds_left, state.why_unknown) == ("waiting", None, round_progress.QUEUED)
    reading = ImageReading(event=Progress("features", 1, 4), seconds_left=60.0)
    state = workspace.project_state(project.ws, project.project_id, reading)
    assert state.seconds_left == pytest.approx(94) and not state.why_unknown


def test_a_first_round_on_a_processor_goes_by_the_pace_that_was_measured_on_one(
    project: Filled, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(round_progress, "computes_on_cpu", lambda: True)
    running(project)
    assert followed(project).seconds_left == pytest.approx(15)


def test_a_round_that_learned_from_fewer_labels_is_scaled_to_those_that_are_there(project: Filled):
    project.rank(project.next(), seconds={"train": 10.0, "vae": 5.0})
    running(project, labelled=3, config=config.to_json(config.preset("paper")))
    assert followed(project).seconds_left == pytest.approx(35)
