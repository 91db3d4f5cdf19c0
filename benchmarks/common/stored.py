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


def judge(
    presses: Sequence[Mapping[str, Any]], data: Path, project_id: int, classes: Mapping[str, int]
) -> dict[str, int]:
    """Every press on a painted image against the stored labels. `classes`: key -> class id.

    lost: presses whose image has no stored label for them. doubled: labels beyond one a press, also by a row with the
    id of another. wrong: labels that nobody pressed for that image, and presses at which the picture on screen was not the
    image that the desk named. shown_again: images that took more than one press.
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
    """Images a second that the newest round trained on in `spans` (seconds since 1970), from its stored events; None
    where it did not train then."""
    images = seconds = 0.0
    events = [(_seconds(at), done * epochs * labels / total) for at, done, total, epochs in _steps(data, project_id)]
    for begin, end in spans:
        inside = [event for event in events if begin <= event[0] <= end]
        if len(inside) > 1:
            seconds += inside[-1][0] - inside[0][0]
            images += inside[-1][1] - inside[0][1]
    return round(images / seconds, 2) if seconds else None


def _steps(data: Path, project_id: int) -> list[tuple[Any, ...]]:
    return read(data, STEPS, project_id)


def _seconds(written: str) -> float:
    return datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp()
