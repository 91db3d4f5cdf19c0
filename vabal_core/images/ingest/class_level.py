"""Which level of the folders names the class, if one does."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.folder_names import are_bare_numbers, class_words, is_container, series_kind
from vabal_core.types.names import NameBook

Kind = Literal["classes", "one", "containers", "days", "numbers", "many", "nested"]

_MANY_NAMES, _FEW_IMAGES = 10, 4  # more names than the one, with fewer images each than the other: no classes
_SOME_NAMES = 5  # from so many on, names with a single image each are none either


@dataclass(frozen=True, kw_only=True)
class Level:
    """One level of the folders: `number` as in `Layout.class_level`, the names there with their images, and what they
    seem to be. `missing` images have no folder at that level; `repeated` names stand below several folders."""

    number: int
    names: Counter[str]
    kind: Kind
    missing: int
    repeated: int

    @property
    def score(self) -> tuple[float, ...]:
        """How well it would do as the level of classes: known words, then images reached, then names that repeat."""
        total = self.missing + self.names.total()
        reached = round(self.names.total() / total, 1)
        return (round(class_words(self.names), 1), reached, self.repeated / len(self.names))


def levels(folders: Sequence[tuple[str, ...]], classes: NameBook[str] = NO_CLASSES) -> list[Level]:
    """Every level at which some of the images have a folder, deepest first; `folders` are those of each image, from the
    top. Where all images lie equally deep, levels are counted from the top; else from the file as well. Names of
    `classes`, those that are there, are classes whatever they look like."""
    deepest = max((len(parts) for parts in folders), default=0)
    numbers = list(range(deepest - 1, -1, -1))
    if len({len(parts) for parts in folders if parts}) > 1:
        numbers = list(range(-1, -deepest - 1, -1)) + numbers
    return [_level(number, folders, classes) for number in numbers]


def best_level(candidates: Sequence[Level]) -> Level | None:
    """The level that names the class; None where no level does. Of equals the first."""
    able = [level for level in candidates if level.kind == "classes"]
    return max(able, key=lambda level: level.score, default=None)


def _level(number: int, folders: Sequence[tuple[str, ...]], classes: NameBook[str]) -> Level:
    names: Counter[str] = Counter()
    above = {parts[:end] for parts in set(folders) for end in range(1, len(parts))}
    nested = number == -1 and not above.isdisjoint(folders)  # an image beside the folders of others
    parents: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for parts, images in Counter(folders).items():
        if -len(parts) <= number < len(parts):
            at = number % len(parts)
            names[parts[at]] += images
            parents[parts[at]].add(parts[:at])
    return Level(
        number=number,
        names=names,
        kind="nested" if nested else _kind(names, classes),
        missing=len(folders) - names.total(),
        repeated=sum(len(places) > 1 for places in parents.values()),
    )


def _kind(names: Counter[str], classes: NameBook[str]) -> Kind:
    if names and all(classes.find(name) for name in names):
        return "classes"
    if len(names) < 2:
        return "one"
    telling = [name for name in names if not is_container(name)]
    if not telling:
        return "containers"
    series = series_kind(telling)
    if series:
        return series
    mean = names.total() / len(names)
    if (len(names) > _MANY_NAMES and mean < _FEW_IMAGES) or (len(names) >= _SOME_NAMES and mean < 2):
        return "many"
    return "classes"


def numbers_only(level: Level) -> bool:
    """Whether its classes would have bare numbers for names."""
    return are_bare_numbers(level.names)
