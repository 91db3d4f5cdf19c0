"""Rows of an experiment that nobody ran: learning curves that rise, differ by strategy, and scatter by seed."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd


def experiment_rows(
    gains: Mapping[str, float],
    *,
    sources: Sequence[str] = ("steel",),
    seeds: int = 10,
    rounds: int = 5,
    noise: float = 0.01,
    classes: int = 4,
) -> pd.DataFrame:
    """`gains`: strategy -> how much higher its curve lies than that of gain 0, once it has chosen labels."""
    rng = np.random.default_rng(5)
    rows = []
    for source in sources:
        for seed in range(seeds):
            of_seed = rng.normal(0, 0.02)  # what the first labels of a seed are worth to every strategy
            for strategy, gain in gains.items():
                for round_ in range(rounds + 1):
                    value = 0.6 + 0.05 * round_ + of_seed + (rng.normal(gain, noise) if round_ else 0)
                    rows.append(_row(source, strategy, seed, round_, round_ == rounds, value, classes))
    return pd.DataFrame(rows)


def _row(
    source: str, strategy: str, seed: int, round_: int, last: bool, value: float, classes: int
) -> dict[str, object]:
    labels = 100 * (round_ + 1)
    return {
        "source": source,
        "strategy": strategy,
        "seed": seed,
        "round": round_,
        "labels": labels,
        "balanced_accuracy": value,
        "accuracy": value + 0.05,
        "macro_f1": value - 0.02,
        "rare_share": 0.2 + (value - 0.6) / 2,
        "classes_found": classes,
        "pick_error_rate": np.nan if last else 1 - value,
        "recalls": list(value + np.linspace(0.05, -0.05, classes)),
        "histogram": [labels // classes] * classes,
    }
