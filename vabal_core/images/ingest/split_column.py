"""The column of a table that may part it into images to learn from and images to measure on, told by its cells."""

from collections.abc import Collection, Sequence

from vabal_core.images.ingest import table_words as words
from vabal_core.images.ingest.formats.annotation import split_in

MAX_PARTS = 20  # more are no parts of a set


def tells_splits(cells: Sequence[str]) -> bool:
    """Whether every cell that is not empty is a word for a split, and some are to learn from, others to measure on:
    Training, Prüfung, Validierung."""
    return {split_in(cell) for cell in cells if cell.strip()} == {"pool", "evaluation"}


def split_question(columns: Collection[tuple[str, Sequence[str]]], name: str) -> str:
    """What is asked where a column (its title, its cells) is called like one of splits and does not say what is for
    evaluation: parts by number, names that nobody knows. "" where there is none."""
    for title, cells in columns:
        parts = sorted({cell.strip() for cell in cells if cell.strip()})
        if words.plain_word(title) in words.SPLIT_WORDS and 1 < len(parts) <= MAX_PARTS:
            first = ", ".join(map(repr, parts[:5])) + (", ..." if len(parts) > 5 else "")
            return (
                f"{name}: “{title.strip()}” holds {first}. Which of these are for evaluation? No split is taken from "
                "it: write train or test there instead."
            )
    return ""
