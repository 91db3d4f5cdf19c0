"""Runs as tasks of the Ray cluster that RAY_ADDRESS names: as many at once as it has room for, on whatever machines.

All of them share the experiment's folder, so it has to lie where every machine of the cluster finds it. A task has one
core, and a GPU where the cluster has any.
"""

import os
import socket
import time
from functools import cache
from typing import Any

from vabal_core.experiment import folders
from vabal_core.experiment.folders import Folders
from vabal_core.experiment.plan import Run
from vabal_core.experiment.processes import AT_ONCE, QUIET, READY
from vabal_core.loop.events import Work
from vabal_core.types import Progress, StudioError

ADDRESS = "RAY_ADDRESS"
SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_TO_ANSWER = 10.0


def play_on_ray(places: Folders, processes: int) -> Work[None]:
    """Plays all runs on the cluster, whose resources and not `processes` say how many at once.

    Closing the generator cancels what runs. StudioError where Ray is not installed, the cluster cannot be reached, or
    the images cannot be made ready there.
    """
    ray = _connected()
    places = Folders(**{name: folder.absolute() for name, folder in vars(places).items()})
    gpus = 1 if ray.cluster_resources().get("GPU") else 0
    remote = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=1)
    tasks: dict[Any, Run] = {}
    try:
        yield from _ready(ray, remote(_problem), places)
        yield Progress(READY, metrics={AT_ONCE: float(ray.cluster_resources().get("GPU" if gpus else "CPU", 1))})
        play = remote(_play)
        while waiting := [run for run in folders.read_plan(places.out).runs if not folders.is_over(places.out, run)]:
            tasks |= {play.remote(places, run): run for run in waiting}
            if not (yield from _played(ray, tasks, places)):
                time.sleep(SECONDS_BETWEEN_LOOKS)  # another command plays what is left
    finally:
        for task in tasks:
            ray.cancel(task, force=True)
        ray.shutdown()


def _connected() -> Any:
    """The module `ray`, connected to the cluster. It sends nothing about its use to anywhere."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise StudioError(
            f"{ADDRESS} is set, and Ray is not installed: install requirements-ray.txt, or unset {ADDRESS} to run here."
        ) from error
    address = os.environ[ADDRESS]
    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise StudioError(f"The Ray cluster at {address} cannot be reached: {error}. Is it running?") from error
    return ray


def _knock(address: str) -> None:
    """OSError where nobody answers at "host:port": Ray itself would go on trying for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdecimal():
        socket.create_connection((host, int(port)), timeout=SECONDS_TO_ANSWER).close()


def _ready(ray: Any, problem: Any, places: Folders) -> Work[None]:
    task = problem.remote(places)
    while not ray.wait([task], timeout=SECONDS_BETWEEN_LOOKS)[0]:
        yield Progress(QUIET)
    if words := ray.get(task):
        raise StudioError(words)


def _played(ray: Any, tasks: dict[Any, Run], places: Folders) -> Work[int]:
    """Waits for the tasks and removes them; returns how many have played a run. What ended a task from outside (a
    machine that is gone, twice) is its run's failure."""
    played = 0
    while tasks:
        done, _ = ray.wait(list(tasks), timeout=SECONDS_BETWEEN_LOOKS)
        for task in done:
            run = tasks.pop(task)
            try:
                played += ray.get(task)
            except ray.exceptions.RayError as error:
                folders.write_failure(places.out, run, f"{error}")
        yield Progress(QUIET, message=f"{len(tasks):,} runs on the cluster or waiting for it")
    return played


@cache
def _prepared(places: Folders) -> Any:
    """Once in each process of the cluster, for all the runs that it plays."""
    from vabal_core.experiment.prepare import prepare

    return _result(prepare(places))


def _problem(places: Folders) -> str:
    """Why the images cannot be made ready; "" where they are."""
    from vabal_core.loop.worker import FAILURES

    try:
        _prepared(places)
    except FAILURES as error:
        return f"{error}" or type(error).__name__
    return ""


def _play(places: Folders, run: Run) -> bool:
    """Whether it was played here, and not by another command."""
    from vabal_core.experiment.work import play_if_free

    return _result(play_if_free(_prepared(places), run))


def _result(work: Work[Any]) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value
