"""Twenty people label one project at once: whether each label is kept once, and each image is one person's.

Each person is a desk without a screen on a connection of its own: it fetches images ahead, sends each label by itself
and waits for the answer that names it as stored. First they keep a pace of five labels a second in all, then each goes
on as fast as the server answers; a round learns meanwhile. On a file of SQLite, and on a PostgreSQL server of its own,
both of which wait for the disk at each label. Milliseconds run from sending a label to the answer that names it.
`lost`: acknowledged labels that the log lacks; `doubled`: rows of the log for one press beyond the first; `shared`:
images that two people labelled. People and server share the machine.
"""

import argparse
import itertools
import math
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from common.check_labels import percentile
from common.machine import print_table, save_result
from common.neu_crops import drain
from common.postgresql import create_database, why_none
from common.remote import RemoteDesk
from common.studio import running
from common.synthetic import Picture, draw, make_project

from vabal_core import workspace
from vabal_core.store.database import reading
from vabal_core.types import Project

PEOPLE, PACE = 20, 5.0  # labels a second, of all together
LABELLED, PICTURES = 400, 60
LOG = "SELECT event_id, image_id FROM label_event WHERE project_id = :project AND annotator LIKE 'Person%'"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`labels` of each person at `pace` labels a second of all together, then `seconds` as fast as they can."""

    labels: int = 1000
    pace: float = PACE
    seconds: float = 60.0


QUICK = Plan(labels=3, pace=30.0, seconds=1.5)


def work(person: RemoteDesk, labels: int, seconds: float, pace: float, first: float) -> None:
    """Label until one of both is reached, one after another: the next label begins at its time, or at once."""
    began = time.monotonic()
    person.rest(first)
    for number in range(labels):
        if time.monotonic() - began >= seconds:
            return
        if not person.queue:
            person.exchange()
        if person.queue:
            person.label()
            person.exchange()
        person.rest(began + first + (number + 1) / pace - time.monotonic() if pace else 0.0)


def phase(people: Sequence[RemoteDesk], labels: int, seconds: float, pace: float) -> dict[str, Any]:
    """All of them at once; `pace`: labels a second of all together, 0 for as fast as they can."""
    before = [len(person.acknowledged) for person in people]
    began = time.monotonic()
    with ThreadPoolExecutor(len(people)) as pool:
        each = pace / len(people)
        starts = [i / pace if pace else 0.0 for i in range(len(people))]
        jobs = [
            pool.submit(work, person, labels, seconds, each, start)
            for person, start in zip(people, starts, strict=True)
        ]
        for job in jobs:
            job.result()
    lasted = time.monotonic() - began
    waits = list(itertools.chain.from_iterable(p.acknowledged[n:] for p, n in zip(people, before, strict=True)))
    return {
        "labels": len(waits), "a_second": round(len(waits) / lasted, 1), "ack_p50_ms": percentile(waits, 50),
        "ack_p95_ms": percentile(waits, 95), "ack_max_ms": percentile(waits, 100),
    }  # fmt: skip


def held_against_log(ws: workspace.Workspace, project: Project, people: Sequence[RemoteDesk]) -> dict[str, int]:
    with reading(ws.engine) as transaction:
        rows = transaction.execute(sa.text(LOG), {"project": project.id}).all()
    stored = Counter(row.event_id for row in rows)
    sent = Counter(press["event"] for person in people for press in person.presses)
    labelled_by = Counter(image for _, image in {(row.event_id.rpartition("-")[0], row.image_id) for row in rows})
    return {
        "lost": sum(event not in stored for event in sent),
        "doubled": (stored - sent).total(),
        "shared": sum(count > 1 for count in labelled_by.values()),
    }


def on_database(name: str, folder: Path, url: str | None, pictures: Sequence[Picture], plan: Plan) -> list[dict]:
    """Two rows: at a pace, and as fast as they can."""
    ws = workspace.open_workspace(folder / "data", url)
    images = PEOPLE * (plan.labels + 40) + 120 * int(plan.seconds)
    project = make_project(ws, "Team", pictures, images, labelled=LABELLED, evaluation=LABELLED // 4)
    classes = {defect_class.key: defect_class.id for defect_class in workspace.classes(ws, project.id)}
    with running(folder / "data", url) as studio:
        people = [RemoteDesk(studio, project.id, classes, f"Person {i + 1}") for i in range(PEOPLE)]
        with learning(ws, project):
            paced = phase(people, plan.labels, math.inf, plan.pace)
            hurried = phase(people, images, plan.seconds, 0)
        for person in people:
            person.server.close()
    kept = held_against_log(ws, project, people)
    ws.engine.dispose()
    return [
        {"database": name, "people": PEOPLE, "how": how, **row, **kept}
        for how, row in (("paced", paced), ("as fast as they can", hurried))
    ]


@contextmanager
def learning(ws: workspace.Workspace, project: Project) -> Iterator[None]:
    """A thorough round for as long as the block lasts; RuntimeError where it did not last as long."""
    with ThreadPoolExecutor(1) as learner:
        round_ = learner.submit(drain, workspace.run_round(ws, workspace.STUDIO, project.id, preset="paper"))
        while not workspace.list_rounds(ws, project.id) and not round_.done():
            time.sleep(0.05)
        try:
            yield
            if round_.done():
                raise RuntimeError(f"the round was over too soon: {round_.exception()}")
        finally:
            workspace.cancel_round(ws, workspace.STUDIO, project.id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few labels a person, under a minute")
    parser.add_argument("--labels", type=int, default=1000, help="labels of each person at the pace")
    options = parser.parse_args()
    plan = QUICK if options.quick else Plan(labels=options.labels)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary:
        pictures = draw(Path(temporary) / "pictures", PICTURES // 6 if options.quick else PICTURES)
        databases = {"SQLite": None} | ({} if why_none() else {"PostgreSQL": create_database(durable=True)})
        for name, url in databases.items():
            folder = Path(temporary) / name
            folder.mkdir()
            rows += on_database(name, folder, url, pictures, plan)
    print_table(rows)
    figures = {name: max(row[name] for row in rows) for name in ("lost", "doubled", "shared")}
    figures["ack_p95_ms"] = max(row["ack_p95_ms"] for row in rows if row["how"] == "paced")
    save_result("team", {"plan": vars(plan), "rows": rows, "without": why_none(), **figures}, options.quick)


if __name__ == "__main__":
    main()
