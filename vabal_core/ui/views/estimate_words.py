"""What the labels say of all images, in sentences of plain text: each says what it is read from."""

from collections.abc import Collection, Sequence
from math import isnan

from vabal_core.types import Round
from vabal_core.ui.app.format import percent
from vabal_core.workspace import ClassEstimates, Estimate, Finds, Forecast, Needed, ProjectEstimates

NAMED_ON_DESK = 3  # classes


def drawn_words(estimates: ProjectEstimates) -> str:
    """Which images speak for all others."""
    parts = []
    if estimates.evaluation:
        parts.append(f"{estimates.evaluation:,} evaluation images, drawn at random")
    if estimates.audit:
        parts.append(f"{_images(estimates.audit)} that came to the Label page at random")
    return " and ".join(parts) or "no labelled image was drawn at random so far"


def brought_sentences(estimates: ProjectEstimates, rare: Sequence[str]) -> list[str]:
    """Whether rankings found more of each rare class than random picking would have; none where nobody can tell."""
    rows = [row for row in estimates.classes if row.defect_class.name in rare and row.would_need]
    return [_brought(row, estimates) for row in rows]


def _brought(row: ClassEstimates, estimates: ProjectEstimates) -> str:
    needed, name = row.would_need, row.defect_class.name
    if needed.low > row.brought_in:
        verdict = "It helped"
    elif needed.high < row.brought_in:
        verdict = "It did not help"
    else:
        verdict = f"It cannot be told{' yet' if estimates.unlabelled else ''} whether it helped"
    ranked = f"the rankings brought {row.brought:,} of them in {_images(row.brought_in)}"
    random = f"random picking would have needed about {needed.value:,} images for as many"
    return f"{verdict} with {name}: {ranked}; {random} ({needed.low:,} to {needed.high:,})."


def model_sentence(estimates: ProjectEstimates) -> str:
    """How good the model is on all images, from everything that tells; "" where nothing does."""
    right = estimates.accuracy
    if estimates.round_ is None or not right.count or not estimates.drawn:
        return ""
    judged = "all" if estimates.judged == estimates.images else "the"
    return (
        f"Of {judged} {_images(estimates.judged)} that it has judged, the model of round {estimates.round_.number} "
        f"names {share_words(right)} correctly; of images that it learned from, models count that had not. The images "
        f"without a label are judged by {drawn_words(estimates)}."
    )


def advice(rows: Sequence[ClassEstimates], estimates: ProjectEstimates) -> str:
    """Go on, or stop, as far as the classes of `rows` go; "" where no ranking says what comes next."""
    foreseen = [row for row in rows if row.next_finds]
    if not foreseen or not estimates.unlabelled:
        return ""
    waiting = f"{_images(estimates.unlabelled)} without a label are left"
    if all(_is_reached(row) for row in rows):
        reached = f"most likely {percent(estimates.target)} of each rare class are found"
        return f"You may stop, as far as rare images go: {reached}."
    if unknown := [row.defect_class.name for row in rows if not row.is_known and row.left.high]:
        return f"Go on: {waiting}, and the newest model does not know {_listed(unknown)} yet."
    images = foreseen[0].next_finds.images
    listed = _listed([f"{finds_words(row.next_finds)} {row.defect_class.name}" for row in foreseen])
    ranked = sum(row.next_finds.value for row in foreseen)
    drawn = sum(row.next_random_finds.value for row in foreseen if row.next_random_finds)
    if max(ranked, drawn) < 1:
        return (
            f"You may stop, as far as rare images go: {waiting}, and the next {images:,} of the ranking hold {listed}. "
            "To find the others takes long."
        )
    return f"Go on: {waiting}, and the next {images:,} of the ranking hold about {listed}."


def _is_reached(row: ClassEstimates) -> bool:
    return row.least_needed is not None and row.least_needed.high == 0


def left_words(row: ClassEstimates, estimates: ProjectEstimates) -> str:
    """What is still in there of a class, for somebody who asks whether to stop."""
    name, left = row.defect_class.name, row.left
    if not estimates.unlabelled:
        return f"{name}: every image has a label."
    if left.value is None:
        return (
            f"{name}: nobody can tell how many are left among the {_images(estimates.unlabelled)} without a label, "
            "since no labelled image was drawn at random."
        )
    about = f"about {left.value:,} ({left.low:,} to {left.high:,})" if left.value else f"at most {left.high:,}"
    are = f"{name}: {about} are left among the {_images(estimates.unlabelled)} without a label"
    unknown = "" if row.is_known or estimates.round_ is None else " The newest model does not know it yet."
    return f"{are}{_found_so_far(row)}.{unknown}{next_words(row)}"


def _found_so_far(row: ClassEstimates) -> str:
    left = row.left
    if not left.labelled or isnan(left.share_found):
        return ""
    evaluation = left.labelled - row.labels
    which = f" ({evaluation:,} of them evaluation images)" if evaluation > 0 else ""
    least = f"most likely at least {percent(left.share_found)} of them all"
    return f"; {left.labelled:,} are found{which}, {least}"


def next_words(row: ClassEstimates) -> str:
    """ " In the next 100 images: 7 (3 to 12), by chance 2 (0 to 5).", as far as it can be told; else ""."""
    ranked, drawn = row.next_finds, row.next_random_finds
    if ranked is None and drawn is None:
        return ""
    count = (ranked or drawn).images
    if ranked is None:
        return f" Among the next {count:,} images drawn at random: {finds_words(drawn)}."
    by_chance = f", by chance {finds_words(drawn)}" if drawn and drawn.images == count else ""
    return f" Among the next {count:,} images of the ranking: {finds_words(ranked)}{by_chance}."


def finds_words(finds: Finds) -> str:
    """ "7 (3 to 12)"; less than one with a digit behind the point."""
    value = f"{finds.value:.0f}" if finds.value >= 1 else f"{finds.value:.1f}"
    return f"{value} ({finds.low:,} to {finds.high:,})"


def target_words(row: ClassEstimates, estimates: ProjectEstimates, labels_a_minute: float) -> str:
    """How many labels a target still takes, the shorter way, and how long that is; "" where nobody can tell."""
    needed = row.least_needed
    if needed is None or not row.left.labelled or not estimates.unlabelled:
        return ""
    order = "along the ranking" if needed is row.needed else "in any order"
    goal = f"{percent(estimates.target)} of all {row.defect_class.name}"
    if not needed.high:
        return f"Most likely {goal} are found."
    if not needed.value:
        return f"Most likely {goal} are found; to be sure, up to {needed.high:,} more labels {order}."
    about = f"about {needed.value:,} more labels {order} ({needed.low:,} to {needed.high:,})"
    return f"To find {goal}: {about}{_hours(needed, labels_a_minute)}."


def taken_words(row: ClassEstimates, taken: int) -> str:
    """A quicker way to most of them: the `taken` images that the newest model takes for the class now."""
    precision = row.precision
    if not taken or not precision.count or not row.left.high:
        return ""
    share = f"{percent(precision.value)} ({percent(precision.low)} to {percent(precision.high)})"
    name = row.defect_class.name
    look = f"{name}: look first through the {_images(taken)} that the model takes for it now (in the table below)"
    return f"{look}; it is right with {share} of all that it takes for it."


def _hours(needed: Needed, labels_a_minute: float) -> str:
    if not labels_a_minute:
        return ""
    minutes = needed.value / labels_a_minute
    time = f"{max(1, round(minutes))} min" if minutes < 90 else f"{minutes / 60:.0f} h"
    return f", {time} at {labels_a_minute:.0f} labels a minute, the pace so far"


def unmet_words(estimates: ProjectEstimates) -> str:
    """What may be there that nobody has met."""
    if not estimates.unlabelled or not estimates.drawn:
        return ""
    return (
        f"Of a kind that no class stands for yet at most {_images(estimates.unmet)} are left: none was among "
        f"{drawn_words(estimates)}."
    )


def desk_line(estimates: ProjectEstimates | None, rare: Collection[int], followed: Round | None) -> str:
    """What the next images hold of the rare classes, in one line; "" where it cannot be told, or was foreseen of
    another ranking than the one that is `followed`."""
    if estimates is None or followed is None or estimates.round_ is None or estimates.round_.id != followed.id:
        return ""
    rows = [row for row in estimates.classes if row.defect_class.id in rare and row.next_finds and row.left.high]
    if not rows:
        return ""
    counts = ", ".join(f"{row.defect_class.name} {finds_words(row.next_finds)}" for row in rows[:NAMED_ON_DESK])
    return f"Expected in the next {rows[0].next_finds.images}: {counts}"


def forecast_words(forecasts: Sequence[Forecast], labels: int) -> str:
    """How good the model will be, on average over the classes, `labels` being learned from now."""
    steps = [
        f"with {ahead.labels - labels:,} more labels about {percent(ahead.value)} ({percent(ahead.low)} to "
        f"{percent(ahead.high)})"
        for ahead in forecasts
    ]
    what = "What is foreseen of each class on average to be named correctly"
    return f"{what}: {'; '.join(steps)}. In 9 of 10 cases it comes within the brackets." if steps else ""


def share_words(estimate: Estimate) -> str:
    """ "83 % (most likely 80 % to 86 %)"."""
    return f"{percent(estimate.value)} (most likely {percent(estimate.low)} to {percent(estimate.high)})"


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"
