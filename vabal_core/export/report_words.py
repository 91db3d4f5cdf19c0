"""The sentences of a report: each says what was counted. Plain text; the template escapes it."""

from collections.abc import Sequence

from vabal_core.evidence.gap import EvaluationGap
from vabal_core.evidence.intervals import Estimate
from vabal_core.export.report import ClassReport, DataFacts, LabelFacts, Report
from vabal_core.export.report_format import counted, estimate, listed
from vabal_core.export.report_terms import SPLITS, STATES

MAX_DAYS = 31  # a line each


def in_short(report: Report) -> list[str]:
    """The report in a few sentences."""
    states = report.data.states
    images = {split: sum(states[split, state] for state in STATES) for split in SPLITS}
    labelled = {split: states[split, "labelled"] for split in SPLITS}
    sentences = [
        f"The project holds {_images(sum(images.values()))}, {images['pool']:,} to learn from and "
        f"{images['evaluation']:,} for evaluation, and {counted(len(report.classes), 'class', 'classes')}.",
        f"{_images(labelled['pool'])} to learn from and {labelled['evaluation']:,} for evaluation "
        f"{_have(labelled['pool'] + labelled['evaluation'])} a label.",
        _how_good(report),
    ]
    accuracy = report.overall.accuracy
    if accuracy.count and report.overall.drawn:
        sentences.append(
            f"Of the {_images(report.overall.judged)} that it has judged, an estimated {estimate(accuracy)} are named "
            "correctly."
        )
    return sentences


def _how_good(report: Report) -> str:
    if report.round_ is None:
        return "No model has learned from them yet."
    if not report.round_.confusion:
        return f"The newest model, of round {report.round_.number}, was measured on no image for evaluation."
    accuracy = report.rounds[-1].accuracy
    right = round(accuracy.value * accuracy.count)
    return (
        f"The newest model, of round {report.round_.number}, names {right:,} of {accuracy.count:,} images for "
        f"evaluation correctly: {estimate(accuracy)}."
    )


def pace(labels: LabelFacts) -> str:
    """How fast labels were given."""
    if not labels.per_minute:
        return "No person has labelled on the desk or in the grid yet, so there is no pace."
    return (
        f"People gave {labels.per_minute:.1f} labels a minute: the middle one of the newest minutes in which anybody "
        "labelled."
    )


def sizes(data: DataFacts) -> str:
    """How large the images are."""
    if not data.sizes:
        return "There are no images."
    listed = [f"{width:,} × {height:,} pixels ({_images(count)})" for width, height, count in data.sizes]
    more = f", and {data.size_count - len(listed):,} more sizes" if data.size_count > len(listed) else ""
    return f"Sizes: {', '.join(listed)}{more}."


def labelled_as(of_class: ClassReport) -> str:
    """How many images are labelled as a class."""
    pool, evaluation = of_class.labels["pool"], of_class.labels["evaluation"]
    return f"{_images(pool)} to learn from and {evaluation:,} for evaluation {_are(pool + evaluation)} labelled so."


def days(labels: LabelFacts) -> list[tuple[str, int]]:
    """Labels by day; of many days by month."""
    if len(labels.days) <= MAX_DAYS:
        return [(f"{day:%Y-%m-%d}", count) for day, count in labels.days.items()]
    months: dict[str, int] = {}
    for day, count in labels.days.items():
        months[f"{day:%Y-%m}"] = months.get(f"{day:%Y-%m}", 0) + count
    return list(months.items())


def left_out(report: Report) -> list[str]:
    """What takes no part, and why."""
    data, newest, sentences = report.data, report.round_, []
    if data.removed:
        sentences.append(f"{_images(data.removed)} in the bin {_are(data.removed)} counted nowhere in this report.")
    if newest is not None and newest.unreadable:
        sentences.append(f"Round {newest.number} could not read {_images(newest.unreadable)}.")
    if newest is not None and newest.changed:
        text = f"Of {_images(newest.changed)} the file held another picture than was imported when round"
        sentences.append(f"{text} {newest.number} began: they took no part.")
    if report.labels.left_out:
        count = report.labels.left_out
        text = f"{counted(count, 'label')} {_are(count)} not among those counted by person, way and day"
        sentences.append(f"{text}: its file holds another picture by now.")
    return sentences or ["Nothing is left out."]


def ranking(report: Report) -> str:
    """What the rankings brought."""
    rare = [of_class.name for of_class in report.classes if of_class.rare]
    if not report.ranked:
        return "No image has been labelled out of a ranking yet."
    if not rare:
        return f"{_images(report.ranked)} were labelled out of rankings. No class counts as rare."
    of_rare = f"{report.ranked_rare:,} of the {_images(report.ranked)} labelled out of rankings"
    brought = f"{of_rare} {_are(report.ranked_rare)} of a rare class ({listed(rare)})."
    unknown = " What chance would have brought is not known: no image was drawn at random."
    return brought if report.overall.drawn else brought + unknown


def gaps(gap: EvaluationGap) -> list[str]:
    """What is missing to say better how good the model is."""
    sentences = []
    if gap.unmeasured:
        sentences.append(
            f"Nothing can be said of {listed(gap.unmeasured)}: no image for evaluation labelled so was measured."
        )
    if gap.widest is not None and gap.hits is not None:
        text = f"Least is known of “{gap.widest}”: {gap.more:,} more images for evaluation of it would halve its range"
        takes = "" if gap.labels is None else f"; by its share so far that takes about {gap.labels:,} of any class"
        sentences.append(f"{text}{takes}.")
    if gap.waiting:
        sentences.append(f"{_images(gap.waiting)} for evaluation {_have(gap.waiting)} no label yet.")
    return sentences


def measured_on(report: Report) -> str:
    """Which images stand behind the numbers of the newest round, and which do not."""
    newest, last = report.round_, report.rounds[-1]
    total = sum(report.data.states["evaluation", state] for state in STATES)
    text = (
        f"Measured on {_images(last.accuracy.count)} for evaluation when round {last.number} ended, from which the "
        f"model had not learned; the project has {total:,} of them now."
    )
    if newest is not None and newest.set_aside:
        text += (
            f" {counted(newest.set_aside, 'image')} marked unsure or flagged {_are(newest.set_aside)} not among them."
        )
    return text


def waiting(report: Report) -> str:
    """How many images still have no label."""
    total = sum(report.data.states["pool", state] for state in STATES)
    return f"{report.waiting:,} of {_images(total)} to learn from {_have(report.waiting)} no label."


def right_of(share: Estimate) -> str:
    """ "18 of 22"; a dash where nothing was counted."""
    return f"{round(share.value * share.count):,} of {share.count:,}" if share.count else "–"


def pairs(names: Sequence[str], shares: Sequence[Estimate]) -> list[tuple[str, Estimate]]:
    """Each class with its share."""
    return list(zip(names, shares, strict=True))


def _images(count: int) -> str:
    return counted(count, "image")


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
