"""A learner's process that stays for the next task: who gets it, what it forgets, and when it ends."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing

import psutil
import pytest

from vabal_core.loop import priority, process, resident
from vabal_core.loop.process import Learner
from vabal_core.loop.resident import IDLE
from vabal_core.types import StudioError

# In place of the real worker, which imports torch: it runs the code in the task's folder.
WORKER = """
import sys, types
def run_folder(folder):
    from vabal_core.types import Progress
    yield Progress("train")
    exec((folder / "code.py").read_text(), {"folder": folder})
worker = types.ModuleType("vabal_core.loop.worker")
worker.run_folder, worker.FAILURES = run_folder, (ValueError,)
sys.modules["vabal_core.loop.worker"] = worker
"""
WAIT = "import time; time.sleep(600)"


@pytest.fixture(autouse=True)
def nobody_waits(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(WORKER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    IDLE.end()
    yield
    IDLE.end()


@pytest.fixture
def task(tmp_path):
    """Makes the folder of a task that runs `code`."""

    def make(name, code="pass"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "code.py").write_text(code)
        return folder

    return make


def finish(learner):
    """The id of its process."""
    with closing(learner):
        assert [event.phase for event in learner.events()] == ["train"]
    return learner._process.pid


def test_the_next_task_goes_to_the_process_that_waits(task):
    assert finish(Learner(task("1"), reuse=True)) == finish(Learner(task("2"), reuse=True))


def test_a_task_that_wants_a_process_of_its_own_gets_a_new_one_that_does_not_stay(task):
    waits = finish(Learner(task("1"), reuse=True))
    own = finish(Learner(task("2")))
    assert own != waits and not psutil.pid_exists(own)
    assert finish(Learner(task("3"), reuse=True)) == waits


def test_each_task_has_a_log_of_its_own(task):
    print_and_write = "import os; print({0!r}); os.write(2, b'err {0}')"
    folders = [task(name, print_and_write.format(name)) for name in ("first", "second")]
    assert len({finish(Learner(folder, reuse=True)) for folder in folders}) == 1
    for folder in folders:
        log = (folder / "learner.log").read_text()
        assert sorted(log.replace("\n", " ").split()) == sorted(["err", folder.name, folder.name])


@pytest.mark.skipif(not psutil.LINUX, reason="reads /proc")
def test_a_process_that_waits_holds_nothing_of_its_last_folder_open(task):
    keeps = "import numpy\nfile = open(folder / 'kept', 'wb+')\nfile.write(b'1234')\nfile.flush()\n"
    keeps += "cycle = [file, numpy.memmap(folder / 'kept', mode='r')]\ncycle.append(cycle)"
    folder = task("1", keeps)
    waits = psutil.Process(finish(Learner(folder, reuse=True)))
    names = [file.path for file in waits.open_files()] + [area.path for area in waits.memory_maps()]
    assert (folder / "kept").stat().st_size == 4
    assert [name for name in names if name.startswith(str(folder))] == []


@pytest.mark.parametrize("code", ["raise ValueError('no luck')", "raise KeyError('no luck')", "exit('no luck')"])
def test_a_process_whose_task_failed_is_not_used_again(task, code):
    first = finish(Learner(task("1"), reuse=True))
    with closing(Learner(task("2", code), reuse=True)) as learner, pytest.raises(StudioError, match="no luck"):
        list(learner.events())
    assert learner._process.pid == first
    assert not psutil.pid_exists(first) and not learner.is_running()
    assert finish(Learner(task("3"), reuse=True)) != first


def test_a_process_that_was_killed_in_its_task_is_not_used_again(task):
    first = finish(Learner(task("1"), reuse=True))
    with closing(Learner(task("2", WAIT), reuse=True)) as learner:
        events = learner.events()
        next(events)
        learner.kill()
        with pytest.raises(StudioError, match="killed"):
            list(events)
    assert not psutil.pid_exists(first)
    assert finish(Learner(task("3"), reuse=True)) != first


def test_a_task_left_in_the_middle_ends_its_process(task):
    with closing(Learner(task("1", WAIT), reuse=True)) as learner:
        next(learner.events())
    assert not psutil.pid_exists(learner._process.pid)


def test_a_task_is_under_way_until_it_is_done_though_its_process_stays(task):
    with closing(Learner(task("1"), reuse=True)) as learner:
        assert learner.is_running()
        list(learner.events())
        assert not learner.is_running()
    assert psutil.pid_exists(learner._process.pid)


def test_who_watched_the_last_task_cannot_touch_the_next(task):
    first = Learner(task("1"), reuse=True)
    pid = finish(first)
    with closing(Learner(task("2", WAIT), reuse=True)) as second:
        next(second.events())
        before = second._nice
        first.kill()
        first.give_way(True)
        assert second._process.pid == pid
        assert second.is_running() and not first.is_running()
        assert priority.has_priority(pid, before)


def test_a_kill_that_comes_when_the_task_is_done_does_not_hurt_the_next(task):
    with closing(Learner(task("1"), reuse=True)) as learner:
        list(learner.events())
        learner.kill()
    assert finish(Learner(task("2"), reuse=True)) == learner._process.pid


def test_of_two_processes_at_work_at_once_one_stays(task):
    learners = [Learner(task(name), reuse=True) for name in ("1", "2")]
    pids = [finish(learner) for learner in learners]
    assert [psutil.pid_exists(pid) for pid in pids] == [False, True]


def test_a_process_that_died_while_it_waited_is_replaced(task):
    first = finish(Learner(task("1"), reuse=True))
    os.kill(first, signal.SIGKILL)
    IDLE._process.wait()
    assert finish(Learner(task("2"), reuse=True)) != first


def test_a_process_that_dies_while_it_is_given_a_task_is_replaced(task, monkeypatch):
    first = finish(Learner(task("1"), reuse=True))
    dying = IDLE.take(goes_last=False)
    dying.kill()
    dying.wait()
    monkeypatch.setattr(IDLE, "take", lambda *, goes_last: dying)
    assert finish(Learner(task("2"), reuse=True)) != first


def test_one_that_cannot_come_back_from_going_last_serves_only_tasks_that_go_last(task, monkeypatch):
    monkeypatch.setattr(resident, "has_priority", lambda pid, nice: False)
    monkeypatch.setattr(process, "set_priority", lambda pid, nice: True)  # going last takes long on a busy machine
    first = finish(Learner(task("1"), reuse=True, goes_last=True))
    second = finish(Learner(task("2"), reuse=True, goes_last=True))
    assert first == second
    assert finish(Learner(task("3"), reuse=True)) != first


@pytest.mark.skipif(psutil.WINDOWS, reason="priorities have other names there")
def test_whether_a_process_goes_before_others_is_read_off_its_threads(task):
    with closing(Learner(task("1", WAIT))) as learner:
        next(learner.events())
        pid = learner._process.pid
        assert priority.has_priority(pid, priority.MODEST)
        psutil.Process(pid).nice(priority.LAST)
        assert not priority.has_priority(pid, priority.MODEST)
        assert priority.has_priority(pid, priority.LAST)
    assert not priority.has_priority(pid, priority.LAST), "it has ended"


def test_a_process_without_work_ends_after_a_while(task, monkeypatch):
    monkeypatch.setattr(resident, "MAX_IDLE_SECONDS", 0.0)
    learner = Learner(task("1"), reuse=True)
    finish(learner)
    for timer in threading.enumerate():
        if isinstance(timer, threading.Timer):
            timer.join()
    assert not psutil.pid_exists(learner._process.pid)


def test_a_crash_before_the_first_task_is_in_its_log(task, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import os; os.write(2, b'no torch here\\n'); os._exit(1)")
    folder = task("1")
    with closing(Learner(folder, reuse=True)) as learner, pytest.raises(StudioError, match="crashed: no torch here"):
        list(learner.events())
    assert "no torch here" in (folder / "learner.log").read_text()


def test_a_process_that_waits_ends_when_its_parent_is_killed(task):
    code = (
        "import sys; from pathlib import Path; from contextlib import closing\n"
        "from vabal_core.loop.process import Learner\n"
        "with closing(Learner(Path(sys.argv[1]), reuse=True)) as learner: list(learner.events())\n"
        "print(learner._process.pid, flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(task("1"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
        child.wait(timeout=30)
