"""The learner as a process of its own: its events, its end, its failures in words."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from PIL import Image

from vabal_core.config import Config
from vabal_core.loop import priority
from vabal_core.loop.files import ImageFiles, read_images, read_result, read_task, write_task
from vabal_core.loop.priority import ProcessorSeconds, processor_seconds, processor_share
from vabal_core.loop.process import Learner, device_name
from vabal_core.loop.resident import IDLE
from vabal_core.loop.task import RoundTask
from vabal_core.model.network import build_classifier
from vabal_core.runtime import choose_device, describe_device
from vabal_core.types import UNLABELLED, StudioError

SMALL = Config(image_size=32, epochs=1, batch_size=8, vae_epochs=1, vae_least_steps=0, draws=2)


def task_in(folder, config=SMALL):
    """A task on twelve small images; its folder."""
    files = []
    for i in range(12):
        file = folder / f"{i}.png"
        Image.new("L", (20, 20), 20 * i).save(file)
        files.append(str(file))
    rows = np.arange(12)
    task = RoundTask(
        keys=rows,
        labels=np.where(rows < 6, rows % 2, UNLABELLED),
        evaluation=rows > 9,
        prequential=np.full(12, UNLABELLED),
        class_count=2,
        strategy="vabal",
        batch=3,
        seed=0,
        config=config,
    )
    fingerprints = tuple(f"{i + 1:02x}" for i in range(12))
    images = ImageFiles(
        files=tuple(files), fingerprints=fingerprints, cache=folder / "pixels", features=folder / "features"
    )
    write_task(folder / "round", task, images)
    return folder / "round"


@pytest.fixture(scope="module")
def one_after_the_other(tmp_path_factory):
    """Two equal tasks given to one process, which waits for more: their folders, the phases of each, and the process of
    each."""
    folders, phases, processes = [], [], []
    for name in ("first", "second"):
        folders.append(task_in(tmp_path_factory.mktemp(name)))
        with closing(Learner(folders[-1], reuse=True)) as learner:
            phases.append(list(dict.fromkeys(event.phase for event in learner.events())))
        processes.append(learner._process.pid)
    yield folders, phases, processes
    IDLE.end()


def test_a_learner_decodes_learns_and_leaves_its_result_and_checkpoint(one_after_the_other):
    folders, each, _ = one_after_the_other
    for folder, phases in zip(folders, each, strict=True):
        assert phases == ["decode", "train", "features", "vae", "score", "evaluate"]
        result = read_result(folder)
        assert sorted(result.ranking.rows) == [6, 7, 8, 9]
        assert set(result.report.seconds) == set(phases)
        checkpoint = torch.load(folder / "checkpoint.pt", weights_only=True)
        build_classifier(SMALL, 2).load_state_dict(checkpoint["classifier"])


def test_the_labels_are_those_that_stand_when_the_images_have_been_read(tmp_path):
    folder, before = task_in(tmp_path), []

    def take_labels():
        before.append((tmp_path / "pixels").exists())
        labels = np.where(np.arange(12) < 8, np.arange(12) % 2, UNLABELLED)
        write_task(folder, replace(read_task(folder), labels=labels), read_images(folder))

    with closing(Learner(folder, reuse=True)) as learner:
        assert "labels" not in {event.phase for event in learner.events(take_labels)}
    assert before == [True]
    assert sorted(read_result(folder).ranking.rows) == [8, 9]


def test_a_process_that_has_learned_before_finds_the_same_as_a_new_one(one_after_the_other):
    folders, _, processes = one_after_the_other
    first, second = (read_result(folder) for folder in folders)
    assert processes[0] == processes[1]
    np.testing.assert_array_equal(first.ranking.rows, second.ranking.rows)
    np.testing.assert_array_equal(first.ranking.scores, second.ranking.scores)
    np.testing.assert_array_equal(first.log_likelihood, second.log_likelihood)


def test_a_learner_that_cannot_work_says_why(tmp_path):
    folder = task_in(tmp_path, Config(image_size=32, weights=str(tmp_path / "absent.pt")))
    with (
        closing(Learner(folder, reuse=True)) as learner,
        pytest.raises(StudioError, match="absent.pt: not a readable state dict"),
    ):
        list(learner.events())


def at_start(folder, monkeypatch, code):
    """Has every Python process that is started from now on run `code` first."""
    (folder / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(folder))


CHATTER = """
import os, sys
def hook(event, arguments):
    if event == "import" and arguments[0] in ("torch", "torchvision"):
        print("Downloading", arguments[0], flush=True)
        os.write(1, b"from a library's C code\\n")
sys.addaudithook(hook)
"""


def test_what_a_library_prints_goes_to_the_log_and_is_no_event(tmp_path, monkeypatch):
    at_start(tmp_path, monkeypatch, CHATTER)
    folder = task_in(tmp_path)
    with closing(Learner(folder)) as learner:
        assert [event.phase for event in learner.events()][-1] == "evaluate"
    assert read_result(folder).report.seconds
    log = (folder / "learner.log").read_text()
    assert "Downloading torch\n" in log and "from a library's C code\n" in log
    assert device_name() == describe_device(choose_device())


@pytest.mark.parametrize("line", ["Downloading: weights.pth", "[1]", "7", "{}", '{"phase": "train", "colour": 1}'])
def test_a_line_that_is_no_event_fails_the_round_and_is_shown(tmp_path, monkeypatch, line):
    at_start(tmp_path, monkeypatch, f"print({line!r}, flush=True)")
    with (
        closing(Learner(task_in(tmp_path))) as learner,
        pytest.raises(StudioError, match="among its events") as failure,
    ):
        list(learner.events())
    assert repr(line) in f"{failure.value}"


def test_a_learner_that_ends_in_the_middle_of_a_line_is_told_from_one_that_writes_nonsense(tmp_path, monkeypatch):
    at_start(tmp_path, monkeypatch, "import os, sys; os.write(1, b'{\"phase\": \"tr'); sys.exit('out of luck')")
    with (
        closing(Learner(task_in(tmp_path))) as learner,
        pytest.raises(StudioError, match="crashed: SystemExit: out of luck"),
    ):
        list(learner.events())


def test_weights_that_cannot_be_downloaded_fail_the_round_in_words(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "none yet"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there
    folder = task_in(tmp_path, Config(image_size=32, weights="imagenet"))
    messages = []
    with closing(Learner(folder)) as learner, pytest.raises(StudioError, match="give a file with weights=PATH"):
        for event in learner.events():
            messages.append(event.message)
    assert any(message.startswith("Downloading weights, 0 of 45 MB") for message in messages)


def test_a_learner_killed_from_outside_is_told_apart_from_one_that_failed(tmp_path):
    with closing(Learner(task_in(tmp_path, Config(image_size=32, epochs=10_000)))) as learner:
        events = learner.events()
        next(events)
        learner.kill()
        with pytest.raises(StudioError, match="killed"):
            list(events)
    assert not learner.is_running()


def group_nice(pid):
    """The nice value of the session's share of the processor; None where the system has none."""
    file = Path(f"/proc/{pid}/autogroup")
    return int(file.read_text().split()[-1]) if file.exists() else None


def thread_nices(pid):
    """Those of all its threads on Linux; the process's own elsewhere."""
    if not psutil.LINUX:
        return {psutil.Process(pid).nice()}
    return {os.getpriority(os.PRIO_PROCESS, thread.id) for thread in psutil.Process(pid).threads()}


@pytest.mark.skipif(psutil.WINDOWS, reason="priorities have other names there")
def test_a_learner_goes_last_while_it_is_told_to_and_takes_its_part_again(tmp_path):
    with closing(Learner(task_in(tmp_path, Config(image_size=32, epochs=10_000)))) as learner:
        events = learner.events()
        while next(events).phase != "train":
            pass
        pid = learner._process.pid
        assert os.getsid(pid) != os.getsid(0)  # whose share changes is its own session's
        for everything, nice in ((False, priority.MODEST), (True, priority.LAST), (False, priority.MODEST)):
            while learner._nice != nice:  # the kernel refuses changes that follow each other too fast
                time.sleep(0.02)
                learner.give_way(everything)
            assert group_nice(pid) in (nice, None)
            # Without privileges a thread's own value only rises; within a session of one process that is no matter.
            assert thread_nices(pid) <= {nice, priority.LAST}


def test_the_share_of_the_processor_is_that_of_the_time_it_was_wanted():
    start = ProcessorSeconds(ran=3.0, waited=5.0)
    assert processor_share(start, ProcessorSeconds(ran=4.0, waited=8.0)) == 0.25
    assert processor_share(start, ProcessorSeconds(ran=8.0, waited=5.0)) == 1
    assert processor_share(start, ProcessorSeconds(ran=3.01, waited=5.2)) == 1, "it waited for something else"


@pytest.mark.skipif(not psutil.LINUX, reason="no other system tells")
def test_what_a_process_has_run_is_counted():
    before = processor_seconds(os.getpid())
    while processor_seconds(os.getpid()).ran < before.ran + 0.02:
        pass
    assert processor_seconds(2**22 + 1) == ProcessorSeconds(ran=0.0, waited=0.0), "no such process"


def test_a_learner_ends_when_its_parent_is_killed(tmp_path):
    folder = task_in(tmp_path, Config(image_size=32, epochs=10_000))
    code = (
        "import sys; from pathlib import Path; from vabal_core.loop.process import Learner\n"
        "learner = Learner(Path(sys.argv[1])); next(learner.events())\n"
        "print(learner._process.pid, flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(folder)]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    child.wait(timeout=30)
    assert not child.is_running()
    parent.stdin.close()
    parent.stdout.close()


def test_a_device_that_nobody_names_in_time_is_unknown(monkeypatch):
    def never(command, timeout, **_more):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", never)
    assert device_name() == "unknown: no answer within 120 seconds"


def test_the_device_has_the_name_that_the_learner_would_call_it_by():
    assert device_name() == describe_device(choose_device())
