"""Runs made elsewhere and committed, beside those that a folder goes on with."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from common.committed_rows import beside_committed  # noqa: E402


def runs(device: str, **rounds: int) -> pd.DataFrame:
    return pd.DataFrame(
        [{"strategy": name, "round": i, "device": device} for name, count in rounds.items() for i in range(count)]
    )


def test_of_each_run_that_stands_which_came_furthest_and_of_two_as_far_the_committed(tmp_path: Path):
    table = tmp_path / "runs.parquet"
    runs("GPU", random=3, margin=2, badge=1).to_parquet(table)
    both = beside_committed(runs("CPU", random=3, margin=3, entropy=2), table, ["strategy"])
    assert both.groupby(["strategy", "device"]).size().to_dict() == {
        ("badge", "GPU"): 1,
        ("entropy", "CPU"): 2,
        ("margin", "CPU"): 3,
        ("random", "GPU"): 3,
    }
    assert both.columns.tolist() == ["strategy", "round", "device"]


def test_without_a_committed_table_the_rows_of_the_folder_stand_alone(tmp_path: Path):
    rows = runs("CPU", random=2)
    assert beside_committed(rows, tmp_path / "none.parquet", ["strategy"]).equals(rows)
