"""The charts of a report as geometry: a template draws them as SVG, so that the file needs no script and no library.

All lengths are in the units of the SVG, 640 wide; the page scales it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import east_asian_width

from vabal_core.evidence.intervals import Estimate
from vabal_core.export.report import ClassReport, MeasuredRound

WIDTH = 640
NAMES = 170  # where bars begin: left of it stand the names
ROOM = 90  # at the right of the longest bar, for its number
ROW = 24
MAX_ROWS = 30  # of more classes those that come first; the table has all
MAX_NAME = 22  # letters
TOP, LEFT, PLOT_HEIGHT = 14, 46, 190
FOOT = 40  # below a plot: numbers and what they are


@dataclass(frozen=True, kw_only=True)
class Bar:
    name: str
    y: float
    width: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Whisker:
    """A share with its interval, by x."""

    name: str
    y: float
    low: float
    x: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What there is to draw: bars, or whiskers, or `line` and `band` as points of SVG with a `dot` at each value."""

    height: float
    bars: tuple[Bar, ...] = ()
    whiskers: tuple[Whisker, ...] = ()
    ticks: tuple[Tick, ...] = ()
    line: str = ""
    band: str = ""
    dots: tuple[tuple[float, float], ...] = ()
    x_ticks: tuple[Tick, ...] = ()


def label_bars(classes: Sequence[ClassReport]) -> Chart:
    """How many images are labelled as each class, pool and evaluation together."""
    totals = [(listed.name, sum(listed.labels.values())) for listed in classes][:MAX_ROWS]
    most = max([total for _, total in totals], default=0)
    bars = (
        Bar(
            name=shortened(name),
            y=row * ROW,
            width=(WIDTH - NAMES - ROOM) * total / most if most else 0.0,
            text=f"{total:,}",
        )
        for row, (name, total) in enumerate(totals)
    )
    return Chart(height=max(1, len(totals)) * ROW, bars=tuple(bars))


def share_whiskers(shares: Sequence[tuple[str, Estimate]]) -> Chart:
    """A share a row with its interval; those that no image tells of are left out."""
    measured = [(name, share) for name, share in shares if share.count][:MAX_ROWS]
    whiskers = (
        Whisker(
            name=shortened(name),
            y=(row + 0.5) * ROW,
            low=_across(share.low),
            x=_across(share.value),
            high=_across(share.high),
        )
        for row, (name, share) in enumerate(measured)
    )
    ticks = tuple(Tick(at=_across(share / 4), text=f"{25 * share} %") for share in range(5))
    return Chart(height=len(measured) * ROW + FOOT / 2, whiskers=tuple(whiskers), ticks=ticks)


def accuracy_curve(rounds: Sequence[MeasuredRound]) -> Chart:
    """Accuracy with its interval over the labels that each round learned from."""
    labels = [measured.labels for measured in rounds]
    first, last = min(labels), max(labels)
    x = [LEFT + (WIDTH - LEFT - 20) * ((count - first) / (last - first) if last > first else 0.5) for count in labels]
    low, middle, high = (
        [_down(getattr(measured.accuracy, name)) for measured in rounds] for name in ("low", "value", "high")
    )
    dots = tuple(zip(x, middle, strict=True))
    band = [*zip(x, high, strict=True), *reversed(list(zip(x, low, strict=True)))]
    return Chart(
        height=TOP + PLOT_HEIGHT + FOOT,
        line=_points(dots),
        band=_points(band),
        dots=dots,
        ticks=tuple(Tick(at=_down(quarter / 4), text=f"{25 * quarter} %") for quarter in range(5)),
        # Labels may also have become fewer from one round to the next.
        x_ticks=tuple(_apart([Tick(at=at, text=f"{count:,}") for at, count in sorted(zip(x, labels, strict=True))])),
    )


def shortened(name: str) -> str:
    """A name that fits beside a bar; the table has it whole. Letters of some scripts take the room of two."""
    if _room_of(name) <= MAX_NAME:
        return name
    kept = name
    while kept and _room_of(kept) > MAX_NAME - 1:
        kept = kept[:-1]
    return f"{kept}…"


def _room_of(name: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in name)


def _across(share: float) -> float:
    return NAMES + (WIDTH - NAMES - 20) * share


def _down(share: float) -> float:
    return TOP + PLOT_HEIGHT * (1 - share)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _apart(ticks: Sequence[Tick]) -> list[Tick]:
    """The last one, and of those before it as many as do not run into each other."""
    kept = [ticks[-1]]
    for tick, _ in reversed(list(pairwise(ticks))):
        if kept[-1].at - tick.at >= 60:
            kept.append(tick)
    return kept[::-1]
