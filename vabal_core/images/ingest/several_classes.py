"""Labels that name several classes in one cell or folder: "pit, scale", "pit/scale", "pit + scale"."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.table import Candidate
from vabal_core.types import Answer, Doubt, ImportProblem
from vabal_core.types.names import NameBook, fold_name

_BETWEEN = re.compile(r"\s*[,;/|+&]\s*|\s+(?:und|and|u\.)\s+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Parted:
    """The offers, those with several classes without a label; `problems` lists them, `doubts` asks about them."""

    offers: list[Candidate | ImportProblem]
    problems: tuple[ImportProblem, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def part_labels(
    offers: Sequence[Candidate | ImportProblem], classes: NameBook[str] = NO_CLASSES, kept: Collection[str] = ()
) -> Parted:
    """Take a label that consists of classes which are there by themselves, in the source or among `classes`, for all of
    these: such an image has none. Labels among `kept` are names of classes."""
    counts = Counter(offer.label for offer in offers if isinstance(offer, Candidate) and offer.label)
    parts = {label: _parts(label) for label in counts if label not in kept}
    parts = {label: names for label, names in parts.items() if len(names) > 1}
    alone = {fold_name(label) for label in counts if label not in parts}
    there = {label: [_is_there(name, alone, classes) for name in names] for label, names in parts.items()}
    several = {label: parts[label] for label, answers in there.items() if all(answers)}
    unsure = [label for label, answers in there.items() if any(answers) and label not in several]
    taken, problems = [], []
    for offer in offers:
        if isinstance(offer, Candidate) and offer.label in several:
            names = ", ".join(several[offer.label])
            problems.append(ImportProblem(path=offer.path, reason=f"several classes, so it has no label: {names}"))
            offer = replace(offer, label=None)
        taken.append(offer)
    return Parted(offers=taken, problems=tuple(problems), doubts=(*_doubts(several, counts), *_unsure(unsure)))


def _parts(label: str) -> list[str]:
    parts = {fold_name(part): part for part in _BETWEEN.split(label.strip()) if part.strip()}
    return list(parts.values())


def _is_there(name: str, alone: Collection[str], classes: NameBook[str]) -> bool:
    return fold_name(name) in alone or classes.find(name) is not None


def _doubts(several: Mapping[str, Sequence[str]], counts: Counter[str]) -> tuple[Doubt, ...]:
    if not several:
        return ()
    images = sum(counts[label] for label in several)
    some = "1 label names" if images == 1 else f"{images:,} labels name"
    text = (
        f"{some} several classes ({_some(several)}): these images have no label. Are such labels classes of their own?"
    )
    answer = Answer(words="Each is a class of its own", names={label: label for label in several})
    return (Doubt(about="names", text=text, answers=(answer,)),)


def _unsure(labels: Sequence[str]) -> tuple[Doubt, ...]:
    if not labels:
        return ()
    text = f"Do these labels name several classes: {_some(labels)}? They are taken as classes of their own."
    return (Doubt(about="other", text=text),)


def _some(labels: Collection[str]) -> str:
    first = [repr(label) for label in list(labels)[:3]]
    return ", ".join(first) + (", ..." if len(labels) > 3 else "")
