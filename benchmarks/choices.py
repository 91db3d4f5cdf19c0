"""Which strategy learns most from as many labels: every strategy on ten imbalanced sources, in runs paired by seed.

`python benchmarks/choices.py --work FOLDER` goes on where it was stopped, and may run twice side by side; runs that
stand in the committed table and not in FOLDER are kept, each says which device it was made on. `vabal_plus` and
`margin_novel` were tuned (what novelty and uncertainty are, how much the draws weigh) on the first five sources; the
others were looked at afterwards. Sources whose images are not at hand are left out.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import ROOT
from common.committed_rows import beside_committed
from common.machine import RESULTS, save_result

from vabal_core.evidence.paired import SIGNIFICANCE, holm, stratified_mean, verdict
from vabal_core.experiment.comparisons import MEAN_OVER_SOURCES
from vabal_core.experiment.complete import RUN, complete_rows
from vabal_core.experiment.console import run_experiment
from vabal_core.experiment.folders import Folders
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.results import read_rows
from vabal_core.experiment.summary import Summary, summarise
from vabal_core.workspace import DEFAULT_SETTINGS

TABLE = RESULTS / "choices.parquet"
DATA = ROOT.parent / "shared" / "data"
STEEL = f"neu-crops-64={DATA / 'neu-crops-64.zip'}"
CIFAR = f"cifar10={DATA / 'cifar10.parquet'}"
AS_PUBLISHED = {"image_size": 128, "mirrors": False, "colour": True}  # photographs: enlarged, upright, in colour
DEFAULT = DEFAULT_SETTINGS["strategy"]
QUICK_STRATEGIES = ("random", "margin", "margin_novel")
# The dear ones last, so that what is done after any time compares the others.
STRATEGIES = (
    "random", "margin", "margin_distinct", "margin_novel", "entropy", "least_confidence", "uherding", "badge",
    "coreset", "typiclust", "coverage", "dropquery", "direct", "bald", "balanced(margin)", "power(margin)",
    "mix(margin_novel, random, 0.2)", "vabal_plus", "vabal_margin", "vabal", "vabal_posterior", "learning_loss",
    "ensemble", "vaal",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Setting:
    """An experiment on one source: labels to begin with, labels a round, rounds, and settings of the reading. `title`
    is what the Experiments page calls the source."""

    title: str
    source: str
    initial: int
    batch: int
    rounds: int
    overrides: dict[str, Any] = field(default_factory=dict)
    tuned: bool = False


SETTINGS = {
    "steel": Setting(title="Steel", source=STEEL, initial=100, batch=100, rounds=5, tuned=True),
    "steel tail": Setting(
        title="Steel, long tail", source=f"{STEEL}~tail(50)", initial=50, batch=50, rounds=6, tuned=True,
    ),
    "steel dominant": Setting(
        title="Steel, one common class", source=f"{STEEL}+[3]", initial=50, batch=50, rounds=6, tuned=True,
    ),
    "digits": Setting(
        title="Digits, long tail", source="digits~tail(20)", initial=30, batch=30, rounds=5, tuned=True,
    ),
    "cifar tail": Setting(
        title="Photos, long tail", source=f"{CIFAR}~pool(5000)~tail(50)~test(2000)", initial=100, batch=100, rounds=5,
        overrides=AS_PUBLISHED, tuned=True,
    ),
    **{
        f"cifar +[{k}]": Setting(
            title=f"Photos, class {k} common", source=f"{CIFAR}+[{k}]~test(2000)", initial=250, batch=250, rounds=4,
            overrides=AS_PUBLISHED,
        )
        for k in (1, 5, 10)
    },
    "cifar -[5]": Setting(
        title="Photos, class 5 rare", source=f"{CIFAR}-[5]~pool(5000)~test(2000)", initial=250, batch=250, rounds=4,
        overrides=AS_PUBLISHED,
    ),
    "demo": Setting(title="Drawn steel", source="demo", initial=50, batch=50, rounds=5),
}  # fmt: skip


QUICK = Setting(
    title="Few digits", source="digits~tail(20)~pool(200)~test(100)", initial=30, batch=30, rounds=2, tuned=True
)


def play(name: str, work: Path, strategies: Sequence[str], seeds: int, processes: int) -> None:
    """Runs what is left of a setting's experiment in `work`."""
    setting = SETTINGS[name]
    experiment = Experiment(
        source=setting.source, strategies=tuple(strategies), seeds=tuple(range(seeds)), initial=setting.initial,
        batch=setting.batch, rounds=setting.rounds, overrides=setting.overrides,
    )  # fmt: skip
    out = work / name.replace(" ", "-")
    if run_experiment(Folders(out=out, features=work / "features", images=work / "images"), experiment, processes):
        raise SystemExit(f"{name}: not all runs are done; the same command goes on")


def at_hand(setting: Setting) -> bool:
    """Whether the images of a setting are there."""
    return "=" not in setting.source or any(
        setting.source.startswith(start) and (DATA / file).exists()
        for start, file in ((STEEL, "neu-crops-64.zip"), (CIFAR, "cifar10.parquet"))
    )


def rows_of(name: str, work: Path) -> pd.DataFrame:
    """The rows of a setting's experiment, by its short name."""
    return read_rows(work / name.replace(" ", "-")).assign(source=name)


def table(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """A row a strategy: its area on each source, the means, how it compares with the best other, on all sources and on
    those that nothing was tuned on, in points; and the rare classes among its labels and its labels until random's
    final value, in % of all and of random's."""
    summary = summarise(rows)
    complete = summary.runs[summary.runs["complete"]]
    areas = complete.pivot_table(index="strategy", columns="source", values="area")
    untouched = [name for name in summary.sources if not SETTINGS[name].tuned]
    scores = summary.scores[summary.scores["source"] == scope_of(summary)].set_index("strategy")
    all_, others = (
        beside_best(summary),
        beside_best(summarise(rows[rows["source"].isin(untouched)])) if untouched else {},
    )
    beside = beside_default(complete.pivot(index=["source", "seed"], columns="strategy", values="area"))
    table = []
    for strategy in (name for name in summary.strategies if name in areas.index):
        on_each = areas.loc[strategy].reindex(summary.sources)
        row = {"strategy": strategy, **{name: _points(on_each[name]) for name in summary.sources}}
        row["mean"] = _points(on_each.mean(skipna=False))
        row["mean_untouched"] = _points(on_each[untouched].mean(skipna=False)) if untouched else None
        if strategy in scores.index:
            row |= {name: _points(scores.loc[strategy, name]) for name in ("rare_share", "labels_share")}
        if strategy in all_:
            row |= all_[strategy] | {"worse_on": worse_on(summary.to_best_other, strategy)}
        row["untouched"] = others.get(strategy)
        table.append(row | ({"beside_default": beside[strategy]} if strategy in beside else {}))
    return table


def scope_of(summary: Summary) -> str:
    return MEAN_OVER_SOURCES if len(summary.sources) > 1 else summary.sources[0]


def beside_best(summary: Summary) -> dict[str, dict[str, Any]]:
    """strategy -> the best other on the mean over the sources, and the difference to it in points."""
    compared = summary.to_best_other[summary.to_best_other["source"] == scope_of(summary)]
    return {
        row.strategy: {
            "other": row.other, "difference": _points(row.difference), "low": _points(row.low),
            "high": _points(row.high), "p": round(float(row.p), 4),
        }
        for row in compared.itertuples()
    }  # fmt: skip


def worse_on(comparisons: pd.DataFrame, strategy: str) -> list[str]:
    """The sources on which the best other is better, p below .05 before any correction."""
    of_strategy = comparisons[(comparisons["strategy"] == strategy) & (comparisons["source"] != MEAN_OVER_SOURCES)]
    return of_strategy[(of_strategy["difference"] < 0) & (of_strategy["p"] < 0.05)]["source"].tolist()


def beside_default(areas: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """strategy -> its area less the default's, paired by seed. areas: (source, seed) x strategy.

    Over the sources for a strategy that ran on each of them, with p after Holm's correction for their number; and the
    sources on which it is above and below the default, p below .05 before any correction.
    """
    if DEFAULT not in areas:
        return {}
    differences = areas.drop(columns=DEFAULT).sub(areas[DEFAULT], axis=0)
    on_each = {name: _on_each(differences[name]) for name in differences}
    whole = {name for name, values in on_each.items() if len(values) == areas.index.get_level_values(0).nunique()}
    means = {name: stratified_mean(*on_each[name].values()) for name in differences if name in whole}
    corrected = holm(np.array([mean.p for mean in means.values()]))
    rows = {name: _above_and_below(values) for name, values in on_each.items()}
    for (name, mean), p in zip(means.items(), corrected.tolist(), strict=True):
        points = {"difference": _points(mean.value), "low": _points(mean.low), "high": _points(mean.high)}
        rows[name] |= {**points, "p": round(p, 4), "verdict": verdict(mean, p)}
    return rows


def _on_each(differences: pd.Series) -> dict[str, np.ndarray]:
    return {str(name): values.to_numpy() for name, values in differences.dropna().groupby(level="source")}


def _above_and_below(on_each: dict[str, np.ndarray]) -> dict[str, Any]:
    means = {name: stratified_mean(values) for name, values in on_each.items()}
    clear = {name: mean.value for name, mean in means.items() if mean.p < SIGNIFICANCE}
    return {
        "above_on": [name for name, value in clear.items() if value > 0],
        "below_on": [name for name, value in clear.items() if value < 0],
    }


def _points(share: float | None) -> float | None:
    return None if share is None or pd.isna(share) else round(100 * float(share), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--work", type=Path, default=ROOT / "data" / "choices", help="folder to go on in")
    parser.add_argument("--only", action="append", choices=list(SETTINGS), help="these sources alone")
    parser.add_argument("--conclude", action="store_true", help="play nothing; write what has been played")
    parser.add_argument("--strategies", default=";".join(STRATEGIES), help="names with semicolons between them")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    if options.quick:
        SETTINGS["digits"] = QUICK
        with tempfile.TemporaryDirectory() as work:
            play("digits", Path(work), QUICK_STRATEGIES, 2, 1)
            conclude(["digits"], Path(work), quick=True)
        return
    names = [name for name in options.only or SETTINGS if at_hand(SETTINGS[name])]
    for name in [] if options.conclude else names:
        print(name, file=sys.stderr)
        play(name, options.work, options.strategies.split(";"), options.seeds, options.processes)
    conclude(names, options.work, quick=False)


def conclude(names: Sequence[str], work: Path, quick: bool) -> None:
    """Writes the rows of all sources and the table that the README shows: of strategies whose runs on a source are all
    at their end."""
    begun = [name for name in names if (work / name.replace(" ", "-") / "plan.json").exists()]
    rows = complete_rows(pd.concat([rows_of(name, work) for name in begun], ignore_index=True))
    if not quick:
        rows = beside_committed(rows, TABLE, RUN)
    rows = rows[rows.groupby(["source", "strategy"])["seed"].transform("nunique") == rows["seed"].nunique()]
    if not quick:
        rows.to_parquet(TABLE, index=False)
    settings = {
        name: vars(SETTINGS[name]) | {"source": SETTINGS[name].source.split("=")[-1].rpartition("/")[2]}
        for name in (begun if quick else SETTINGS)
        if name in set(rows["source"])
    }
    save_result(
        "choices",
        {
            "default": DEFAULT,
            "settings": settings,
            "seeds": int(rows["seed"].nunique()),
            "rows": table(rows),
        },
        quick,
    )


if __name__ == "__main__":
    main()
