"""How quick the Label page is, and whether it keeps every label: a real Chromium presses keys on a real server.

A press counts where an image was painted; the desk ignores the others (`ignored`). Which image that was is read in the
page before the desk hears of the key. Milliseconds to the next image run from the moment the browser got the key (the
time stamp of the keydown event) to the end of the first frame at whose beginning the next image stood in the page,
loaded: to a message posted in that frame, which arrives when the frame has been painted. The wait for that frame is in
it; a second frame is not waited for, and what the graphics hardware does afterwards is not seen. Milliseconds to
"stored" (`ack`) run from the same moment to the server's answer that names this very label. Lost, doubled and wrong
labels are read from the database file afterwards. Browser and server share the machine; images are 640 x 640 JPEG.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from common.bench import CHROMIUM, SPARE, Bench, launch
from common.by_exception import compare
from common.machine import RESULTS, machine, print_table, save_result
from common.memory import bare_tab
from common.studio import running
from common.synthetic import draw
from common.training import training, training_remote
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from vabal_core import workspace
from vabal_core.types import Project, StudioError

PRESSES = 1000
PICTURES = 300
PACE, HURRY = 10, 20  # presses a second: what a person may do, and what the bad days are made worse with
CUT = 10  # seconds without network
OPENINGS = 5
MOST_COMPARED = 240  # images that each person labels each way
IMAGES_A_PRESS = 100  # of the large project: 100,000 for 1,000 presses
TILES = 60
EARLY = 10  # the tab's memory is looked at after a tenth of the images, and at the end


def idle(bench: Bench) -> dict[str, Any]:
    return bench.label("idle", PACE)


def refreshing(bench: Bench) -> dict[str, Any]:
    """While the ranking is refreshed every 25 labels, one round after another, all images having been read."""
    project = bench.project("refreshing", bench.presses + SPARE, evaluation=SPARE, learns=True)
    for _ in workspace.read_features(bench.ws, workspace.STUDIO, project.id):
        pass
    row = bench.label_all(project, PACE, lambda tab: {})
    return row | {"rounds": sum(r.state == "done" for r in workspace.list_rounds(bench.ws, project.id))}


def while_training(bench: Bench) -> dict[str, Any]:
    return training(bench, PACE)


def remote_while_training(bench: Bench) -> dict[str, Any]:
    return training_remote(bench, PACE)


def killed(bench: Bench) -> dict[str, Any]:
    def kill_and_start() -> None:
        bench.studio.kill()
        bench.studio.start()

    return bench.label("killed", HURRY, lambda tab: {bench.presses // 2: kill_and_start})


def reloaded(bench: Bench) -> dict[str, Any]:
    reload = "() => { setTimeout(() => location.reload()); }"  # not waited for: the next press comes meanwhile
    return bench.label("reloaded", HURRY, lambda tab: {bench.presses // 2: lambda: tab.page.evaluate(reload)})


def offline(bench: Bench) -> dict[str, Any]:
    cut, mended = bench.presses // 2, bench.presses // 2 + CUT * HURRY
    return bench.label(
        "offline",
        HURRY,
        lambda tab: {cut: lambda: tab.context.set_offline(True), mended: lambda: tab.context.set_offline(False)},
    )


def opening(bench: Bench) -> dict[str, Any]:
    """From the start of the navigation to the first image painted, in a browser that has never been here."""
    project = bench.project("large", IMAGES_A_PRESS * bench.presses)
    return {"images": IMAGES_A_PRESS * bench.presses, **several(lambda: open_once(bench, project))}


def open_once(bench: Bench, project: Project) -> float:
    with bench.tab(project) as tab:
        return tab.open()


def memory(bench: Bench) -> dict[str, Any]:
    """The tab after a tenth of the images and after all of them."""
    project = bench.project("memory", bench.presses + SPARE)
    readings = []
    with bare_tab(list(bench.classes(project))) as tab:
        tab.open(bench.address(project))
        for goal in (bench.presses // EARLY, bench.presses):
            tab.label(goal, HURRY)
            readings.append(tab.memory())
    early, late = readings
    row: dict[str, Any] = {"images": bench.presses}
    for name in ("heap", "resident"):
        first, last = early[f"{name}_mib"], late[f"{name}_mib"]
        row |= {f"{name}_mib_early": first, f"{name}_mib": last}
        row[f"{name}_growth_percent"] = round(100 * (last / first - 1), 1)
    return row


def grid(bench: Bench) -> dict[str, Any]:
    """From the click on "Grid" in the menu of the Label page to 60 thumbnails painted; the server draws them once."""
    project = bench.project("grid", bench.presses)
    return {"images": bench.presses, "tiles": TILES, **several(lambda: grid_once(bench, project))}


def grid_once(bench: Bench, project: Project) -> float:
    with bench.tab(project) as tab:
        tab.open()
        tab.page.evaluate("(count) => probe.watchTiles(count)", TILES)
        tab.page.get_by_role("link", name="Grid", exact=True).click()
        tab.page.wait_for_function("() => probe.tiles")
        return tab.page.evaluate("() => probe.tiles")


def exception(bench: Bench) -> dict[str, Any]:
    """One by one against label by exception, by a simulated person (see `common.by_exception`)."""
    return compare(bench, min(MOST_COMPARED, bench.presses))


def several(measure: Callable[[], float]) -> dict[str, Any]:
    times = [round(measure()) for _ in range(OPENINGS)]
    return {"median_ms": statistics.median(times), "max_ms": max(times), "all_ms": times}


SCENARIOS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "idle": idle,
    "refreshing": refreshing,
    "training": while_training,
    "training remote": remote_while_training,
    "killed": killed,
    "reloaded": reloaded,
    "offline": offline,
    "opening": opening,
    "memory": memory,
    "grid": grid,
    "exception": exception,
}
APART = "exception"  # kept in a file of its own: it is about people, whatever the machine
KEPT = {"lost": 0, "doubled": 0, "wrong": 0}
QUICK = {"p50_ms": 20, "p95_ms": 50, **KEPT}
# scenario -> the most that a figure of it may be
TARGETS: dict[str, dict[str, float]] = {
    "idle": QUICK,
    "refreshing": QUICK,
    "training": {**QUICK, "ack_p95_ms": 500, "slowdown_percent": 10},
    "training remote": {**KEPT, "slowdown_percent": 10},
    "killed": KEPT,
    "reloaded": KEPT,
    "offline": KEPT,
    "opening": {"median_ms": 1500},
    "memory": {"heap_growth_percent": 10, "resident_growth_percent": 10},
    "grid": {"median_ms": 1000},
    "exception": {},
}


def measure(names: Sequence[str], presses: int, pictures: int) -> Iterator[dict[str, Any]]:
    """One row a scenario; one that breaks off leaves a row that says why, and the others go on."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, sync_playwright() as playwright:
        ws = workspace.open_workspace(Path(name) / "data")
        workspace.create_project(ws, workspace.STUDIO, "none")  # a server without any project would draw its demo first
        drawn = draw(Path(name) / "pictures", pictures)
        with running(ws.data_dir) as studio:
            browser = launch(playwright.chromium)
            bench = Bench(ws=ws, studio=studio, browser=browser, pictures=drawn, presses=presses)
            for scenario in names:
                yield one_row(bench, scenario)
            bench.browser.close()


def one_row(bench: Bench, scenario: str) -> dict[str, Any]:
    began = time.monotonic()
    try:
        bench.studio.wait()
        row = SCENARIOS[scenario](bench)
    except (PlaywrightError, RuntimeError, OSError, StudioError) as error:
        row = {"failed": f"{error}"}
    return {"scenario": scenario, **row, "took_seconds": round(time.monotonic() - began)}


def with_kept(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The new rows, and the kept ones of scenarios not measured now, as long as this machine measured them too."""
    file = RESULTS / "labelling.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    old = kept.get("rows", []) if kept.get("machine") == machine() else []
    by_scenario = {row["scenario"]: row for row in [*old, *(row for row in rows if "failed" not in row)]}
    return [by_scenario[scenario] for scenario in SCENARIOS if scenario in by_scenario]


def print_targets(rows: list[dict[str, Any]]) -> None:
    lines = []
    for row in rows:
        targets = TARGETS[row["scenario"]]
        for name, value in row.items():
            if name != "scenario":
                line = {"scenario": row["scenario"], "figure": name, "value": value, "at most": targets.get(name, "")}
                missed = name in targets and (value is None or value > targets[name])
                lines.append(line | {"": "MISSED" if missed else ""})
    print_table(lines)


def save(rows: list[dict[str, Any]], short: bool, quick: bool) -> None:
    apart, others = ([row for row in rows if (row["scenario"] == APART) == is_apart] for is_apart in (True, False))
    if apart and not any("failed" in row or "skipped" in row for row in apart):
        save_result("by_exception", {"rows": apart}, short)
    if others:
        facts = others[0] if quick else {}
        save_result("labelling", {**facts, "targets": TARGETS, "rows": others if short else with_kept(others)}, short)


def main(names: Sequence[str], presses: int, quick: bool) -> int:
    if not Path(CHROMIUM).exists():
        print(json.dumps({"skipped": f"{CHROMIUM} is missing: install Chromium, or name another one in CHROMIUM"}))
        return 0
    rows: list[dict[str, Any]] = []
    try:
        for row in measure(names, presses, 20 if quick else PICTURES):
            print(json.dumps(row), flush=True)
            rows.append(row)
    finally:  # minutes of measuring are kept, whatever stopped the rest
        print_targets(rows)
        save(rows, presses < PRESSES, quick)
    return int(any("failed" in row for row in rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds: 50 presses, idle only")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, help="these scenarios alone; the kept others stay")
    parser.add_argument("--presses", type=int, default=PRESSES, help="fewer are a trial: nothing is kept")
    args = parser.parse_args()
    measured = (["idle"], 50) if args.quick else (args.only or list(SCENARIOS), args.presses)
    raise SystemExit(main(*measured, args.quick))
