"""The command `compare`: several experiments' results as one table and one report, with means over their sources."""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

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
    may differ in anything, and their seeds are no pairs. StudioError where a folder holds no results."""
    tables = {folder.resolve(): _read(folder) for folder in folders}
    holders = Counter(source for rows in tables.values() for source in rows["source"].unique())
    names = Counter(folder.name for folder in tables)
    named = [
        rows.assign(source=[f"{source} ({label})" if holders[source] > 1 else source for source in rows["source"]])
        for folder, rows in tables.items()
        for label in (folder.name if names[folder.name] == 1 else folder,)
    ]
    return pd.concat(named, ignore_index=True)


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
