"""The sentences of a report: each says what was counted. Plain text; the template escapes it."""

from collections.abc import Sequence

from vabal_core.estimate.finds import Finds
from vabal_core.estimate.left import Left
from vabal_core.evidence.intervals import Estimate
from vabal_core.export.report import Chance, ClassReport, DataFacts, GapFacts, LabelFacts, Overall, Report
from vabal_core.export.report_format import counted, estimate, listed, percent
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
        f"{labelled['pool']:,} of the former and {labelled['evaluation']:,} of the latter have a label.",
        _how_good(report),
    ]
    if report.overall is not None:
        accuracy = report.overall.accuracy
        sentences.append(f"For all images of the project that share is estimated as {estimate(accuracy)}.")
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
        f"evaluation rightly: {estimate(accuracy)}."
    )


def pace(labels: LabelFacts) -> str:
    """How fast labels were given."""
    if labels.per_minute is None:
        return "No person has labelled on the desk or in the grid yet, so there is no pace."
    return (
        f"People gave {labels.per_minute:.1f} labels a minute on average, counted over the minutes in which any was "
        "given (of the last 5,000 labels)."
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


def benefit(report: Report) -> str:
    """What the rankings brought beside chance."""
    facts, rare = report.benefit, [of_class.name for of_class in report.classes if of_class.rare]
    if not rare:
        return "No class counts as rare, so it is not counted what the ranking brought."
    if not facts.chosen:
        return "No image has been labelled out of a ranking yet."
    brought = f"{facts.rare:,} of the {facts.chosen:,} images labelled out of a ranking are rare ({listed(rare)})"
    if facts.by_chance is None:
        return f"{brought}. What chance would have brought cannot be said: no image drawn at random tells of it."
    sentence = f"{brought}; drawn at random, it would have been {_chance(facts.by_chance)}."
    if facts.needed is not None:
        sentence += f" For as many, {_chance(facts.needed)} images drawn at random would have been needed."
    return sentence


def gaps(gap: GapFacts) -> list[str]:
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
        f"Measured on {last.accuracy.count:,} of {_images(total)} for evaluation when round {last.number} ended; the "
        "model had not learned from them."
    )
    if newest is not None and newest.set_aside:
        text += (
            f" {counted(newest.set_aside, 'image')} marked unsure or flagged {_are(newest.set_aside)} not among them."
        )
    return text


def estimated_from(overall: Overall) -> str:
    """What the estimates are read from."""
    return (
        f"Estimated from {_images(overall.evaluation)} for evaluation and {counted(overall.audit, 'more image')} drawn "
        "at random out of the ranking, and from all other labels for what these images are themselves; "
        f"{_images(overall.unlabelled)} {_have(overall.unlabelled)} no label."
    )


def waiting(report: Report) -> str:
    """How many images still have no label."""
    total = sum(report.data.states["pool", state] for state in STATES)
    return f"{report.waiting:,} of {_images(total)} to learn from {_have(report.waiting)} no label."


def left_caption(report: Report) -> str:
    """What the columns of the table of what is left count."""
    finds = [of_class.estimates.finds for of_class in report.classes if of_class.estimates and of_class.estimates.finds]
    images = f"the next {finds[0].images:,} images" if finds else "the next images"
    return (
        "Left: images of the class among those without a label, in brackets the 95 % range. Found so far: so much of "
        f"the class has a label, at 95 %. Next: of the class among {images}, in brackets the 90 % range."
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
        f"Of a class that nobody has met yet there are at most {_images(overall.unmet)} among those without a label, "
        "at 95 %."
    )


def right_of(share: Estimate) -> str:
    """ "18 of 22"; a dash where nothing was counted."""
    return f"{round(share.value * share.count):,} of {share.count:,}" if share.count else "–"


def pairs(names: Sequence[str], shares: Sequence[Estimate]) -> list[tuple[str, Estimate]]:
    """Each class with its share."""
    return list(zip(names, shares, strict=True))


def _chance(chance: Chance) -> str:
    if chance.value is None:
        return f"more than {chance.low:,}"
    high = "more than the project has" if chance.high is None else f"{chance.high:,}"
    return f"about {chance.value:,.0f} ({chance.low:,} to {high})"


def _images(count: int) -> str:
    return counted(count, "image")


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
