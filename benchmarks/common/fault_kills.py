"""SIGKILL at random moments: while somebody labels, an import is written, a round learns, a backup is restored."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from common.fault_cases import Outcome, Say, hold_against_log, in_child, label, log_of, opened
from common.neu_crops import drain
from common.synthetic import Picture, make_project
from vabal_core import workspace
from vabal_core.types import Project

IMAGES, CLASSES = 42, ("crazing", "inclusion", "scratches")
ROUND_SECONDS = 12.0  # that a round of these settings takes on two cores, most of it to load the libraries
QUICKEST = {
    "learning": "scratch", "backbone": "resnet18", "weights": "none", "difficulty": "in_sample", "image_size": 32,
    "epochs": 1, "batch_size": 8, "vae_epochs": 1, "vae_least_steps": 0, "draws": 2,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Place:
    """A kind of database, and a folder for what is tried on it. `new_url`: the address of an empty one, None for a file
    in the data folder."""

    name: str
    folder: Path
    new_url: Callable[[], str | None]
    rng: random.Random


def while_labelling(place: Place, kills: int) -> Outcome:
    """A desk that labels one image after another; the label on its way at the kill is sent again, as a browser does."""
    outcome = Outcome(fault="killed while labelling", database=place.name)
    folder, url = place.folder / "labelling", place.new_url()
    with opened(folder, url) as ws:
        project = make_project(ws, "Faults", [draw(place.folder / "one", 1)[0]], 60 * kills)
        class_id = workspace.classes(ws, project.id)[0].id
    for kill in range(kills):
        said = in_child(partial(_label_on, folder, url, project.id, class_id, kill), place.rng.uniform(0, 0.2))
        outcome.tried += 1
        outcome.hear(said)
        stored = [line.split()[1] for line in said if line.startswith("stored ")]
        with opened(folder, url) as ws:
            for event, image in (line.split()[1:] for line in said if line.startswith("sent ")):
                if event not in stored:
                    outcome.attempt(partial(label, ws, project.id, int(image), class_id, event))
                    stored.append(event)
            mine = [(event, image) for event, image in log_of(ws, project.id) if event.startswith(f"{kill}-")]
        hold_against_log(outcome, mine, stored)
    return outcome


def _label_on(folder: Path, url: str | None, project_id: int, class_id: int, kill: int, say: Say) -> None:
    ws = workspace.open_workspace(folder, url)
    items = workspace.next_images(ws, project_id, "ranked", count=50)
    say("ready")
    for number, item in enumerate(items):
        event = f"{kill}-{number}"
        say(f"sent {event} {item.image_id}")
        for stored in label(ws, project_id, item.image_id, class_id, event):
            say(f"stored {stored}")


def while_importing(place: Place, kills: int) -> Outcome:
    """An import that is killed and then repeated, as its page advises: the same images and labels, once each."""
    outcome = Outcome(fault="killed while importing", database=place.name)
    folder, url, source = place.folder / "importing", place.new_url(), place.folder / "source"
    draw(source, IMAGES)
    took = _timed(partial(import_into, folder, url, source, "First"))
    for kill in range(kills):
        name = f"Import {kill}"
        outcome.hear(in_child(partial(_import_aloud, folder, url, source, name), place.rng.uniform(0, took)))
        outcome.tried += 1
        outcome.attempt(partial(import_into, folder, url, source, name))
        with opened(folder, url) as ws:
            _count(outcome, ws, workspace.find_project(ws, name), IMAGES, IMAGES)
    return outcome


def _import_aloud(folder: Path, url: str | None, source: Path, name: str, say: Say) -> None:
    say("ready")
    import_into(folder, url, source, name)


def import_into(folder: Path, url: str | None, source: Path, name: str) -> None:
    with opened(folder, url) as ws:
        plan = drain(workspace.prepare_import(ws, name, source, labels="use"))
        drain(workspace.commit_import(ws, workspace.STUDIO, name, plan))


def while_restoring(place: Place, kills: int) -> Outcome:
    """A restore that is killed, then repeated: in the same folder, or in an empty one where the first says so."""
    outcome = Outcome(fault="killed while restoring", database=place.name)
    source, backup = place.folder / "source", place.folder / "faults.backup"
    draw(source, IMAGES)
    import_into(place.folder / "kept", url := place.new_url(), source, "Kept")
    with opened(place.folder / "kept", url) as ws:
        drain(workspace.backup(ws, backup))
    took = _timed(partial(_restore, place.folder / "first", place.new_url(), backup))
    for kill in range(kills):
        folder, url = place.folder / f"restored-{kill}", place.new_url()
        outcome.hear(in_child(partial(_restore_aloud, folder, url, backup), place.rng.uniform(0, took)))
        outcome.tried += 1
        with opened(folder, url) as ws:
            whole = bool(workspace.list_projects(ws))
        if not whole and not outcome.attempt(partial(_restore, folder, url, backup)):
            folder, url = place.folder / f"anew-{kill}", place.new_url()
            outcome.attempt(partial(_restore, folder, url, backup))
        with opened(folder, url) as ws:
            _count(outcome, ws, workspace.find_project(ws, "Kept"), IMAGES, IMAGES)
    return outcome


def _restore_aloud(folder: Path, url: str | None, backup: Path, say: Say) -> None:
    say("ready")
    _restore(folder, url, backup)


def _restore(folder: Path, url: str | None, backup: Path) -> None:
    with opened(folder, url) as ws:
        drain(workspace.restore(ws, backup))


def while_learning(place: Place, kills: int) -> Outcome:
    """A round whose driver is killed: its end is said in words, no label is touched, and the next one is done."""
    outcome = Outcome(fault="killed while a round ran", database=place.name)
    folder, url = place.folder / "learning", place.new_url()
    project_id = project_to_learn(folder, url, place.folder)
    with opened(folder, url) as ws:
        before = len(log_of(ws, project_id))
    for _ in range(kills):
        outcome.hear(in_child(partial(_learn_aloud, folder, url, project_id), place.rng.uniform(0, ROUND_SECONDS)))
        outcome.tried += 1
        with opened(folder, url) as ws:
            workspace.recover(ws)
            last = workspace.list_rounds(ws, project_id)[-1]
            outcome.unexplained += (last.state, bool(last.message)) not in (("done", False), ("interrupted", True))
            outcome.words |= {last.message} - {""}
            outcome.lost += max(0, before - len(log_of(ws, project_id)))
    outcome.attempt(partial(learn, folder, url, project_id))
    with opened(folder, url) as ws:
        outcome.unexplained += workspace.list_rounds(ws, project_id)[-1].state != "done"
    return outcome


def project_to_learn(folder: Path, url: str | None, sources: Path) -> int:
    """The id of a project with labels, and with images that wait for one."""
    labelled, waiting = sources / "source", sources / "waiting"
    draw(labelled, IMAGES)
    draw(waiting, 2 * IMAGES, seed=1)
    import_into(folder, url, labelled, "Rounds")
    with opened(folder, url) as ws:
        plan = drain(workspace.prepare_import(ws, "Rounds", waiting, labels="ignore", holdout=0.0))
        drain(workspace.commit_import(ws, workspace.STUDIO, "Rounds", plan))
        project = workspace.find_project(ws, "Rounds")
        workspace.update_settings(ws, workspace.STUDIO, project.id, auto_every=0, preset="paper", strategy="margin")
    return project.id


def _learn_aloud(folder: Path, url: str | None, project_id: int, say: Say) -> None:
    say("ready")
    learn(folder, url, project_id)


def learn(folder: Path, url: str | None, project_id: int) -> None:
    """A round of seconds, in the foreground."""
    with opened(folder, url) as ws:
        drain(workspace.run_round(ws, workspace.STUDIO, project_id, preset="paper", overrides=QUICKEST))


def _count(outcome: Outcome, ws: workspace.Workspace, project: Project, images: int, labels: int) -> None:
    there = sum(workspace.image_totals(ws, project.id).values()), len(log_of(ws, project.id))
    for actual, expected in zip(there, (images, labels), strict=True):
        outcome.lost += max(0, expected - actual)
        outcome.doubled += max(0, actual - expected)


def draw(folder: Path, count: int, seed: int = 0) -> list[Picture]:
    """Small noise, the classes in turn, each in the folder of its class; what is there already stays."""
    rng = np.random.default_rng(seed)
    pictures = [Picture(folder / CLASSES[i % 3] / f"{i}.png", CLASSES[i % 3]) for i in range(count)]
    for picture in pictures:
        pixels = rng.integers(0, 255, (32, 32), np.uint8)
        if not picture.file.exists():
            picture.file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(picture.file)
    return pictures


def _timed(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
