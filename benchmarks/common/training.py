"""Labelling while a round trains: how quick it stays, and how much it slows the training down.

By a tab of a browser on this machine, or by somebody whose browser runs on another computer.
"""

import time
from collections.abc import Callable
from typing import Any

from common.bench import SPARE, Bench
from common.check_labels import check_presses, training_pace
from common.processes import processor_seconds
from common.remote import RemoteDesk
from common.studio import PATIENCE
from common.tab import Tab
from vabal_core import workspace
from vabal_core.types import Project

BLOCKS = 4  # of labelling, a pause as long before each
AFTERWARDS = 150  # seconds for which labelling goes on at most, until the round's ranking is there

Span = tuple[float, float]  # begin and end, seconds since 1970


def training(bench: Bench, pace: int) -> dict[str, Any]:
    """In the browser of this machine; labelling goes on over the arrival of the ranking."""
    project = project_of(bench, "training", pace)
    with bench.tab(project) as tab:
        tab.open()
        row = beside_round(bench, project, tab, pace)
        until_ranked(bench, project, tab, pace)
        return {**bench.outcome(tab, project), **row, "round": workspace.list_rounds(bench.ws, project.id)[-1].state}


def training_remote(bench: Bench, pace: int) -> dict[str, Any]:
    """From another computer; the round is cancelled once its training has been slowed down enough to tell."""
    project = project_of(bench, "training remote", pace)
    with RemoteDesk(bench.studio, project.id, bench.classes(project)) as person:
        row = beside_round(bench, project, person, pace)
        workspace.cancel_round(bench.ws, workspace.STUDIO, project.id)
        kept = check_presses(person.presses, bench.studio.data, project.id, bench.classes(project))
        return {"presses": len(person.presses), **kept, **row}


def project_of(bench: Bench, name: str, pace: int) -> Project:
    labels, spare = labels_of(bench), 2 * SPARE + AFTERWARDS * pace
    return bench.project(name, bench.presses + spare, labelled=labels, evaluation=SPARE)


def labels_of(bench: Bench) -> int:
    """How many labels the round learns from: its training lasts somewhat longer than the pauses and the labelling."""
    return 5 * bench.presses // 4


def beside_round(bench: Bench, project: Project, person: Tab | RemoteDesk, pace: int) -> dict[str, Any]:
    """One thorough round; while it trains, pauses and labelling in turn. The training's pace in the pauses and
    beside labelling are compared within this one round.
    """
    begin_round(bench, project, person)
    pauses, works, cores = in_turn(bench, person, pace)
    outlasted = runs(bench, project)
    alone = training_pace(bench.studio.data, project.id, pauses, labels_of(bench))
    beside = training_pace(bench.studio.data, project.id, works, labels_of(bench))
    return {
        "a_second": round(BLOCKS * (bench.presses // BLOCKS) / sum(end - begin for begin, end in works), 1),
        "round_outlasted_blocks": outlasted,
        "trained_a_second_alone": alone,
        "trained_a_second_beside": beside,
        "slowdown_percent": round(100 * (alone / beside - 1), 1) if alone and beside else None,
        **cores,
    }


def begin_round(bench: Bench, project: Project, person: Tab | RemoteDesk) -> None:
    """The server starts the round by itself, at the first label; returns when the classifier trains."""
    workspace.update_settings(bench.ws, workspace.STUDIO, project.id, auto_every=1, preset="thorough")
    person.press(1, 1)
    deadline = time.monotonic() + PATIENCE
    while (progress := workspace.follow_round(bench.ws, project.id)) is None or progress.phase != "train":
        if time.monotonic() > deadline:
            raise RuntimeError(f"No round trains after {PATIENCE} s: {workspace.list_rounds(bench.ws, project.id)}")
        person.rest(0.2)
    workspace.update_settings(bench.ws, workspace.STUDIO, project.id, auto_every=0)


def in_turn(bench: Bench, person: Tab | RemoteDesk, pace: int) -> tuple[list[Span], list[Span], dict[str, float]]:
    """When nobody labelled, when somebody did, and the cores that server and browser had busy then."""
    server, block = bench.studio.process.pid, bench.presses // BLOCKS
    pauses, works, used = [], [], {"server": 0.0, "browser": 0.0}
    for _ in range(BLOCKS):
        pauses.append(span(lambda: person.rest(block / pace)))
        before = processor_seconds(server)
        works.append(span(lambda: person.press(block, pace)))
        after = processor_seconds(server)
        used = {name: used[name] + after[name] - before[name] for name in used}
    seconds = sum(end - begin for begin, end in works)
    return pauses, works, {f"{name}_cores": round(value / seconds, 2) for name, value in used.items()}


def until_ranked(bench: Bench, project: Project, tab: Tab, pace: int) -> None:
    """Labels on over the arrival of the ranking; a round that takes too long is cancelled."""
    deadline = time.monotonic() + AFTERWARDS
    while runs(bench, project) and time.monotonic() < deadline:
        tab.press(pace, pace)
        tab.rest(1 / pace)
    workspace.cancel_round(bench.ws, workspace.STUDIO, project.id)
    tab.press(5 * pace, pace)


def runs(bench: Bench, project: Project) -> bool:
    return workspace.list_rounds(bench.ws, project.id)[-1].state == "running"


def span(work: Callable[[], None]) -> Span:
    began = time.time()
    work()
    return began, time.time()
