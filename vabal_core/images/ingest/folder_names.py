"""What the name of a folder gives away: a split, a container, a day, a number of a series, masks, rubbish."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from vabal_core.types import SplitUse
from vabal_core.types.names import fold_name

_WORDS = {
    kind: frozenset(words.split())
    for kind, words in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).items()
}
_SPLIT_WORDS = "|".join(
    sorted(map(re.escape, _WORDS["learning_words"] | _WORDS["measuring_words"]), key=len, reverse=True)
)
_SPLIT = re.compile(
    r"(?:\d{1,3}[ ._-]+)?(?:images?|imgs?|data|dataset)?[ _-]?"
    rf"(?P<word>{_SPLIT_WORDS})"
    r"[ _-]?(?:images?|imgs?|sets?|data|daten|bilder|split|folder)?[ _-]?(?:\d{1,4})?"
)
_PARTS = re.compile(r"[ ._-]+")
_DAY = re.compile(
    r"(?:19|20)\d\d"  # a year, a month, a day, whatever stands between, and a time
    r"(?:[-_. ]?(?:0?[1-9]|1[0-2])(?:[-_. ]?(?:0?[1-9]|[12]\d|3[01])(?:[t_ -].*)?)?)?"
    r"|(?:0?[1-9]|[12]\d|3[01])[-_. ](?:0?[1-9]|1[0-2])[-_. ](?:(?:19|20)?\d\d)(?:[t_ -].*)?"
    r"|\d\d[-h:]\d\d(?:[-m:]\d\d)?|\d{6}|\d{9,}"
)
_DATE_WITHIN = re.compile(
    r".*(?<!\d)(?:19|20)\d\d[-_. ]?(?:0[1-9]|1[0-2])[-_. ]?(?:0[1-9]|[12]\d|3[01])(?!\d).*", re.DOTALL
)
_DAY_WORD = re.compile(rf"(?:\d{{1,2}}[-_. ]*)?(?:{'|'.join(_WORDS['days'])})(?:[-_. ]*\d{{1,4}})?")
_SERIES = re.compile(
    rf"(?:{'|'.join(_WORDS['series_words'])})s?(?:[ _.#-]*\d+|[ _.#-]+[a-z]{{1,2}}\d+|[ _.#-]+(?:[a-z]|[ivx]+))"
    r"(?:[ _.-]+\d+)*"
)
_CLASS_NUMBER = re.compile(rf"(?:{'|'.join(_WORDS['class_prefixes'])})[ _.#-]*\d+")
_NUMBERED = re.compile(r"(?P<prefix>.*?)[ _.#-]*\d+[a-z]?")
_COPY_WORDS = "|".join(sorted(_WORDS["copy_words"]))
_COPY = re.compile(
    rf"(?P<name>.*?\S)(?:\s*\(\d{{1,2}}\)|[\s_-]+\(?(?:{_COPY_WORDS})\)?[\s_-]*(?:\(?\d{{1,2}}\)?)?)+", re.IGNORECASE
)
_COPY_OF = re.compile(rf"(?:{_COPY_WORDS})[\s_-]+(?:von|of|de|di)[\s_-]+(?P<name>.*\S)", re.IGNORECASE)
_MOSTLY = 0.8  # of the names: a stray folder beside thirty days changes nothing
_MIN_CLASS_NUMBERS = 5  # shifts and cameras are fewer

SeriesKind = Literal["", "days", "numbers"]


def split_use(name: str) -> SplitUse | None:
    """What a folder called so is for, where its name is one of a split ("train", "val", "test_images", "train2017",
    "03_test", "Testdaten")."""
    match = _SPLIT.fullmatch(fold_name(name))
    if match is None:
        return None
    return "pool" if match["word"] in _WORDS["learning_words"] else "evaluation"


def named_splits(names: Collection[str]) -> dict[str, SplitUse]:
    """Those of the names that are called like splits, and what they are for: by themselves, or by their first or last
    part where the rest is the same in others and these are for something else ("neu_train" beside "neu_test")."""
    splits: dict[str, SplitUse] = {name: use for name in names if (use := split_use(name))}
    alike: dict[tuple[int, str], dict[str, SplitUse]] = defaultdict(dict)
    for name in names:
        parts = _PARTS.split(name)
        for place, rest in ((0, parts[1:]), (-1, parts[:-1])):
            if rest and name not in splits and (use := split_use(parts[place])):
                alike[place, fold_name(" ".join(rest))][name] = use
    for group in alike.values():
        splits |= group if len(set(group.values())) > 1 else {}
    return splits


def is_rubbish(name: str) -> bool:
    """Hidden folders, and what systems and programs make for themselves: nobody means to label what lies there."""
    return name.startswith(".") or _in_words(name) in _WORDS["rubbish"]


def may_be_bin(name: str) -> bool:
    """Whether the name is a word for a bin or for previews, such as "Trash", which may be a class as well."""
    return _in_words(name) in _WORDS["bins"]


def is_word_for_undecided(name: str) -> bool:
    """Whether the name says that nobody has decided yet: "unklar", "_unsortiert", "n/a", "not sorted yet"."""
    words = re.findall(r"[^\W\d_]+", fold_name(name))
    said = [word for word in words if word not in _WORDS["filling_words"]]
    not_yet, deciding = _WORDS["not_yet_words"], _WORDS["deciding_words"]
    is_phrase = not_yet.union(deciding).issuperset(said) and not_yet.intersection(said) and deciding.intersection(said)
    return bool(is_phrase) or not _WORDS["undecided_words"].isdisjoint({"_".join(words), "_".join(said), name.strip()})


def is_word_for_nothing(name: str) -> bool:
    """Whether programs write so where there is nothing: "nan", "None"."""
    return fold_name(name) in _WORDS["nothing_words"]


def without_copy(name: str) -> str:
    """What a copy was made of: "pits" for "pits (2)", "pits - Kopie", "Copy of pits". The name itself for others."""
    match = _COPY_OF.fullmatch(name) or _COPY.fullmatch(name)
    return match["name"] if match else name


def is_container(name: str) -> bool:
    """A folder that says of its files no more than that they are pictures: "images", "Imgs", "JPEGImages"."""
    return fold_name(name) in _WORDS["containers"]


def may_hold_masks(name: str) -> bool:
    """Whether the name speaks of masks, ground truth or annotations: to be settled by the pictures."""
    return holds_masks(name) or not _WORDS["mask_words"].isdisjoint(_words(name))


def is_mask_word(name: str) -> bool:
    """Whether the name is such a word and nothing else: "Label", and not "no_mask"."""
    return re.sub(r"[^a-z]", "", fold_name(name)) in _WORDS["mask_words"] | _WORDS["mask_folders"]


def holds_masks(name: str) -> bool:
    """Whether the name alone settles it: "ground_truth", "SegmentationClass", "masks"."""
    return re.sub(r"[^a-z]", "", fold_name(name)) in _WORDS["mask_folders"]


def series_kind(names: Collection[str]) -> SeriesKind:
    """Whether folders called so are days, shifts or the numbers of a series (coils, lots, cameras), and no classes."""
    folded = [fold_name(name) for name in names]
    least = _MOSTLY * len(folded)
    days = sum(_is_day(name) for name in folded)
    if days >= least:
        return "days"
    numbered = sum(name.isdecimal() or _is_series(name) or name in _WORDS["views"] for name in folded)
    if _share_a_prefix(folded) or (numbered + days >= least and not _are_class_numbers(folded)):
        return "numbers"
    return ""


def is_file_word(name: str) -> bool:
    """Whether files are called so by cameras and by people who count, whatever they show: "IMG", "left", "frame"."""
    return fold_name(name) in _WORDS["file_words"] | _WORDS["views"] or is_container(name)


def class_words(names: Collection[str]) -> float:
    """The share of the names that hold a common word for a defect or a verdict."""
    return sum(not _WORDS["class_words"].isdisjoint(_words(name)) for name in names) / max(1, len(names))


def are_bare_numbers(names: Collection[str]) -> bool:
    """Whether the folders are called 1, 2, 3 ...: classes by number, as GC10-DET's."""
    return all(name.isdecimal() for name in names)


def _is_day(name: str) -> bool:
    if _DAY.fullmatch(name) or _DAY_WORD.fullmatch(name):
        return True
    return bool(_DATE_WITHIN.fullmatch(name)) and not class_words([name])


def _is_series(name: str) -> bool:
    return bool(_SERIES.fullmatch(name)) and not _CLASS_NUMBER.fullmatch(name)


def _are_class_numbers(names: list[str]) -> bool:
    """Numbers from 0 or 1 on without a gap."""
    if not all(name.isdecimal() and len(name) <= 3 for name in names):
        return False
    numbers = sorted(int(name) for name in names)
    first = numbers[0]
    return first in (0, 1) and len(numbers) >= _MIN_CLASS_NUMBERS and numbers == [*range(first, first + len(numbers))]


def _share_a_prefix(names: list[str]) -> bool:
    """kos01, kos02, ...: one word that is no defect, and a number that counts pieces."""
    matches = [_NUMBERED.fullmatch(name) for name in names]
    prefixes = {match["prefix"] for match in matches if match}
    if len(names) < 2 or not all(matches) or len(prefixes) > 1 or prefixes == {""}:
        return False
    return not class_words(prefixes) and not all(_CLASS_NUMBER.fullmatch(name) for name in names)


def _in_words(name: str) -> str:
    return fold_name(name).replace(" ", "_").replace("-", "_")


def _words(name: str) -> set[str]:
    """The words of a name in small letters: "GroundTruth_png" gives ground, truth, png, and neighbours as one word."""
    parted = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    words = [fold_name(word) for word in parted]
    return {
        *words,
        *(a + b for a, b in zip(words, words[1:], strict=False)),
        *re.findall(r"[^\W\d_]+", fold_name(name)),
    }
