"""scikit-activeml's choice from the same synthetic pool, where it has a strategy of ours."""

from collections.abc import Callable
from typing import Any

import numpy as np
from skactiveml import pool
from skactiveml.base import SkactivemlClassifier

from common.synthetic_pool import linear_layer, probabilities_of, synthetic_pool
from vabal_core.types import UNLABELLED


class Linear(SkactivemlClassifier):
    """A classifier that is given: what our strategies read as `probabilities` it computes from the embeddings."""

    def __init__(self, weights: np.ndarray | None = None, classes: list[int] | None = None) -> None:
        super().__init__(classes=classes)
        self.weights = weights
        self.classes_ = np.array(classes)

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Linear":
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return probabilities_of(X, self.weights)


# Our name -> their class, its settings, and whether it asks a classifier. Where both can be set alike they are.
STRATEGIES: dict[str, tuple[str, dict[str, Any], bool]] = {
    "random": ("RandomSampling", {}, False),
    "entropy": ("UncertaintySampling", {"method": "entropy"}, True),
    "margin": ("UncertaintySampling", {"method": "margin_sampling"}, True),
    "least_confidence": ("UncertaintySampling", {"method": "least_confident"}, True),
    "badge": ("Badge", {}, True),
    "coreset": ("CoreSet", {}, False),
    "typiclust": ("TypiClust", {"k": 20}, False),
    "uherding": ("UHerding", {"method": "margin_sampling"}, True),
}


def compared() -> tuple[str, ...]:
    """Our strategies that the installed version has too."""
    return tuple(name for name, (kind, _, _) in STRATEGIES.items() if hasattr(pool, kind))


def choice_of(name: str, embeddings: np.ndarray, k: int) -> Callable[[], np.ndarray]:
    """Its choice of k images, ready to be made."""
    kind, settings, asks = STRATEGIES[name]
    given = synthetic_pool(embeddings, ())
    labels = np.where(given.labels == UNLABELLED, np.nan, given.labels)
    strategy = getattr(pool, kind)(random_state=0, **settings)
    classifier = Linear(linear_layer(embeddings), classes=list(range(given.class_count)))
    others = {"clf": classifier, "fit_clf": False} if asks else {}
    return lambda: strategy.query(X=embeddings, y=labels, batch_size=k, **others)
