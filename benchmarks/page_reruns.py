"""How long the pages take to answer on a project of 100,000 images, half of them labelled, beside somebody labelling.

Each page is run as the frame around it runs it, again and again, in a process in which a second thread stores two
labels a second: what is remembered until something is labelled does not help. Milliseconds run from the first line of
the page's script to its last, in the process that serves pages and labels alike; what the browser then draws is not in
them. The processor's own time for that thread stands beside: other work on the machine is not in it.
"""

import argparse
import gc
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from common import ROOT
from common.large_project import large_project
from common.machine import print_table, save_result
from common.synthetic import draw
from streamlit.testing.v1 import AppTest

from vabal_core import workspace
from vabal_core.types import LabelEvent, Project
from vabal_core.ui.app.background import end_jobs

IMAGES, RUNS = 100_000, 40
SECONDS_A_LABEL = 0.5
TARGET_MS = 100
# what -> (page, what its address says, what its widgets hold)
PAGES: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "label": ("label", {}, {}),
    "label, evaluation": ("label", {"queue": "Evaluation images"}, {}),
    "grid, next to label": ("grid", {}, {}),
    "grid, grouped": ("grid", {"grouped": "true"}, {}),
    "grid, confirm sure ones": ("grid", {"show": "Confirm sure ones"}, {}),
    "grid, all images": ("grid", {"show": "All images"}, {}),
    "review, unsure": ("review", {"tab": "unsure"}, {}),
    "review, label errors": ("review", {"tab": "errors"}, {}),
    "review, model disagrees": ("review", {"tab": "disagrees"}, {}),
    "review, what is taken for what": ("review", {"tab": "confusion"}, {}),
    "rounds": ("rounds", {}, {}),
    "rounds, for specialists": ("rounds", {}, {"specialists": True}),
    "progress": ("progress", {}, {}),
    "data": ("data", {}, {}),
}
# Run in place of the page: how long the page took is kept with its session.
SCRIPT = """
import time
import streamlit
from pathlib import Path
from vabal_core.ui.app.studio import one_state
file = Path({file!r})
began, busy = time.perf_counter(), time.thread_time()
try:
    with one_state():
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), {{"__name__": "__main__"}})
finally:
    streamlit.session_state["milliseconds"] = 1000 * (time.perf_counter() - began), 1000 * (time.thread_time() - busy)
"""


@contextmanager
def somebody_labels(ws: workspace.Workspace, project: Project) -> Iterator[None]:
    """A label every SECONDS_A_LABEL, of the images that come next."""
    ended = Event()

    def label() -> None:
        number, class_id = 0, workspace.classes(ws, project.id)[0].id
        person = workspace.person("Ben")
        while not ended.wait(SECONDS_A_LABEL):
            (item,) = workspace.next_images(ws, project.id, "ranked", count=1)
            event = LabelEvent(f"beside-{time.time_ns()}-{number}", item.image_id, "label", class_id, round=item.round)
            workspace.record(ws, person, project.id, [event])
            number += 1

    thread = Thread(target=label)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def rerun_times(name: str, query: dict[str, str], state: dict[str, Any], runs: int) -> dict[str, Any]:
    """The first run of the page, which makes what it keeps, stands apart from the others."""
    page = AppTest.from_string(SCRIPT.format(file=str(ROOT / "pages" / f"{name}.py")), default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    for key, value in state.items():
        page.session_state[key] = value
    times = []
    for _ in range(runs + 1):
        page.run()
        if page.exception:
            raise RuntimeError(page.exception[0].message)
        times.append(page.session_state["milliseconds"])
    (first, _), *reruns = times
    taken, busy = zip(*reruns, strict=True)
    return {"first_ms": round(first), **_figures("", taken), **_figures("processor_", busy)}


def _figures(name: str, milliseconds: Sequence[float]) -> dict[str, int]:
    p95 = statistics.quantiles(milliseconds, n=20)[-1]
    return {f"{name}p50_ms": round(statistics.median(milliseconds)), f"{name}p95_ms": round(p95)}


def main(images: int, runs: int, names: list[str], quick: bool) -> None:
    rows = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["VABAL_DATA_DIR"] = str(Path(folder) / "data")
        ws = workspace.open_workspace(Path(folder) / "data")
        project = large_project(ws, draw(Path(folder) / "pictures", 20), images)
        workspace.devices()
        gc.freeze()  # as the server does once it has started
        with somebody_labels(ws, project):
            for what in names:
                rows.append({"page": what, **rerun_times(*PAGES[what], runs)})
                print(json.dumps(rows[-1]), flush=True)
        end_jobs()
    print_table([row | {"": "MISSED" if row["p95_ms"] > TARGET_MS else ""} for row in rows])
    about = {"images": images, "runs": runs, "target_p95_ms": TARGET_MS, "load_of_15_minutes": os.getloadavg()[2]}
    save_result("page_reruns", about | {"rows": rows}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds: 500 images, 2 runs a page")
    parser.add_argument("--only", nargs="+", choices=PAGES, help="these pages alone: a trial, nothing is kept")
    args = parser.parse_args()
    images, runs = (500, 2) if args.quick else (IMAGES, RUNS)
    main(images, runs, args.only or list(PAGES), args.quick or args.only is not None)
