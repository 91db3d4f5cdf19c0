"""Several classifiers of the same labels: networks from other seeds, or heads on frozen features from resamples."""

from functools import partial

import numpy as np

from vabal_core.loop.events import Work, map_events
from vabal_core.loop.fit import learn
from vabal_core.loop.fitted import Classifier, Fitted, check_training, of_candidates
from vabal_core.loop.frozen import head_columns, pieces
from vabal_core.model.classifier import class_probabilities
from vabal_core.model.committee import Tally
from vabal_core.model.head import predict, refit
from vabal_core.runtime import derive_seed, numpy_generator
from vabal_core.types import Committee, Progress


@of_candidates
def ensemble(fitted: Fitted, rows: np.ndarray) -> Work[Committee]:
    """`ensemble_size` classifiers (Beluch et al., CVPR 2018).

    Networks learn the same labels from other first weights and in other orders; the round's own is the first of them.
    A logistic head has one optimum, whatever the seed: so heads learn from resamples of the labels (bagging), in which
    no class vanishes, with the strength and the temperature of the round's head.
    """
    return (yield from (_networks if isinstance(fitted.classifier, Classifier) else _heads)(fitted, rows))


def _networks(fitted: Fitted, rows: np.ndarray) -> Work[Committee]:
    check_training(fitted, "an ensemble of networks")
    task, pixels, others = fitted.task, fitted.inputs.pixels, fitted.task.config.ensemble_size - 1
    tally = Tally(len(rows), task.class_count)
    tally.add(slice(0, len(rows)), fitted.probabilities[rows])
    for number in range(1, others + 1):
        seed = derive_seed(task.seed, "ensemble", number)
        learning = learn(
            fitted.pool, fitted.labelled, pixels=pixels, config=task.config, seed=seed, device=fitted.device
        )
        member = yield from map_events(learning, partial(_as_committee, number=number, members=others))
        for part, probabilities in class_probabilities(
            member.network, pixels, rows, member.normalisation, fitted.device
        ):
            tally.add(part, probabilities)
            yield Progress("committee", 100 * number, 100 * others, epoch=number, epochs=others)
    return tally.committee(others + 1)


def _as_committee(event: Progress, number: int, members: int) -> Progress:
    """The event of one network's training as a step of the phase "committee"."""
    done = round(100 * (number - 1 + event.done / event.total))
    return Progress("committee", done, 100 * members, epoch=number, epochs=members)


def _heads(fitted: Fitted, rows: np.ndarray) -> Work[Committee]:
    head, size, tally = (
        fitted.classifier.head,
        fitted.task.config.ensemble_size,
        Tally(len(rows), fitted.task.class_count),
    )
    read, rng = head_columns(fitted.features, fitted.backbone), numpy_generator(fitted.task.seed, "ensemble")
    labelled = fitted.labelled[np.argsort(fitted.pool.keys[fitted.labelled], kind="stable")]
    features, labels, members = read[labelled], fitted.pool.labels[labelled], []
    for number in range(1, size + 1):
        drawn = stratified_resample(labels, rng)
        members.append(refit(head, features[drawn], labels[drawn]))
        yield Progress("committee", number, size)
    for part in pieces(len(rows)):
        values = read[rows[part]]
        for member in members:
            tally.add(part, predict(member, values))
        yield Progress("committee", size, size)
    return tally.committee(size)


def stratified_resample(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Places (L,) in labels (L,), drawn with replacement from each class as many times as it has labels: none
    vanishes, and a class with one label keeps it."""
    drawn = np.empty(len(labels), np.int64)
    for n in np.unique(labels):
        places = np.flatnonzero(labels == n)
        drawn[places] = rng.choice(places, len(places))
    return drawn
