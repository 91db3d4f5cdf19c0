"""What the Progress page answers, in sentences: each says what was counted. Plain text, nothing of it is Markdown."""

from collections.abc import Sequence

from vabal_core.types import EvaluationSource, Round
from vabal_core.ui.app.format import percent
from vabal_core.workspace import (
    MIN_RECENT_LABELS,
    ClassProgress,
    Estimate,
    EvaluationGap,
    LearningCurves,
    RankingBenefit,
)

EVALUATION_SOURCES: dict[EvaluationSource, str] = {
    "drawn": ", drawn at random",
    "drawn by class": ", drawn at random within each class",
    "drawn later": ", drawn at random, some from what was unlabelled while labelling went on",
    "stated": ", set aside by whoever brought the images",
    "both": ", some drawn at random, some set aside by whoever brought the images",
    "unknown": "",
}
BRACKETS = "In brackets: what holds in 95 of 100 such cases."
TABLE_WORDS = (
    "In brackets: what holds in 95 of 100 such cases (in the next 100: in 9 of 10). Of all images: how common the "
    "class is, labelled or not. Found by the model: of the images of the class, how many the newest model names so; of "
    "images that it learned from, models count that had not. "
    "Right when it says so: of the images that it names so, how many are. Images it is wrong about: named so wrongly, "
    "or missed. People agree: of the images that several people labelled, how many they all labelled alike. Last "
    "found: when a person last labelled an image so."
)
ESTIMATE_WORDS = (
    "In brackets, and where it says “most likely”: what holds in 95 of 100 such cases; for the next images in 9 of 10. "
    "Only images drawn at random are taken to be like those without a label."
)
AHEAD_WORDS = "How many of each the next images hold: in the order of the ranking, and (dashed) drawn at random."
MAX_NAMES = 4  # in one sentence


def ranking_sentence(benefit: RankingBenefit, rare: Sequence[str]) -> str:
    total = benefit.total
    if not rare:
        return "No class counts as rare yet. Choose which do, and this counts how many of them the ranking brought."
    if not total.chosen:
        return (
            "No image has been labelled out of a ranking yet. Once one has been made, this counts how many rare images "
            "it brought, and how many chance would have."
        )
    brought = f"{total.rare:,} of the {total.chosen:,} images labelled out of a ranking are rare ({_names(rare)})"
    if total.by_chance is None:
        return f"{brought}; no evaluation image drawn at random has a label, so nobody can say what chance would give."
    chance = total.by_chance
    by_chance = f"by chance it would be about {chance.value:,.0f} (most likely {chance.low:,} to {chance.high:,})"
    return f"{_whether_it_helped(benefit)}: {brought}; {by_chance}{_needed(benefit)}."


def _whether_it_helped(benefit: RankingBenefit) -> str:
    """In words, and only as far as chance alone does not explain it."""
    rare, chance = benefit.total.rare, benefit.total.by_chance
    if chance.high is not None and rare > chance.high:
        return "It helped"
    return "It did not help" if rare < chance.low else "It cannot be told yet whether it helped"


def _needed(benefit: RankingBenefit) -> str:
    needed = benefit.needed
    if needed is None or not benefit.total.rare:
        return ""
    if needed.value is None:
        return f", and random picking would have needed more than {needed.low:,} images for as many"
    most = f"to {needed.high:,}" if needed.high is not None else "to more than the project has"
    about = f"about {needed.value:,.0f} images for as many ({needed.low:,} {most})"
    return f", and random picking would have needed {about}"


def chance_words(benefit: RankingBenefit) -> str:
    """What the numbers by chance are read from, or why there are none."""
    share = benefit.share
    if not share.count:
        return "What chance would give is read from evaluation images: none of them has a label yet."
    rare = f"{round(share.value * share.count):,} of {share.count:,} labelled evaluation images are rare"
    if benefit.drawn:
        return (
            f"By chance: {rare}, and these were drawn at random. “Most likely”: the range that holds in 95 of 100 such "
            "cases. Ranked images labelled in the Grid count, too; those of “Confirm sure ones” do not."
        )
    return f"{rare}; they were not all drawn at random before labelling began, so this is not what chance would give."


def classes_sentence(rows: Sequence[ClassProgress]) -> str:
    rare = [row for row in rows if row.rare]
    if not rare:
        return "No class counts as rare yet. Choose which do; below, the class that needs labels most stands first."
    since = rare[0].since
    if since is None:
        counted = _listed([f"{row.defect_class.name} ({_labels(row.labels)})" for row in rare])
        return f"There is no earlier round to compare with yet; so far: {counted}."
    up = [f"{row.defect_class.name} ({_change(row)})" for row in rare if row.climbs]
    still = [f"{row.defect_class.name} ({_change(row)})" for row in rare if not row.climbs]
    begun = f"since round {since} began"
    if not up:
        return f"No: of your labels, none of the rare classes has a larger share {begun}: {_listed(still)}."
    if not still:
        return f"Yes: of your labels, {_each(up)} a larger share {begun}: {_listed(up)}."
    grew = f"{len(up)} of {len(rare)} rare classes have a larger share of your labels {begun}"
    return f"Partly: {grew}, {_listed(up)}; not so {_listed(still)}."


def _each(names: Sequence[str]) -> str:
    return "the rare class has" if len(names) == 1 else f"each of the {len(names)} rare classes has"


def _change(row: ClassProgress) -> str:
    return f"{row.labels_before:,} of them then, {row.labels:,} now"


def quality_sentence(curves: LearningCurves) -> str:
    if curves.quality.empty:
        return "How good the model is cannot be said yet."
    row = curves.quality[curves.quality["measure"] == "accuracy"].iloc[-1]
    right = round(row["value"] * row["count"])
    return (
        f"The model of round {row['round']} names {right:,} of {row['count']:,} evaluation images correctly: "
        f"{percent(row['value'])} (most likely {percent(row['low'])} to {percent(row['high'])})."
    )


def unmeasured(last: Round | None, labelled: int) -> str:
    """Why there is no number yet: `last` is the newest finished round, `labelled` the evaluation images with a
    label."""
    if last is None:
        return "The first finished round shows it."
    have = "1 has a label" if labelled == 1 else f"{labelled:,} have a label"
    measured = f"Round {last.number} was measured on no evaluation image"
    return f"{measured}. Now {have}: the next round shows how good the model is."


def gap_words(gap: EvaluationGap) -> list[str]:
    """What is missing to know better, as far as it can be computed."""
    words = []
    if gap.unmeasured:
        names = _names(gap.unmeasured)
        words.append(f"Nothing can be said of {names}: no evaluation image labelled so was measured.")
    if gap.widest is not None and gap.hits is not None:
        hits = gap.hits
        text = (
            f"Least is known of {gap.widest}: {_of(hits)} of its evaluation images are named correctly, most likely "
            f"{percent(hits.low)} to {percent(hits.high)}. {_labels(gap.more, 'more evaluation ')} of it would halve "
            "that range"
        )
        words.append(f"{text}{_takes(gap)}.")
    return words


def _takes(gap: EvaluationGap) -> str:
    waiting = "none waits" if not gap.waiting else f"{gap.waiting:,} wait"
    if gap.labels is None:
        return f"; of any class, {waiting} for a label now"
    return f"; by their shares so far that takes about {gap.labels:,} of any class, and {waiting} for a label now"


def left_sentence(curves: LearningCurves) -> str:
    """Go on, or stop, and why."""
    recent, rare = curves.benefit.recent, curves.rare
    if not curves.waiting:
        return f"Nothing: all {_images(curves.labelled)} to learn from have a label."
    waiting = f"{_images(curves.waiting)} without a label are left"
    if not curves.benefit.total.chosen:
        return f"{waiting}, and none has been labelled out of a ranking yet: go on until some have."
    if not rare:
        return f"{waiting}; with rare classes chosen, this says whether it is worth going on."
    last = f"of the last {recent.chosen:,} images labelled out of rankings {recent.rare:,} were rare"
    if recent.chosen < MIN_RECENT_LABELS:
        return f"Go on: {waiting}, and {last}; from {MIN_RECENT_LABELS} on that says whether it is still worth it."
    return _verdict(curves, waiting, last)


def _verdict(curves: LearningCurves, waiting: str, last: str) -> str:
    recent = curves.benefit.recent
    if not recent.rare:
        return f"You may stop, as far as rare images go: {waiting}, but {last}."
    if recent.by_chance is None or recent.rare > (recent.by_chance.high or 0):
        more = f", more than chance gives (at most {recent.by_chance.high:,})" if recent.by_chance else ""
        return f"Go on: {waiting}, and {last}{more}."
    return f"You may stop, or go on in any order: {waiting}, but {last}, no more than chance may give."


def next_step(row: ClassProgress, waiting: int) -> str:
    """What to do for a class of which no image is known to wait; `waiting`: images without a label at all."""
    if not waiting:
        return "No image waits for a label"
    if not row.labels:
        return "Label one when you meet it: the model knows the class from then on"
    return "The first ranking tells" if row.waiting is None else "None is taken for it now: label it where you meet it"


def evaluation_words(source: EvaluationSource) -> str:
    """ ", drawn at random": where the evaluation images come from, as far as it is known."""
    return EVALUATION_SOURCES[source]


def hits_text(hits: Estimate) -> str:
    """ "5 of 6 (83 %)", or that nothing was measured."""
    return f"{_of(hits)} ({percent(hits.value)})" if hits.count else "not measured"


def _of(hits: Estimate) -> str:
    return f"{round(hits.value * hits.count):,} of {hits.count:,}"


def _labels(count: int, kind: str = "") -> str:
    return f"{count:,} {kind}label{'' if count == 1 else 's'}"


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"


def _names(names: Sequence[str]) -> str:
    return _listed([f"“{name}”" for name in names])


def _listed(texts: Sequence[str]) -> str:
    if len(texts) > MAX_NAMES:
        texts = [*texts[:MAX_NAMES], f"{len(texts) - MAX_NAMES} more"]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
