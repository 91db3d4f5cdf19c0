"""An experiment of a project as a folder of the data folder: what was asked for, and how it stands.

All there is to know lies in projects/ID/experiments/N and nothing in memory, so that a server that is started again, or
another one, finds it as it is. Beside what the experiment itself keeps (experiment/folders.py, background.py):
request.json   what a person asked for
SOURCE.json    the list of its images, where they are a project's or were looked through
stopped.json   who stopped it, until it is resumed
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from vabal_core.experiment import background
from vabal_core.loop.checked_files import write_whole
from vabal_core.types import Actor, Busy, NotFound
from vabal_core.workspace.experiment_sizes import ExperimentSize
from vabal_core.workspace.experiment_sources import SourceKind
from vabal_core.workspace.workspace import Workspace

ExperimentState = Literal["running", "stopping", "done", "failed", "stopped"]

REQUEST, STOPPED = "request.json", "stopped.json"
SECONDS_FOR_START = 30.0  # that somebody else's start may take
LITTLE_SPACE = 20 * 2**20  # bytes: what died with less left had no room


@dataclass(frozen=True, kw_only=True)
class ExperimentRequest:
    """What a person asked for, on which images.

    class_counts  images of each class to choose among and, where `test` is None, to measure on
    test          images set aside for measuring; None: a fifth of each class is drawn in each repetition
    chosen_by     of a project's labels: of how many images by strategy; "": by none, "import": they came with one
    pool          of a project: all its images to learn from, labelled or not
    rare          of a project: the names of the classes that it calls rare
    """

    kind: SourceKind
    source: str
    class_counts: Mapping[str, int]
    test: int | None
    strategies: tuple[str, ...]
    size: ExperimentSize
    person: str
    started_at: datetime
    chosen_by: Mapping[str, int] = field(default_factory=dict)
    pool: int = 0
    rare: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProjectExperiment:
    """An experiment as it stands. `message`: why it neither runs nor is done, in words."""

    number: int
    request: ExperimentRequest
    state: ExperimentState
    runs_done: int
    runs: int
    message: str = ""


def experiments_folder(ws: Workspace, project_id: int) -> Path:
    return ws.data_dir / "projects" / str(project_id) / "experiments"


def experiment_folder(ws: Workspace, project_id: int, number: int) -> Path:
    """NotFound where there is no such experiment (any more)."""
    folder = experiments_folder(ws, project_id) / str(number)
    if not (folder / REQUEST).exists():
        raise NotFound(f"There is no experiment {number} in this project any more: somebody has removed it.")
    return folder


def folders_of(folder: Path) -> list[Path]:
    """Those of the experiments in a folder, the newest first."""
    numbers = [path.parent for path in folder.glob(f"*/{REQUEST}") if path.parent.name.isdecimal()]
    return sorted(numbers, key=lambda path: int(path.name), reverse=True)


@contextmanager
def alone(ws: Workspace, seconds: float | None = None) -> Iterator[None]:
    """While nobody else starts or removes an experiment; Busy where somebody does for so many seconds, by default
    SECONDS_FOR_START."""
    seconds = SECONDS_FOR_START if seconds is None else seconds
    try:
        with FileLock(ws.data_dir / "experiments.lock").acquire(timeout=seconds):
            yield
    except Timeout as error:
        raise Busy("Somebody else is starting or removing an experiment. Try again in a minute.") from error


def write_request(folder: Path, request: ExperimentRequest) -> None:
    content = json.dumps({**asdict(request), "started_at": request.started_at.isoformat()}, indent=1).encode()
    write_whole(folder / REQUEST, lambda file: file.write(content))


def read_request(folder: Path) -> ExperimentRequest:
    values = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    started_at = datetime.fromisoformat(values.pop("started_at"))
    lists = {name: tuple(values.pop(name)) for name in ("strategies", "rare")}
    return ExperimentRequest(**{**values, **lists, "size": ExperimentSize(**values["size"]), "started_at": started_at})


def note_stop(folder: Path, actor: Actor) -> None:
    content = json.dumps({"person": actor.name, "at": datetime.now(UTC).isoformat()}).encode()
    write_whole(folder / STOPPED, lambda file: file.write(content))


def forget_stop(folder: Path) -> None:
    (folder / STOPPED).unlink(missing_ok=True)


def read_experiment(folder: Path) -> ProjectExperiment:
    """The experiment in `folder` as it stands."""
    request = read_request(folder)
    done = len(list(folder.glob("runs/*.json")))
    runs = len(request.strategies) * request.size.repetitions
    state, message = _state(folder, done, runs)
    return ProjectExperiment(
        number=int(folder.name), request=request, state=state, runs_done=done, runs=runs, message=message
    )


def _state(folder: Path, done: int, runs: int) -> tuple[ExperimentState, str]:
    stopped = folder / STOPPED
    if background.is_running(folder):
        return ("stopping" if stopped.exists() else "running"), ""
    if done == runs:
        return "done", ""
    if error := background.last_error(folder):
        return "failed", error
    failures = list(folder.glob("runs/*.error"))
    if done + len(failures) == runs:
        return "failed", f"{len(failures)} of {runs} runs have failed. {_reason(failures[0])}"
    if stopped.exists():
        return "stopped", f"Stopped by {json.loads(stopped.read_text(encoding='utf-8'))['person']}."
    return "stopped", _why_it_died(folder)


def _reason(failure: Path) -> str:
    lines = failure.read_text(encoding="utf-8").strip().splitlines()
    return f"The first: {lines[-1]}" if lines else ""


def _why_it_died(folder: Path) -> str:
    if shutil.disk_usage(folder).free < LITTLE_SPACE:
        return "There is no room left on the disk. Make some, then resume it."
    last = background.last_words(folder)
    return "Its process ended before its time, as when the computer is switched off." + (
        f" The last that it wrote: {last}" if last else ""
    )
