"""How soon strategies come by images of a rare class: labels until the first, and until the fifth.

A row of results says how many labelled images a class has after a round, so a number of labels is that of the first
row with so many images: known to within a round. A run that never has them counts as if one more round had brought
them: what is saved beside a random that never has them is more in truth than it is here, and what is lost by never
having them is more, too.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from vabal_core.evidence.paired import MeanEstimate, holm, stratified_mean, verdict
from vabal_core.experiment.comparisons import RANDOM
from vabal_core.experiment.complete import complete_rows
from vabal_core.experiment.markdown import code, listed

ORDINALS = {1: "first", 5: "fifth"}  # images of a class that are waited for
DISCOVERY = [
    "class_index", "class_name", "images", "strategy", "labels", "low", "high", "reached", "at_start", "runs",
    "saved", "saved_low", "saved_high", "pairs", "verdict",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class _Waits:
    """For a number of images of a class, tables seed x strategy: labels until then, whether that was reached at all,
    and whether by the first labels. `initial`: the first labels; `batch`: those of a round; `never`: what stands for a
    run that never had so many images."""

    labels: pd.DataFrame
    reached: pd.DataFrame
    at_start: pd.DataFrame
    initial: float
    batch: float
    never: float

    @property
    def tell(self) -> bool:
        """Whether strategies can differ in them."""
        return self.reached.any(axis=None) and not self.at_start.fillna(1).all(axis=None)


def rarest_first(class_counts: np.ndarray, rare: np.ndarray) -> list[int]:
    """The classes that are rare, the smallest first; where none is, the smallest. class_counts (C,), rare (C,) bool."""
    order = np.argsort(class_counts, kind="stable").tolist()
    return [index for index in order if rare[index]] or order[:1]


def discovery(rows: pd.DataFrame, class_indices: list[int]) -> pd.DataFrame:
    """A row a class, number of images and strategy, in the columns of DISCOVERY, the soonest first; rows of one source.

    labels, low, high: mean over the complete runs with its 95 % interval; reached, at_start: how many of them came to
    that at all, and by their first labels; saved: how many labels fewer than random, paired by seed; verdict: by p with
    Holm's correction over all rows of the table, for who reads it looks for the best of them. Of a class that the pool
    holds fewer images of, so many are not waited for. Nothing is compared where all runs had them among their first
    labels, or none ever.
    """
    complete = complete_rows(rows)
    numbers = [(index, images) for index in class_indices for images in ORDINALS] if len(complete) else []
    reachable = [(index, images) for index, images in numbers if images <= _in_pool(complete, index)]
    waits = [_waits(complete, index, images) for index, images in reachable]
    saved = [{name: _saved(of_class, name) for name in of_class.labels} for of_class in waits]
    corrected = iter(holm(np.array([gain.p for gains in saved for gain in gains.values()])).tolist())
    parts = []
    for (index, images), of_class, gains in zip(reachable, waits, saved, strict=True):
        compared = _compared(of_class, {name: (gain, next(corrected)) for name, gain in gains.items()})
        class_name = str(complete["class_names"].iloc[0][index])
        parts.append(compared.assign(class_index=index, class_name=class_name, images=images)[DISCOVERY])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=DISCOVERY)


def _in_pool(rows: pd.DataFrame, index: int) -> float:
    """Images of the class that each run could have come by; of results of before no more is known than that there are
    some."""
    if "pool_histogram" not in rows or rows["pool_histogram"].isna().any():
        return np.inf
    return min(histogram[index] for histogram in rows["pool_histogram"])


def _waits(rows: pd.DataFrame, index: int, images: int) -> _Waits:
    has = rows["histogram"].map(lambda histogram: histogram[index] >= images)
    initial = float(rows["labels"].min())
    batch = (rows["labels"].max() - initial) / rows["round"].max()
    never = rows["labels"].max() + batch
    waits = rows.assign(labels=rows["labels"].where(has, never), reached=has, at_start=has & (rows["round"] == 0))
    runs = waits.groupby(["seed", "strategy"]).agg({"labels": "min", "reached": "max", "at_start": "max"})
    tables = {name: runs[name].unstack().astype(float) for name in ("labels", "reached", "at_start")}
    return _Waits(**tables, initial=initial, batch=batch, never=never)


def _compared(waits: _Waits, saved: dict[str, tuple[MeanEstimate, float]]) -> pd.DataFrame:
    """A row a strategy; `saved` holds what it saves and the corrected p of that."""
    rows = []
    for name, (gain, p) in saved.items():
        mean = stratified_mean(waits.labels[name].dropna().to_numpy())
        outcome = verdict(gain, p, matters=waits.batch) if gain.count else ""
        counts = int(waits.reached[name].sum()), int(waits.at_start[name].sum()), mean.count
        rows.append(
            (name, mean.value, max(mean.low, waits.initial), min(mean.high, waits.never), *counts,
             gain.value, gain.low, gain.high, gain.count, outcome)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=DISCOVERY[3:]).sort_values("labels", kind="stable", ignore_index=True)


def _saved(waits: _Waits, name: str) -> MeanEstimate:
    """How many labels random needs more, over the seeds of both; of nothing for random itself, without it, and where
    strategies cannot differ."""
    if RANDOM not in waits.labels or name == RANDOM or not waits.tell:
        return stratified_mean()
    return stratified_mean((waits.labels[RANDOM] - waits.labels[name]).dropna().to_numpy())


def discovery_sentences(table: pd.DataFrame) -> list[str]:
    """A sentence a class: who comes by it soonest, beside random, and whether that can be told. Names in backquotes."""
    return [_sentence(rows) for _, rows in table.groupby("class_index", sort=False)]


def _sentence(rows: pd.DataFrame) -> str:
    reached = rows[rows["reached"] > 0]
    if not len(reached):
        return f"No run came by an image of {code(rows['class_name'].iloc[0])}."
    waits = rows[rows["images"] == reached["images"].max()]
    what = f"the {ORDINALS[int(waits['images'].iloc[0])]} image of {code(waits['class_name'].iloc[0])}"
    if (waits["at_start"] == waits["runs"]).all():
        return f"{_upper(what)} was among the first labels of every run: no strategy could come by it sooner."
    random = waits[waits["strategy"] == RANDOM]
    others = waits[(waits["strategy"] != RANDOM) & (waits["reached"] > 0)]
    if not len(random) or not len(others):
        return f"{_upper(what)} came to {_when(waits.iloc[0])}.{_behind(waits)}"
    best = others.iloc[0]
    return _beside_random(best, random.iloc[0], what) + _behind(waits[waits["strategy"] != best["strategy"]])


def _behind(waits: pd.DataFrame) -> str:
    """Who came by them later than chance, or never."""
    others = waits[waits["strategy"] != RANDOM]
    later = others.loc[(others["verdict"] == "worse") & (others["reached"] > 0), "strategy"]
    never = others.loc[others["reached"] == 0, "strategy"]
    words = f" Later than by chance it came to {listed(later)}." if len(later) else ""
    return words + (f" In no run it came to {listed(never)}." if len(never) else "")


def _beside_random(best: pd.Series, random: pd.Series, what: str) -> str:
    interval = ""
    if not np.isnan(best["saved_low"]):
        interval = f", 95 % interval {best['saved_low']:+z.0f} to {best['saved_high']:+z.0f}"
    saved = (
        f"{best['saved']:+.0f} labels saved{interval}, {best['pairs']} pair{'' if best['pairs'] == 1 else 's'} of runs"
    )
    waits = f"{_when(best)}, to {_when(random)}"
    words = {"better": "sooner than", "worse": "later than", "alike": "as soon as"}
    if best["verdict"] in words:
        return f"{_upper(what)} came {words[best['verdict']]} by chance to {waits} ({saved})."
    return f"Whether choosing brings {what} sooner cannot be told: it came to {waits} ({saved})."


def _when(row: pd.Series) -> str:
    if not row["reached"]:
        return f"{code(row['strategy'])} never"
    seldom = "" if row["reached"] == row["runs"] else f", in {row['reached']} of {row['runs']} runs"
    return f"{code(row['strategy'])} after {row['labels']:.0f} labels{seldom}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
