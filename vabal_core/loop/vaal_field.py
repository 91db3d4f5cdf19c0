"""The field of a pool that says how like the labelled images each of the others looks (VAAL)."""

import numpy as np
import torch

from vabal_core.loop.embeddings import embeddings
from vabal_core.loop.events import Work
from vabal_core.loop.fitted import Classifier, Fitted, check_training, of_candidates
from vabal_core.model.input import to_input
from vabal_core.model.vaal import (
    AutoEncoder,
    Read,
    build_discriminator,
    feature_auto_encoder,
    pixel_auto_encoder,
    probability_of_labelled,
    shrink,
    train_vaal,
)
from vabal_core.runtime import seeded, torch_generator


@of_candidates
def discriminator(fitted: Fitted, rows: np.ndarray) -> Work[np.ndarray]:
    """The probability that an image is a labelled one, by a discriminator that an auto-encoder has tried to fool.

    Both are trained anew on all images of the pool, labelled or not: on their pixels where a network is trained, on
    what the head reads where features are frozen, which takes longer than all else in such a round.
    """
    check_training(fitted, "an auto-encoder and its discriminator")
    seed, keys, read = fitted.task.seed, fitted.pool.keys, (yield from _reader(fitted))
    with seeded(seed, "vaal"):
        auto_encoder, judge = _auto_encoder(fitted).to(fitted.device), build_discriminator().to(fitted.device)
    labelled, unlabelled = (part[np.argsort(keys[part], kind="stable")] for part in (fitted.labelled, rows))
    generator = torch_generator(seed, "vaal order")
    yield from train_vaal(
        auto_encoder, judge, read, labelled, unlabelled, generator, steps=fitted.task.config.vaal_steps
    )
    return (yield from probability_of_labelled(auto_encoder, judge, read, rows))


def _auto_encoder(fitted: Fitted) -> AutoEncoder:
    if isinstance(fitted.classifier, Classifier):
        return pixel_auto_encoder()
    return feature_auto_encoder(sum(fitted.backbone.head_channels))


def _reader(fitted: Fitted) -> Work[Read]:
    """What gives an auto-encoder the images at some rows."""
    device = fitted.device
    if isinstance(fitted.classifier, Classifier):
        pixels, normalisation = fitted.inputs.pixels, fitted.classifier.normalisation
        return lambda rows: shrink(to_input(torch.tensor(np.asarray(pixels[rows]), device=device), normalisation))
    values, blocks = (yield from embeddings(fitted)), fitted.backbone.head_channels
    # Each block of columns adds one to the mean squared norm of a row: scaled so, a column has unit variance.
    scale = (sum(blocks) / len(blocks)) ** 0.5
    return lambda rows: torch.from_numpy(np.asarray(values[rows], np.float32)).to(device) * scale
