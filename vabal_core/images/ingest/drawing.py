"""Which images are set aside for evaluation: drawn by lots that depend on nothing but their bytes."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from vabal_core.types import DrawnBy, ImportEntry

Drawing = Callable[[list[str], list[str | None]], list[int]]


def draw(
    fingerprints: Sequence[str],
    groups: Sequence[Hashable],
    *,
    share: float = 0.0,
    count: int | None = None,
    drawn_by: DrawnBy = "random",
) -> list[int]:
    """Places in `fingerprints` (N) of the images drawn, the same images whatever their order; `groups` (N) are classes.

    `count` images, or all where there are fewer; without one round(share * N). "random": from all alike. "class": of
    each group its part of that number, and at least one of a group of two or more, the largest groups giving way.
    """
    drawn_count = min(len(fingerprints), round(share * len(fingerprints)) if count is None else count)
    by_lot = sorted(range(len(fingerprints)), key=lambda place: _lot(fingerprints[place]))
    if drawn_by == "random":
        return by_lot[:drawn_count]
    members: dict[Hashable, list[int]] = defaultdict(list)
    for place in by_lot:
        members[groups[place]].append(place)
    sizes = {group: len(places) for group, places in members.items()}
    return [place for group, number in _shares(sizes, drawn_count).items() for place in members[group][:number]]


def draw_wholes(entries: Sequence[ImportEntry], drawing: Drawing) -> list[int]:
    """Places in `entries` of those that `drawing` draws. What was cut from one image is drawn together, or a model
    would be measured on what it has learned from."""
    members: dict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        members[entry.tile.parent_fingerprint if entry.tile else entry.fingerprint].append(place)
    wholes = list(members)
    drawn = drawing(wholes, [entries[members[whole][0]].label for whole in wholes])
    return [place for number in drawn for place in members[wholes[number]]]


def _shares(sizes: dict[Hashable, int], count: int) -> dict[Hashable, int]:
    """How many of each group, `count` in all: in proportion, what rounding leaves to the largest remainders."""
    total = max(1, sum(sizes.values()))
    exact = {group: count * size / total for group, size in sizes.items()}
    least = {group: min(1, size - 1) if count >= len(sizes) else 0 for group, size in sizes.items()}
    shares = {group: max(int(exact[group]), least[group]) for group in sizes}
    while sum(shares.values()) != count:
        step = 1 if sum(shares.values()) < count else -1
        able = [
            group for group in sizes if (shares[group] < sizes[group] if step > 0 else shares[group] > least[group])
        ]
        if not able:
            able = [group for group in sizes if shares[group]]
        group = max(able, key=lambda group: step * (exact[group] - shares[group]))
        shares[group] += step
    return shares


def _lot(fingerprint: str) -> bytes:
    """A number drawn for an image that depends on nothing but its bytes."""
    return hashlib.sha256(f"set aside:{fingerprint}".encode()).digest()
