"""Features of a project's images: read once, in the background after an import, by a learner's process."""

from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vabal_core import config as settings
from vabal_core.config import Config
from vabal_core.images import side
from vabal_core.images.feature_store import present, remove, size_in_bytes, store_lock
from vabal_core.loop.files import COLD_START, feature_folder, read_order, remove_unused_tables, write_task
from vabal_core.loop.process import Learner
from vabal_core.store.counts import waiting_count
from vabal_core.store.database import reading
from vabal_core.store.images import LearningImage, has_first, learning_images, long_sides, show_first
from vabal_core.store.rounds import last_done
from vabal_core.types import Actor, Busy, Progress, Project
from vabal_core.workspace.images import image_totals
from vabal_core.workspace.people import require_right
from vabal_core.workspace.presence import labelling_here
from vabal_core.workspace.projects import require_project, usable_settings
from vabal_core.workspace.reading_trace import leaving_a_trace
from vabal_core.workspace.round_task import FEATURES, image_files, images_to_learn, round_task
from vabal_core.workspace.scale import project_scale
from vabal_core.workspace.workspace import Workspace

STRATEGY = "coverage"
SHOWN_FIRST = 200  # images that a person meets before the first ranking, at most
READ_A_SECOND = 200.0  # images of 128 pixels, on 2 CPU cores (benchmarks/learner.py)


@dataclass(frozen=True, kw_only=True)
class FeatureState:
    """How many of a project's images have been read at `side` pixels, and the seconds that the others will take."""

    side: int
    read: int
    images: int
    seconds_left: float


def usual_side(ws: Workspace, project_id: int) -> int:
    """The side in pixels at which a project's images are read unless somebody chose another."""
    return side.usual_side(long_sides(ws.engine, project_id))


def side_of(ws: Workspace, project: Project) -> int:
    """The side in pixels at which this project's images are read by a pretrained network."""
    return usable_settings(project)["side"] or usual_side(ws, project.id)


def reading_overrides(ws: Workspace, project: Project, preset: str) -> dict[str, Any]:
    """Settings of a round that follow from the project's images, where a pretrained network reads them."""
    learning = settings.preset(preset).learning
    if learning == "scratch":
        return {}
    pixels = side_of(ws, project)
    return {"image_size": pixels} | ({"mirrors": side.has_mirrors(pixels)} if learning == "frozen" else {})


def feature_state(ws: Workspace, project_id: int, preset: str = "") -> FeatureState | None:
    """How far the reading of a project's images is, for rounds with `preset`, the project's own where none is named;
    None where a network learns from its first weights and no features are read."""
    project = require_project(ws, project_id)
    config = reading_config(ws, project, preset)
    if config.learning == "scratch":
        return None
    images, folder = sum(image_totals(ws, project_id).values()), _feature_folder(ws, project, config)
    changed = folder.stat().st_mtime_ns if folder.exists() else 0
    read = _read_so_far(ws, project_id, folder, images, changed)
    left = reading_seconds(images - read, config)
    return FeatureState(side=config.image_size, read=read, images=images, seconds_left=left)


@lru_cache(maxsize=64)
def _read_so_far(ws: Workspace, project_id: int, folder: Path, _images: int, _changed: int) -> int:
    """Of a million images that takes seconds: it is counted anew when others were added or the store has changed."""
    return int(present(folder, [image.fingerprint for image in learning_images(ws.engine, project_id)]).sum())


def reading_seconds(images: int, config: Config) -> float:
    """Seconds that so many images take on 2 CPU cores."""
    return images / READ_A_SECOND * (config.image_size / 128) ** 2 * (4 if config.mirrors else 1)


def read_features(ws: Workspace, actor: Actor, project_id: int) -> Generator[Progress, None, int]:
    """Read the images that have no features yet, then have those shown first that show the pool best; returns how
    many images were read.

    Closing the generator stops it; what was read is kept. Busy where it is under way already; StudioError where it
    fails. Nothing happens where the project's preset reads no features.
    """
    require_right(actor, "import")
    project = require_project(ws, project_id)
    config = reading_config(ws, project)
    images = learning_images(ws.engine, project_id)
    before = _read_count(ws, project, config, images)
    if config.learning == "scratch" or (before == len(images) and not _lacks_order(ws, project_id)):
        return 0
    lock = _reading_lock(ws, project_id)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise Busy("The images of this project are being read already.") from error
    try:
        steps = _read(ws, project, images_to_learn(ws, project_id)[0], config)
        yield from leaving_a_trace(ws, project_id, steps)
    finally:
        lock.release()
    return _read_count(ws, project, config, images) - before


def feature_bytes(ws: Workspace) -> int:
    """What the features of all projects take on disk."""
    return sum(size_in_bytes(folder) for folder in _feature_folders(ws))


def remove_features(ws: Workspace, actor: Actor) -> None:
    """Delete what was read of the images of all projects; it is read again when it is needed. Busy where somebody reads
    just now."""
    require_right(actor, "import")
    for folder in _feature_folders(ws):
        try:
            with store_lock(folder).acquire(blocking=False):
                remove(folder)
        except Timeout as error:
            raise Busy("Images are being read just now. Wait until that is done, then delete.") from error


def _feature_folder(ws: Workspace, project: Project, config: Config) -> Path:
    return feature_folder(ws.data_dir / FEATURES, config, project_scale(project))


def _feature_folders(ws: Workspace) -> list[Path]:
    return sorted(path for path in (ws.data_dir / FEATURES).glob("*") if path.is_dir())


def reading_config(ws: Workspace, project: Project, preset: str = "") -> Config:
    """How this project's images are read for rounds with `preset`, that of its settings where none is named."""
    preset = preset or usable_settings(project)["preset"]
    return settings.preset(preset, **reading_overrides(ws, project, preset))


def _read(
    ws: Workspace, project: Project, images: list[LearningImage], config: Config
) -> Generator[Progress, None, None]:
    folder = ws.data_dir / "projects" / str(project.id) / "reading" / COLD_START
    task = round_task(ws, project.id, images, strategy=STRATEGY, batch=SHOWN_FIRST, seed=0, config=config)
    write_task(folder, task, image_files(ws, project.id, images))
    remove_unused_tables(folder.parent)
    learner = Learner(folder, reuse=True)
    try:
        for event in learner.events():
            learner.give_way(labelling_here(ws))
            yield event
    finally:
        learner.close()
    show_first(ws.engine, project.id, read_order(folder))


def _read_count(ws: Workspace, project: Project, config: Config, images: list[LearningImage]) -> int:
    folder = _feature_folder(ws, project, config)
    return int(present(folder, [image.fingerprint for image in images]).sum())


def _lacks_order(ws: Workspace, project_id: int) -> bool:
    """Whether images that wait before the first ranking come at random: they were read for another project, or the
    reading was stopped just before its end."""
    with reading(ws.engine) as transaction:
        if not waiting_count(transaction, project_id, "pool") or last_done(transaction, project_id):
            return False
        return not has_first(transaction, project_id)


def _reading_lock(ws: Workspace, project_id: int) -> FileLock:
    folder = ws.data_dir / "projects" / str(project_id)
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / "reading.lock", thread_local=False)  # taken by one thread, given back by another
