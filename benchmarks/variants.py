"""What was tried on the way to `margin_novel`, on the sources that it was tuned on: other kernels, weights and starts.

`python benchmarks/variants.py --work FOLDER` goes on where it was stopped and shares features with `choices.py` where
FOLDER is the same. Each variant is the plain greedy loop: the greatest weight times what is gained by the distance to
the nearest image chosen before. None of them is a strategy of the Studio; what is kept of them are the numbers.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from choices import QUICK, SETTINGS
from common.machine import RESULTS, save_result
from scipy.special import xlogy

from vabal_core.evidence.paired import stratified_mean
from vabal_core.experiment.console import follow
from vabal_core.experiment.folders import Folders, write_plan
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.results import read_rows
from vabal_core.experiment.work import work
from vabal_core.query import strategies
from vabal_core.query.distances import on_one_core, read_embeddings, squared_distances
from vabal_core.query.power import power_weights
from vabal_core.query.scores import negative_margin
from vabal_core.query.select import candidate_rows
from vabal_core.query.strategy import Strategy
from vabal_core.types import UNLABELLED, Pool, Query

SAMPLE = 1_000  # images whose distances stand for all

Weigh = Callable[[Pool, np.ndarray], np.ndarray]
Gain = Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """`weigh` gives candidates their weights (M,), from the pool and their embeddings (M, D); `gain` makes of squared
    distances (M,) and the middle one of all what a choice brings; `from_labels`: labelled images count as chosen;
    `quota`: the power of the labels of its predicted class, chosen ones among them, by which a weight is divided."""

    weigh: Weigh
    gain: Gain = lambda squared, _middle: squared
    from_labels: bool = False
    quota: float = 0


def by_margin(pool: Pool, _values: np.ndarray) -> np.ndarray:
    return power_weights(negative_margin(pool.probabilities[pool.candidates]), 1.0)


def density(values: np.ndarray) -> np.ndarray:
    """(M,) the mean Gaussian kernel to a sample of the pool: how typical each is."""
    squared = squared_distances(values, values[:: max(1, len(values) // SAMPLE)])
    return np.exp(-squared / np.median(squared)).mean(1)


def density_in_class(pool: Pool, values: np.ndarray) -> np.ndarray:
    """(M,) the density beside the mean of those that are taken for the same class."""
    classes, densities = pool.probabilities[pool.candidates].argmax(1), density(values)
    sums = np.bincount(classes, weights=densities, minlength=pool.class_count)
    return densities / (sums / np.maximum(np.bincount(classes, minlength=pool.class_count), 1))[classes]


def evenness(pool: Pool) -> float:
    """The entropy of the classes that the pool is taken for, as a share of what as many even classes have."""
    shares = pool.probabilities[pool.candidates].mean(0)
    return float(-xlogy(shares, shares).sum() / np.log(len(shares)))


def by_margin_and_density(pool: Pool, values: np.ndarray) -> np.ndarray:
    return by_margin(pool, values) * density(values)


def by_margin_and_class_density(pool: Pool, values: np.ndarray) -> np.ndarray:
    return by_margin(pool, values) * density_in_class(pool, values)


def by_margin_and_even_density(pool: Pool, values: np.ndarray) -> np.ndarray:
    """The less of the density in its class, the less even the classes are."""
    return by_margin(pool, values) * density_in_class(pool, values) ** evenness(pool) ** 4


def by_rare_risk(pool: Pool, _values: np.ndarray) -> np.ndarray:
    """The sum of p(t | x) / p(t) over all classes t but the likeliest: class-balanced risk."""
    probabilities = pool.probabilities[pool.candidates]
    risks = probabilities / probabilities.mean(0)
    risks[np.arange(len(risks)), probabilities.argmax(1)] = 0
    return risks.sum(1)


def gaussian(width: float, squared: np.ndarray, middle: float) -> np.ndarray:
    """One minus a kernel whose width is a share of the middle distance."""
    return -np.expm1(-squared / (width**2 * middle))


def power_of_distance(exponent: float, squared: np.ndarray, _middle: float) -> np.ndarray:
    return squared ** (exponent / 2)


VARIANTS = {
    "squared distance": Variant(weigh=by_margin),
    "distance": Variant(weigh=by_margin, gain=partial(power_of_distance, 1)),
    "fourth power": Variant(weigh=by_margin, gain=partial(power_of_distance, 4)),
    "gaussian, .35 of the middle distance": Variant(weigh=by_margin, gain=partial(gaussian, 0.35)),
    "gaussian, the middle distance": Variant(weigh=by_margin, gain=partial(gaussian, 1.0)),
    "labelled images count as chosen": Variant(weigh=by_margin, from_labels=True),
    "times density": Variant(weigh=by_margin_and_density),
    "times density in its class": Variant(weigh=by_margin_and_class_density),
    "times density in its class, as far as classes are even": Variant(weigh=by_margin_and_even_density),
    "class-balanced risk": Variant(weigh=by_rare_risk),
    "over the root of the labels of its class": Variant(weigh=by_margin, quota=0.5),
}  # fmt: skip


@on_one_core
def choose(variant: Variant, pool: Pool, k: int, _rng: np.random.Generator) -> Query:
    rows = candidate_rows(pool, k)
    values = read_embeddings(pool.embeddings, rows).astype(np.float64)
    weights, sample = variant.weigh(pool, values), values[:: max(1, len(values) // SAMPLE)]
    middle = float(np.median(squared_distances(sample, sample)))
    nearest = _to_labelled(pool, values) if variant.from_labels else np.full(len(rows), middle)
    classes = pool.probabilities[rows].argmax(1)
    counts = np.bincount(pool.labels[pool.labels != UNLABELLED], minlength=pool.class_count)
    places: list[int] = []
    while len(places) < k:
        products = weights * variant.gain(nearest, middle) / (1.0 + counts[classes]) ** variant.quota
        products[places] = -1
        places.append(int(products.argmax()))
        counts[classes[places[-1]]] += 1
        to_chosen = squared_distances(values, values[places[-1:]])[:, 0]
        nearest = to_chosen if len(places) == 1 and not variant.from_labels else np.minimum(nearest, to_chosen)
    return Query(rows[places], np.arange(k, 0, -1.0))


def _to_labelled(pool: Pool, values: np.ndarray) -> np.ndarray:
    labelled = read_embeddings(pool.embeddings, np.flatnonzero(pool.labels != UNLABELLED)).astype(np.float64)
    return squared_distances(values, labelled).min(1)


def announce() -> dict[str, str]:
    """Makes the variants strategies of this process, and returns their names there by those here."""
    names = {title: f"variant_{number}" for number, title in enumerate(VARIANTS)}
    for title, name in names.items():
        strategies.STRATEGIES[name] = Strategy(
            description=title, source="this benchmark", requires=("probabilities", "embeddings"),
            query=partial(choose, VARIANTS[title]), fallback=strategies.STRATEGIES["margin"].fallback,
            reason=title, fallback_reason=title,
        )  # fmt: skip
    return names


def play(name: str, folder: Path, names: list[str], seeds: int) -> pd.DataFrame:
    """Area under the learning curve of each variant and seed on a source of `choices.py`, in points."""
    setting = SETTINGS[name]
    experiment = Experiment(
        source=setting.source, strategies=tuple(names), seeds=tuple(range(seeds)), initial=setting.initial,
        batch=setting.batch, rounds=setting.rounds, overrides=setting.overrides,
    )  # fmt: skip
    out = folder / "variants" / name.replace(" ", "-")
    write_plan(out, experiment)
    follow(work(Folders(out=out, features=folder / "features", images=folder / "images")))
    rows = read_rows(out)
    areas = rows[rows["round"] > 0].groupby(["strategy", "seed"])["balanced_accuracy"].mean() * 100
    return areas.unstack("seed")


def table(areas: dict[str, pd.DataFrame], names: dict[str, str]) -> list[dict[str, Any]]:
    """A row a variant: its mean area on each source and of all, and how that differs from the first variant's, paired
    by seed, with its 95 % interval and p, in points."""
    first = next(iter(names.values()))
    rows = []
    for title, name in names.items():
        means = {source: float(of_source.loc[name].mean()) for source, of_source in areas.items()}
        gain = stratified_mean(
            *((of_source.loc[name] - of_source.loc[first]).to_numpy() for of_source in areas.values())
        )
        rows.append(
            {
                "variant": title, **{source: round(mean, 2) for source, mean in means.items()},
                "mean": round(float(np.mean(list(means.values()))), 2),
                **{key: round(getattr(gain, key), 3) for key in ("value", "low", "high", "p")},
            }
        )  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--work", type=Path, default=RESULTS.parents[1] / "data" / "choices")
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    names = announce()
    if options.quick:
        SETTINGS["digits"] = QUICK
        with tempfile.TemporaryDirectory() as folder:
            areas = {"digits": play("digits", Path(folder), list(names.values()), 1)}
            save_result("variants", {"seeds": 1, "rows": table(areas, names)}, quick=True)
        return
    tuned = [name for name, setting in SETTINGS.items() if setting.tuned]
    areas = {name: play(name, options.work, list(names.values()), options.seeds) for name in tuned}
    save_result("variants", {"seeds": options.seeds, "rows": table(areas, names)}, quick=False)


if __name__ == "__main__":
    main()
