"""Browsers that label, and a network that loses, repeats and mixes up what they say: a state machine for hypothesis.

What is to come out is worked out apart from the Studio's own code: each event counts once, as it first arrived.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from common.neu_crops import drain
from vabal_core import workspace
from vabal_core.store.counts import state_counts
from vabal_core.store.labels import current_labels
from vabal_core.types import ImportEntry, ImportPlan, LabelEvent

PEOPLE = ("Ann", "Ben", "Cleo")
CLASSES = ("crazing", "inclusion", "scratches")
STATES = {"label": "labelled", "unsure": "unsure", "flag": "flagged"}
NUMBERS = count(1)


@dataclass(kw_only=True)
class Expected:
    """Of one image: the decisions that stand, oldest first, as (event id, kind, class id); whether it was put aside."""

    decisions: list[tuple[str, str, int | None]] = field(default_factory=list)
    skipped: bool = False

    def hear(self, event: LabelEvent) -> None:
        if event.kind == "undo":
            self.decisions = [decision for decision in self.decisions if decision[0] != event.undoes]
        elif event.kind != "skip":
            self.decisions.append((event.event_id, event.kind, event.class_id))
        self.skipped = event.kind == "skip"

    @property
    def state(self) -> str:
        if self.decisions:
            return STATES[self.decisions[-1][1]]
        return "skipped" if self.skipped else "waiting"

    @property
    def class_id(self) -> int | None:
        return self.decisions[-1][2] if self.state == "labelled" else None


class Browsers(RuleBasedStateMachine):
    """What people do and what the network makes of it, on a Studio that `browsers` names."""

    ws: workspace.Workspace
    images: int
    burst: int
    told: Callable[[int], None]

    @initialize()
    def open(self) -> None:
        self.project_id, self.class_ids, self.image_ids = _new_project(self.ws, self.images)
        self.outbox: dict[str, list[LabelEvent]] = {person: [] for person in PEOPLE}
        self.arrived: dict[str, LabelEvent] = {}
        self.expected = {image_id: Expected() for image_id in self.image_ids}
        self.given: list[LabelEvent] = []

    @rule(person=st.sampled_from(PEOPLE), seed=st.integers(0, 2**32))
    def decide(self, person: str, seed: int) -> None:
        """Some decisions are made, which wait in the person's browser."""
        rng = random.Random(seed)
        for _ in range(rng.randint(self.burst // 2, self.burst)):
            event = self._decision(rng)
            self.outbox[person].append(event)
            self.given.append(event)

    def _decision(self, rng: random.Random) -> LabelEvent:
        kind = rng.choices(("label", "skip", "unsure", "flag", "undo"), (70, 5, 5, 5, 15))[0]
        event_id, image_id = f"{self.project_id}-{len(self.given)}", rng.choice(self.image_ids)
        stored = list(self.arrived.values())[-self.burst :]
        if kind == "undo" and stored:
            undone = rng.choice(stored)
            if undone.kind != "undo":
                return LabelEvent(event_id, undone.image_id, "undo", undoes=undone.event_id)
        kind = "label" if kind == "undo" else kind
        return LabelEvent(event_id, image_id, kind, rng.choice(self.class_ids) if kind == "label" else None)

    @rule(person=st.sampled_from(PEOPLE), seed=st.integers(0, 2**32))
    def send(self, person: str, seed: int) -> None:
        """Some of what waits arrives, in any order, some of it twice, with some of what arrived before; and some of
        the answers are lost."""
        rng = random.Random(seed)
        waiting = self.outbox[person]
        message = rng.sample(waiting, rng.randint(0, len(waiting)))
        message += rng.sample(message, len(message) // 4)
        message += rng.sample(list(self.arrived.values())[-self.burst :], min(len(self.arrived), self.burst // 8))
        rng.shuffle(message)
        self._arrive(person, message)
        heard = {event.event_id for event in message if rng.random() < 0.8}
        self.outbox[person] = [event for event in waiting if event.event_id not in heard]

    def _arrive(self, person: str, message: list[LabelEvent]) -> None:
        workspace.record(self.ws, workspace.person(person), self.project_id, message)
        fresh = 0
        for event in message:
            if event.event_id not in self.arrived:
                self.arrived[event.event_id] = event
                self.expected[event.image_id].hear(event)
                fresh += 1
        self.told(fresh)

    @rule(person=st.sampled_from(PEOPLE))
    def say_it_all(self, person: str) -> None:
        self._arrive(person, self.outbox[person])
        self.outbox[person] = []

    def teardown(self) -> None:
        if not hasattr(self, "project_id"):
            return
        for person in PEOPLE:
            self._arrive(person, self.outbox[person])
        labels = {image_id: now.class_id for image_id, now in self.expected.items() if now.class_id is not None}
        assert current_labels(self.ws.engine, self.project_id) == labels
        states = Counter(now.state for now in self.expected.values())
        counted = {state: n for (_, state), n in state_counts(self.ws.engine, self.project_id).items() if n}
        assert counted == dict(states)
        assert set(self.arrived) == {event.event_id for event in self.given}


def browsers(
    ws: workspace.Workspace, images: int, burst: int, told: Callable[[int], None] = lambda _: None
) -> type[Browsers]:
    """The machine on a Studio: `images` in a new project each time, up to `burst` decisions at once. `told` hears how
    many events arrived."""
    given = {"ws": ws, "images": images, "burst": burst, "told": staticmethod(told)}
    return type("BrowsersOfStudio", (Browsers,), given)


def _new_project(ws: workspace.Workspace, images: int) -> tuple[int, list[int], list[int]]:
    name = f"Messages {next(NUMBERS)}"
    entries = tuple(_entry(i, name) for i in range(images))
    drain(
        workspace.commit_import(ws, workspace.STUDIO, name, ImportPlan(entries=entries, problems=(), already_present=0))
    )
    project = workspace.find_project(ws, name)
    for class_name in CLASSES:
        workspace.add_class(ws, workspace.STUDIO, project.id, class_name)
    ids = [item.image_id for item in workspace.next_images(ws, project.id, "ranked", count=images)]
    return project.id, [defect_class.id for defect_class in workspace.classes(ws, project.id)], ids


def _entry(i: int, name: str) -> ImportEntry:
    return ImportEntry(
        path=f"{i}.png", file=Path(f"/nowhere/{i}.png"), label=None, split="pool", label_use="use",
        fingerprint=sha256(f"{name} {i}".encode()).hexdigest(), width=32, height=32,
    )  # fmt: skip
