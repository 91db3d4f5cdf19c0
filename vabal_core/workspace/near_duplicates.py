"""Look for labels that may be wrong: pictures that are nearly the same and have different labels."""

from dataclasses import dataclass

import numpy as np

from vabal_core.images.near_duplicates import cached_pixels, descriptors, similar_pairs
from vabal_core.store import search as rows
from vabal_core.store.images import learning_images
from vabal_core.store.labels import current_labels, newest_event
from vabal_core.store.search import ImageRow
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace


@dataclass(frozen=True)
class NearDuplicatePair:
    """Two images of different classes and how alike they are: the correlation of their pictures, at most 1."""

    similarity: float
    first: ImageRow
    second: ImageRow


def review_stamp(ws: Workspace, project_id: int) -> int:
    """Another number as soon as anything was decided: what was found before may no longer hold."""
    return newest_event(ws.engine, project_id)


def near_duplicate_pairs(
    ws: Workspace, project_id: int, *, least: float = 0.95, limit: int = 100
) -> list[NearDuplicatePair]:
    """Labelled images of different classes whose pictures are nearly the same, most similar first.

    Read from the pixels that rounds have cached: none before the first round, and images that no round has decoded are
    left out. ValueError where `least` is outside 0..1 or `limit` below 1.
    """
    require_project(ws, project_id)
    if not 0 <= least <= 1 or limit < 1:
        raise ValueError(f"least {least} and limit {limit}: least is from 0 to 1, limit 1 or more")
    images = learning_images(ws.engine, project_id)
    folder = ws.data_dir / "projects" / str(project_id) / "pixels"
    pixels, usable = cached_pixels(folder, [image.fingerprint for image in images])
    labels = current_labels(ws.engine, project_id)
    usable_rows = np.array([i for i, image in enumerate(images) if usable[i] and image.image_id in labels], np.int64)
    classes = np.array([labels[images[i].image_id] for i in usable_rows], np.int64)
    pairs = similar_pairs(descriptors(pixels, usable_rows), classes, least=least, limit=limit)
    ids = [images[i].image_id for i in usable_rows]
    in_pairs = {ids[i] for _, *ends in pairs for i in ends}
    by_id = rows.rows_of(ws.engine, project_id, sorted(in_pairs))
    return [NearDuplicatePair(value, by_id[ids[i]], by_id[ids[j]]) for value, i, j in pairs]
