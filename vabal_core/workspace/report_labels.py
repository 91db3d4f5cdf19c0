"""The labels of a report: one walk through the table that the export writes, which counts and takes its hash."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from vabal_core.query.strategies import strategy_if_any
from vabal_core.store.labels import IMPORTED
from vabal_core.store.provenance import AUDIT, COVERAGE, EXCEPTION, FILTER, IMPORT, SIMILAR
from vabal_core.types import ChosenBy
from vabal_core.workspace.export import labels_digest
from vabal_core.workspace.workspace import Workspace

TABLE: ChosenBy = "table"
SHOWN_FOR_OTHER_REASONS = {
    AUDIT: "drawn at random among those without a label",
    COVERAGE: "typical of a group of images, before the first ranking",
    EXCEPTION: "confirmed in a group that the model was sure of",
    FILTER: "picked by a person in the Grid",
    SIMILAR: "picked by a person for being like another image",
    TABLE: "named by a table of labels",
    IMPORT: "brought along by an import",
}
FOR_EVALUATION = "set aside for evaluation"
NO_RANKING = "by no ranking: before the first one"


@dataclass(kw_only=True)
class LabelTally:
    """What is counted of the labels row by row. `samples`: class -> fingerprints of some of its images, a fixed random
    choice: SHA-256 puts images into an order that has nothing to do with what they show."""

    sample_size: int
    sha256: str = ""
    left_out: int = 0
    people: Counter[str] = field(default_factory=Counter)
    choices: Counter[str] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    last_of: dict[str, datetime] = field(default_factory=dict)
    samples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any]) -> None:
        """One row of the table of labels."""
        at, label = row["labelled_at"], row["label"]
        self.people[row["annotator"]] += 1
        self.choices[choice_of(row)] += 1
        self.days[at.date()] += 1
        self.first = min(self.first or at, at)
        self.last = max(self.last or at, at)
        self.last_of[label] = max(self.last_of.get(label, at), at)
        samples = self.samples.setdefault(label, [])
        if len(samples) < self.sample_size or row["fingerprint"] < samples[-1]:
            samples[:] = sorted([*samples, row["fingerprint"]])[: self.sample_size]


def tally_labels(ws: Workspace, project_id: int, sample_size: int) -> LabelTally:
    """Count the labels of the project that count now."""
    tally = LabelTally(sample_size=sample_size)
    tally.sha256, left_out = labels_digest(ws, project_id, tally.add)
    tally.left_out = len(left_out)
    return tally


def choice_of(row: Mapping[str, Any]) -> str:
    """How the image of a row was chosen to be labelled, in words."""
    strategy = row["strategy"] or (IMPORT if row["annotator"] == IMPORTED else "")  # older imports wrote none
    if strategy in SHOWN_FOR_OTHER_REASONS:
        return SHOWN_FOR_OTHER_REASONS[strategy]
    if row["split"] == "evaluation":
        return FOR_EVALUATION
    if row["rank"] is None:
        return NO_RANKING
    described = strategy_if_any(strategy)
    return f"by the ranking: {described.title if described else strategy or 'not remembered'}"
