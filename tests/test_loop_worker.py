"""The learner as a process of its own: its events, its end, its failures in words."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from PIL import Image

from vabal_core.config import Config
from vabal_core.loop.files import Job, read_outcome, write_job
from vabal_core.loop.process import Learner, device_name
from vabal_core.model.backbones import build_classifier
from vabal_core.types import UNLABELLED, StudioError

SMALL = Config(image_size=32, epochs=1, batch_size=8, vae_epochs=1, vae_least_steps=0, draws=2)


def job_in(folder, config=SMALL, strategy="vabal"):
    """A job on twelve small images; its folder."""
    files = []
    for i in range(12):
        file = folder / f"{i}.png"
        Image.new("L", (20, 20), 20 * i).save(file)
        files.append(str(file))
    rows = np.arange(12)
    labels = np.where(rows < 6, rows % 2, UNLABELLED)
    write_job(
        folder / "job",
        Job(
            tuple(files),
            tuple(f"{i + 1:02x}" for i in range(12)),
            rows,
            labels,
            rows > 9,
            2,
            strategy,
            0,
            config,
            folder / "pixels",
            np.full(12, UNLABELLED),
        ),
    )
    return folder / "job"


def test_a_learner_decodes_learns_and_leaves_its_outcome_and_checkpoint(tmp_path):
    folder = job_in(tmp_path)
    with closing(Learner(folder)) as learner:
        phases = list(dict.fromkeys(event.phase for event in learner.events()))
    assert phases == ["decode", "train", "features", "vae", "score", "evaluate"]
    outcome = read_outcome(folder)
    assert sorted(outcome.rows) == [6, 7, 8, 9]
    assert set(outcome.facts["seconds"]) == set(phases)
    checkpoint = torch.load(folder / "checkpoint.pt", weights_only=True)
    build_classifier(SMALL, 2).load_state_dict(checkpoint["classifier"])


def test_a_learner_that_cannot_work_says_why(tmp_path):
    folder = job_in(tmp_path, Config(image_size=32, weights=str(tmp_path / "absent.pt")))
    with closing(Learner(folder)) as learner, pytest.raises(StudioError, match="absent.pt: not a readable state dict"):
        list(learner.events())


def test_a_learner_killed_from_outside_is_told_apart_from_one_that_failed(tmp_path):
    with closing(Learner(job_in(tmp_path, Config(image_size=32, epochs=10_000)))) as learner:
        events = learner.events()
        next(events)
        learner.kill()
        with pytest.raises(StudioError, match="killed"):
            list(events)
    assert not learner.is_running()


def test_a_learner_leaves_the_processor_to_whoever_waits(tmp_path):
    with closing(Learner(job_in(tmp_path, Config(image_size=32, epochs=10_000)))) as learner:
        next(learner.events())
        process = psutil.Process(learner._process.pid)
        assert process.nice() == (psutil.IDLE_PRIORITY_CLASS if psutil.WINDOWS else 19)
        if psutil.LINUX:
            assert os.getsid(process.pid) != os.getsid(0)  # whose share it lowers is its own session's
            group = Path(f"/proc/{process.pid}/autogroup")
            assert not group.exists() or group.read_text().endswith("nice 19\n")


def test_a_learner_ends_when_its_parent_is_killed(tmp_path):
    folder = job_in(tmp_path, Config(image_size=32, epochs=10_000))
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


def test_the_device_has_a_name():
    assert device_name().startswith("CPU (") or torch.cuda.is_available()
