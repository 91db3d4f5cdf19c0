"""Whether 95 % intervals hold in 95 % of projects: 1,000 synthetic projects at each of 24 settings.

Each project has classes of its own sizes (small classes of 2 to 10 images), an evaluation set drawn at random, and
labels of the pool from a ranking with a stream of random ones mixed in; the model is better or worse. A cell of the
table is a setting and an estimate: in how many percent of projects and classes the interval held the truth, how wide it
was, and how many images drawn at random were of the kind that is counted, or of the other, whichever are fewer. Where
these are fewer than FEW on average, no interval can be held to 95 %: the number that is seen takes few values, usually
the one that is seen most must hold, and only what seldom happens is left out. `worst` and `best` are those of all
cells; `worst_of_many` and `best_of_many` those of the cells with FEW or more.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from os import cpu_count
from typing import Any

import numpy as np
from common import ROOT  # noqa: F401 (puts the repository on the path)
from common.machine import print_table, save_result
from common.synthetic_projects import Setting, SyntheticProject, draw_project

from vabal_core.estimate.quality import prevalences, quality
from vabal_core.evidence.intervals import Estimate

PROJECTS, QUICK_PROJECTS = 1000, 40
FEW = 5  # random images of the kind counted, or of the other
ROUNDING = 1e-9
SETTINGS = (
    Setting(name="usual"),
    Setting(name="good model", skill=3.5),
    Setting(name="poor model", skill=1.0),
    Setting(name="model that guesses", skill=0.0),
    Setting(name="no audit", audit=0.0),
    Setting(name="much audit", audit=0.2),
    Setting(name="audit alone", evaluation=0, audit=0.2),
    Setting(name="audit alone, poor model", evaluation=0, audit=0.2, skill=1.0),
    Setting(name="all labels random", evaluation=0, audit=1.0),
    Setting(name="little evaluation", evaluation=50),
    Setting(name="much evaluation", evaluation=600),
    Setting(name="no ranked label", labels=0),
    Setting(name="most is labelled", labels=1400),
    Setting(name="most is labelled, poor model", labels=1400, skill=1.0),
    Setting(name="even classes", shares=(1, 1, 1, 1)),
    Setting(name="one dominant class", shares=(0.95, 0.04, 0.01)),
    Setting(name="long tail", shares=(0.5, 0.25, 0.12, 0.06, 0.04, 0.02, 0.01)),
    Setting(name="two classes", shares=(0.9, 0.1), small=0),
    Setting(name="good parts and one rare defect", shares=(1.0,), small=1),
    Setting(name="three small classes", small=3),
    Setting(name="three small classes, poor model", small=3, skill=1.0, audit=0.1),
    Setting(name="small project", images=300, evaluation=60, labels=80, audit=0.1),
    Setting(name="small project, half evaluation", images=200, evaluation=100, labels=30, audit=0.1, small=2),
    Setting(name="large project", images=20_000, evaluation=300, labels=500),
)


def held(estimate: Estimate, truth: float, random: int) -> dict[str, float]:
    """Of one interval: whether it holds the truth, its width, and the `random` images behind it."""
    inside = estimate.low - ROUNDING <= truth <= estimate.high + ROUNDING
    return {"held": float(inside), "width": estimate.high - estimate.low, "random": float(random)}


def looks(project: SyntheticProject, large: int) -> Iterator[tuple[str, dict[str, float]]]:
    """(name of the estimate, how its interval did), of every interval that says something. The first `large` classes
    are no small ones."""
    truth, predicted, design = project.truth, project.predicted, project.design
    measured, plain = quality(design, predicted), prevalences(design)
    random, right = design.evaluation | design.audit, truth == predicted
    recalls, rarest = [], []
    for c, estimate in enumerate(measured.prevalence):
        size, of_class, named = "" if c < large else ", small class", truth == c, predicted == c
        recall = float(right[of_class].mean())
        yield f"prevalence{size}", held(estimate, float(of_class.mean()), rarer(of_class[random]))
        yield f"prevalence without model{size}", held(plain[c], float(of_class.mean()), rarer(of_class[random]))
        if measured.recall[c].count:
            recalls.append(recall)
            rarest.append(rarer(right[of_class & random]))
            yield f"recall{size}", held(measured.recall[c], recall, rarest[-1])
        if measured.precision[c].count:
            yield (
                f"precision{size}",
                held(measured.precision[c], float(right[named].mean()), rarer(right[named & random])),
            )
    yield "accuracy", held(measured.accuracy, float(right.mean()), rarer(right[random]))
    yield "balanced accuracy", held(measured.balanced_accuracy, float(np.mean(recalls)), min(rarest))


def rarer(hits: np.ndarray) -> int:
    """Of random images (n,) bool the hits, or the others where these are fewer."""
    return min(int(hits.sum()), int((~hits).sum()))


def cover(number: int, projects: int) -> list[dict[str, Any]]:
    """The rows of a setting, one an estimate."""
    setting = SETTINGS[number]
    rng, cells = np.random.default_rng(number), defaultdict(list)
    for _ in range(projects):
        for name, look in looks(draw_project(setting, rng), len(setting.shares)):
            cells[name].append(look)
    return [
        {
            "setting": setting.name,
            "estimate": name,
            "intervals": len(cell),
            "coverage": round(100 * float(np.mean([look["held"] for look in cell])), 1),
            "width": round(float(np.mean([look["width"] for look in cell])), 4),
            "random": round(float(np.mean([look["random"] for look in cell])), 1),
        }
        for name, cell in sorted(cells.items())
    ]


def main(projects: int, processes: int, quick: bool) -> None:
    with ProcessPoolExecutor(processes) as pool:
        by_setting = list(pool.map(partial(cover, projects=projects), range(len(SETTINGS))))
    rows = [row for setting in by_setting for row in setting]
    print_table(rows)
    of_many = [row["coverage"] for row in rows if row["random"] >= FEW]
    every = [row["coverage"] for row in rows]
    result = {
        "projects": projects, "few": FEW, "worst": min(every), "best": max(every), "worst_of_many": min(of_many),
        "best_of_many": max(of_many),
        "within_93_to_97": {
            "cells": len(rows), "within": sum(93 <= coverage <= 97 for coverage in every),
            "above": sum(coverage > 97 for coverage in every), "below": sum(coverage < 93 for coverage in every),
            "cells_of_many": len(of_many), "within_of_many": sum(93 <= coverage <= 97 for coverage in of_many),
        },
        "settings": rows,
    }  # fmt: skip
    save_result("coverage", result, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"under a minute: {QUICK_PROJECTS} projects a setting")
    parser.add_argument("--processes", type=int, default=cpu_count() or 1)
    args = parser.parse_args()
    main(QUICK_PROJECTS if args.quick else PROJECTS, args.processes, args.quick)
