"""How many wrong labels are among those that the Studio shows as label errors, on images of known classes.

Labels are given to images drawn at random, some of the pool and some for evaluation, and 2, 5 or 10 % of them are made
wrong: another class at random ("any"), or the class that a model taught by all the right labels finds likeliest beside
the true one ("alike": the mistakes of somebody who mixes classes up). A round learns from them and names labels as it
does in the Studio. `precision`: of the labels named the share that is wrong; `recall`: of the wrong ones the share that
is named; each in percent with its 95 % interval (Wilson) over all seeds together, which draw from the same images.
`named`: labels named in a project; `agrees`: percent of all labels that the models name too. Beside them the same for
all labels that a model takes for another class ("disagrees"), and the precision of the first half of those named
("first_half"). Labels that were wrong in the data set itself count as right.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from common import ROOT
from common.machine import print_table, save_result
from common.neu_crops import drain
from common.replay import prepare_source

from vabal_core.config import Config
from vabal_core.evidence.intervals import proportion
from vabal_core.experiment.prepare import inputs_of
from vabal_core.loop.fit import fit_labels
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.label_issues import label_issues
from vabal_core.loop.out_of_sample import out_of_sample
from vabal_core.loop.task import RoundTask
from vabal_core.runtime import choose_device
from vabal_core.types import UNLABELLED

DATA = ROOT.parent / "shared" / "data"
CIFAR = f"cifar10={DATA / 'cifar10.parquet'}~pool(3000)~test(500)"
# name -> (images, settings): CIFAR-10 large and in colour, and as a model sees it that is right less often.
SOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "steel": (f"neu-crops-64={DATA / 'neu-crops-64.zip'}", {}),
    "cifar, colour": (CIFAR, {"image_size": 128, "colour": True, "mirrors": False}),
    "cifar, small and grey": (CIFAR, {}),
}
QUICK: dict[str, tuple[str, dict[str, Any]]] = {"few digits": ("digits~pool(120)~test(40)", {})}
PROJECTS = {250: 12, 1000: 4}  # labels -> projects with so many, each with another seed
EVALUATION = 0.2  # of the labels
WRONG = (0.02, 0.05, 0.1)
KINDS = ("any", "alike")


@dataclass(frozen=True, kw_only=True, eq=False)
class Project:
    """Row i of an array is image i. `labels` (N,): UNLABELLED where there is none."""

    truth: np.ndarray
    labels: np.ndarray
    evaluation: np.ndarray  # (N,) bool

    @property
    def wrong(self) -> np.ndarray:
        return (self.labels != UNLABELLED) & (self.labels != self.truth)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What one project gave."""

    wrong: int
    judged: int
    agreed: int
    named: int
    hits: int
    first_half: int
    first_half_hits: int
    disagrees: int
    disagrees_hits: int


def unseen_probabilities(project: Project, config: Config, inputs: Inputs, seed: int) -> np.ndarray:
    """(N, C), as a round has them: NaN where no model speaks that had not learned from the image."""
    count = len(project.truth)
    task = RoundTask(
        keys=np.arange(count), labels=project.labels, evaluation=project.evaluation,
        prequential=np.full(count, UNLABELLED), class_count=int(project.truth.max()) + 1, strategy="margin", batch=25,
        seed=seed, config=config,
    )  # fmt: skip
    return out_of_sample(drain(fit_labels(task, inputs, device=choose_device()))).probabilities


def drawn(truth: np.ndarray, count: int, rng: np.random.Generator) -> Project:
    """A project with so many right labels, EVALUATION of them on evaluation images."""
    labelled = rng.permutation(len(truth))[:count]
    labels, evaluation = np.full(len(truth), UNLABELLED), np.zeros(len(truth), bool)
    labels[labelled] = truth[labelled]
    evaluation[labelled[: round(EVALUATION * count)]] = True
    return Project(truth=truth, labels=labels, evaluation=evaluation)


def spoilt(project: Project, wrong: float, other: np.ndarray, rng: np.random.Generator) -> Project:
    """The project with a share `wrong` of its labels made `other` (N,)."""
    labelled, labels = np.flatnonzero(project.labels != UNLABELLED), project.labels.copy()
    rows = rng.permutation(labelled)[: round(wrong * len(labelled))]
    labels[rows] = other[rows]
    return Project(truth=project.truth, labels=labels, evaluation=project.evaluation)


def other_classes(kind: str, project: Project, unseen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N,) what each image would wrongly be labelled as; `unseen` (N, C) of models taught by the right labels."""
    if kind == "any":
        classes = unseen.shape[1]
        return (project.truth + rng.integers(1, classes, len(project.truth))) % classes
    others = np.nan_to_num(unseen)
    others[np.arange(len(others)), project.truth] = -1
    return others.argmax(1)


def tally(project: Project, unseen: np.ndarray) -> Tally:
    named, wrong = label_issues(project.labels, unseen), project.wrong
    half = named[: (len(named) + 1) // 2]
    judged = np.flatnonzero((project.labels != UNLABELLED) & ~np.isnan(unseen[:, 0]))
    disagrees = judged[unseen[judged].argmax(1) != project.labels[judged]]
    return Tally(
        wrong=int(wrong.sum()),
        judged=len(judged),
        agreed=len(judged) - len(disagrees),
        named=len(named),
        hits=int(wrong[named].sum()),
        first_half=len(half),
        first_half_hits=int(wrong[half].sum()),
        disagrees=len(disagrees),
        disagrees_hits=int(wrong[disagrees].sum()),
    )


def row_of(tallies: list[Tally]) -> dict[str, Any]:
    def total(name: str) -> int:
        return sum(getattr(project, name) for project in tallies)

    def share(hits: str, count: str) -> list[float]:
        estimate = proportion(total(hits), total(count))
        return [round(100 * value, 1) for value in (estimate.value, estimate.low, estimate.high)]

    return {
        "projects": len(tallies),
        "agrees": round(100 * total("agreed") / total("judged"), 1),
        "wrong": round(total("wrong") / len(tallies), 1),
        "named": round(total("named") / len(tallies), 1),
        "precision": share("hits", "named"),
        "recall": share("hits", "wrong"),
        "first_half": share("first_half_hits", "first_half"),
        "disagrees_precision": share("disagrees_hits", "disagrees"),
        "disagrees_recall": share("disagrees_hits", "wrong"),
    }


def rows_of(
    name: str, source: str, settings: dict[str, Any], projects: dict[int, int], work: Path
) -> Iterator[dict[str, Any]]:
    prepared = prepare_source(source, work)
    config = replace(prepared.experiment.config_of("random", prepared.reading), **settings)
    inputs, truth = drain(inputs_of(prepared, config)), prepared.source.truth
    tallies: dict[tuple[Any, ...], list[Tally]] = {}
    for count, seeds in projects.items():
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            right = drawn(truth, count, rng)
            taught = unseen_probabilities(right, config, inputs, seed)
            for kind in KINDS:
                other = other_classes(kind, right, taught, rng)
                for wrong in WRONG:
                    project = spoilt(right, wrong, other, rng)
                    unseen = unseen_probabilities(project, config, inputs, seed)
                    tallies.setdefault((count, kind, wrong), []).append(tally(project, unseen))
    for (count, kind, wrong), group in tallies.items():
        yield {"source": name, "labels": count, "kind": kind, "wrong_percent": round(100 * wrong), **row_of(group)}


def main(sources: dict[str, tuple[str, dict[str, Any]]], projects: dict[int, int], work: Path, quick: bool) -> None:
    rows = []
    for name, (source, settings) in sources.items():
        rows += rows_of(name, source, settings, projects, work)
        print_table(rows)
    save_result("label_errors", {"evaluation": EVALUATION, "rows": rows}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few digits, one project: under a minute")
    parser.add_argument("--work", type=Path, help="features that were read are kept here; else in a temporary folder")
    args = parser.parse_args()
    at_hand = SOURCES if DATA.is_dir() else {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        work = args.work or Path(temporary)
        if args.quick or not at_hand:
            main(QUICK, {80: 1}, work, quick=True)
        else:
            main(at_hand, PROJECTS, work, quick=False)
