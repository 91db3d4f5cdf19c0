"""Which columns of a table name the image, its class and its split, whatever they are called; unsure, it asks."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from vabal_core.images.ingest import table_words as words
from vabal_core.images.ingest.column_places import ColumnPlaces
from vabal_core.images.ingest.folder_names import may_hold_masks
from vabal_core.images.ingest.formats.annotation import split_in
from vabal_core.images.ingest.split_column import split_question, tells_splits
from vabal_core.types import StudioError, TableColumns

SAMPLE = 1_000  # rows that tell what stands in a column
MIN_IMAGES = 3  # of a class on the average, where no name says that a column holds classes


def find_columns(header: Sequence[str], rows: Sequence[Sequence[str]], chosen: TableColumns, name: str) -> ColumnPlaces:
    """The columns of a table called `name`, its first line being `header`; those that are `chosen` are taken as such.

    StudioError, with the names of the columns, where nothing tells which of them names the images, or several may.
    """
    table = _Table(header=header, rows=rows[:SAMPLE], name=name)
    image = table.called(chosen.image) if chosen.image else table.image()
    others = [place for place in range(len(header)) if place != image]
    split = table.called(chosen.split) if chosen.split else table.split(others)
    others = [place for place in others if place != split]
    if chosen.label:
        labels, joined = [table.called(chosen.label)], chosen.label == chosen.image
    else:
        labels = table.labels(others)
        joined = not labels and table.mostly(image, words.names_image_and_class)
    flags = table.flags(others) if not labels and not joined else ()
    label = labels[0] if len(labels) == 1 and not joined else None
    runs = next((place for place in others if words.plain_word(header[place]) in words.RUNS_WORDS), None)
    places = ColumnPlaces(image=image, label=label, split=split, joined=joined, flags=flags, runs=runs)
    taken = "" if table.says_itself(places) or _are_chosen(places, chosen) else table.words(places)
    question = "" if places.names_classes else table.question(labels, others)
    others = [place for place in others if place != label]
    about_split = split_question([(header[at], table.cells(at)) for at in others], name) if split is None else ""
    return ColumnPlaces(**{**vars(places), "words": taken, "question": question, "split_question": about_split})


def _are_chosen(places: ColumnPlaces, chosen: TableColumns) -> bool:
    """Whether somebody said of each column what it is taken for."""
    label = chosen.label or not places.names_classes
    return bool(chosen.image and label and (chosen.split or places.split is None))


def row_cells(places: ColumnPlaces, header: Sequence[str], cells: Sequence[str]) -> Iterator[dict[str, str]]:
    """The cells of a row by the names of their columns in small letters, those that were found as path, label and
    split. A row that gives several classes comes once with each."""
    named: dict[str, str] = {}
    for column, cell in zip(header, cells, strict=False):
        named.setdefault(column.strip().lower(), cell)
    for own in words.OWN_NAMES:
        named.pop(own, None)
    image = _cell(cells, places.image)
    match = words.JOINED.fullmatch(image.strip()) if places.joined else None
    named["path"] = match[1] if match else image
    if places.split is not None:
        named["split"] = _cell(cells, places.split)
    without_mask = places.runs is not None and not _cell(cells, places.runs).strip()
    if without_mask or not places.names_classes:
        yield named
        return
    labels = [_cell(cells, places.label)] if places.label is not None else [match[2]] if match else []
    labels += [label for place, label in places.flags if words.FLAGS.get(_cell(cells, place).strip().casefold())]
    yield from (named | {"label": label} for label in labels or [""])


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


@dataclass(frozen=True, kw_only=True)
class _Table:
    """The names of the columns and some of the rows."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    name: str

    def called(self, column: str) -> int:
        """The place of a column that a person names."""
        for alike in (str, str.strip, lambda text: text.strip().casefold(), words.plain_word):
            places = [place for place, title in enumerate(self.header) if alike(title) == alike(column)]
            if places:
                return self._single(places, column)
        if column in (numbered := unnamed(len(self.header))):
            return numbered.index(column)
        raise StudioError(f"{self.name} has no column {column!r}; its first line holds: {_all(self.header)}")

    def image(self) -> int:
        own = self._own("path")
        if own is not None:
            return own
        named = self._among(words.IMAGE_WORDS) or self._among(words.WEAK_IMAGE_WORDS)
        filled = [place for place in range(len(self.header)) if self.mostly(place, _names_image)]
        likely = [place for place in filled if place in named] or filled or named
        likely = self._with_folders(self._different(likely))
        if len(likely) == 1:
            return likely[0]
        if likely and filled:
            raise StudioError(
                f"{self.name}: each row names an image in each of {self._some(likely)}: which column names the images "
                "that are meant? Say it (on the command line: --image-column), and import it again with the other."
            )
        if likely:
            raise StudioError(
                f"{self.name}: which column names the images? It could be {self._some(likely)}. Rename it to "
                "path, or say which it is (on the command line: --image-column)."
            )
        raise StudioError(
            f"{self.name} has no column that names the images, such as path; its first line holds: "
            f"{_all(self.header)}. Call that column path, or say which it is (on the command line: --image-column)."
        )

    def labels(self, places: Sequence[int]) -> list[int]:
        """The column of the classes, or all that could be."""
        own = self._own("label")
        if own in places:
            return [own]
        named = [place for place in self._among(words.LABEL_WORDS) if place in places]
        named = [place for place in named if not self.mostly(place, words.names_a_file)]
        if not self._has_names() and len(places) == 1:
            named = list(places)
        return self._by_name_not_number(self._different(named))

    def split(self, places: Sequence[int]) -> int | None:
        own = self._own("split")
        if own is not None:
            return own
        named = places if not self._has_names() else self._among(words.SPLIT_WORDS)
        fitting = [place for place in named if place in places and self.mostly(place, _names_split, share=1)]
        telling = fitting or [place for place in places if tells_splits(self.cells(place))]
        return telling[0] if len(telling) == 1 else None

    def flags(self, places: Sequence[int]) -> tuple[tuple[int, str], ...]:
        """The columns of ones and noughts, where most rows have a single one."""
        if not self._has_names():
            return ()
        marked = [place for place in places if self.mostly(place, _is_flag, share=1)]
        ones = [sum(words.FLAGS[_cell(row, place).strip().casefold()] for place in marked) for row in self.rows]
        if len(marked) < 2 or ones.count(1) * 2 < len(ones):
            return ()
        return tuple((place, self.header[place].strip()) for place in marked)

    def cells(self, place: int) -> list[str]:
        return [_cell(row, place) for row in self.rows]

    def mostly(self, place: int, is_so: Callable[[str], bool], share: float = 0.5) -> bool:
        """Whether that part of the cells of a column that are not empty are so."""
        filled = [cell for cell in self.cells(place) if cell.strip()]
        return bool(filled) and sum(map(is_so, filled)) >= share * len(filled)

    def says_itself(self, places: ColumnPlaces) -> bool:
        """Whether the columns are called as the Studio calls them."""
        named = {"path": places.image, "label": places.label, "split": places.split}
        own = all(place is None or self._title(place).casefold() == name for name, place in named.items())
        return own and not places.joined and not places.flags and places.runs is None

    def words(self, places: ColumnPlaces) -> str:
        """What was taken for what."""
        parts = [f"{self._quoted(places.image)} names the image"]
        if places.joined:
            parts[0] += " and, behind it, its class"
        if places.label is not None:
            parts.append(f"{self._quoted(places.label)} its class")
        if places.flags:
            parts.append(f"{self._some([place for place, _ in places.flags])} have a 1 for their class")
        if places.split is not None:
            parts.append(f"{self._quoted(places.split)} its split")
        if places.runs is not None and places.names_classes:
            parts.append(f"a row with nothing in {self._quoted(places.runs)} gives no class")
        parts += [f"{self._quoted(place)} names images, too, which are not read" for place in self._more_images(places)]
        start = "" if self._has_names() else "its first line names no columns, and is read as a row; "
        return f"Columns of {self.name}: {start}{', '.join(parts)}. Is that right?"

    def _more_images(self, places: ColumnPlaces) -> list[int]:
        """Columns with the names of further images, not of masks."""
        others = [place for place in range(len(self.header)) if place not in (places.image, places.label)]
        pictures = [place for place in others if not may_hold_masks(self._title(place))]
        image = [PurePosixPath(_plain(cell)).name for cell in self.cells(places.image)]
        return [
            place
            for place in pictures
            if self.mostly(place, _names_image)
            and [PurePosixPath(_plain(cell)).name for cell in self.cells(place)] != image
        ]

    def question(self, labels: Sequence[int], others: Sequence[int]) -> str:
        """What to ask where no column gives the class."""
        titled = [place for place in others if self._title(place) and not self.mostly(place, words.names_a_file)]
        few = [place for place in titled if self._holds_few_values(place)]
        candidates = labels or few or (titled if len(titled) == 1 else [])
        if not candidates:
            return ""
        return (
            f"{self.name}: which column names the class? It could be {self._some(candidates)}. No labels are taken "
            "from it: rename it to label, or say which it is (on the command line: --label-column)."
        )

    def _own(self, name: str) -> int | None:
        places = [place for place in range(len(self.header)) if self._title(place).casefold() == name]
        return self._single(places, name) if places else None

    def _single(self, places: Sequence[int], column: str) -> int:
        """The first of several columns of one name, where they hold the same."""
        if any(_cell(row, places[0]) != _cell(row, place) for row in self.rows for place in places[1:]):
            raise StudioError(f"{self.name} has a column twice, {column!r}; its first line holds: {_all(self.header)}")
        return places[0]

    def _among(self, names: Collection[str]) -> list[int]:
        return [place for place, title in enumerate(self.header) if words.plain_word(title) in names]

    def _has_names(self) -> bool:
        return list(self.header) != unnamed(len(self.header))

    def _title(self, place: int) -> str:
        return self.header[place].strip()

    def _quoted(self, place: int) -> str:
        return f"“{self._title(place)}”"

    def _some(self, places: Sequence[int]) -> str:
        first = ", ".join(map(self._quoted, places[:5]))
        return f"{first}, ..." if len(places) > 5 else first

    def _different(self, places: Sequence[int]) -> list[int]:
        """Without those whose cells are those of one before."""
        first: dict[tuple[str, ...], int] = {}
        for place in places:
            first.setdefault(tuple(_cell(row, place) for row in self.rows), place)
        return list(first.values())

    def _with_folders(self, places: list[int]) -> list[int]:
        """Of two columns that name the same files the one that has their folders as well."""
        for longer, shorter in (places, places[::-1]) if len(places) == 2 else ():
            paths = [PurePosixPath(_plain(_cell(row, longer))) for row in self.rows]
            names = [PurePosixPath(_plain(_cell(row, shorter))) for row in self.rows]
            pairs = zip(paths, names, strict=True)
            if paths != names and all(path.parts[-len(name.parts) :] == name.parts for path, name in pairs):
                return [longer]
        return places

    def _by_name_not_number(self, places: list[int]) -> list[int]:
        """Of two columns that part the rows alike the one whose classes are no numbers."""
        if len(places) == 2:
            pairs = {(_cell(row, places[0]), _cell(row, places[1])) for row in self.rows}
            alike = all(len({pair[side] for pair in pairs}) == len(pairs) for side in (0, 1))
            texts = [place for place in places if not self.mostly(place, lambda cell: cell.strip().isdecimal())]
            if alike and len(texts) == 1:
                return texts
        return places

    def _holds_few_values(self, place: int) -> bool:
        values = {cell for row in self.rows if (cell := _cell(row, place).strip())}
        return 1 < len(values) <= len(self.rows) / MIN_IMAGES


def unnamed(count: int) -> list[str]:
    """What columns are called that have no names."""
    return [f"column {number}" for number in range(1, count + 1)]


def _names_image(cell: str) -> bool:
    return words.names_an_image(cell.strip()) or words.names_image_and_class(cell)


def _names_split(cell: str) -> bool:
    return split_in(cell) is not None


def _is_flag(cell: str) -> bool:
    return cell.strip().casefold() in words.FLAGS


def _plain(path: str) -> str:
    return path.strip().replace("\\", "/")


def _all(header: Iterable[str]) -> str:
    return ", ".join(title.strip() for title in header if title.strip()) or "nothing"
