"""How far people agree, and how each of them labels: for themselves and for reviewers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

import numpy as np

from vabal_core.evidence.agreement import MISSING, Agreement, agreement
from vabal_core.evidence.intervals import Estimate, proportion
from vabal_core.store.labels import newest_event
from vabal_core.store.opinions import SeenByMany, person_labels, seen_by_many
from vabal_core.store.search import annotators
from vabal_core.types import Actor
from vabal_core.workspace.people import may
from vabal_core.workspace.projects import class_names, require_project
from vabal_core.workspace.report_people import NOBODY
from vabal_core.workspace.workspace import Workspace

MIN_TWICE_LABELLED = 50  # labelled twice, from which on the intervals of kappa and alpha hold (benchmarks/agreement.py)
SEED = 0


@dataclass(frozen=True, kw_only=True)
class ClassPair:
    """Two classes of which one person named the one and another person the other: of how many images, and for each
    pair of people (by name) of how many."""

    first: str
    second: str
    images: int
    by_people: Mapping[tuple[str, str], int]


@dataclass(frozen=True, kw_only=True)
class PeopleAgreement:
    """How far people agree on the images drawn for a second look: in all, each pair of people, and which classes they
    mix up, the most frequent first. `unclassed`: images that are in none of it, since fewer than two people named a
    class: somebody was unsure, or flagged the image."""

    overall: Agreement
    pairs: Mapping[tuple[str, str], Agreement]
    mixed_up: tuple[ClassPair, ...]
    unclassed: int


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """How one person labels. `pace`: labels a minute, by the median time of the last ones, None where none was timed;
    `final`: the share of their labels that are what counts in the end, of images drawn for a second look on which no
    dispute is open; `gold`: of images whose label is certain, which they were not shown."""

    name: str
    labels: int
    pace: float | None
    final: Estimate
    gold: Estimate
    classes: Mapping[str, int]


_kept: dict[tuple[str, int], tuple[int, PeopleAgreement]] = {}


def people_agreement(ws: Workspace, project_id: int) -> PeopleAgreement:
    """How far people agree, computed anew as soon as anybody has decided on an image."""
    require_project(ws, project_id)
    key, stamp = (str(ws.engine.url), project_id), newest_event(ws.engine, project_id)
    kept = _kept.get(key)
    if kept is None or kept[0] != stamp:
        images = [image for image in seen_by_many(ws.engine, project_id) if image.drawn and image.label is not None]
        kept = _kept[key] = stamp, _agreement(images, class_names(ws, project_id))
    return kept[1]


def people_facts(ws: Workspace, actor: Actor, project_id: int) -> list[PersonFacts]:
    """How people label, by name: of everybody for whoever may review, of nobody but themselves for all others."""
    images, names = seen_by_many(ws.engine, project_id), class_names(ws, project_id)
    people = [name for name in annotators(ws.engine, project_id) if name not in NOBODY]
    shown = people if may(actor, "review") else [name for name in people if name == actor.name]
    return [_facts(ws, project_id, name, images, names) for name in shown]


def _agreement(images: Sequence[SeenByMany], names: Mapping[int, str]) -> PeopleAgreement:
    people = sorted({person for image in images for person in image.labels})
    labels = _table(images, people)
    overall, pairs = agreement(labels, seed=SEED), {}
    for first, second in combinations(range(len(people)), 2):
        both = labels[(labels[:, [first, second]] != MISSING).all(axis=1)][:, [first, second]]
        if len(both):
            pairs[people[first], people[second]] = agreement(both, seed=SEED)
    return PeopleAgreement(
        overall=overall,
        pairs=pairs,
        mixed_up=tuple(_mixed_up(images, names)),
        unclassed=len(images) - overall.percent.count,
    )


def _table(images: Sequence[SeenByMany], people: Sequence[str]) -> np.ndarray:
    """(N, P) class numbers, MISSING where a person named none."""
    classes = sorted({i for image in images for i in image.labels.values() if i is not None})
    number = {class_id: place for place, class_id in enumerate(classes)} | {None: MISSING}
    rows = [[number[image.labels.get(person)] for person in people] for image in images]
    return np.array(rows, int).reshape(len(images), len(people))


def _mixed_up(images: Iterable[SeenByMany], names: Mapping[int, str]) -> list[ClassPair]:
    by_classes: defaultdict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    seen: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for image in images:
        named = sorted((person, names[i]) for person, i in image.labels.items() if i is not None)
        for (person, label), (other, label_of_other) in combinations(named, 2):
            if label != label_of_other:
                classes = min(label, label_of_other), max(label, label_of_other)
                by_classes[classes][person, other] += 1
                seen[classes].add(image.image_id)
    pairs = [
        ClassPair(first=first, second=second, images=len(seen[first, second]), by_people=dict(counts.most_common()))
        for (first, second), counts in by_classes.items()
    ]
    return sorted(pairs, key=lambda pair: (-pair.images, pair.first, pair.second))


def _facts(
    ws: Workspace, project_id: int, name: str, images: Sequence[SeenByMany], names: Mapping[int, str]
) -> PersonFacts:
    given = person_labels(ws.engine, project_id, name)
    own = [image for image in images if image.labels.get(name) is not None]
    settled = [image for image in own if image.drawn and (image.adjudicated or len(set(image.labels.values())) == 1)]
    certain = [image for image in own if image.gold and name in image.opinions]
    return PersonFacts(
        name=name,
        labels=sum(given.classes.values()),
        pace=60_000 / median(given.milliseconds) if given.milliseconds and median(given.milliseconds) else None,
        final=_share(settled, name),
        gold=_share(certain, name),
        classes={names[class_id]: count for class_id, count in sorted(given.classes.items())},
    )


def _share(images: Sequence[SeenByMany], name: str) -> Estimate:
    return proportion(sum(image.labels[name] == image.label for image in images), len(images))
