"""What a report says of estimates: what they are read from, what is left of each class, what the next images hold."""

from vabal_core.estimate.finds import Finds
from vabal_core.estimate.left import Left, Needed
from vabal_core.export.report import Overall, Report
from vabal_core.export.report_format import counted, percent


def estimated_from(overall: Overall) -> str:
    """What the estimates are read from."""
    if not overall.evaluation + overall.audit:
        return (
            "No image with a label was drawn at random from all of the project, so nothing can be said of those "
            "without a label."
        )
    return (
        f"Estimated from {counted(overall.evaluation, 'image')} for evaluation and {counted(overall.audit, 'image')} "
        "drawn at random out of a ranking; every other label tells only what its own image is. Of "
        f"{counted(overall.images, 'image')}, {overall.unlabelled:,} have no label."
    )


def left_heads(report: Report) -> list[str]:
    """The heads of the table of what is left."""
    target = f"Labels until {100 * report.overall.target:g} % are found"
    ranked, random = (_images_ahead(report, name) for name in ("finds", "finds_random"))
    by_ranking, at_random = f"In the next {ranked}by the ranking", f"In the next {random}at random"
    return ["Class", "Labelled", "Left", "Found so far, at least", by_ranking, at_random, target]


def _images_ahead(report: Report, name: str) -> str:
    ahead = [getattr(of_class.estimates, name) for of_class in report.classes if of_class.estimates]
    return f"{ahead[0].images:,} " if ahead and ahead[0] is not None else ""


LEFT_CAPTION = (
    "Left: images of the class among those without a label. Found so far: at 95 %, so much of the class has a label. "
    "In brackets the 95 % range; of what the next images hold, the 90 % range."
)


def left(of_class: Left) -> str:
    """ "12 (4 to 30)"; where nothing was drawn at random, what is possible."""
    if of_class.value is None:
        return f"not known ({of_class.low:,} to {of_class.high:,})"
    return f"{of_class.value:,} ({of_class.low:,} to {of_class.high:,})"


def share_found(of_class: Left) -> str:
    """ "81.0 %"; a dash where there may be none at all, or nobody can tell."""
    return "–" if of_class.value is None or not of_class.labelled + of_class.high else percent(of_class.share_found)


def finds(expected: Finds | None) -> str:
    """ "0.4 (0 to 2)"; a dash where nothing tells."""
    return "–" if expected is None else f"{expected.value:.1f} ({expected.low:,} to {expected.high:,})"


def unmet(overall: Overall) -> str:
    """What may be there that nobody has met."""
    return (
        f"Of a class that nobody has met yet there are at most {counted(overall.unmet, 'image')} among those without "
        "a label, at 95 %."
    )


def needed(labels: Needed | None) -> str:
    """ "610 (480 to 790)"; a dash where nothing tells."""
    return "–" if labels is None else f"{labels.value:,} ({labels.low:,} to {labels.high:,})"
