"""The rows of an experiment as one table, and how far it is. Loads no torch: for whoever watches."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock

from vabal_core.experiment.folders import failure, is_done, read_plan, round_folder, run_file
from vabal_core.experiment.plan import Run
from vabal_core.loop.checked_files import write_whole

RESULTS = "results.parquet"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far an experiment is. `failures`: why runs have failed, in words. `seconds_left`: of one process, at what
    each strategy's rounds have taken so far; None where there is nothing to go by."""

    runs_done: int
    runs: int
    rounds_done: int
    rounds: int
    failures: Mapping[Run, str]
    seconds_left: float | None

    @property
    def over(self) -> bool:
        return self.runs_done + len(self.failures) == self.runs


class Watch:
    """Reads an experiment's folder again and again; what was read of a finished run is kept."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._finished: dict[Run, list[dict[str, Any]]] = {}

    def rows(self) -> dict[Run, list[dict[str, Any]]]:
        """The rows of each run so far, in the experiment's order; a run that has none is left out."""
        rows = {}
        for run in read_plan(self.out).runs:
            if run not in self._finished and is_done(self.out, run):
                self._finished[run] = json.loads(run_file(self.out, run).read_text(encoding="utf-8"))
            of_run = self._finished.get(run) or _rows_so_far(self.out, run)
            if of_run:
                rows[run] = of_run
        return rows

    def standing(self) -> Standing:
        """How far the experiment is, this moment."""
        experiment, rows = read_plan(self.out), self.rows()
        unfinished = [run for run in experiment.runs if run not in self._finished]
        failures = {run: why for run in unfinished if (why := failure(self.out, run))}
        left = [run for run in unfinished if run not in failures]
        rounds_left = {run: experiment.rounds + 1 - len(rows.get(run, ())) for run in left}
        total = sum(len(of_run) for of_run in rows.values())
        return Standing(
            runs_done=len(self._finished),
            runs=len(experiment.runs),
            rounds_done=total,
            rounds=total + sum(rounds_left.values()),
            failures=failures,
            seconds_left=_seconds_left(rows, rounds_left),
        )


def read_rows(out: Path) -> pd.DataFrame:
    """All rows so far, those of runs under way among them: a row a round, in the experiment's order."""
    return table_of(Watch(out))


def write_results(watch: Watch) -> pd.DataFrame:
    """Writes `results.parquet` from the rounds on disk, where there are any, and returns it."""
    with FileLock(watch.out / "results.lock"):
        rows = table_of(watch)
        if len(rows):
            write_whole(watch.out / RESULTS, lambda file: rows.to_parquet(file, index=False))
    return rows


def table_of(watch: Watch) -> pd.DataFrame:
    """With what the plan holds by now, so that whoever reads the table alone knows what is missing from it."""
    experiment = read_plan(watch.out)
    rows = pd.DataFrame([row for rows in watch.rows().values() for row in rows])
    return rows.assign(planned_rounds=experiment.rounds, planned_runs=len(experiment.runs)) if len(rows) else rows


def _rows_so_far(out: Path, run: Run) -> list[dict[str, Any]]:
    folder, rows = round_folder(out, run), []
    try:
        while True:
            file = folder / f"{len(rows)}.json"
            rows.append(json.loads(file.read_text(encoding="utf-8"))["row"])
    except FileNotFoundError:
        return rows


def _seconds_left(rows: Mapping[Run, list[dict[str, Any]]], rounds_left: Mapping[Run, int]) -> float | None:
    """Each round as long as its strategy's rounds so far; None while a strategy has none: one that trains an
    auto-encoder takes tens of times as long as another."""
    seconds: dict[str, list[float]] = {}
    for run, of_run in rows.items():
        seconds.setdefault(run.strategy, []).extend(row["seconds_fit"] + row["seconds_query"] for row in of_run)
    if any(run.strategy not in seconds for run in rounds_left):
        return None
    means = {strategy: sum(values) / len(values) for strategy, values in seconds.items()}
    return sum(count * means[run.strategy] for run, count in rounds_left.items())
