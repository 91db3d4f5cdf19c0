"""More like this: the images nearest to one image, by what a network has read of them, whatever their labels."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from vabal_core.images.feature_store import Features
from vabal_core.images.near_duplicates import LEAST_BY_FEATURES, feature_descriptors
from vabal_core.images.similar import leaders, likeness
from vabal_core.store import search as rows
from vabal_core.store.images import all_fingerprints, images_by_id, newest_image
from vabal_core.store.search import ImageRow
from vabal_core.workspace.features import feature_state
from vabal_core.workspace.near_duplicates import feature_stamp, fullest_store
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.search import check_page, filter_of
from vabal_core.workspace.workspace import Workspace

MAX_SIMILAR = 1_000  # images, those folded away among them: what is farther is hardly like the one asked about

NOT_THERE = "This image is not in this project, or it lies in the bin on the Data page."
NOTHING_READ = (
    "Images are compared by what a pretrained network has read of them. This project learns from nothing but its own "
    "images, so none was read. Choose the quick preset on the Rounds page, under “For specialists”."
)


@dataclass(frozen=True, kw_only=True)
class SimilarImages:
    """One page of images like another, the most alike first, and how many there are in all. `behind`: image id -> how
    many nearly the same ones are folded behind it, of the image itself too. `why_not`: why there are none;
    `way_on`: the page where something can be done about it."""

    rows: tuple[ImageRow, ...] = ()
    total: int = 0
    behind: Mapping[int, int]
    why_not: str = ""
    way_on: Literal["rounds", "data"] = "rounds"


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadImages:
    """The images of a project by id, ascending (N,), their features (N, F), None where none has been
    read, and which of them have."""

    ids: np.ndarray
    features: Features | None
    there: np.ndarray

    def places(self, image_ids: np.ndarray) -> np.ndarray:
        """The row of each image that has been read; the others are left out."""
        places = np.searchsorted(self.ids, image_ids)
        places = places[(places < len(self.ids)) & np.isin(image_ids, self.ids)]
        return places[self.there[places]]


def similar_images(
    ws: Workspace,
    project_id: int,
    image_id: int,
    *,
    fold: bool = True,
    offset: int = 0,
    limit: int = 60,
    **filters: Any,
) -> SimilarImages:
    """The images most like `image_id` among those that pass `filters` (those of `search_images`, but for its order),
    from the one at `offset` on; the image itself is none of them.

    Of MAX_SIMILAR at most. With `fold`, one that is nearly the same as one before it is folded behind that. ValueError
    as `search_images` has it.
    """
    require_project(ws, project_id)
    check_page(offset, limit)
    criteria = filter_of(ws, project_id, **filters)
    image = images_by_id(ws.engine, [image_id]).get(image_id)
    if image is None or image.removed or image.project_id != project_id:
        return SimilarImages(behind={}, why_not=NOT_THERE, way_on="data")
    stamp = newest_image(ws.engine, project_id), *feature_stamp(ws)
    read = _read_images(ws, project_id, stamp)
    (*place,) = read.places(np.array([image_id]))
    if not place:
        return SimilarImages(behind={}, why_not=_why_not_read(ws, project_id))
    passing = np.array(rows.image_ids(ws.engine, project_id, criteria), np.int64)
    nearest = _nearest(read, _likeness(ws, project_id, image_id, stamp), place[0], passing)
    behind: Counter[int] = Counter()
    if fold:
        nearest, behind = _folded(read, place[0], nearest)
    page = read.ids[nearest[offset : offset + limit]].tolist()
    by_id = rows.rows_of(ws.engine, project_id, page)
    return SimilarImages(
        rows=tuple(by_id[each] for each in page if each in by_id), total=len(nearest), behind=dict(behind)
    )


def _nearest(read: ReadImages, alike: np.ndarray, place: int, passing: np.ndarray) -> np.ndarray:
    """Rows of the images nearest to that of row `place` among those that pass, the most alike first; ties by id."""
    places = read.places(passing)
    places = places[places != place]
    if len(places) > MAX_SIMILAR:
        kept = alike[places] >= np.partition(alike[places], -MAX_SIMILAR)[-MAX_SIMILAR]
        places = places[kept]
    return places[np.lexsort((places, -alike[places]))][:MAX_SIMILAR]


def _folded(read: ReadImages, place: int, nearest: np.ndarray) -> tuple[np.ndarray, Counter[int]]:
    """The rows that are not nearly the same as one before them, and image id -> how many are folded behind it."""
    every = np.concatenate([[place], nearest]).astype(np.int64)
    vectors = feature_descriptors(read.features, every, np.flatnonzero(read.there))
    leader = leaders(vectors, LEAST_BY_FEATURES)
    stays = leader == np.arange(len(every))
    return every[stays][1:], Counter(read.ids[every[leader[~stays]]].tolist())


@lru_cache(maxsize=4)
def _read_images(ws: Workspace, project_id: int, _stamp: tuple[int, ...]) -> ReadImages:
    """Looked up anew when images were added or read: of 100,000 that takes a second."""
    by_id = all_fingerprints(ws.engine, project_id)
    features, there = fullest_store(ws, list(by_id.values()), np.ones(len(by_id), bool))
    return ReadImages(ids=np.array(list(by_id), np.int64), features=features, there=there)


@lru_cache(maxsize=16)
def _likeness(ws: Workspace, project_id: int, image_id: int, stamp: tuple[int, ...]) -> np.ndarray:
    """Kept while a person turns pages and changes filters: 4 bytes an image."""
    read = _read_images(ws, project_id, stamp)
    return likeness(read.features, int(np.searchsorted(read.ids, image_id)), read.there)


def _why_not_read(ws: Workspace, project_id: int) -> str:
    state = feature_state(ws, project_id)
    if state is None:
        return NOTHING_READ
    return (
        "Images are compared by what a pretrained network has read of them, and this one has not been read yet: "
        f"{state.read:,} of {state.images:,} images have. They are read after an import and before a round. If none is "
        "being read just now, start a round on the Rounds page; it says, too, which files cannot be read."
    )
