"""The fields of a pool that ask a committee: the classifier under dropout masks, or several classifiers."""

from functools import partial

import numpy as np
from scipy.special import softmax

from vabal_core.loop.embeddings import embeddings
from vabal_core.loop.events import Work
from vabal_core.loop.fitted import Classifier, Fitted, of_candidates
from vabal_core.model.calibration import calibrated
from vabal_core.model.dropout_passes import dropout_passes
from vabal_core.model.linear_dropout import LinearLayer, own_masks, shared_masks
from vabal_core.model.network import last_layer
from vabal_core.runtime import numpy_generator
from vabal_core.types import Committee

USUAL_RATE = 0.25  # of dropout on frozen features, where none of the settings says another: that of `bald`
HEAVY_RATE, HEAVY_MASKS = 0.75, 3  # Gupte et al. 2024, section 4


@of_candidates
def dropout(fitted: Fitted, rows: np.ndarray) -> Work[Committee]:
    """The classifier under dropout masks that all images share.

    On frozen features dropout is on what the head reads; the head has been fitted without, for it is one linear layer.
    """
    if isinstance(fitted.classifier, Classifier):
        return (yield from _network_passes(fitted, rows))
    config, read = fitted.task.config, (yield from embeddings(fitted))
    rate, rng = config.dropout or USUAL_RATE, numpy_generator(fitted.task.seed, "dropout")
    return (yield from shared_masks(_layer(fitted), read, rows, rate, config.dropout_passes, rng))


@of_candidates
def heavy_dropout(fitted: Fitted, rows: np.ndarray) -> Work[Committee]:
    """The last layer under a few masks of each image's own that drop most of what it reads: DropQuery's committee."""
    read, rng = (yield from embeddings(fitted)), numpy_generator(fitted.task.seed, "heavy dropout")
    return (yield from own_masks(_layer(fitted), read, rows, HEAVY_RATE, HEAVY_MASKS, rng))


def _network_passes(fitted: Fitted, rows: np.ndarray) -> Work[Committee]:
    """ValueError where the network was trained without dropout: then its answers under masks mean nothing."""
    task, classifier = fitted.task, fitted.classifier
    if not task.config.dropout:
        raise ValueError(
            f"strategy {task.strategy!r} reads a network trained with dropout, and dropout=0 was set: "
            f"start a round with dropout={USUAL_RATE}"
        )
    passes = dropout_passes(
        classifier.network, fitted.inputs.pixels, rows, classifier.normalisation, fitted.device,
        passes=task.config.dropout_passes, seed=task.seed,
    )  # fmt: skip
    return (yield from passes)


def _layer(fitted: Fitted) -> LinearLayer:
    """What the classifier does with its embeddings."""
    if isinstance(fitted.classifier, Classifier):
        layer = last_layer(fitted.classifier.network)
        weight, bias = (values.detach().float().cpu().numpy() for values in (layer.weight, layer.bias))
        return LinearLayer(weight=weight, bias=bias, probabilities=_softmax)
    head = fitted.classifier.head
    probabilities = partial(calibrated, temperature=head.temperature, label_count=head.label_count)
    return LinearLayer(weight=head.weight, bias=head.bias, probabilities=lambda logits: probabilities(_float64(logits)))


def _softmax(logits: np.ndarray) -> np.ndarray:
    return softmax(_float64(logits), axis=1)


def _float64(logits: np.ndarray) -> np.ndarray:
    return logits.astype(np.float64)
