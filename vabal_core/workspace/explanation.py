"""Why an image is asked about, in one plain sentence made from the terms of its score."""

from collections.abc import Mapping, Sequence
from typing import Any

from vabal_core.types import Term

FEW = 0.5  # of an even share of the labels: a class below it has few


def explain(
    predicted: str,
    probability: float,
    log_likelihood: Sequence[float],
    class_names: Sequence[str],
    reliability: Sequence[float] | None,
    label_share: Sequence[float] | None,
    strategy: str,
) -> str:
    """A few words for the person labelling.

    `log_likelihood`, `class_names`, `reliability` and `label_share` (of the labels learned from) go by class, in one
    order; the first may be empty (a strategy without the VAE), the last two None.
    """
    n = class_names.index(predicted) if predicted in class_names else None
    parts = []
    if label_share is not None and n is not None:
        share, few = percent(label_share[n]), label_share[n] < FEW / len(class_names)
        parts.append(f"Few of its labels so far ({share})" if few else f"{share} of the labels so far")
    if reliability is not None and n is not None and len(log_likelihood):
        parts.append(f"right {percent(reliability[n])} of the time")
    told = ", ".join(parts)
    seems = f"Looks like {predicted} ({percent(probability)} sure)."
    return " ".join(filter(None, [seems, f"{told[:1].upper()}{told[1:]}." if told else "", _REASONS.get(strategy, "")]))


def percent(share: float) -> str:
    """A share as people read it: 0.83 is "83 %"."""
    return f"{100 * share:.0f} %"


def score_terms(n: int, log_likelihood: Sequence[float], name: str, metrics: Mapping[str, Any]) -> tuple[Term, ...]:
    """The three terms of Bayes' rule for an image predicted as class n, called `name`: shares in [0, 1] for bars.

    `log_likelihood` goes by class; `metrics` are its round's: reliability, prior and likelihood_histogram, as
    `describe_terms` in loop/bayes.py leaves them. () where the round has none of them.
    """
    if not len(log_likelihood) or not {"reliability", "prior", "likelihood_histogram"} <= metrics.keys():
        return ()
    histogram = metrics["likelihood_histogram"]
    typical = share_below(log_likelihood[n], histogram["edges"], histogram["counts"][n])
    right, common = metrics["reliability"][n], metrics["prior"][n]
    return (
        Term("Typical", typical, f"More typical of {name} than {percent(typical)} of the images the model calls so."),
        Term("Reliable", right, f"When the model says {name}, it is right {percent(right)} of the time."),
        Term("Common", common, f"The model calls {percent(common)} of the images {name}."),
    )


def share_below(value: float, edges: Sequence[float], counts: Sequence[int]) -> float:
    """The share of a histogram below `value`, evenly spread within a bin. edges (B + 1,), counts (B,); 0 if empty."""
    if not sum(counts):
        return 0.0
    below = 0.0
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        if value <= left:
            break
        below += count * (1.0 if value >= right else (value - left) / (right - left))
    return below / sum(counts)


_REASONS = {
    "vabal": "Chosen: the well-known classes explain it poorly.",
    "entropy": "Chosen: the model is unsure.",
    "margin": "Chosen: two classes are close.",
    "random": "Chosen at random.",
}
