"""What an import would write, in numbers."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, get_args

from vabal_core.types import ImportPlan, ImportProblem, Split


def plan_summary(plan: ImportPlan) -> dict[str, Any]:
    """Counts of a plan, plain for JSON.

    images, pool, evaluation, drawn and how (drawn_by), already_present, in_bin, left_out; changes: {kind: what the
    source says otherwise of images that are there}; labels_left_out: labels that cannot be names of classes, whose
    images come without; spellings: {class: other ways in which the source writes it}; classes: {name: {"pool": n,
    "evaluation": n}}; unlabelled: {"pool": n, "evaluation": n}; reasons: {reason without its details: n}.
    """
    splits = Counter(entry.split for entry in plan.entries)
    labelled = Counter((entry.label, entry.split) for entry in plan.entries)
    names = sorted({entry.label for entry in plan.entries if entry.label is not None})
    return {
        "images": len(plan.entries),
        "pool": splits["pool"],
        "evaluation": splits["evaluation"],
        "drawn": plan.drawn,
        "drawn_by": plan.drawn_by,
        "already_present": plan.already_present,
        "in_bin": len(plan.in_bin),
        "changes": dict(Counter(change.kind for change in plan.changes)),
        "labels_left_out": len(plan.label_problems),
        "spellings": {name: list(written) for name, written in plan.spellings.items()},
        "left_out": sum(problem.files for problem in plan.problems),
        "classes": {name: {split: labelled[name, split] for split in get_args(Split)} for name in names},
        "unlabelled": {split: labelled[None, split] for split in get_args(Split)},
        "reasons": dict(_reasons(plan.problems).most_common()),
    }


def _reasons(problems: Sequence[ImportProblem]) -> Counter[str]:
    reasons: Counter[str] = Counter()
    for problem in problems:
        reasons[_kind(problem.reason)] += problem.files
    return reasons


def _kind(reason: str) -> str:
    if reason.startswith("exact duplicate of"):
        return "exact duplicate with another label" if ", with another label: " in reason else "exact duplicate"
    return reason.partition(":")[0]
