"""How the strategies compare by what was measured beforehand (benchmarks/choices.py); the results lie with the code."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)

FILE = Path(__file__).parents[2] / "benchmarks" / "results" / "choices.json"


@dataclass(frozen=True, kw_only=True)
class BesideDefault:
    """A strategy's area less the default's in points, paired by seed, over all sources. `p` is corrected for the number
    of strategies, and `verdict` goes by it (evidence/paired.py)."""

    difference: float
    low: float
    high: float
    p: float
    verdict: str


@dataclass(frozen=True, kw_only=True)
class MeasuredStrategy:
    """What a strategy reached, in points of a hundred.

    areas     source -> mean area under the learning curve; a source that it did not run on is left out
    mean      of all sources; None where it did not run on each
    mean_untuned  of those that nothing was tuned on; None where it did not run on each of them
    beside    None for the default itself, and where `mean` is
    above_on, below_on  the sources on which it is above and below the default, p below 0.05 without correction
    """

    strategy: str
    areas: Mapping[str, float]
    mean: float | None
    mean_untuned: float | None
    beside: BesideDefault | None
    above_on: tuple[str, ...]
    below_on: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MeasuredChoices:
    """The strategies best first, the sources by what people call them, and those that the default was tuned on."""

    default: str
    repetitions: int
    sources: tuple[str, ...]
    tuned_on: tuple[str, ...]
    strategies: tuple[MeasuredStrategy, ...]


def read_measured_choices(file: Path = FILE) -> MeasuredChoices | None:
    """What was measured; None where no results lie with the code, or those of another version."""
    try:
        return _read(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError) as error:
        _log.warning("%s is not as this version writes it: %r", file, error)
        return None


def _read(kept: Mapping[str, Any]) -> MeasuredChoices:
    titles = {name: setting["title"] for name, setting in kept["settings"].items()}
    return MeasuredChoices(
        default=kept["default"],
        repetitions=kept["seeds"],
        sources=tuple(titles.values()),
        tuned_on=tuple(titles[name] for name, setting in kept["settings"].items() if setting["tuned"]),
        strategies=tuple(_strategy(row, titles) for row in kept["rows"]),
    )


def _strategy(row: Mapping[str, Any], titles: Mapping[str, str]) -> MeasuredStrategy:
    beside = row.get("beside_default", {})
    numbers = {name: beside[name] for name in BesideDefault.__annotations__ if name in beside}
    return MeasuredStrategy(
        strategy=row["strategy"],
        areas={title: row[name] for name, title in titles.items() if row[name] is not None},
        mean=row["mean"],
        mean_untuned=row["mean_untouched"],
        beside=BesideDefault(**numbers) if numbers else None,
        above_on=tuple(titles[name] for name in beside.get("above_on", ())),
        below_on=tuple(titles[name] for name in beside.get("below_on", ())),
    )
