"""Images whose path names one class and whose annotation another: without a label, listed, and asked about."""

from collections.abc import Sequence
from dataclasses import replace

from vabal_core.images.ingest.table import Candidate
from vabal_core.types import Answer, Doubt, ImportProblem, Precedence
from vabal_core.types.names import fold_name

Offers = Sequence[Candidate | ImportProblem]

ANSWERS = (
    Answer(words="The folders are right", precedence="path"),
    Answer(words="The annotations are right", precedence="annotation"),
)


def settled(offer: Candidate, path_label: str, precedence: Precedence) -> Candidate:
    """The annotated image with its class: the one that its path and its annotation agree on, or that of the one that
    has precedence. Of boxes of several classes the path's is agreed on where any box has it."""
    classes = tuple(dict.fromkeys([offer.label] if offer.label else [box.label for box in offer.boxes]))
    if fold_name(path_label) in map(fold_name, classes) or (not classes and offer.label_from_path):
        return replace(offer, label=path_label)
    if precedence == "path":
        return replace(offer, label=path_label)
    if precedence == "annotation" or not classes:
        return offer
    return replace(offer, label=None, at_odds=(path_label, *classes))


def at_odds_problems(offers: Offers) -> tuple[ImportProblem, ...]:
    """Every image that has no label for it, with the classes that are named."""
    reason = "its path and its annotation name different classes, so it has no label: "
    return tuple(
        ImportProblem(path=offer.path, reason=reason + ", ".join(offer.at_odds)) for offer in _torn_between(offers)
    )


def at_odds_doubts(offers: Offers) -> tuple[Doubt, ...]:
    """The question whose class they have, where there are any."""
    torn = _torn_between(offers)
    if not torn:
        return ()
    example = f"{torn[0].path}: {', '.join(torn[0].at_odds)}"
    if len(torn) == 1:
        text = f"The path of one image names another class than its annotation ({example}). It comes without a label."
    else:
        text = (
            f"The paths of {len(torn):,} images name other classes than their annotations (the first is {example}). "
            "They come without a label."
        )
    return (Doubt(about="precedence", text=text, answers=ANSWERS),)


def _torn_between(offers: Offers) -> list[Candidate]:
    return [offer for offer in offers if isinstance(offer, Candidate) and offer.at_odds]
