"""Classes that the names of the files seem to give: crazing_1.jpg, pitted_surface_7.jpg."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from vabal_core.images.ingest.folder_names import class_words, is_file_word, series_kind
from vabal_core.images.ingest.path_reading import name_part
from vabal_core.types import Layout

_MAX_NAMES = 50
_MIN_IMAGES = 2  # a class, on average
# (separator, part) in the order in which they are tried; without a separator numbers part a name.
_PLACES = (
    ("", 0),
    ("", 1),
    ("_", 0),
    ("_", 1),
    ("_", 2),
    ("_", -1),
    ("-", 0),
    ("-", 1),
    ("-", -1),
    (" ", 0),
    (" ", -1),
)


def classes_by_name(images: Sequence[str], bare: Layout) -> tuple[Layout, Counter[str]] | None:
    """The layout that reads classes from a part of the files' names, with what it reads; None where no part will do.
    "4711_Zunder_20240501_0001.png" has its class in the middle."""
    for separator, part in _PLACES:
        by_name = replace(bare, class_from="name", name_part=part, separator=separator)
        names = classes_in_names(images, by_name)
        if names and (part == 0 or not any(map(_is_numbered, names))):
            return by_name, names
    return None


def _is_numbered(name: str) -> bool:
    return any(character.isdecimal() for character in name)


def classes_in_names(images: Sequence[str], layout: Layout) -> Counter[str] | None:
    """What `layout` reads from the names of the files; None where that cannot be classes: some have no such part, one
    or very many words, words of cameras or of series."""
    words = [name_part(path.rpartition("/")[2], layout) for path in images]
    names = Counter(word for word in words if word)
    if names.total() < len(images) or not 2 <= len(names) <= _MAX_NAMES or len(images) < _MIN_IMAGES * len(names):
        return None
    if any(is_file_word(name) for name in names) or (series_kind(names) and not class_words(names)):
        return None
    return names
