"""What the columns of a table of images are called by people and programs, and what stands in them."""

import re
from collections.abc import Sequence

from vabal_core.images.ingest.image_names import names_an_image

Row = tuple[int, Sequence[str]]  # line and cells

OWN_NAMES = ("path", "label", "split")
# Written as plain_word() makes them.
_FILES, _PICTURES = ("path", "file", "filename", "filepath", "fname"), ("image", "img", "picture", "photo", "frame")
_OF_PICTURES = ("", "id", "idx", "name", "path", "file", "filename", "filepath", "url")
_GERMAN_FILES = ("bild", "bilddatei", "bildname", "bildpfad", "datei", "dateiname", "dateipfad", "pfad")
IMAGE_WORDS = {*_FILES, "images", "sample", *_GERMAN_FILES, *(f"{a}{b}" for a in _PICTURES for b in _OF_PICTURES)}
# Of these a column of images may be called where none is called otherwise.
WEAK_IMAGE_WORDS = {"id", "name"}
_CLASSES, _OF_CLASSES = ("label", "class", "category", "defect", "target"), ("", "id", "idx", "name", "label")
_OTHER_CLASSES = (
    "labels",
    "classes",
    "defects",
    "defecttype",
    "defectclass",
    "type",
    "tag",
    "tags",
    "annotation",
    "choice",
)
_GERMAN_CLASSES = ("klasse", "klassenname", "fehler", "fehlerart", "fehlerklasse", "fehlertyp")
_TRUTH = ("groundtruth", "gt", "diagnosis", "annotation")
LABEL_WORDS = {*(f"{a}{b}" for a in _CLASSES for b in _OF_CLASSES), *_OTHER_CLASSES, *_GERMAN_CLASSES, *_TRUTH}
_GERMAN_SPLITS = ("datensatz", "datensatztyp", "teilmenge", "aufteilung", "verwendung", "menge", "satz")
SPLIT_WORDS = {
    *("split", "set", "subset", "partition", "usage", "phase", "fold", "folds", "kfold", "dataset", "datasplit"),
    *_GERMAN_SPLITS,
}
# A mask as runs of pixels: where there is none, the class of the row is not in the image.
RUNS_WORDS = {"encodedpixels", "rle", "maskrle", "rlemask", "runs"}
FLAGS = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False, "": False}
# The name of an image with a class behind it: 0002cc93b.jpg_1, images/a.png 3.
JOINED = re.compile(r"(.+\.(?:jpe?g|png|bmp|tiff?|webp|p[gpnb]m))(?:_|[ \t]+)(.*\S.*)", re.IGNORECASE | re.DOTALL)
NAMES_A_FILE = re.compile(r".+\.(?:xml|json|txt|npy|mat|csv)", re.IGNORECASE | re.DOTALL)
HEADER_SOUGHT_IN = 10  # rows: above a table there may be its title


def plain_word(name: str) -> str:
    """The name of a column without capitals, spaces and signs: "Image_ID" and "imageId" are one word."""
    return re.sub(r"[\W_]+", "", name.casefold())


def names_image_and_class(cell: str) -> bool:
    return bool(JOINED.fullmatch(cell.strip())) and not names_an_image(cell.strip())


def names_a_file(cell: str) -> bool:
    """Whether a cell leads to a mask or to annotations, which no class is called like."""
    return names_an_image(cell.strip()) or bool(NAMES_A_FILE.fullmatch(cell.strip()))


def is_header(cells: Sequence[str]) -> bool:
    """Whether one of the cells is what the column of the images is called, and none is an image."""
    return any(plain_word(cell) in IMAGE_WORDS for cell in cells) and not any(map(_is_data, cells))


def header_place(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first rows names the columns; None where none does."""
    for place, cells in enumerate(rows[:HEADER_SOUGHT_IN]):
        if is_header(cells) and (place == 0 or _filled(cells) > _filled(rows[0])):
            return place
        if any(map(_is_data, cells)):
            return None if place == 0 else 0
    return 0


def likeness(rows: Sequence[Sequence[str]]) -> tuple[int, int, bool, int]:
    """How much the first rows look like a table of images: names of the Studio's own in the header, other words that
    are known, whether a cell names an image, columns."""
    filled = [cells for cells in rows if _filled(cells)]
    place = header_place(filled)
    header = filled[place] if filled and place is not None else ()
    words = [plain_word(cell) for cell in header]
    own = len({cell.strip().casefold() for cell in header} & set(OWN_NAMES))
    known_words = sum(word in IMAGE_WORDS | LABEL_WORDS | SPLIT_WORDS for word in words)
    columns = len(header) or min(map(len, filled), default=0)
    return own, known_words, any(names_an_image(cell.strip()) for cells in filled for cell in cells), columns


def _is_data(cell: str) -> bool:
    return names_an_image(cell.strip()) or names_image_and_class(cell)


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)
