"""When the next ranking comes, in words: the strip and the desk say it alike."""

from vabal_core.workspace.state_facts import LABELS_OF_A_CLASS, Facts

NOTHING_LEFT = "no image waits for a label any more"


def labels_given(count: int) -> str:
    """ "1 label given", "40 labels given"."""
    return f"{count_of_labels(count)} given"


def count_of_labels(count: int) -> str:
    """ "1 label", "40 labels"."""
    return "1 label" if count == 1 else f"{count:,} labels"


def goal_words(facts: Facts, under_way: str) -> str:
    """The labels so far and what comes of them, for whoever gives them; `under_way`: the sentence of the round that
    runs, "" where none does."""
    given = f"{count_of_labels(facts.since)} {'since the last ranking' if facts.done else 'so far'}"
    return f"{given}. {under_way}" if under_way else f"{given}: {next_ranking(facts)}"


def next_ranking(facts: Facts) -> str:
    """When the next ranking comes or what it takes: no sentence of its own, and without a dot."""
    if not facts.to_label("pool"):
        return NOTHING_LEFT
    if facts.done is None and not facts.missing:
        return f"a first ranking can be learned now{_or_by_itself(facts)}"
    if facts.to_the_next is not None:
        return _by_itself(facts, facts.to_the_next)
    if facts.done is None:
        return f"{facts.missing:,} more, {LABELS_OF_A_CLASS} of each of two classes, and a first ranking can be learned"
    more = facts.batch - facts.since
    return f"{more:,} more to the next round" if more > 0 else "time for a new ranking"


def _or_by_itself(facts: Facts) -> str:
    return f", or comes by itself after {facts.to_the_next:,} more" if facts.to_the_next else ""


def _by_itself(facts: Facts, more: int) -> str:
    """Two classes are what a ranking tells apart: with labels of one alone none comes, however many there are."""
    which = "next" if facts.done else "first"
    is_one_sided = facts.labelled > 0 and sum(count > 0 for count in facts.labels) < 2
    if len(facts.labels) < 2 or (is_one_sided and not more):
        return f"the {which} ranking takes labels of two classes"
    of_another = ", some of a second class," if is_one_sided else ""
    return (
        f"{more:,} more{of_another} and the {which} ranking comes by itself"
        if more
        else (f"the {which} ranking comes by itself")
    )
