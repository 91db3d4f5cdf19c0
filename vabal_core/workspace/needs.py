"""What a project needs next, in one sentence and one action."""

from collections.abc import Iterator

from vabal_core.workspace.next_ranking import labels_given, next_ranking
from vabal_core.workspace.state_facts import Action, Facts, Need, is_ranking_due

EVALUATION_LABELS = 30  # with fewer, a hit rate says too little
LABELS_BEFORE_EVALUATION = 100  # given, before a person is led away from labelling to measure
REVIEW_IMAGES = 20  # marked unsure or flagged, before a person is led to them while others still wait for a label

Step = tuple[Need, str, Action | None]


def next_need(facts: Facts) -> Step:
    """The need, the sentence that says it with its counts, and what to press."""
    return next(_steps(facts))


def _steps(facts: Facts) -> Iterator[Step]:
    """All that the project needs, the most pressing first; the last is "nothing"."""
    yield from _to_begin(facts)
    if facts.to_label("pool"):
        yield from _first_ranking(facts) if facts.done is None else _next_ranking(facts)
        if facts.labelled >= LABELS_BEFORE_EVALUATION:
            yield from _evaluation(facts)
        if facts.to_review >= REVIEW_IMAGES:
            yield _review(facts)
        yield _more_labels(facts)
    yield from _evaluation(facts)
    if facts.to_review:
        yield _review(facts)
    images = facts.images("pool")
    yield "nothing", f"All {images:,} images to learn from are labelled.", LABELS


def _to_begin(facts: Facts) -> Iterator[Step]:
    if not facts.images("pool"):
        there = facts.images("evaluation")
        sentence = (
            f"All {there:,} images are set aside for evaluation: there is none to learn from."
            if there
            else "This project holds no images yet."
        )
        yield "images", sentence, Action(label="Add images", page="data", right="import")
    if len(facts.labels) < 2:
        there = "one class" if facts.labels else "no class"
        sentence = f"This project has {there} yet; it takes two at least to tell images apart."
        # Where there is none, the Label page shows nothing but where to name them.
        query = {"classes": "open"} if facts.labels else {}
        yield "classes", sentence, Action(label="Name the classes", page="label", query=query, right="describe")


def _first_ranking(facts: Facts) -> Iterator[Step]:
    given = labels_given(facts.labelled)
    if facts.missing:
        yield "labels", f"{given}: {next_ranking(facts)}.", Action(label="Label images", page="label")
    if facts.reading and facts.reading.error:
        sentence = f"{given}, but the images could not be read for learning."
        yield "features", sentence, Action(label="Try again", kind="read_features", right="import")
    if facts.reading:
        sentence = f"{given}, enough for a first ranking; the images are still being read for it."
        yield "features", sentence, Action(label="Label on meanwhile", page="label")
    yield "ranking", f"{given}: {next_ranking(facts)}.", START


def _next_ranking(facts: Facts) -> Iterator[Step]:
    usual = facts.auto_every or facts.batch
    if is_ranking_due(facts.labels, facts.since, is_ranked=True, usual=usual):
        given = "1 label was given" if facts.since == 1 else f"{facts.since:,} labels were given"
        yield "ranking", f"{given} since the last ranking: time for a new one.", START


def _evaluation(facts: Facts) -> Iterator[Step]:
    """While too few evaluation images are labelled to say how good the model is, and more can be."""
    waiting, there = facts.to_label("evaluation"), facts.images("evaluation")
    given = facts.states["evaluation", "labelled"]
    if not there and facts.to_label("pool"):
        sentence = "No image is set aside for evaluation, so nobody can say how good the model is."
        yield "evaluation", sentence, Action(label="Set images aside", page="data", right="import")
    if waiting and given < EVALUATION_LABELS:
        more = min(waiting, EVALUATION_LABELS - given)
        sentence = f"{given:,} of {there:,} evaluation images are labelled; {more} more tell how good the model is."
        action = Action(label="Label evaluation images", page="label", query={"queue": "evaluation"})
        yield "evaluation", sentence, action


def _review(facts: Facts) -> Step:
    unsure = facts.states["pool", "unsure"] + facts.states["evaluation", "unsure"]
    waits = (
        "1 image is marked unsure or flagged and waits"
        if facts.to_review == 1
        else (f"{facts.to_review:,} images are marked unsure or flagged and wait")
    )
    action = Action(label="Decide on them", page="review", query={"tab": "unsure" if unsure else "flagged"})
    return "review", f"{waits} for a decision.", action


def _more_labels(facts: Facts) -> Step:
    learned = facts.done.labelled if facts.done else 0
    sentence = (
        f"Ranked from {learned:,} labels, the most useful images first. {labels_given(facts.since)} since: "
        f"{next_ranking(facts)}."
    )
    return "labels", sentence, Action(label="Label these now", page="label")


START = Action(label="Start a round", kind="start_round", right="learn")
LABELS = Action(label="Get the labels", page="data", right="export")
