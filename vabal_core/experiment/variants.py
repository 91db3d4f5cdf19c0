"""Imbalanced and smaller variants of a source, by name. Which images stay depends on their bytes alone.

After Choi, Yi et al. (CVPR 2021), section 5: of an otherwise whole training set, all classes but some ("dominant") or
some classes ("rare") keep a tenth of their images. Classes are counted from 1, ranges include both ends.

  +[1]  +[45:55]  +[1,5]   these classes whole, a tenth of the others; +[1]/0.05 another share
  -[5]                     a tenth of these classes, the others whole; -[5]/0.02 another share
  ~tail(50)                class sizes fall exponentially, the largest 50 times the smallest; ~tail(50,order) in the
                           order of the classes instead of that of their sizes
  ~pool(5000) ~test(2000)  at most so many images of that part, every class kept, shares kept as far as they can be

Only images to choose from are thinned; the test images stay whole, as in the paper. A source that states no split has
a fifth of each class set aside as test images first, the same for all of its variants. Variants are applied in turn.
Every image has a lot drawn from its fingerprint, and the lowest lots of a class stay, so a smaller share is a subset
of a larger one, whatever the order of the files.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from vabal_core.experiment.source import Source, test_count
from vabal_core.types import StudioError

VARIANTS = "+[1], -[5], +[45:55], +[1,5]/0.05, ~tail(50), ~tail(50,order), ~pool(5000), ~test(2000)"
SHARE = 0.1  # of the paper
_SHAPE = re.compile(
    r"(?P<sign>[+-])\[(?P<classes>[^\[\]]*)\](?:/(?P<share>[^\[\]()~/]*))?$|~(?P<verb>\w+)\((?P<value>[^()]*)\)$"
)

Variant = Callable[[Source], Source]


def split_variants(spec: str) -> tuple[str, tuple[str, ...]]:
    """ "digits+[1]~test(100)" as ("digits", ("+[1]", "~test(100)")). Whether they make sense is not asked."""
    variants: list[str] = []
    while match := _SHAPE.search(spec):
        variants.insert(0, match[0])
        spec = spec[: match.start()]
    return spec, tuple(variants)


def vary(source: Source, variants: Sequence[str]) -> Source:
    """The variant of a source that the texts name, in turn. StudioError says which of them is wrong, and why."""
    if variants and source.test is None:
        source = with_test(source)
    for text in variants:
        source = replace(_parse(text, source)(source), name=f"{source.name}{text}")
    return source


def with_test(source: Source) -> Source:
    """The same images, a fifth of each class stated as test by lot; a class of one image stays in the pool."""
    test = np.zeros(len(source.truth), bool)
    for rows in _by_lot(source, np.arange(len(source.truth)), "test"):
        test[rows[: test_count(len(rows))]] = True
    return replace(source, test=test)


def thin(source: Source, shares: np.ndarray) -> Source:
    """Each class keeps round(share * n) of its n pool images, one at least. `shares` (C,) in (0, 1]."""
    pool = _by_lot(source, np.flatnonzero(~source.test), "keep")
    kept = [rows[: max(1, round(share * len(rows)))] for rows, share in zip(pool, shares.tolist(), strict=True)]
    return source.subset(np.sort(np.concatenate([*kept, np.flatnonzero(source.test)])))


def long_tail(source: Source, *, ratio: float, by_size: bool) -> Source:
    """Pool sizes of the classes become n_c = n_max * ratio^(-c / (C - 1)) where a class has so many, else all it has.

    c counts classes from 0: from the largest where `by_size` (of equals in their order), else in their order. One
    image at least. Cao et al., NeurIPS 2019, make their long-tailed CIFAR so.
    """
    sizes = np.bincount(source.truth[~source.test], minlength=len(source.class_names))
    order = np.argsort(-sizes, kind="stable") if by_size else np.arange(len(sizes))
    targets = np.empty(len(sizes))
    targets[order] = sizes.max() * ratio ** (-np.arange(len(sizes)) / (len(sizes) - 1))
    return thin(source, np.minimum(1.0, targets / np.maximum(sizes, 1)))


def at_most(source: Source, *, test: bool, count: int) -> Source:
    """At most `count` images of one part: its test images, or those to choose from.

    The r-th image of a class of n, by lot, has the key r / n; the smallest keys stay (Adams's method of apportionment).
    So classes keep their shares, each keeps one image at least, and a smaller count is a subset of a larger one.
    """
    part = np.flatnonzero(source.test == test)
    classes = [rows for rows in _by_lot(source, part, "keep") if len(rows)]
    if count < len(classes):
        raise StudioError(f"{count} images cannot hold the {len(classes)} classes of {source.name}; allow more.")
    keys = np.concatenate([np.arange(len(rows)) / len(rows) for rows in classes])
    rows = np.concatenate(classes)[np.argsort(keys, kind="stable")][:count]
    return source.subset(np.sort(np.concatenate([rows, np.flatnonzero(source.test != test)])))


def _by_lot(source: Source, rows: np.ndarray, purpose: str) -> list[np.ndarray]:
    """The `rows` of each class, lowest lot first. Another `purpose`, other lots."""
    lots = np.array([hashlib.sha256(f"{purpose}:{source.fingerprints[row]}".encode()).digest() for row in rows], "S32")
    rows = rows[np.argsort(lots, kind="stable")]
    return [rows[source.truth[rows] == number] for number in range(len(source.class_names))]


def _parse(text: str, source: Source) -> Variant:
    match = _SHAPE.fullmatch(text)
    if match and match["sign"]:
        return partial(thin, shares=_shares(match, source))
    if match and match["verb"] == "tail":
        return _tail(text, match["value"])
    if match and match["verb"] in ("pool", "test") and match["value"].isdecimal():
        return partial(at_most, test=match["verb"] == "test", count=int(match["value"]))
    raise StudioError(f"{source.name}: there is no variant {text!r}; choose among {VARIANTS}.")


def _tail(text: str, value: str) -> Variant:
    ratio, _, order = (part.strip() for part in value.partition(","))
    try:
        number = float(ratio)
    except ValueError:
        number = 0.0
    if not 1 <= number < np.inf or order not in ("", "order"):
        raise StudioError(
            f"{text}: write ~tail(RATIO) or ~tail(RATIO,order), the ratio a number from 1, as in ~tail(50)."
        )
    return partial(long_tail, ratio=number, by_size=not order)


def _shares(match: re.Match[str], source: Source) -> np.ndarray:
    """Share (C,) of its pool that each class keeps."""
    try:
        share = SHARE if match["share"] is None else float(match["share"])
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise StudioError(f"{match[0]}: a share is above 0 and at most 1, as in +[1]/0.05.")
    named = np.zeros(len(source.class_names), bool)
    for piece in match["classes"].split(","):
        named[_range(piece, match[0], source)] = True
    return np.where(named == (match["sign"] == "+"), 1.0, share)


def _range(piece: str, text: str, source: Source) -> slice:
    """ "5" or "45:55" as rows of the classes."""
    first, _, last = piece.partition(":")
    ends = [end.strip() for end in (first, last or first)]
    count = len(source.class_names)
    if not all(end.isdecimal() for end in ends) or not 1 <= int(ends[0]) <= int(ends[1]) <= count:
        raise StudioError(
            f"{text}: {piece.strip()!r} names no class of {source.name}; its classes are 1 to {count} "
            f"({source.class_names[0]} to {source.class_names[-1]}), one as in [1], several as in [1,5] or [2:4]."
        )
    return slice(int(ends[0]) - 1, int(ends[1]))
