"""A few small pictures of each class for a report: those that people pinned first."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import islice

from vabal_core.export.report import ReportPicture
from vabal_core.images.display import small
from vabal_core.images.parallel import in_order
from vabal_core.store.image_addresses import find_addresses
from vabal_core.types import GuideEntry, Project, StudioError
from vabal_core.workspace.images import image_file
from vabal_core.workspace.scale import project_scale
from vabal_core.workspace.workspace import Workspace

MAX_PICTURES = 60  # in the whole report, so that it stays small and is made in seconds
MAX_OF_CLASS = 4
PIXELS = 144


def class_pictures(
    ws: Workspace, project: Project, guide: Sequence[GuideEntry], samples: Mapping[str, Sequence[str]]
) -> dict[int, tuple[ReportPicture, ...]]:
    """class id -> its pictures. `samples`: class name -> fingerprints of images labelled so, to fill up with. Of many
    classes each has fewer, and those beyond MAX_PICTURES none. What cannot be read is left out."""
    chosen = _chosen(ws, project, guide[:MAX_PICTURES], samples)
    places = [(class_id, *choice) for class_id, choices in chosen.items() for choice in choices]
    read = partial(_read, ws, project)
    pictures: dict[int, list[ReportPicture]] = {}
    with closing(in_order(read, [(image_id, pinned) for _, image_id, pinned in places])) as answers:
        for (class_id, _, _), picture in zip(places, answers, strict=True):
            pictures.setdefault(class_id, []).extend([picture] if picture else [])
    return {class_id: tuple(of_class) for class_id, of_class in pictures.items()}


def _chosen(
    ws: Workspace, project: Project, guide: Sequence[GuideEntry], samples: Mapping[str, Sequence[str]]
) -> dict[int, list[tuple[int, bool]]]:
    """class id -> (image id, whether it is pinned)."""
    most = min(MAX_OF_CLASS, MAX_PICTURES // max(1, len(guide)))
    contents = [content for entry in guide for content in samples.get(entry.name, ())]
    addresses = find_addresses(ws.engine, project.id, "fingerprint", contents)
    ids = {address.fingerprint: address.image_id for address in addresses}
    chosen = {}
    for entry in guide:
        pinned = [image.id for image in entry.examples]
        others = (ids[content] for content in samples.get(entry.name, ()) if content in ids)
        fill = [(image_id, False) for image_id in others if image_id not in pinned]
        chosen[entry.class_id] = list(islice([(image_id, True) for image_id in pinned] + fill, most))
    return chosen


def _read(ws: Workspace, project: Project, choice: tuple[int, bool]) -> ReportPicture | None:
    image_id, pinned = choice
    try:
        data = small(image_file(ws, image_id), PIXELS, project_scale(project))
    except StudioError:  # gone, changed or broken: the report is of what there is
        return None
    return ReportPicture(data=data, pinned=pinned)
