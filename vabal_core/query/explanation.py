"""Why an image is asked about, in one plain sentence made from the terms of its score."""

from collections.abc import Sequence


def explain(
    predicted: str,
    probability: float,
    log_likelihood: Sequence[float],
    class_names: Sequence[str],
    reliability: Sequence[float] | None,
    label_share: Sequence[float] | None,
    strategy: str,
) -> str:
    """One sentence for the person labelling.

    `log_likelihood`, `class_names`, `reliability` and `label_share` (of the labels learned from) go by class, in one
    order; the first may be empty (a strategy without the VAE), the last two None.
    """
    n = class_names.index(predicted) if predicted in class_names else None
    text = f"Looks like {predicted} ({probability:.0%} sure"
    if label_share is not None and n is not None:
        text += f"; {label_share[n]:.0%} of the labels learned from"
    text += ")"
    if reliability is not None and n is not None and len(log_likelihood):
        text += f", a class told rightly {reliability[n]:.0%} of the time among those labels"
    if len(log_likelihood):
        seen = [c for c in range(len(class_names)) if label_share is None or label_share[c] > 0]
        least = min(seen, key=lambda c: log_likelihood[c])  # of a class never shown nothing can be said
        text += f"; least like {class_names[least]}"
    return f"{text}. {_REASONS.get(strategy, '')}".strip()


_REASONS = {
    "vabal": "Chosen because the common, well-known classes explain it poorly.",
    "entropy": "Chosen because the model is unsure.",
    "margin": "Chosen because two classes are close.",
    "random": "Chosen at random.",
}
