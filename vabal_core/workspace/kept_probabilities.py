"""What the newest rounds said of every class of every image: kept in their folders, read once."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from vabal_core.loop.files import read_probabilities
from vabal_core.store.classes import ClassTable
from vabal_core.types import Round, StudioError
from vabal_core.workspace.round_process import KEPT_ROUNDS, round_folder
from vabal_core.workspace.workspace import Workspace


def probabilities_of(ws: Workspace, round_: Round, image_ids: np.ndarray, table: ClassTable) -> np.ndarray:
    """(n, C) for the C classes of now, those of classes that were merged since put together; NaN in the rows of images
    that the round did not see, in the columns of classes that it did not know, and in all where nothing is kept."""
    classes = [defect_class.id for defect_class in table.current]
    kept = _read(round_folder(ws, round_), round_.id)
    if kept is None or not len(image_ids):
        return np.full((len(image_ids), len(classes)), np.nan)
    keys, probabilities = kept
    order = keys.argsort()
    rows = order[np.minimum(keys.searchsorted(image_ids, sorter=order), len(keys) - 1)]
    chosen = probabilities[rows].astype(float) @ _merged(round_.class_ids, classes, table)  # (n, C of then) -> (n, C)
    return np.where((keys[rows] == image_ids)[:, None], chosen, np.nan)


def _merged(of_then: Sequence[int], of_now: Sequence[int], table: ClassTable) -> np.ndarray:
    """(C of then, C of now): 1 where a class counts as one of now; NaN in the columns of those that none did."""
    counts = np.array([[float(table.counts_as(class_id) == now) for now in of_now] for class_id in of_then])
    return np.where(counts.any(0), counts, np.nan)


@lru_cache(maxsize=KEPT_ROUNDS)
def _read(folder: Path, round_id: int) -> tuple[np.ndarray, np.ndarray] | None:
    """`round_id` keeps a round apart from one of another database with the same folder."""
    try:
        return read_probabilities(folder)
    except (OSError, StudioError):  # gone with old rounds, or damaged
        return None
