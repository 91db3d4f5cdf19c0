"""Reading images as the pages show it: how far it is, at which side, what it takes on disk; and what starts it."""

import asyncio
from collections.abc import Callable, Generator
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from reading import read_at_once
from streamlit.testing.v1 import AppTest
from ui_pages import opened, sentence, with_specialists
from ui_projects import steel_project
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import Progress, Project, StudioError
from vabal_core.ui.app import reading
from vabal_core.ui.app.background import forget_job
from vabal_core.ui.app.lifespan import lifespan
from vabal_core.ui.app.reading import reading_job, restart_reading, start_reading
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views import import_jobs
from vabal_core.ui.views.features import reading_after_import, reading_cost
from vabal_core.workspace import FeatureState

Reader = Callable[..., Generator[Progress, None, int]]


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> workspace.Workspace:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path))
    monkeypatch.setattr(workspace, "devices_so_far", lambda: "CPU (2 threads)")
    read_at_once(monkeypatch)
    return studio()


@pytest.fixture
def project(ws: workspace.Workspace, tmp_path: Path) -> Generator[Project]:
    project = frozen(ws, tmp_path, "Steel")
    yield project
    if job := reading_job(project):
        job.cancel()
        job.wait()
    forget_job(f"features-{project.id}")


def frozen(ws: workspace.Workspace, folder: Path, name: str) -> Project:
    project = steel_project(ws, folder / name, name=name, size=96)
    forget_job(f"features-{project.id}")
    return workspace.update_settings(ws, ANN, project.id, preset="interactive")


def until(release: Flag, *events: Progress, counts: list[int] | None = None) -> Reader:
    """A reading of images that shows `events`, then waits for `release`."""

    def read(*_: Any) -> Generator[Progress, None, int]:
        yield from events
        while not release.wait(0.01):
            yield events[-1]
        return counts.pop(0) if counts else 0

    return read


def words(page: AppTest) -> str:
    return " ".join(element.value.replace("\\", "") for element in [*page.caption, *page.warning])


def test_reading_goes_on_until_nothing_is_left(ws, project):
    start_reading(ws, project).wait()
    assert reading_job(project).error == ""
    assert workspace.feature_state(ws, project.id).read == 15


def test_images_that_came_while_it_read_are_read_too(ws, project, monkeypatch):
    counts, release = [5, 2, 0], Flag()
    release.set()
    monkeypatch.setattr(workspace, "read_features", until(release, Progress("features", 1, 5), counts=counts))
    start_reading(ws, project).wait()
    assert counts == []


def test_one_job_a_project_reads_and_another_setting_stops_it_first(ws, project, monkeypatch):
    release = Flag()
    monkeypatch.setattr(workspace, "read_features", until(release, Progress("features", 1, 5)))
    first = start_reading(ws, project)
    assert start_reading(ws, project) is first is reading_job(project)
    second = restart_reading(ws, project)
    assert first.cancelled and second is not first and not second.finished
    release.set()
    second.wait()
    assert restart_reading(ws, project) is not second


@pytest.mark.parametrize("page", ["label", "data"])
def test_a_page_says_how_far_the_reading_is_and_that_labelling_need_not_wait(ws, project, monkeypatch, page):
    release = Flag()
    monkeypatch.setattr(workspace, "read_features", until(release, Progress("features", 6, 15)))
    job = start_reading(ws, project)
    while job.event.phase != "features":
        pass
    shown = opened(page)
    assert "6 of 15 so far" in sentence(shown) and shown.button(key="state_action").label == "Label on meanwhile"
    (bar,) = shown.get("progress")
    assert bar.proto.value == 40
    release.set()
    job.wait()
    assert "so far" not in sentence(opened(page))


def test_the_time_left_goes_by_the_images_that_were_read_and_not_by_the_start(monkeypatch):
    clock = iter([100.0, 100.0, 110.0, 120.0, 121.0, 121.0])
    monkeypatch.setattr(reading.time, "monotonic", lambda: next(clock))
    pace = reading.Pace()
    pace.note(Progress("features"))
    assert pace.seconds_left() is None
    pace.note(Progress("features", 16, 160))
    assert pace.seconds_left() is None, "one step tells no pace"
    pace.note(Progress("features", 32, 160))
    assert pace.seconds_left() == pytest.approx(10 * 128 / 16)
    pace.note(Progress("features", 64, 160))
    assert pace.seconds_left() == pytest.approx(20 * 96 / 48)
    pace.note(Progress("features", 1, 5))
    assert pace.seconds_left() is None, "others that came meanwhile are counted anew"


def test_what_is_under_way_before_the_first_image_is_said_too(ws, project, monkeypatch):
    release = Flag()
    waits = Progress("features", message="The images are being read just now; this goes on when that is done.")
    monkeypatch.setattr(workspace, "read_features", until(release, waits))
    job = start_reading(ws, project)
    while job.event is not waits:
        pass
    assert "The images are being read just now" in sentence(opened("label"))
    release.set()


def test_a_reading_that_failed_says_why_and_can_be_tried_again(ws, project, monkeypatch):
    def fail(*_: Any) -> Generator[Progress, None, int]:
        yield Progress("features")
        raise StudioError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(workspace, "read_features", fail)
        start_reading(ws, project).wait()
    page = opened("data")
    assert "could not be read for learning: The disk is full. Labelling goes on without." in sentence(page)
    page.button(key="state_action").click().run()
    reading_job(project).wait()
    assert workspace.feature_state(ws, project.id).read == 15
    assert "could not be read" not in sentence(page.run())


def test_the_side_is_shown_with_its_cost_and_another_one_is_read_in_the_background(ws, project):
    page = with_specialists()
    side = page.selectbox(key=f"side-{project.id}")
    assert side.options[:3] == ["Their own size, 96 px", "64 px", "96 px"] and side.value == 0
    assert "At 96 px the 15 images take about 1 s on two CPU cores, once." in words(page)
    side.select(128).run()
    reading_job(project).wait()
    page.run()
    assert workspace.find_project(ws, "Steel").settings["side"] == 128
    assert "All 15 images are read at 128 px." in words(page)
    assert page.selectbox(key=f"side-{project.id}").value == 128


def test_a_side_that_is_none_of_the_usual_can_be_seen(ws, project):
    workspace.update_settings(ws, ANN, project.id, side=100)
    side = with_specialists().selectbox(key=f"side-{project.id}")
    assert side.value == 100 and "100 px" in side.options


def test_where_a_network_learns_from_its_first_weights_no_side_is_asked(ws, project):
    page = with_specialists()
    page.radio(key=f"preset-{project.id}").set_value("paper").run()
    assert not [box for box in page.selectbox if box.label == "Images are read at"]
    page.radio(key=f"preset-{project.id}").set_value("thorough").run()
    assert [box for box in page.selectbox if box.label == "Images are read at"]


@pytest.mark.parametrize(
    ("read", "cost"),
    [
        (4530, "All 4,530 images are read at 224 px."),
        (30, "30 of 4,530 images are read at 224 px; the others take about 2 min 0 s on two CPU cores, once."),
    ],
)
def test_the_cost_of_a_side_counts_what_is_read_already(read, cost):
    assert reading_cost(FeatureState(side=224, read=read, images=4530, seconds_left=120.0)) == cost


def test_after_an_import_a_person_reads_when_learning_can_begin(ws, project, tmp_path):
    assert "You can label at once. Meanwhile each image is read once for learning: about 1 s" in reading_after_import(
        ws, project
    )
    start_reading(ws, project).wait()
    assert reading_after_import(ws, project) == "All images are read for learning."
    assert reading_after_import(ws, steel_project(ws, tmp_path / "paper", name="Paper")) == ""


def test_what_an_import_has_written_is_read(ws, project, tmp_path, monkeypatch):
    started: list[str] = []
    monkeypatch.setattr(import_jobs, "start_reading", lambda ws, project: started.append(project.name))
    plan = _end(workspace.prepare_import(ws, "Strip", tmp_path / "Steel", labels="use"))
    assert not started
    written = _end(
        import_jobs._write_and_read(ws, ANN, plan, import_jobs.ImportRequest(project_name="Strip", source=""))
    )
    assert written["images"] == 15 and started == ["Strip"]


def _end(work: Generator[Progress, None, Any]) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def test_what_was_read_can_be_deleted_and_no_label_with_it(ws, project):
    assert not [box for box in opened("data").expander if box.label == "What was read of the images"]
    workspace.label_for_me(ws, ANN, project.id, 4)
    start_reading(ws, project).wait()
    page = opened("data")
    assert "it can be deleted at any time" in " ".join(text.value for text in page.markdown)
    page.button(key="delete_features").click().run()
    assert workspace.feature_bytes(ws) == 0 and workspace.feature_state(ws, project.id).read == 0
    assert workspace.counts(ws, project.id).pool_total == 4
    start_reading(ws, project).wait()
    assert workspace.feature_state(ws, project.id).read == 15


def test_what_is_being_read_is_not_deleted(ws, project):
    work = workspace.read_features(ws, ANN, project.id)
    while next(work).done < 8:
        pass
    page = opened("data")
    page.button(key="delete_features").click().run()
    assert "being read just now" in page.error[0].value
    work.close()
    assert workspace.feature_state(ws, project.id).read >= 8


def serve_until(done: Flag) -> bool:
    """A server that stops when it is done, or after a minute; whether it was done."""

    async def serve() -> None:
        async with lifespan(None):
            await asyncio.to_thread(done.wait, 60)

    # A thread of its own: where browser tests ran before, this one has an event loop under way.
    server = Thread(target=asyncio.run, args=(serve(),))
    server.start()
    server.join()
    return done.is_set()


def test_a_server_that_starts_goes_on_reading_and_a_project_that_fails_holds_up_no_other(
    ws, project, tmp_path, monkeypatch
):
    other, done = frozen(ws, tmp_path, "Strip"), Flag()
    for file in (tmp_path / "Steel").glob("*.png"):
        file.unlink()
    work = workspace.read_features(ws, ANN, other.id)
    while next(work).done < 8:
        pass
    work.close()  # the server was stopped here
    start = reading.start_reading

    def start_and_tell(ws: workspace.Workspace, project: Project) -> Any:
        job = start(ws, project)
        if project.id == other.id:
            job.wait()
            done.set()
        return job

    monkeypatch.setattr("vabal_core.ui.app.lifespan.start_reading", start_and_tell)
    assert serve_until(done)
    assert workspace.feature_state(ws, other.id).read == 15
    assert "15 of 15 images cannot be read" in reading_job(project).error
    forget_job(f"features-{other.id}")
