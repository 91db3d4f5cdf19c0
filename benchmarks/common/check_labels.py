"""What the database holds after a run, read straight from its file: the truth that the presses are held against."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

LABELS = """select image_id, class_id from label_event
    where project_id = ? and kind = 'label' and annotator != 'import'"""
STEPS = """select created_at, done, total, epochs from round_event
    where phase = 'train' and round_id = (select max(id) from round where project_id = ?) order by id"""


def read(data: Path, query: str, project_id: int) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data / "studio.db")) as database:
        return database.execute(query, (project_id,)).fetchall()


def check_presses(
    presses: Sequence[Mapping[str, Any]], data: Path, project_id: int, classes: Mapping[str, int]
) -> dict[str, int]:
    """Every press on a painted image against the stored labels. `classes`: key -> class id.

    lost: presses whose image has no stored label for them. doubled: labels beyond one a press, also by a row with the
    id of another. wrong: labels that nobody pressed for that image, and presses at which the picture on screen was not
    the image that the desk named. shown_again: images that took more than one press.
    """
    pressed = Counter((press["image"], classes[press["key"]]) for press in presses)
    rows = read(data, LABELS, project_id)
    stored = Counter(rows)
    images = Counter(press["image"] for press in presses)
    other_picture = sum(press["pictured"] != press["image"] for press in presses)
    return {
        "lost": (images - Counter(image for image, _ in rows)).total(),
        "doubled": sum(n for pair, n in (stored - pressed).items() if pair in pressed),
        "wrong": sum(n for pair, n in stored.items() if pair not in pressed) + other_picture,
        "shown_again": sum(n > 1 for n in images.values()),
    }


def latencies(presses: Sequence[Mapping[str, Any]]) -> dict[str, float | int | None]:
    """Milliseconds from the key to the next image painted, and to the answer that names the label as stored."""
    shown = [press["shown"] for press in presses if press["shown"] is not None]
    stored = [press["stored"] for press in presses if press["stored"] is not None]
    return {
        "p50_ms": percentile(shown, 50),
        "p95_ms": percentile(shown, 95),
        "max_ms": percentile(shown, 100),
        "ack_p50_ms": percentile(stored, 50),
        "ack_p95_ms": percentile(stored, 95),
    }


def percentile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.percentile(values, share)), 1) if values else None


def training_pace(data: Path, project_id: int, spans: Sequence[tuple[float, float]], labels: int) -> float | None:
    """Images a second that the newest round trained on in `spans` (seconds since 1970), from its stored events (two a
    second); None where it did not train then."""
    rows = read(data, STEPS, project_id)
    if not rows:
        return None
    at = np.array([datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp() for row in rows])
    images = np.array([done * epochs * labels / total for _, done, total, epochs in rows])
    edges = np.clip(np.array(spans), at[0], at[-1])
    trained, seconds = (np.diff(edge).sum() for edge in (np.interp(edges, at, images), edges))
    return round(float(trained / seconds), 2) if seconds else None
