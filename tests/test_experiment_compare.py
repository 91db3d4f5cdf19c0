"""Several experiments in one report."""

from pathlib import Path

import pandas as pd
import pytest
from experiment_rows import experiment_rows

from vabal_core.experiment.compare import main, read_experiments
from vabal_core.types import StudioError
from vabal_core.ui.charts.experiment_page import write_reports

GAINS = {"random": 0.0, "margin": 0.03, "vabal": -0.03}


def experiment(folder: Path, source: str, higher: float = 0.0) -> Path:
    """`higher`: by how much all curves lie higher there, so that its runs are others."""
    folder.mkdir(parents=True)
    gains = {name: gain + higher for name, gain in GAINS.items()}
    experiment_rows(gains, sources=[source], seeds=4).to_parquet(folder / "results.parquet")
    return folder


def test_the_rows_of_all_folders_stand_in_one_table(tmp_path: Path):
    folders = [experiment(tmp_path / name, name) for name in ("digits", "steel")]
    rows = read_experiments(folders)
    assert list(rows["source"].unique()) == ["digits", "steel"] and len(rows) == 2 * 3 * 4 * 6


def test_one_source_in_two_folders_is_two_sources(tmp_path: Path):
    folders = [experiment(tmp_path / name, "steel", gain) for name, gain in (("frozen", 0), ("scratch", 0.01))]
    rows = read_experiments([*folders, folders[0], experiment(tmp_path / "other", "digits")])
    assert set(rows["source"]) == {"steel (frozen)", "steel (scratch)", "digits"}
    assert len(rows) == 3 * 3 * 4 * 6, "a folder named twice is read once"


def test_folders_of_one_name_are_told_apart_by_their_paths(tmp_path: Path):
    folders = [experiment(tmp_path / name / "out", "steel", gain) for name, gain in (("frozen", 0), ("scratch", 0.01))]
    assert set(read_experiments(folders)["source"]) == {f"steel ({folder.resolve()})" for folder in folders}


def test_runs_that_two_folders_hold_are_not_counted_twice(tmp_path: Path):
    """A folder that was copied and went on with more strategies, say."""
    folders = [experiment(tmp_path / name, "steel") for name in ("before", "grown")]
    with pytest.raises(StudioError, match="hold 12 same runs, which would count twice"):
        read_experiments(folders)


def test_a_folder_without_results_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(StudioError, match="nowhere holds no results.parquet"):
        read_experiments([tmp_path / "nowhere"])
    assert main([str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")], "compare") == 1
    assert "holds no results.parquet" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_a_folder_in_which_no_round_is_finished_is_named(tmp_path: Path):
    pd.DataFrame().to_parquet(tmp_path / "results.parquet")
    with pytest.raises(StudioError, match="holds no round"):
        read_experiments([tmp_path])


def test_the_command_writes_table_report_and_page(tmp_path: Path):
    folders = [str(experiment(tmp_path / name, name)) for name in ("digits", "steel")]
    out = tmp_path / "all"
    assert main([*folders, "--out", str(out)], "compare", write_reports) == 0
    assert {file.name for file in out.iterdir()} == {"results.parquet", "report.md", "report.html"}
    assert "on average over 2 sources" in (out / "report.md").read_text("utf-8")
    assert "<h2>Mean over the sources</h2>" in (out / "report.html").read_text("utf-8")
    assert len(pd.read_parquet(out / "results.parquet")) == 2 * 3 * 4 * 6


def test_without_plotly_there_is_the_report_alone(tmp_path: Path):
    assert main([str(experiment(tmp_path / "digits", "digits")), "--out", str(tmp_path / "all")], "compare") == 0
    assert {file.name for file in (tmp_path / "all").iterdir()} == {"results.parquet", "report.md"}
