"""Classes that the names of the files seem to give: crazing_1.jpg, pitted_surface_7.jpg."""

from collections import Counter
from collections.abc import Sequence

from vabal_core.images.ingest.folder_names import class_words, is_file_word, series_kind
from vabal_core.images.ingest.path_reading import name_part
from vabal_core.types import Layout

_MAX_NAMES = 50
_MIN_IMAGES = 2  # a class, on average


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
