"""What an experiment is to find out: which strategies, on which images, how often, with which settings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

from vabal_core import config as settings
from vabal_core.config import Config
from vabal_core.query.strategies import find_strategy
from vabal_core.types import StudioError

Start = Literal["random", "coverage"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One strategy, from the first labels to the last. All runs of a seed start from the same images and weights."""

    strategy: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Every strategy with every seed: `initial` labels, then `rounds` times `batch` more. ValueError says what is
    wrong.

    `source` is a spec of `open_source`; `start` says how the initial images are chosen, the same for all strategies of
    a seed: drawn at random, or those that show the pool best. `overrides` are settings that differ from the preset's.
    """

    source: str
    strategies: tuple[str, ...]
    seeds: tuple[int, ...]
    initial: int = 100
    batch: int = 100
    rounds: int = 5
    preset: str = "interactive"
    overrides: Mapping[str, Any] = field(default_factory=dict)
    start: Start = "random"

    def __post_init__(self) -> None:
        for name, least in (("initial", 2), ("batch", 1), ("rounds", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}={getattr(self, name)}: give {least} or more")
        for name in ("strategies", "seeds"):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name}={', '.join(map(str, values)) or 'none'}: name one at least, and none twice")
        if min(self.seeds) < 0:
            raise ValueError(f"seed {min(self.seeds)}: give 0 or more")
        if self.start not in get_args(Start):
            raise ValueError(f"start={self.start!r}: choose one of {', '.join(get_args(Start))}")
        learning = {self.config_of(strategy, {}).learning for strategy in self.strategies}
        if self.start == "coverage" and learning != {"frozen"}:
            raise ValueError("start='coverage' needs features: choose a preset that learns 'frozen', or start='random'")

    @property
    def runs(self) -> tuple[Run, ...]:
        """Seed by seed, so that what is done after any time can be compared."""
        return tuple(Run(strategy=strategy, seed=seed) for seed in self.seeds for strategy in self.strategies)

    def config_of(self, strategy: str, reading: Mapping[str, Any]) -> Config:
        """The settings of a strategy's rounds: the preset's, what follows from the images (`reading`), what the
        strategy needs, and last what the experiment wants otherwise."""
        needed = find_strategy(strategy).settings
        return settings.preset(self.preset, **{**reading, **needed, **self.overrides})


def to_json(experiment: Experiment) -> dict[str, Any]:
    """The experiment as plain JSON values."""
    return asdict(experiment)


def from_json(values: Mapping[str, Any]) -> Experiment:
    """What `to_json` wrote; ValueError where this version does not know a strategy or a setting any more."""
    return Experiment(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def grown(before: Experiment, now: Experiment) -> Experiment:
    """The experiment `now`, which may add strategies and seeds to the one before it in the same folder.

    StudioError where it differs otherwise: what was measured so far would not go with the rest.
    """
    merged = replace(
        now,
        strategies=tuple(dict.fromkeys(before.strategies + now.strategies)),
        seeds=tuple(dict.fromkeys(before.seeds + now.seeds)),
    )
    for name, there in asdict(before).items():
        values = getattr(now, name)
        if name in ("strategies", "seeds"):
            if missing := [value for value in there if value not in values]:
                raise StudioError(
                    f"The folder holds an experiment with {name} {', '.join(map(str, there))}, and this one leaves out "
                    f"{', '.join(map(str, missing))}. Name all of them, and more if you like, or choose another folder."
                )
        elif there != values:
            raise StudioError(
                f"The folder holds an experiment with {name} {there!r}, and this one has {values!r}. Choose another "
                "folder; only strategies and seeds can be added."
            )
    return merged
