"""The scale of a project: what grey level each value of more than 8 bits is, for people and learner alike."""

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from vabal_core.images.decode import Unreadable, inspect
from vabal_core.images.parallel import in_order
from vabal_core.images.scale import common_scale
from vabal_core.store.images import learning_images
from vabal_core.types import Actor, Progress, Project, Scale
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import SCALE, require_project, write_settings
from vabal_core.workspace.workspace import Workspace

EACH_ITS_OWN = "each its own"  # in place of a scale, where a person chose that; None: no import has set one yet
SAMPLE = 500  # images that stand for all


def project_scale(project: Project) -> Scale | None:
    """The project's scale; None where all its images have 8 bits, or where each is read by a range of its own."""
    stored = project.settings.get(SCALE)
    return Scale(**stored) if isinstance(stored, Mapping) else None


def scale_name(project: Project) -> str:
    """Another text for another scale, "" without one: what a browser keeps of a picture is kept for one scale."""
    scale = project_scale(project)
    return scale.name if scale else ""


def set_scale(ws: Workspace, actor: Actor, project_id: int, scale: Scale | None) -> Project:
    """Read the project's values of more than 8 bits by `scale` from now on: pictures, features and pixels are made anew
    where they are needed next. None: each image by the smallest of the ranges of 8, 10, 12, 14 and 16 bits that holds
    it, as projects of before read them."""
    require_right(actor, "learn")
    require_project(ws, project_id)
    return write_settings(ws, actor, project_id, {SCALE: EACH_ITS_OWN if scale is None else asdict(scale)})


def measure_scale(ws: Workspace, project_id: int) -> Generator[Progress, None, Scale | None]:
    """The scale that an import of a sample of the project's images would set; None where all have 8 bits."""
    images = learning_images(ws.engine, project_id)
    files = [Path(image.file) for image in images[:: max(1, -(-len(images) // SAMPLE))]]
    ranges: list[tuple[float, float]] = []
    with closing(in_order(_values, files)) as answers:
        for done, values in enumerate(answers, start=1):
            ranges += [values] if values else []
            yield Progress("read", done, len(files))
    return common_scale(ranges)


def _values(file: Path) -> tuple[float, float] | None:
    try:
        return inspect(file).values
    except Unreadable:  # it is gone, or was never good: others stand for it
        return None
