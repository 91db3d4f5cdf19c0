"""What the paper's figures come to here: its own form on a GPU, smaller forms of the others, beside what it reports.

`python benchmarks/reproduction.py --work FOLDER` goes on where it was stopped; `--only NAME` makes a part alone, and
what is not done is left out of the table. Runs that stand in the committed table and not in FOLDER are kept. "full" is
meant for a GPU (a run takes five minutes of an H100 shared by six), the others for either. Of a part whose runs were
not all done, the table holds the seeds and rounds that all its strategies have: many seeds, or many rounds, whichever
makes more of them.
"""

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from choices import CIFAR, SETTINGS, STEEL, Setting
from common.committed_rows import beside_committed
from common.machine import RESULTS, save_result
from common.reproduction_tables import FULL

from vabal_core.evidence.paired import stratified_mean
from vabal_core.experiment.comparisons import RANDOM
from vabal_core.experiment.console import run_experiment
from vabal_core.experiment.figures import experiments
from vabal_core.experiment.folders import Folders
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.reported import REPORTED
from vabal_core.experiment.results import read_rows

TABLE = RESULTS / "reproduction.parquet"
PAPER_SIX = ("vabal", "random", "entropy", "bald", "coreset", "vaal", "vabal_posterior", "margin")

STEEL_TAIL = SETTINGS["steel tail"]  # what a CPU carries of the figures whose arms are many


@dataclass(frozen=True, kw_only=True)
class Part:
    """A figure in a form, and where that is not the whole of it, its strategies, numbers of labels and settings, and
    how many of its arms."""

    figure: str
    form: str
    source: str = CIFAR
    seeds: int = 3
    strategies: tuple[str, ...] = ()
    labels: Mapping[str, int] | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    arms: int | None = None


def labels_of(setting: Setting) -> dict[str, int]:
    return {"initial": setting.initial, "batch": setting.batch, "rounds": setting.rounds}


PARTS = {
    "cifar10+[1]": Part(figure="3a", form="full", strategies=("vabal", "random")),
    "cifar10+[10]": Part(figure="3c", form="full", strategies=("vabal", "random")),
    "cifar10+[5]": Part(figure="3b", form="full", strategies=("vabal", "random")),
    "steel, narrow network": Part(
        figure="3a", form="narrow", source=STEEL, seeds=5, strategies=PAPER_SIX,
        labels={"initial": 100, "batch": 100, "rounds": 5},
    ),
    "Table 1": Part(figure="table1", form="frozen", seeds=5),
    "Table 2": Part(figure="table2", form="frozen", seeds=5),
    "lambda (Fig. 8)": Part(figure="8", form="frozen"),
    "lambda (Fig. 8), steel tail": Part(
        figure="8", form="frozen", source=STEEL_TAIL.source, seeds=5, labels=labels_of(STEEL_TAIL),
    ),
    "budgets (Fig. 5)": Part(figure="5", form="frozen"),
    "budgets (Fig. 5), steel tail": Part(
        figure="5", form="frozen", source=STEEL_TAIL.source, seeds=5, labels=labels_of(STEEL_TAIL),
    ),
}  # fmt: skip
QUICK = Part(
    figure="table1",
    form="frozen",
    source="digits~tail(20)~pool(200)~test(100)",
    seeds=1,
    labels={"initial": 30, "batch": 30, "rounds": 1},
    overrides={"vae_least_steps": 20, "vae_warm_steps": 20, "draws": 10, "coarse_draws": 0},
    arms=2,
)


def planned(part: Part) -> dict[str, Experiment]:
    """The experiments of a part, by the names of its arms."""
    arms = experiments(part.figure, part.form, part.source, part.seeds, **part.labels or {})
    changes = {"strategies": part.strategies} if part.strategies else {}
    return {
        name: replace(experiment, **changes, overrides={**experiment.overrides, **part.overrides})
        for name, experiment in list(arms.items())[: part.arms]
    }


def folder_of(work: Path, name: str, arm: str) -> Path:
    return work / name / arm


def play(name: str, part: Part, work: Path, processes: int) -> None:
    for arm, experiment in planned(part).items():
        out = folder_of(work, name, arm)
        places = Folders(out=out, features=work / "features", images=work / "images")
        if run_experiment(places, experiment, processes):
            raise SystemExit(f"{name}, {arm}: not all runs are done; the same command goes on")


def rows_of(name: str, part: Part, work: Path) -> pd.DataFrame:
    """The rows of all arms that were begun, each with its `part` and `arm`."""
    begun = [arm for arm in planned(part) if (folder_of(work, name, arm) / "plan.json").exists()]
    tables = [read_rows(folder_of(work, name, arm)).assign(part=name, arm=arm) for arm in begun]
    return pd.concat([table for table in tables if len(table)]) if any(map(len, tables)) else pd.DataFrame()


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    """As many seeds times rounds as every strategy of every arm has; of as many, those with more rounds."""
    reached = rows.groupby(["arm", "strategy", "seed"])["labels"].max().unstack("seed").min(skipna=False)
    levels = sorted(rows["labels"].unique(), reverse=True)
    last = max(levels, key=lambda labels: (reached >= labels).sum() * sum(level <= labels for level in levels))
    return rows[rows["seed"].isin(reached.index[reached >= last]) & (rows["labels"] <= last)]


def less_random(rows: pd.DataFrame, played: pd.DataFrame, metric: str) -> dict[str, list[float] | None]:
    """What `played` is above random of its arm, or of the part where arms share one, paired by seed, in points: [value,
    low, high] of the mean over the rounds, and after the last; None where random was not run."""
    random = rows[(rows["part"] == played["part"].iloc[0]) & (rows["strategy"] == RANDOM)]
    of_arm = random[random["arm"] == played["arm"].iloc[0]]  # an arm of other batches has a random of its own
    random = of_arm if len(of_arm) else random
    if played["strategy"].iloc[0] == RANDOM or not len(random):
        return {"mean": None, "last": None}
    means = [frame.groupby("seed")[metric].mean() for frame in (played, random)]
    lasts = [frame.sort_values("labels").groupby("seed")[metric].last() for frame in (played, random)]
    pairs = {"mean": means, "last": lasts}
    estimates = {name: stratified_mean((a - b).dropna().to_numpy()) for name, (a, b) in pairs.items()}
    return {name: [round(100 * v, 2) for v in (e.value, e.low, e.high)] for name, e in estimates.items()}


def table(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """A row an arm and strategy: means over seeds, in points of a hundred, over all rounds and after the last."""
    lines = []
    for (part, arm, strategy), played in rows.groupby(["part", "arm", "strategy"], sort=False):
        by_labels = played.groupby("labels")[["accuracy", "balanced_accuracy", "rare_share"]].mean() * 100
        lines.append(
            {
                "part": part, "arm": arm, "strategy": strategy, "source": played["source"].iloc[0],
                "seeds": int(played["seed"].nunique()), "labels": int(by_labels.index[-1]),
                **{f"{name}_mean": round(float(by_labels[name].mean()), 2) for name in by_labels},
                **{f"{name}_last": round(float(by_labels[name].iloc[-1]), 2) for name in by_labels},
                "less_random": less_random(rows, played, "accuracy" if part in FULL else "balanced_accuracy"),
                "curve": {int(labels): round(float(value), 2) for labels, value in by_labels["accuracy"].items()},
                "device": ", ".join(sorted(played["device"].unique())),
                "versions": played["versions"].iloc[0],
            }
        )  # fmt: skip
    return lines


def conclude(parts: Mapping[str, Part], work: Path, quick: bool) -> None:
    played = [rows for name, part in parts.items() if len(rows := rows_of(name, part, work))]
    rows = pd.concat(played, ignore_index=True) if played else pd.DataFrame()
    if not quick:
        rows = beside_committed(rows, TABLE, ("part", "arm", "strategy", "seed"))
    if not len(rows):
        raise SystemExit(f"nothing has been played in {work} yet")
    of_part = {name: of_name for name, of_name in rows.groupby("part")}
    rows = pd.concat([comparable(of_part[name]) for name in parts if name in of_part], ignore_index=True)
    if not quick:
        rows.to_parquet(TABLE, index=False)
    save_result("reproduction", {"rows": table(rows), "reported": [vars(row) for row in REPORTED]}, quick)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--work", type=Path, default=RESULTS.parents[1] / "data" / "reproduction")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="play these parts alone")
    parser.add_argument("--conclude", action="store_true", help="play nothing; write what has been played")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    if options.quick:
        with tempfile.TemporaryDirectory() as work:
            play("quick", QUICK, Path(work), 1)
            conclude({"quick": QUICK}, Path(work), quick=True)
        return
    for name in [] if options.conclude else options.only or PARTS:
        play(name, PARTS[name], options.work, options.processes)
    conclude(PARTS, options.work, quick=False)


if __name__ == "__main__":
    main()
