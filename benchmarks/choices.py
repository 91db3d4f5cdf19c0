"""Which strategy learns most from as many labels: every strategy on ten imbalanced sources, in runs paired by seed.

`python benchmarks/choices.py --work FOLDER` goes on where it was stopped, and may run twice side by side. `vabal_plus`
and `margin_novel` were tuned (what novelty and uncertainty are, how much the draws weigh) on the first five sources;
the others were looked at afterwards. Sources whose images are not at hand are left out.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from common import ROOT
from common.machine import RESULTS, save_result

from vabal_core.experiment.comparisons import MEAN_OVER_SOURCES
from vabal_core.experiment.console import run_experiment
from vabal_core.experiment.folders import Folders, write_plan
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.results import RESULTS as ROWS
from vabal_core.experiment.summary import Summary, summarise

DATA = ROOT.parent / "shared" / "data"
STEEL = f"neu-crops-64={DATA / 'neu-crops-64.zip'}"
CIFAR = f"cifar10={DATA / 'cifar10.parquet'}"
AS_PUBLISHED = {"image_size": 128, "mirrors": False, "colour": True}  # photographs: enlarged, upright, in colour
QUICK = ("random", "margin", "margin_novel")
# The dear ones last, so that what is done after any time compares the others.
STRATEGIES = (
    "random", "margin", "margin_distinct", "margin_novel", "entropy", "least_confidence", "uherding", "badge",
    "coreset", "typiclust", "coverage", "dropquery", "direct", "bald", "balanced(margin)", "power(margin)",
    "mix(margin_novel, random, 0.2)", "vabal_plus", "vabal_margin", "vabal", "vabal_posterior", "learning_loss",
    "ensemble", "vaal",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Setting:
    """An experiment on one source: labels to begin with, labels a round, rounds, and settings of the reading."""

    source: str
    initial: int
    batch: int
    rounds: int
    overrides: dict[str, Any] = field(default_factory=dict)
    tuned: bool = False


SETTINGS = {
    "steel": Setting(source=STEEL, initial=100, batch=100, rounds=5, tuned=True),
    "steel tail": Setting(source=f"{STEEL}~tail(50)", initial=50, batch=50, rounds=6, tuned=True),
    "steel dominant": Setting(source=f"{STEEL}+[3]", initial=50, batch=50, rounds=6, tuned=True),
    "digits": Setting(source="digits~tail(20)", initial=30, batch=30, rounds=5, tuned=True),
    "cifar tail": Setting(
        source=f"{CIFAR}~pool(5000)~tail(50)~test(2000)", initial=100, batch=100, rounds=5, overrides=AS_PUBLISHED,
        tuned=True,
    ),
    **{
        f"cifar +[{k}]": Setting(
            source=f"{CIFAR}+[{k}]~test(2000)", initial=250, batch=250, rounds=4, overrides=AS_PUBLISHED
        )
        for k in (1, 5, 10)
    },
    "cifar -[5]": Setting(
        source=f"{CIFAR}-[5]~pool(5000)~test(2000)", initial=250, batch=250, rounds=4, overrides=AS_PUBLISHED
    ),
    "demo": Setting(source="demo", initial=50, batch=50, rounds=5),
}  # fmt: skip


def play(name: str, work: Path, strategies: Sequence[str], seeds: int, processes: int) -> None:
    """Runs what is left of a setting's experiment in `work`."""
    setting = SETTINGS[name]
    experiment = Experiment(
        source=setting.source, strategies=tuple(strategies), seeds=tuple(range(seeds)), initial=setting.initial,
        batch=setting.batch, rounds=setting.rounds, overrides=setting.overrides,
    )  # fmt: skip
    out = work / name.replace(" ", "-")
    write_plan(out, experiment)
    if run_experiment(Folders(out=out, features=work / "features", images=work / "images"), processes):
        raise SystemExit(f"{name}: not all runs are done; the same command goes on")


def at_hand(setting: Setting) -> bool:
    """Whether the images of a setting are there."""
    return "=" not in setting.source or any(
        setting.source.startswith(start) and (DATA / file).exists()
        for start, file in ((STEEL, "neu-crops-64.zip"), (CIFAR, "cifar10.parquet"))
    )


def rows_of(name: str, work: Path) -> pd.DataFrame:
    """The rows of a setting's experiment, by its short name."""
    return pd.read_parquet(work / name.replace(" ", "-") / ROWS).assign(source=name)


def table(summary: Summary) -> list[dict[str, Any]]:
    """A row a strategy: its area on each source, the means, and how it compares with the best other, in points."""
    areas = summary.runs[summary.runs["complete"]].pivot_table(index="strategy", columns="source", values="area")
    untouched = [name for name in summary.sources if not SETTINGS[name].tuned]
    scope = MEAN_OVER_SOURCES if len(summary.sources) > 1 else summary.sources[0]
    compared = summary.to_best_other[summary.to_best_other["source"] == scope].set_index("strategy")
    rows = []
    for strategy in (name for name in summary.strategies if name in areas.index):
        on_each = areas.loc[strategy].reindex(summary.sources)
        row = {"strategy": strategy, **{name: _points(on_each[name]) for name in summary.sources}}
        row["mean"] = _points(on_each.mean(skipna=False))
        row["mean_untouched"] = _points(on_each[untouched].mean(skipna=False)) if untouched else None
        if strategy in compared.index:
            other = compared.loc[strategy]
            row |= {"other": other["other"], **{key: _points(other[key]) for key in ("difference", "low", "high")}}
            row["p"] = round(float(other["p"]), 4)
            row["worse_on"] = worse_on(summary.to_best_other, strategy)
        rows.append(row)
    return rows


def worse_on(comparisons: pd.DataFrame, strategy: str) -> list[str]:
    """The sources on which the best other is better, p below .05 before any correction."""
    of_strategy = comparisons[(comparisons["strategy"] == strategy) & (comparisons["source"] != MEAN_OVER_SOURCES)]
    return of_strategy[(of_strategy["difference"] < 0) & (of_strategy["p"] < 0.05)]["source"].tolist()


def _points(share: float | None) -> float | None:
    return None if share is None or pd.isna(share) else round(100 * float(share), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--work", type=Path, default=ROOT / "data" / "choices", help="folder to go on in")
    parser.add_argument("--only", action="append", choices=list(SETTINGS), help="these sources alone")
    parser.add_argument("--strategies", default=";".join(STRATEGIES), help="names with semicolons between them")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    if options.quick:
        with tempfile.TemporaryDirectory() as work:
            play("digits", Path(work), QUICK, 2, 1)
            conclude(["digits"], Path(work), quick=True)
        return
    names = [name for name in options.only or SETTINGS if at_hand(SETTINGS[name])]
    for name in names:
        print(name, file=sys.stderr)
        play(name, options.work, options.strategies.split(";"), options.seeds, options.processes)
    conclude(names, options.work, quick=False)


def conclude(names: Sequence[str], work: Path, quick: bool) -> None:
    """Writes the rows of all sources and the table that the README shows."""
    rows = pd.concat([rows_of(name, work) for name in names], ignore_index=True)
    if not quick:
        rows.to_parquet(RESULTS / "choices.parquet", index=False)
    summary = summarise(rows)
    settings = {
        name: vars(SETTINGS[name]) | {"source": SETTINGS[name].source.split("=")[-1].rpartition("/")[2]}
        for name in names
    }
    save_result(
        "choices",
        {
            "settings": settings,
            "seeds": int(rows["seed"].nunique()),
            "rows": table(summary),
        },
        quick,
    )


if __name__ == "__main__":
    main()
