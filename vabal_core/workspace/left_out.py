"""Everything that an import leaves out, as a table to take away."""

from collections.abc import Iterator, Sequence

from vabal_core.export.csv import csv_pieces
from vabal_core.types import ImportProblem

HEADER = ("path", "files", "reason")


def left_out_csv(problems: Sequence[ImportProblem]) -> Iterator[bytes]:
    """A CSV, in pieces, with a row for each file left out, or for each folder left out whole with its files counted."""
    rows = ((problem.path, problem.files, problem.reason) for problem in problems)
    return csv_pieces(HEADER, rows, excel=True)
