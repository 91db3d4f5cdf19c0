"""The command `simulate`: to the end, killed in the middle, twice side by side; real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from experiments import QUICK, experiment, folders, play, without_clock, write_source
from typer.testing import CliRunner

from vabal_core.__main__ import app
from vabal_core.experiment import command, console, processes
from vabal_core.experiment import folders as places_of
from vabal_core.experiment import play as playing
from vabal_core.experiment.folders import read_plan, run_lock
from vabal_core.experiment.results import Watch, read_rows
from vabal_core.experiment.work import work

ROOT = Path(__file__).parents[1]
SETTINGS = [word for name, value in QUICK.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    return write_source(tmp_path_factory.mktemp("source"))


def arguments(source: Path, out: Path, *more: str) -> list[str]:
    usual = ["--strategies", "margin,random", "--seeds", "2", "--initial", "6", "--batch", "5", "--rounds", "2"]
    shared = ["--out", str(out), "--features", str(source.parent / "features"), "--processes", "1"]
    return [str(source), *usual, *SETTINGS, *shared, *more]


def start(source: Path, out: Path, *more: str) -> subprocess.Popen:
    line = [sys.executable, "-m", "vabal_core.experiment", *arguments(source, out, *more)]
    # A background job of a shell ignores Ctrl+C, and so would what it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)


def main(*words: str) -> int:
    return command.main(words, "simulate")


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "play_in_processes", lambda places, processes: work(places))


def test_two_processes_leave_the_rows_that_one_would_a_table_and_a_report(source, tmp_path, capfd):
    assert main(*arguments(source, tmp_path / "out", "--processes", "2")) == 0
    alone = play(source, tmp_path / "alone").out
    assert without_clock(read_rows(tmp_path / "out")).equals(without_clock(read_rows(alone)))
    table = pd.read_parquet(tmp_path / "out" / "results.parquet")
    columns = ["strategy", "seed", "round", "labels", "balanced_accuracy", "accuracy", "macro_f1", "rare_share"]
    assert table[columns].equals(read_rows(alone)[columns])
    assert "`margin`" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    printed = capfd.readouterr()
    assert "4 of 4 runs done" in printed.out and "4/4 runs  12/12 rounds\n" in printed.err


def test_the_studios_commands_write_the_figures_too(source, tmp_path, in_process):
    out, all_of_them = tmp_path / "out", tmp_path / "all"
    done = CliRunner().invoke(app, ["simulate", *arguments(source, out)])
    assert done.exit_code == 0, done.output
    assert "<code>margin</code>" in (out / "report.html").read_text(encoding="utf-8")
    done = CliRunner().invoke(app, ["compare", str(out), "--out", str(all_of_them)])
    assert done.exit_code == 0, done.output
    assert (all_of_them / "report.md").read_bytes() == (out / "report.md").read_bytes()
    assert (all_of_them / "report.html").exists()


def test_after_a_kill_the_same_command_goes_on_and_repeats_no_round(source, tmp_path):
    out, more = tmp_path / "out", ("--rounds", "4", "--strategies", "margin,vabal")
    killed = start(source, out, *more)
    while not list((out / "runs").glob("*/1.json")):
        assert killed.poll() is None, killed.communicate()
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    for run in read_plan(out).runs:  # the worker has noticed
        run_lock(out, run).acquire(timeout=30, poll_interval=0.01)
    before = read_rows(out)
    assert 2 <= len(before) < 20
    again = start(source, out, *more)
    printed = again.communicate(timeout=120)
    assert again.returncode == 0, printed
    after = pd.read_parquet(out / "results.parquet")
    key = ["strategy", "seed", "round"]
    clock = after.merge(before, on=key, suffixes=("", "_before"))
    assert len(clock) == len(before) and (clock["seconds_fit"] == clock["seconds_fit_before"]).all(), "played once"
    whole = read_rows(play(source, tmp_path / "whole", rounds=4, strategies=("margin", "vabal")).out)
    assert without_clock(read_rows(out)).equals(without_clock(whole))


def test_the_same_command_twice_side_by_side_shares_the_work(source, tmp_path):
    both = [start(source, tmp_path / "out", "--seeds", "3") for _ in range(2)]
    printed = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], printed
    assert all("6 of 6 runs done" in out for out, _ in printed)
    rows = pd.read_parquet(tmp_path / "out" / "results.parquet")
    assert len(rows) == 18 and not rows.duplicated(["strategy", "seed", "round"]).any()


def test_two_workers_on_one_folder_play_each_run_once(source, tmp_path, monkeypatch):
    played = []
    play_run = playing.play_run
    monkeypatch.setattr("vabal_core.experiment.work.play_run", lambda p, run: played.append(run) or play_run(p, run))
    monkeypatch.setattr("vabal_core.experiment.work.SECONDS_BETWEEN_TRIES", 0.01)
    out = tmp_path / "out"
    places_of.write_plan(out, experiment(source))
    workers = [work(folders(source, out)) for _ in range(2)]
    while workers:  # by turns: each event of one is followed by one of the other
        workers = [worker for worker in workers if next(worker, None) is not None]
    assert sorted(map(str, played)) == sorted(map(str, read_plan(out).runs))
    assert Watch(out).standing().over


def test_a_failed_run_is_exit_code_1_and_the_next_command_tries_it_again(source, tmp_path, capfd, in_process):
    arguments_ = arguments(source, tmp_path / "out", "--initial", "54", "--seeds", "1")
    assert main(*arguments_) == 1
    printed = capfd.readouterr()
    assert "margin, seed 0, has failed: The experiment starts from 54 labels" in printed.err
    assert "0 of 2 runs done" in printed.out
    assert Watch(tmp_path / "out").standing().over
    places_of.forget_failures(tmp_path / "out")
    assert not Watch(tmp_path / "out").standing().over


def test_of_many_runs_that_failed_alike_the_first_are_named(source, tmp_path, capfd, in_process):
    assert main(*arguments(source, tmp_path / "out", "--initial", "54", "--seeds", "4")) == 1
    printed = capfd.readouterr().err
    assert printed.count("has failed: The experiment starts from 54 labels") == 3
    assert "5 more runs have failed for the same reason." in printed


def test_a_run_that_came_to_its_end_has_not_failed_whatever_was_written_beside_it(source, tmp_path):
    out = play(source, tmp_path / "out").out
    places_of.write_failure(out, read_plan(out).runs[0], "its machine was gone just afterwards")
    standing = Watch(out).standing()
    assert standing.over and standing.runs_done == 4 and not standing.failures


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--strategies", "margin,magic"], "strategy 'magic' is unknown"),
        (["--set", "epochs"], "--set epochs: write NAME=VALUE"),
        (["--seeds", "0"], "give 1 or more of each"),
    ],
)
def test_what_is_wrong_is_said_before_anything_begins(source, tmp_path, capfd, more, words):
    assert main(*arguments(source, tmp_path / "out", *more)) == 1
    assert words in capfd.readouterr().err and not (tmp_path / "out").exists()


def test_a_source_that_is_not_there_is_said_in_words(tmp_path, capfd, in_process):
    assert main(*arguments(tmp_path / "steel.zip", tmp_path / "out")) == 1
    assert "There is no source" in capfd.readouterr().err


def test_ctrl_c_leaves_all_consistent_and_says_how_to_go_on(source, tmp_path):
    more = ("--strategies", "vabal", "--seeds", "40")  # enough that a busy machine does not end before it hears
    running = start(source, tmp_path / "out", *more)
    while not list((tmp_path / "out" / "runs").glob("*/1.json")):
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, printed = running.communicate(timeout=60)
    assert (
        running.returncode == console.STOPPED and "The same command goes on" in printed and "Traceback" not in printed
    )
    assert len(pd.read_parquet(tmp_path / "out" / "results.parquet")) >= 2
    for run in read_plan(tmp_path / "out").runs:
        with run_lock(tmp_path / "out", run).acquire(timeout=0):
            pass  # nobody plays on


def test_help_is_said_without_torch_and_the_same_by_both_commands():
    texts = []
    for imports, call in (
        ("experiment.command import main", "main(['--help'], 'simulate')"),
        ("__main__ import app", "app(['simulate', '--help'], prog_name='simulate', standalone_mode=False)"),
    ):
        line = f"import sys\nfrom vabal_core.{imports}\ntry:\n    {call}\nexcept SystemExit:\n    pass\n"
        line += "assert 'torch' not in sys.modules"
        done = subprocess.run([sys.executable, "-c", line], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        texts.append(done.stdout.split("options:")[1])
    assert "--strategies A,B,C" in texts[0] and texts[0] == texts[1]


def test_where_no_process_lives_to_play_the_runs_the_log_is_named(source, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(processes, "COMMAND", (sys.executable, "-c", "raise SystemExit('out of memory')"))
    assert main(*arguments(source, tmp_path / "out")) == 1
    assert "No process that plays runs is alive any more (exit status" in capfd.readouterr().err
    assert "out of memory" in (tmp_path / "out" / processes.LOG).read_text()


def test_the_last_words_of_a_process_are_heard_after_its_end(source, tmp_path, capfd, monkeypatch):
    words = 'print(\'{"error": "The images are gone."}\', flush=True); raise SystemExit(1)'
    monkeypatch.setattr(processes, "COMMAND", (sys.executable, "-c", words))
    read = processes._read
    monkeypatch.setattr(processes, "_read", lambda *pipe: (time.sleep(0.5), read(*pipe)))
    assert main(*arguments(source, tmp_path / "out")) == 1
    assert capfd.readouterr().err == "The images are gone.\n"


def test_a_process_takes_no_more_threads_than_its_environment_or_its_part():
    lines = (
        "import sys, numpy, torch",
        "from threadpoolctl import threadpool_info",
        "from vabal_core.experiment import worker",
        "worker._share_processor(int(sys.argv[1]))",
        "print(torch.get_num_threads(), *{pool['num_threads'] for pool in threadpool_info()})",
    )
    for allowed, part in (("1", "2"), ("2", "1")):
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(lines), part],
            cwd=ROOT, capture_output=True, text=True, check=True,
            env={**os.environ, "OMP_NUM_THREADS": allowed, "OPENBLAS_NUM_THREADS": allowed},
        )  # fmt: skip
        assert done.stdout.split() == ["1", "1"]
