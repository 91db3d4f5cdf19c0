"""Who has which image on the desk just now, so that two people at once do not label the same one.

Held in memory for seconds and renewed by every request of a desk: a closed tab gives its images back by itself, and a
restarted server forgets nothing that matters. Labels are safe without it: this only saves people's time.
"""

import threading
import time
from collections.abc import Iterable

SECONDS = 15  # a desk asks at least every 3

_held: dict[tuple[int, int], tuple[str, float]] = {}  # (project, image) -> (desk, until)
_lock = threading.Lock()


def held_by_others(project_id: int, desk: str) -> set[int]:
    """The images of the project that other desks have now."""
    now = time.monotonic()
    with _lock:
        for key in [key for key, (_, until) in _held.items() if until < now]:
            del _held[key]
        return {image for (project, image), (holder, _) in _held.items() if project == project_id and holder != desk}


def hold(project_id: int, desk: str, image_ids: Iterable[int]) -> None:
    """`desk` has these images for the next SECONDS; what another desk has stays that desk's."""
    until = time.monotonic() + SECONDS
    with _lock:
        for image_id in image_ids:
            holder, _ = _held.get((project_id, image_id), (desk, until))
            if holder == desk:
                _held[project_id, image_id] = (desk, until)
