"""Small workspaces for tests: rows without image files, and rounds without a model."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from vabal_core import workspace
from vabal_core.store import rounds
from vabal_core.store.classes import insert_classes
from vabal_core.store.database import writing
from vabal_core.store.images import insert_images, learning_images
from vabal_core.store.label_issues import LabelIssue
from vabal_core.store.labels import append_imported
from vabal_core.store.round_events import append_event
from vabal_core.store.tables import round_
from vabal_core.types import ImportEntry, LabelEvent, OutOfSample, Progress, RankedImage, Reasons, Round
from vabal_core.workspace.round_process import round_folder

ANN = workspace.person("ann")
CLASSES = ("crazing", "inclusion", "scratches")
LIKELIHOOD = Reasons(log_likelihood=(-1.5, -2.5, -3.5))


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A project with images 0..N-1 (path "p/<i>.png"), its ids at hand."""

    ws: workspace.Workspace
    project_id: int
    class_ids: tuple[int, ...]
    pool: tuple[int, ...]
    evaluation: tuple[int, ...]

    def record(self, *events: LabelEvent, annotator: str = "ann") -> list[str]:
        return workspace.record(self.ws, workspace.person(annotator), self.project_id, events)

    def next(self, queue: Any = "ranked", count: int = 10, **more: Any) -> list[int]:
        items = workspace.next_images(self.ws, self.project_id, queue, count=count, **more)
        return [item.image_id for item in items]

    def give(self, *counts: int, queue: Any = "ranked") -> None:
        """So many labels of each class."""
        images = iter(self.next(queue, count=max(1, sum(counts))))
        classes = zip(self.class_ids, counts, strict=False)
        self.record(*(label(next(images), class_id) for class_id, count in classes for _ in range(count)))

    def begin_round(self, *events: Progress) -> Round:
        """A round that has come as far as these events say, and is under way."""
        facts: dict[str, Any] = {"strategy": "vabal", "preset": "interactive", "batch": 5, "seed": 0, "config": {}}
        facts |= {"labelled": 12, "class_ids": self.class_ids, "metrics": {}}
        started = rounds.start_round(self.ws.engine, self.project_id, **facts)
        for event in events:
            append_event(self.ws.engine, started.id, event)
        return started

    def rank(
        self,
        image_ids: Sequence[int],
        strategy: str = "vabal",
        out_of_sample: Sequence[OutOfSample] = (),
        label_issues: Sequence[LabelIssue] = (),
        reasons: Reasons = LIKELIHOOD,
        **metrics: Any,
    ) -> Round:
        """A finished round that ranked `image_ids` in this order, each predicted as the first class, for `reasons`."""
        labelled = workspace.counts(self.ws, self.project_id).pool_total
        facts: dict[str, Any] = {"preset": "interactive", "batch": 3, "seed": 0, "config": {}, "metrics": {}}
        facts |= {"strategy": strategy, "class_ids": self.class_ids, "labelled": labelled}
        started = rounds.start_round(self.ws.engine, self.project_id, **facts)
        rows = [
            RankedImage(
                image_id=image_id,
                rank=rank,
                score=1 / rank,
                predicted_class_id=self.class_ids[0],
                probability=0.75,
                reasons=reasons,
            )
            for rank, image_id in enumerate(image_ids, start=1)
        ]
        return rounds.finish_round(self.ws.engine, started.id, metrics, rows, out_of_sample, label_issues)

    def rank_saying(self, probabilities: Mapping[int, Sequence[float]]) -> Round:
        """A finished round that ranked the pool and keeps what it said of every class of these images."""
        round_ = self.rank(self.pool)
        folder = round_folder(self.ws, round_)
        folder.mkdir(parents=True)
        np.savez(folder / "rows.npz", keys=np.array(list(probabilities)))
        np.savez(folder / "result.npz", probabilities=np.array(list(probabilities.values()), np.float16))
        return round_


def entry(i: int, label: str | None = None, split: Any = "pool", label_use: Any = "use") -> ImportEntry:
    return ImportEntry(
        path=f"p/{i}.png",
        file=Path(f"/data/p/{i}.png"),
        label=label,
        split=split,
        label_use=label_use,
        fingerprint=f"{i:064x}",
        width=64,
        height=48,
    )


def filled(folder: Path, *, pool: int = 20, evaluation: int = 5, hidden: bool = False, name: str = "Steel") -> Filled:
    """A project of unlabelled images; `hidden`: the truth of image i is class i modulo 3."""
    ws = workspace.open_workspace(folder)
    project_id = workspace.create_project(ws, ANN, name).id
    truth = [CLASSES[i % 3] if hidden else None for i in range(pool + evaluation)]
    splits = ["pool"] * pool + ["evaluation"] * evaluation
    entries = [entry(i, truth[i], splits[i], "hide") for i in range(pool + evaluation)]
    with writing(ws.engine) as transaction:
        insert_classes(transaction, project_id, CLASSES)
    class_ids = [defect_class.id for defect_class in workspace.classes(ws, project_id)]
    with writing(ws.engine) as transaction:
        written = insert_images(transaction, project_id, entries)
        labels = [
            (image_id, entry.split, entry.fingerprint, class_ids[CLASSES.index(entry.label)])
            for image_id, entry in written
            if entry.label is not None and entry.split == "evaluation"
        ]
        append_imported(transaction, project_id, labels)
    images = learning_images(ws.engine, project_id)
    ids = {split: tuple(row.image_id for row in images if row.split == split) for split in ("pool", "evaluation")}
    return Filled(
        ws=ws, project_id=project_id, class_ids=tuple(class_ids), pool=ids["pool"], evaluation=ids["evaluation"]
    )


def start_row(ws: workspace.Workspace, project_id: int, *, driver: str | None = None, **config: Any) -> Round:
    """A running round that nobody drives: its row alone."""
    about: dict[str, Any] = {"strategy": "vabal", "preset": "interactive", "batch": 5, "seed": 0, "config": config}
    about |= {"labelled": 6, "class_ids": (1, 2, 3), "metrics": {}, "driver": driver}
    return rounds.start_round(ws.engine, project_id, **about)


def fall_silent(ws: workspace.Workspace, started: Round) -> datetime:
    """The round's last heartbeat was an hour ago; returns when."""
    then = datetime.now(UTC) - timedelta(hours=1)
    with writing(ws.engine) as transaction:
        transaction.execute(sa.update(round_).where(round_.c.id == started.id).values(heartbeat_at=then))
    return then


def label(image_id: int, class_id: int, event_id: str = "", round: int = 0) -> LabelEvent:
    return LabelEvent(event_id or str(uuid.uuid4()), image_id, "label", class_id, milliseconds=700, round=round)


def skip(image_id: int, event_id: str = "") -> LabelEvent:
    return LabelEvent(event_id or str(uuid.uuid4()), image_id, "skip")


def unsure(image_id: int, event_id: str = "") -> LabelEvent:
    return LabelEvent(event_id or str(uuid.uuid4()), image_id, "unsure")


def flag(image_id: int, event_id: str = "", comment: str | None = None) -> LabelEvent:
    return LabelEvent(event_id or str(uuid.uuid4()), image_id, "flag", comment=comment)


def undo(image_id: int, undoes: str) -> LabelEvent:
    return LabelEvent(str(uuid.uuid4()), image_id, "undo", undoes=undoes)
