"""What may be left out of the pictures of a source, and what is to be asked of those that are taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import splitext

from vabal_core.images.ingest.patterns import Patterns


@dataclass(frozen=True, kw_only=True)
class Aside:
    """Files that seem to be no images of their own: the patterns that name them, how many they are, and what they are
    in words, of one and of several. `taken`: that is not sure enough, so they are images until somebody says
    otherwise; `text` asks about it."""

    patterns: tuple[str, ...]
    singular: str = ""
    plural: str = ""
    files: int = 0
    taken: bool = False
    text: str = ""


Findings = Iterator[Aside]


def stem_of(path: str) -> str:
    """The name of the file without its ending."""
    return splitext(path.rpartition("/")[2])[0]


def ending_of(path: str) -> str:
    return splitext(path)[1].lower()


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def without(images: list[str], patterns: tuple[str, ...]) -> list[str]:
    """Those that no pattern names."""
    matching = Patterns(patterns)
    return [path for path in images if matching.of_file(path) is None]
