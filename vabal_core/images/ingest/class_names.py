"""The labels of a source as names of classes: one spelling a class, and no picture lost over its label."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vabal_core.images.ingest.table import Candidate
from vabal_core.types import ImportProblem, StudioError
from vabal_core.types.names import NameBook, clean_name, fold_name

NO_CLASSES: NameBook[str] = NameBook({}, {})


@dataclass(frozen=True, kw_only=True)
class NamedCandidates:
    """What a source offers, each label the name of its class. `problems` are labels that cannot be names: their images
    come without one. `spellings`: class -> other ways in which the source writes it, former names of it among them."""

    offered: tuple[Candidate | ImportProblem, ...]
    problems: tuple[ImportProblem, ...]
    spellings: Mapping[str, tuple[str, ...]]


def name_classes(offered: Sequence[Candidate | ImportProblem], classes: NameBook[str] = NO_CLASSES) -> NamedCandidates:
    """Each label as `classes` (names of the classes that are there) writes it, else as the source writes it first."""
    named: list[Candidate | ImportProblem] = []
    problems: list[ImportProblem] = []
    first: dict[str, str] = {}
    spellings: dict[str, dict[str, None]] = {}
    for candidate in offered:
        if isinstance(candidate, Candidate) and candidate.label is not None:
            try:
                label = clean_name(candidate.label, "class")
            except StudioError as error:
                problems.append(ImportProblem(path=candidate.path, reason=f"imported without its label: {error}"))
                candidate = replace(candidate, label=None)
            else:
                name = classes.find(label) or first.setdefault(fold_name(label), label)
                given = unicodedata.normalize("NFC", candidate.label)  # how an accent is stored is no other spelling
                if given != name:
                    spellings.setdefault(name, {})[given] = None
                candidate = replace(candidate, label=name)
        named.append(candidate)
    others = {name: tuple(written) for name, written in spellings.items()}
    return NamedCandidates(offered=tuple(named), problems=tuple(problems), spellings=others)
