"""The field of a pool that holds predicted losses (Yoo and Kweon, CVPR 2019)."""

import numpy as np

from vabal_core.loop.embeddings import embeddings
from vabal_core.loop.events import Work
from vabal_core.loop.fitted import Classifier, Fitted, of_candidates
from vabal_core.model.loss_prediction import LossPrediction, predict_losses, train_loss_prediction
from vabal_core.runtime import seeded, torch_generator

USUAL_WEIGHT = 1.0  # lambda of the paper


@of_candidates
def predicted_loss(fitted: Fitted, rows: np.ndarray) -> Work[np.ndarray]:
    """How much the classifier should lose on an image, up to a scale: only the order means something.

    A network has learned together with the module that predicts its loss from its taps. On frozen features the module
    learns from the head's losses out of fold, for those on images that the head has learned from are near 0; it reads
    what the head reads.
    """
    if isinstance(fitted.classifier, Classifier):
        return (yield from _of_network(fitted, rows))
    seed, pool, read = fitted.task.seed, fitted.pool, (yield from embeddings(fitted))
    order = np.argsort(pool.keys[fitted.labelled], kind="stable")  # the rows may come in any
    labelled = fitted.labelled[order]
    label_probabilities = fitted.classifier.out_of_fold[order, pool.labels[labelled]]
    with seeded(seed, "loss prediction"):
        prediction = LossPrediction(fitted.backbone.head_channels)
    generator = torch_generator(seed, "loss prediction order")
    yield from train_loss_prediction(prediction, read[labelled], -np.log(label_probabilities), generator, fitted.device)
    return (yield from predict_losses(prediction, read, rows, fitted.device))


def _of_network(fitted: Fitted, rows: np.ndarray) -> Work[np.ndarray]:
    """ValueError where nothing has learned to predict the network's loss."""
    if not fitted.task.config.learning_loss:
        raise ValueError(
            f"strategy {fitted.task.strategy!r} reads a module that learned with the network, and learning_loss=0 was "
            f"set: start a round with learning_loss={USUAL_WEIGHT:g}"
        )
    return (yield from predict_losses(fitted.classifier.network.loss_prediction, fitted.taps, rows, fitted.device))
