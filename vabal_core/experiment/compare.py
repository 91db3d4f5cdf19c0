"""The command `compare`: several experiments' results as one table and one report, with means over their sources."""

import argparse
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pandas as pd

from vabal_core.experiment.complete import RUN
from vabal_core.experiment.console import exit_status
from vabal_core.experiment.report import Write, write_report
from vabal_core.experiment.results import RESULTS
from vabal_core.experiment.summary import REQUIRED
from vabal_core.loop.checked_files import write_whole
from vabal_core.types import StudioError


def main(arguments: Sequence[str], prog: str, write: Write = write_report) -> int:
    """Exit status: 0 if the report is written, 1 if not. `write` writes it, from rows into a folder."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="One report over several experiments: which strategy is best on the mean over their sources.",
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help=f"folder with a {RESULTS}")
    parser.add_argument("--out", type=Path, required=True, help="folder for the report and the table of all rows")
    options = parser.parse_args(arguments)
    return exit_status(lambda: _compare(options, write), options.out)


def _compare(options: argparse.Namespace, write: Write) -> int:
    if options.out.resolve() in {folder.resolve() for folder in options.folders}:
        raise StudioError(f"--out {options.out} is one of the folders to compare: its own results would be lost.")
    rows = read_experiments(options.folders)
    options.out.mkdir(parents=True, exist_ok=True)
    write_whole(options.out / RESULTS, lambda file: rows.to_parquet(file, index=False))
    write(rows, options.out)
    print(f"{rows['source'].nunique()} sources: {options.out}")
    return 0


def read_experiments(folders: Sequence[Path]) -> pd.DataFrame:
    """The rows of all folders. A source that several of them hold is one by itself in each, as "source (folder)": they
    may differ in anything, and their seeds are no pairs. StudioError where a folder holds no results, or where two hold
    the same runs, which would count twice."""
    tables = {folder.resolve(): _read(folder) for folder in folders}
    for (first, rows), (second, others) in combinations(tables.items(), 2):
        if count := _same_runs(rows, others):
            raise StudioError(
                f"{first} and {second} hold {count:,} same run{'' if count == 1 else 's'}, which would count twice: "
                "compare one of the two folders, or have `simulate` add strategies and seeds to one of them."
            )
    holders = Counter(source for rows in tables.values() for source in rows["source"].unique())
    names = Counter(folder.name for folder in tables)
    named = [
        rows.assign(source=[f"{source} ({label})" if holders[source] > 1 else source for source in rows["source"]])
        for folder, rows in tables.items()
        for label in (folder.name if names[folder.name] == 1 else folder,)
    ]
    return pd.concat(named, ignore_index=True)


def _same_runs(rows: pd.DataFrame, others: pd.DataFrame) -> int:
    """How many runs have the same results in both: their last rounds, to the last digit."""
    last = [table.sort_values("round").groupby(RUN, as_index=False).tail(1) for table in (rows, others)]
    measured = [*RUN, "round", "labels", "balanced_accuracy", *(["log_loss"] if "log_loss" in rows else [])]
    both = last[0][last[0]["round"] > 0].merge(last[1], on=[name for name in measured if name in others])
    return len(both)


def _read(folder: Path) -> pd.DataFrame:
    file = folder / RESULTS
    if not file.is_file():
        raise StudioError(f"{folder} holds no {RESULTS}: name folders that `simulate` has written with --out.")
    try:
        rows = pd.read_parquet(file)
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise StudioError(f"{file} is no table of results: {error}") from error
    if not len(rows):
        raise StudioError(f"{file} holds no round: its experiment has not finished any.")
    if absent := [column for column in REQUIRED if column not in rows]:
        raise StudioError(f"{file} is not of an experiment: it has no column {', '.join(absent)}.")
    return rows
