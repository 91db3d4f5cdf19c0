"""Projects played again on images of known classes: after each batch of labels, what was known and what came next."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vabal_core.estimate.design import Design
from vabal_core.experiment.folders import Folders, write_plan
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.prepare import Prepared, inputs_of, prepare
from vabal_core.loop.events import Work
from vabal_core.loop.fit import fit_labels
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import rank
from vabal_core.loop.task import RoundTask
from vabal_core.query.strategies import find_strategy
from vabal_core.runtime import choose_device, derive_seed
from vabal_core.types import UNLABELLED

INITIAL = 50  # labels drawn at random, with which a project begins: they are its first audit
AUDIT = 0.05  # share of the labels after them that are drawn at random
EVALUATION = 0.05  # share of all images


@dataclass(frozen=True, kw_only=True, eq=False)
class Moment:
    """A project after some labels. Row i of an array is image i.

    `named` holds what the model of that time said of each image of the pool just before its label was given, NaN where
    there was none; `batch` (N,) in which batch that was, -1 elsewhere. `unseen`: out-of-fold of labelled images, the
    model's of all others. `ranking`: the images without a label, that to be labelled first in front.
    """

    source: str
    strategy: str
    seed: int
    truth: np.ndarray  # (N,) classes
    design: Design
    batch: np.ndarray
    named: np.ndarray  # (N, C)
    unseen: np.ndarray  # (N, C)
    ranking: np.ndarray


def replay(source: str, strategy: str, seed: int, *, work: Path, batch: int, batches: int) -> Iterator[Moment]:
    """The moments of a project: after the first labels, and after each of `batches` batches. Features that were read
    before are found in `work`."""
    prepared = prepare_source(source, work)
    truth, class_count = prepared.source.truth, len(prepared.source.class_names)
    config = prepared.experiment.config_of(strategy, prepared.reading)
    inputs = _finish(inputs_of(prepared, config))
    rng = np.random.default_rng(seed)
    evaluation, audit = np.zeros((2, len(truth)), bool)
    order = rng.permutation(len(truth))
    count = round(EVALUATION * len(truth))
    evaluation[order[:count]] = True
    labels, place, of_batch = np.full(len(truth), UNLABELLED), np.zeros(len(truth), np.int64), np.full(len(truth), -1)
    labels[evaluation] = truth[evaluation]
    named = np.full((len(truth), class_count), np.nan)
    rows, at_random = order[count : count + INITIAL], np.ones(INITIAL, bool)
    for number in range(batches + 1):
        labels[rows], audit[rows], of_batch[rows] = truth[rows], at_random, number
        place[rows] = place.max() + 1 + np.arange(len(rows))
        design = Design(
            labels=labels.copy(), evaluation=evaluation, audit=audit.copy(), place=place.copy(), class_count=class_count
        )
        unseen, ranking = _look(design, strategy, derive_seed(seed, "round", number), config, inputs, batch)
        yield Moment(
            source=source, strategy=strategy, seed=seed, truth=truth, design=design, batch=of_batch.copy(),
            named=named.copy(), unseen=unseen, ranking=ranking,
        )  # fmt: skip
        rows, at_random = next_batch(ranking, batch, rng)
        named[rows] = unseen[rows]


def next_batch(ranking: np.ndarray, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The next `count` images, and which of them are an audit's: drawn from all that then had no label."""
    shuffle, taken = rng.permutation(ranking), set[int]()
    streams, rows = {False: iter(ranking), True: iter(shuffle)}, []
    at_random = rng.random(min(count, len(ranking))) < AUDIT
    for is_audit in at_random:
        row = next(row for row in streams[bool(is_audit)] if row not in taken)
        taken.add(row)
        rows.append(row)
    return np.array(rows), at_random


def _look(design: Design, strategy: str, seed: int, config, inputs: Inputs, batch: int):
    task = RoundTask(
        keys=np.arange(len(design.labels)), labels=design.labels, evaluation=design.evaluation,
        prequential=np.full(len(design.labels), UNLABELLED), class_count=design.class_count, strategy=strategy,
        batch=batch, seed=seed, config=config,
    )  # fmt: skip
    fitted = _finish(fit_labels(task, inputs, device=choose_device()))
    query = _finish(rank(fitted, find_strategy(strategy), batch, seed))
    unseen = fitted.probabilities.copy()
    unseen[fitted.labelled] = fitted.classifier.out_of_fold
    return unseen, query.rows


def prepare_source(source: str, work: Path) -> Prepared:
    """The labelled images that `source` names; what is unpacked and read of them is kept in `work`."""
    name = "".join(letter if letter.isalnum() else "-" for letter in source.rsplit("/", 1)[-1])
    folders = Folders(out=work / name, features=work / "features", images=work / "images")
    write_plan(folders.out, Experiment(source=source, strategies=("random",), seeds=(0,)))
    return _finish(prepare(folders))


def _finish(work: Work):
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value
