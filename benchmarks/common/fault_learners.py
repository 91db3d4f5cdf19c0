"""Learners that die, or have too little memory: the round says why, and no label is touched."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

import psutil

from common.fault_cases import Outcome, Say, in_child, log_of, opened
from common.fault_kills import Place, learn, project_to_learn
from vabal_core import workspace

MEMORY = 600 * 2**20  # bytes of addresses: too few for torch


def learner_killed(place: Place, cases: int) -> Outcome:
    """The learner's process is killed at a random moment of a round."""
    outcome = Outcome(fault="learner killed", database=place.name)
    return _rounds(place, "learner", cases, outcome, lambda: _kill_the_learner(place.rng))


def out_of_memory(place: Place, cases: int) -> Outcome:
    """The learner may have MEMORY (RLIMIT_AS)."""
    outcome = Outcome(fault="out of memory", database=place.name)
    return _rounds(place, "memory", cases, outcome, _limit_memory)


def _rounds(place: Place, name: str, cases: int, outcome: Outcome, disturb: Callable[[], None]) -> Outcome:
    """Rounds that are to fail in words, each in a process of its own."""
    folder, url = place.folder / name, place.new_url()
    project_id = project_to_learn(folder, url, place.folder)
    with opened(folder, url) as ws:
        before = len(log_of(ws, project_id))
    for _ in range(cases):
        outcome.tried += 1
        outcome.hear(in_child(partial(_disturbed, folder, url, project_id, disturb)))
        with opened(folder, url) as ws:
            workspace.recover(ws)
            last = workspace.list_rounds(ws, project_id)[-1]
            outcome.unexplained += last.state != "done" and not last.message
            outcome.words |= {_without_folder(last.message, folder)} - {""}
            outcome.lost += max(0, before - len(log_of(ws, project_id)))
    return outcome


def _without_folder(message: str, folder: Path) -> str:
    return message.replace(str(folder), "DATA")


def _disturbed(folder: Path, url: str | None, project_id: int, disturb: Callable[[], None], say: Say) -> None:
    say("ready")
    disturb()
    learn(folder, url, project_id)


def _limit_memory() -> None:
    _meet_the_learner(lambda learner: learner.rlimit(psutil.RLIMIT_AS, (MEMORY, MEMORY)))


def _kill_the_learner(rng: random.Random) -> None:
    def kill(learner: psutil.Process) -> None:
        time.sleep(rng.uniform(0, 6))
        learner.kill()

    _meet_the_learner(kill)


def _meet_the_learner(disturb: Callable[[psutil.Process], object]) -> None:
    """As soon as the round has one."""

    def meet() -> None:
        while not (learners := psutil.Process().children()):
            time.sleep(0.01)
        with suppress(psutil.NoSuchProcess):
            disturb(learners[0])

    threading.Thread(target=meet, daemon=True).start()


def gpu_out_of_memory(place: Place, _cases: int) -> Outcome:
    """A device with room for 8 images at once, simulated: batches of 64 are halved until they fit, and it is said."""
    import torch

    from vabal_core.loop import worker
    from vabal_core.loop.files import read_task, write_task

    outcome = Outcome(fault="GPU out of memory (simulated)", database=place.name, tried=1)
    folder, url = place.folder / "gpu", place.new_url()
    project_id = project_to_learn(folder, url, place.folder)
    learn(folder, url, project_id)
    of_round = folder / "projects" / str(project_id) / "rounds" / "1"
    task = read_task(of_round)
    write_task(of_round, replace(task, config=replace(task.config, batch_size=64)), worker.read_images(of_round))
    real = worker.run_task

    def run_task(in_folder: Path, scratch: Path):  # noqa: ANN202  (as the function that it stands for)
        if read_task(in_folder).config.batch_size > 8:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return (yield from real(in_folder, scratch))

    def work() -> None:
        for event in worker.run_with_memory(of_round, of_round):
            outcome.words |= {event.message} - {""}

    with patch.object(worker, "run_task", run_task):
        outcome.attempt(work)
    halved = [words for words in outcome.words if "images at once" in words]
    outcome.unexplained += len(halved) != 3
    return outcome
