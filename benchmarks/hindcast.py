"""Whether what the Studio foresees comes true: projects are played again, and each forecast is held against what came.

Images of known classes are labelled batch after batch: the first at random, the others out of a ranking with a stream
of random ones mixed in, 5 % of all images being an evaluation set. After every batch it is foreseen: how many images of
each class the next batch holds out of the ranking (`ranked`) and would hold at random (`random`); how many of a class
are left (`left`); how many labels along the ranking it takes until 80 % of a class are found (`target`); and the
accuracy and the balanced accuracy after 100, 250 and 500 more labels. Intervals are of 90 % for `ranked`, `random` and
the accuracies, of 95 % for `left` and `target`. The constants of vabal_core/estimate/shift.py and forecast.py were
chosen looking at these replays, those of the shift at digits first: other images may tell otherwise.

A row holds a source, a ranking and what was foreseen: of how many intervals how many percent held, how wide they were,
and by how much the value was off on average.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from common import ROOT
from common.machine import print_table, save_result
from common.replay import Moment, replay

from vabal_core.estimate.finds import finds_at_random, finds_ranked
from vabal_core.estimate.forecast import forecast
from vabal_core.estimate.left import labels_to_target, left_of_class
from vabal_core.estimate.quality import class_rests, quality
from vabal_core.estimate.shift import Picks

DATA = ROOT.parent / "shared" / "data" / "neu-crops-64.zip"
STEEL = f"neu-crops-64={DATA}"
STRATEGIES = ("margin_novel", "margin", "entropy")
MORE = (100, 250, 500)
TARGET = 0.8
SEEDS = 4


@dataclass(frozen=True, kw_only=True)
class Played:
    """A source that is played in batches of `batch` labels."""

    name: str
    source: str
    batch: int
    batches: int


SOURCES = (
    Played(name="digits", source="digits", batch=100, batches=6),
    Played(name="digits, long tail", source="digits~tail(20)", batch=50, batches=5),
    Played(name="steel", source=STEEL, batch=100, batches=8),
    Played(name="steel, long tail", source=f"{STEEL}~tail(50)", batch=100, batches=6),
)
QUICK = Played(name="few digits", source="digits~tail(5)~pool(200)~test(50)", batch=30, batches=2)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Something foreseen, and what came of it."""

    what: str
    value: float
    low: float
    high: float
    truth: float


def outcomes(moments: Sequence[Moment], batch: int) -> Iterator[Outcome]:
    measures = [quality(moment.design, moment.unseen.argmax(1)) for moment in moments]
    for moment in moments[:-1]:
        yield from _of_next_batch(moment, min(batch, len(moment.ranking)))
        yield from _of_what_is_left(moment)
    for name, exact in (("accuracy", _accuracy), ("balanced_accuracy", _balanced_accuracy)):
        labels = [int((moment.design.labelled & ~moment.design.evaluation).sum()) for moment in moments]
        for now in range(len(moments) - 1):
            estimates = [getattr(measure, name) for measure in measures[: now + 1]]
            for later in range(now + 1, len(moments)):
                more = labels[later] - labels[now]
                if more in MORE or more == batch:
                    (ahead,) = forecast(labels[: now + 1], estimates, [more])
                    truth = exact(moments[later])
                    what = f"{name.replace('_', ' ')} +{more}"
                    yield Outcome(what=what, value=ahead.value, low=ahead.low, high=ahead.high, truth=truth)


def _of_next_batch(moment: Moment, batch: int) -> Iterator[Outcome]:
    following = moment.ranking[:batch]
    (ranked,) = finds_ranked(moment.unseen[following], picks_of(moment), [batch])
    (drawn,) = finds_at_random(class_rests(moment.design, moment.unseen.argmax(1)), [batch])
    sample = np.random.default_rng(moment.seed).choice(moment.ranking, batch, replace=False)
    for what, rows, finds in (("ranked", following, ranked), ("random", sample, drawn)):
        for c, find in enumerate(finds):
            truth = int((moment.truth[rows] == c).sum())
            yield Outcome(what=what, value=find.value, low=find.low, high=find.high, truth=truth)


def _of_what_is_left(moment: Moment) -> Iterator[Outcome]:
    for c, rests in enumerate(class_rests(moment.design, moment.unseen.argmax(1))):
        left, of_class = left_of_class(rests), moment.truth == c
        places = np.flatnonzero(of_class[moment.ranking]) + 1
        yield Outcome(what="left", value=left.value or 0, low=left.low, high=left.high, truth=len(places))
        needed = labels_to_target(rests, TARGET, moment.unseen[moment.ranking, c])
        missing = ceil(TARGET * int(of_class.sum()) - 1e-9) - (int(of_class.sum()) - len(places))
        truth = int(places[missing - 1]) if missing > 0 else 0
        yield Outcome(what="target", value=needed.value, low=needed.low, high=needed.high, truth=truth)


def picks_of(moment: Moment) -> Picks:
    rows = np.flatnonzero((moment.batch > 0) & ~moment.design.audit)
    ages = moment.batch.max() - moment.batch[rows]
    return Picks(probabilities=moment.named[rows], labels=moment.truth[rows], ages=ages)


def _accuracy(moment: Moment) -> float:
    return float((moment.unseen.argmax(1) == moment.truth).mean())


def _balanced_accuracy(moment: Moment) -> float:
    right = moment.unseen.argmax(1) == moment.truth
    return float(np.mean([right[moment.truth == c].mean() for c in range(moment.design.class_count)]))


def rows_of(name: str, strategy: str, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    groups = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.what].append(outcome)
    return [{"source": name, "strategy": strategy, "what": what, **summary(group)} for what, group in groups.items()]


def summary(group: Sequence[Outcome]) -> dict[str, Any]:
    held = [outcome.low - 1e-9 <= outcome.truth <= outcome.high + 1e-9 for outcome in group]
    return {
        "intervals": len(group),
        "held": round(100 * float(np.mean(held)), 1),
        "width": round(float(np.mean([outcome.high - outcome.low for outcome in group])), 3),
        "off": round(float(np.mean([abs(outcome.value - outcome.truth) for outcome in group])), 3),
    }


def measure(sources: Sequence[Played], strategies: Sequence[str], seeds: int, work: Path) -> dict[str, Any]:
    rows, everything = [], defaultdict(list)
    for played in sources:
        for strategy in strategies:
            foretold: list[Outcome] = []
            for seed in range(seeds):
                moments = list(
                    replay(played.source, strategy, seed, work=work, batch=played.batch, batches=played.batches)
                )
                foretold += outcomes(moments, played.batch)
            rows += rows_of(played.name, strategy, foretold)
            material = "digits" if "digits" in played.name else "steel"
            for outcome in foretold:
                everything[material, outcome.what].append(outcome)
    print_table(rows)
    together = [{"images": m, "what": what, **summary(group)} for (m, what), group in sorted(everything.items())]
    print_table(together)
    return {"seeds": seeds, "target": TARGET, "together": together, "rows": rows}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small source, one ranking, one seed")
    parser.add_argument("--work", type=Path, help="features that were read are kept here; else in a temporary folder")
    args = parser.parse_args()
    at_hand = [played for played in SOURCES if played.source.startswith("digits") or DATA.exists()]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        work = args.work or Path(temporary)
        result = measure([QUICK], STRATEGIES[:1], 1, work) if args.quick else measure(at_hand, STRATEGIES, SEEDS, work)
        save_result("hindcast", result, args.quick)
