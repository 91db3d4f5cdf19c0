"""What a report says of estimates: what they are read from, what is left of each class, what the next images hold."""

from collections.abc import Sequence

from vabal_core.estimate.finds import Finds
from vabal_core.estimate.left import Left, Needed
from vabal_core.estimate.project import ClassEstimates, ProjectEstimates
from vabal_core.export.report import ClassReport, Report
from vabal_core.export.report_format import counted, percent

MAX_SENTENCES = 12  # of classes; the table has all


def estimated_from(overall: ProjectEstimates) -> str:
    """What the estimates are read from."""
    if not overall.drawn:
        return "No image with a label was drawn at random, so nothing can be said of those without a label."
    return (
        f"Estimated from {counted(overall.evaluation, 'image')} for evaluation and {counted(overall.audit, 'image')} "
        "drawn at random while people labelled; every other label tells only what its own image is. Of "
        f"{counted(overall.images, 'image')}, {overall.unlabelled:,} have no label."
    )


def left_table(report: Report) -> list[list[str]]:
    """What is left of each class, the heads first. What the ranking is to bring stands there only where it is known."""
    classes = [(of_class.name, of_class.estimates) for of_class in report.classes if of_class.estimates]
    ranked = [estimates.next_finds for _, estimates in classes]
    random = [estimates.next_random_finds for _, estimates in classes]
    columns = [
        ["Class", *(name for name, _ in classes)],
        ["Labelled", *(f"{estimates.left.labelled:,}" for _, estimates in classes)],
        ["Left", *(left(estimates.left) for _, estimates in classes)],
        ["Found so far, at least", *(share_found(estimates.left) for _, estimates in classes)],
        *_next_images(ranked, "by the ranking"),
        *_next_images(random, "at random"),
        [
            f"Labels until {100 * report.overall.target:g} % are found",
            *(needed(estimates.least_needed) for _, estimates in classes),
        ],
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _next_images(foreseen: Sequence[Finds | None], how: str) -> list[list[str]]:
    """A column, or none where nothing is foreseen."""
    images = next((expected.images for expected in foreseen if expected is not None), None)
    return [[f"In the next {images:,} {how}", *map(finds, foreseen)]] if images else []


LEFT_CAPTION = (
    "Left: images of the class among those without a label. Found so far: at 95 %, so much of the class has a label. "
    "In brackets the 95 % range; of what the next images hold, the 90 % range."
)


def advice(report: Report) -> list[str]:
    """Of each rare class, in a sentence: how much is found, what is left, what comes next, and what the target takes.
    Where no class counts as rare, of every class."""
    rare = [of_class for of_class in report.classes if of_class.rare] or report.classes
    return [_advice(report, of_class, of_class.estimates) for of_class in rare[:MAX_SENTENCES] if of_class.estimates]


def _advice(report: Report, of_class: ClassReport, estimates: ClassEstimates) -> str:
    rest = estimates.left
    have = f"“{of_class.name}”: {counted(rest.labelled, 'image')} {'has' if rest.labelled == 1 else 'have'} a label"
    if rest.value is None:
        return f"{have}; nobody can tell how many more there are."
    more = f"about {left(rest)} more" if rest.value else f"at most {rest.high:,} more"
    parts = [f"{have}, {more} are left among those without one"]
    if rest.labelled:
        parts.append(f"so at least {share_found(rest)} of it is found")
    if (ahead := estimates.next_finds) is not None:
        parts.append(f"the next {ahead.images:,} by the ranking hold about {finds(ahead)} of it")
    return f"{', '.join(parts)}. {_target(report, estimates)}".strip()


def _target(report: Report, estimates: ClassEstimates) -> str:
    labels, share = estimates.least_needed, f"{100 * report.overall.target:g} %"
    if labels is None or not estimates.left.labelled or not report.overall.unlabelled:
        return ""
    if not labels.value:
        return f"Most likely {share} of it are found."
    how = "by the ranking" if labels is estimates.needed else "drawn at random"
    pace = report.labels.per_minute
    time = f", {_labelling_time(labels.value / pace)} of labelling at the pace so far" if pace else ""
    return f"Until {share} of it are found, about {needed(labels)} more labels are needed, {how}{time}."


def brought(report: Report) -> list[str]:
    """What the rankings brought of each rare class, and what chance would have needed for as many."""
    rare = [(of_class.name, of_class.estimates) for of_class in report.classes if of_class.rare and of_class.estimates]
    return [
        f"“{name}”: {counted(estimates.brought, 'image')} among the first {estimates.brought_in:,} labelled out of "
        f"rankings; for as many, about {needed(estimates.would_need)} images drawn at random would have been needed."
        for name, estimates in rare[:MAX_SENTENCES]
        if estimates.would_need is not None
    ]


def foreseen(report: Report) -> str:
    """How good the model will be with more labels; "" where nothing foresees it."""
    if not report.forecasts or not report.rounds:
        return ""
    labels = report.rounds[-1].labels
    steps = [
        f"with {ahead.labels - labels:,} more labels about {percent(ahead.value)} ({percent(ahead.low)} to "
        f"{percent(ahead.high)})"
        for ahead in report.forecasts
    ]
    return f"Foreseen balanced accuracy: {'; '.join(steps)}. In brackets the 90 % range."


def _labelling_time(minutes: float) -> str:
    if minutes < 90:
        return f"about {counted(max(1, round(minutes)), 'minute')}"
    return f"about {counted(round(minutes / 60), 'hour')}"


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


def unmet(overall: ProjectEstimates) -> str:
    """What may be there that nobody has met."""
    return (
        f"Of a class that nobody has met yet there are at most {counted(overall.unmet, 'image')} among those without "
        "a label, at 95 %."
    )


def needed(labels: Needed | None) -> str:
    """ "610 (480 to 790)"; a dash where nothing tells."""
    return "–" if labels is None else f"{labels.value:,} ({labels.low:,} to {labels.high:,})"
