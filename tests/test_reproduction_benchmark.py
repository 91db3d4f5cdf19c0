"""What `benchmarks/reproduction.py` tells of a strategy beside random."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from reproduction import less_random  # noqa: E402


def run(arm: str, strategy: str, accuracies: list[float]) -> pd.DataFrame:
    """The same accuracy with each of two seeds."""
    parts = [
        pd.DataFrame({"labels": range(10, 10 + len(accuracies)), "accuracy": accuracies}).assign(
            part="p", arm=arm, strategy=strategy, seed=seed
        )
        for seed in range(2)
    ]
    return pd.concat(parts, ignore_index=True)


def test_an_arm_is_held_against_the_random_of_its_own_batches():
    played = run("batch x 2", "vabal", [0.6, 0.8])
    rows = pd.concat([run("batch x 1", "random", [0.1, 0.2]), run("batch x 2", "random", [0.5, 0.6]), played])
    told = less_random(rows, played, "accuracy")
    assert (told["mean"][0], told["last"][0]) == (15, 20)


def test_arms_that_share_a_random_are_held_against_that():
    played = run("lambda", "vabal", [0.6, 0.8])
    told = less_random(pd.concat([run("reference", "random", [0.5, 0.7]), played]), played, "accuracy")
    assert (told["mean"][0], told["last"][0]) == (10, 10)


def test_without_random_nothing_is_told():
    played = run("lambda", "vabal", [0.6, 0.8])
    assert less_random(played, played, "accuracy") == {"mean": None, "last": None}
