"""What a classifier reads of an image before its last layer: what distances between images are measured on."""

import numpy as np

from vabal_core.images.feature_store import Features
from vabal_core.loop.events import Work
from vabal_core.loop.fitted import Classifier, Fitted, columns
from vabal_core.loop.frozen import Standardised, head_columns
from vabal_core.model.network import last_layer


def embeddings(fitted: Fitted) -> Work[Features | Standardised | np.ndarray]:
    """What the classifier's last layer reads; of a head on frozen features, standardised as the head reads them."""
    yield from ()
    if isinstance(fitted.classifier, Classifier):
        width = last_layer(fitted.classifier.network).in_features
        return columns(fitted.features, slice(fitted.features.shape[1] - width, None))
    read = head_columns(fitted.features, fitted.backbone)
    return Standardised(read=read, standardisation=fitted.classifier.head.standardisation)
