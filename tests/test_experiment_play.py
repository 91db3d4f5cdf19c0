"""Runs, round by round: paired by seed, blind to what they did not ask for, whole after a kill."""

import json
from pathlib import Path

import numpy as np
import pytest
from experiments import COUNTS, experiment, folders, play, without_clock, write_source
from long_work import result_of

from vabal_core.experiment import play as playing
from vabal_core.experiment.folders import failure, read_plan, round_folder, write_plan
from vabal_core.experiment.plan import Run
from vabal_core.experiment.results import read_rows
from vabal_core.experiment.work import work
from vabal_core.loop import fields, frozen


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_source(tmp_path / "source")


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """What strategies were shown and answered: (task, pool, rows)."""
    seen = []
    choose = playing.choose

    def watched(fitted, strategy, k, seed):
        query = yield from choose(fitted, strategy, k, seed)
        seen.append((fitted.task, fitted.pool, query.rows))
        return query

    monkeypatch.setattr(playing, "choose", watched)
    return seen


def test_a_row_a_round_with_every_column(source, tmp_path):
    rows = read_rows(play(source, tmp_path / "out").out)
    assert len(rows) == 2 * 2 * 3
    run = rows[(rows["strategy"] == "margin") & (rows["seed"] == 1)]
    assert run["round"].tolist() == [0, 1, 2] and run["labels"].tolist() == [6, 11, 16]
    assert set(run["source"]) == {"clusters"} and run["class_names"].iloc[0] == ["common", "less", "rare"]
    for name in ("balanced_accuracy", "accuracy", "macro_f1", "rare_share", "calibration_error"):
        assert run[name].between(0, 1).all(), name
    assert run["pick_error_rate"].isna().tolist() == [False, False, True]
    assert run["certified_ratio"].isna().all()
    assert [sum(histogram) for histogram in run["histogram"]] == [6, 11, 16]
    assert (run["test_images"] == 18).all() and (run["seconds_fit"] > 0).all()
    assert json.loads(run["config"].iloc[0])["learning"] == "frozen" and "torch" in json.loads(run["versions"].iloc[0])


def test_a_row_tells_how_near_a_choice_comes_to_the_best_one_where_its_strategy_can(source, tmp_path):
    rows = read_rows(play(source, tmp_path / "out", strategies=("coreset",)).out)
    of_rounds = [group["certified_ratio"].tolist() for _, group in rows.groupby("seed")]
    assert all(1 <= ratio <= 2 for ratios in of_rounds for ratio in ratios[:-1])
    assert all(np.isnan(ratios[-1]) for ratios in of_rounds)  # nothing is chosen after the last round


def test_all_strategies_of_a_seed_start_alike_and_seeds_differ(source, tmp_path, queries):
    rows = read_rows(play(source, tmp_path / "out", strategies=("margin", "random", "vabal")).out)
    first = without_clock(rows[rows["round"] == 0]).drop(columns=["strategy", "pick_error_rate", "certified_ratio"])
    config = first.pop("config")
    assert config.nunique() == 1
    for _, of_seed in first.groupby("seed"):
        assert of_seed.astype(str).nunique().eq(1).all()
    assert first.astype(str).drop_duplicates().shape[0] == 2
    by_round = {}
    for task, _, _ in queries:
        by_round.setdefault((int((task.labels >= 0).sum())), set()).add(task.seed)
    assert [len(seeds) for seeds in by_round.values()] == [2, 2], "two seeds, whatever the strategy"


def test_a_strategy_sees_the_labels_that_were_asked_for_and_no_other(source, tmp_path, queries):
    play(source, tmp_path / "out", seeds=(0,), strategies=("margin",))
    truth = np.repeat(np.arange(3), COUNTS)
    labelled = queries[0][0].labels >= 0
    assert labelled.sum() == 6
    for task, pool, rows in queries:
        assert (task.evaluation == (np.arange(len(truth)) % 4 == 0)).all()
        assert ((task.labels >= 0) == labelled).all() and (task.labels[labelled] == truth[labelled]).all()
        assert (pool.labels[task.evaluation] == -1).all() and not pool.candidates[task.evaluation].any()
        labelled[rows] = True
    assert labelled.sum() == 16


def test_labels_that_nobody_asked_for_change_nothing_that_is_chosen(source, tmp_path, queries):
    play(source, tmp_path / "out", seeds=(0,), strategies=("margin", "vabal"))
    before = [rows.tolist() for _, _, rows in queries]
    labelled = [task.labels >= 0 for task, _, _ in queries]
    content = json.loads(source.read_text())
    untouched = ~(labelled[-1] | labelled[1])
    untouched[queries[-1][2]] = untouched[queries[1][2]] = False
    labels = np.array(content["labels"])
    labels[untouched] = np.roll(labels[untouched], 5)
    assert (labels != content["labels"]).any()
    source.write_text(json.dumps({**content, "labels": labels.tolist()}))
    queries.clear()
    play(source, tmp_path / "again", seeds=(0,), strategies=("margin", "vabal"))
    assert [rows.tolist() for _, _, rows in queries] == before


def test_a_pool_may_be_used_up_by_the_last_round(source, tmp_path):
    rows = read_rows(play(source, tmp_path / "out", seeds=(0,), batch=24, rounds=2).out)
    run = rows[rows["strategy"] == "margin"]
    assert run["labels"].tolist() == [6, 30, 54], "54 images are in the pool"
    assert run["pick_error_rate"].isna().tolist() == [False, False, True]
    assert rows[rows["round"] == 2]["balanced_accuracy"].nunique() == 1, "all strategies end with the same labels"


def test_a_plan_for_more_labels_than_the_pool_has_is_refused_with_both_numbers(source, tmp_path):
    places = play(source, tmp_path / "out", seeds=(0,), batch=25, rounds=2)
    reasons = {failure(places.out, run) for run in read_plan(places.out).runs}
    assert len(reasons) == 1 and "asks for 56 labels in all, and 54 images can be labelled" in reasons.pop()


def test_a_split_that_nobody_states_is_drawn_by_the_seed(tmp_path, queries):
    play(write_source(tmp_path / "source", stated=False), tmp_path / "out", strategies=("margin", "random"), rounds=1)
    splits = {seed: {task.evaluation.tobytes() for task, _, _ in queries if task.seed == seed} for seed in
              {task.seed for task, _, _ in queries}}  # fmt: skip
    assert [len(split) for split in splits.values()] == [1, 1] and len(set.union(*splits.values())) == 2


def test_coverage_as_a_start_is_the_same_for_all_strategies_and_no_random_one(source, tmp_path, queries):
    play(source, tmp_path / "out", start="coverage", seeds=(0,), rounds=1)
    first = {tuple(np.flatnonzero(task.labels >= 0)) for task, _, _ in queries}
    queries.clear()
    play(source, tmp_path / "random", seeds=(0,), rounds=1)
    assert len(first) == 1 and tuple(np.flatnonzero(queries[0][0].labels >= 0)) not in first


def test_too_few_images_are_said_in_words(source, tmp_path):
    places = play(source, tmp_path / "out", initial=54)
    assert "starts from 54 labels, and 54 images" in failure(places.out, Run(strategy="margin", seed=0))


@pytest.mark.parametrize("rounds_done", [1, 2])
def test_a_run_goes_on_after_its_last_whole_round_as_if_nothing_had_been(source, tmp_path, monkeypatch, rounds_done):
    undisturbed = read_rows(play(source, tmp_path / "whole", strategies=("vabal",), seeds=(0,)).out)
    places, write = folders(source, tmp_path / "cut"), playing.write_round

    def killed(out, run, number, played):
        if number == rounds_done:
            raise KeyboardInterrupt
        write(out, run, number, played)

    monkeypatch.setattr(playing, "write_round", killed)
    with pytest.raises(KeyboardInterrupt):
        play(source, places.out, strategies=("vabal",), seeds=(0,))
    assert len(read_rows(places.out)) == rounds_done
    monkeypatch.setattr(playing, "write_round", write)
    numbers = []
    fit = playing.fit_labels
    monkeypatch.setattr(playing, "fit_labels", lambda task, *a, **k: numbers.append(task.seed) or fit(task, *a, **k))
    result_of(work(places))
    assert len(numbers) == 3 - rounds_done, "what was played is not played again"
    assert without_clock(read_rows(places.out)).equals(without_clock(undisturbed))
    assert not round_folder(places.out, Run(strategy="vabal", seed=0)).exists()


def test_the_auto_encoder_goes_on_from_the_round_before(source, tmp_path, monkeypatch):
    initial = []
    fit = playing.fit_labels
    monkeypatch.setattr(
        playing, "fit_labels", lambda task, inputs, **k: initial.append(inputs.initial_vae) or fit(task, inputs, **k)
    )
    play(source, tmp_path / "out", strategies=("vabal",), seeds=(0,))
    assert [state is None for state in initial] == [True, False, False]
    initial.clear()
    overrides = experiment(source).overrides | {"vae_warm_steps": 0}
    play(source, tmp_path / "cold", strategies=("vabal",), seeds=(0,), overrides=overrides)
    assert initial == [None, None, None]


def test_a_run_that_fails_says_why_and_the_others_go_on(source, tmp_path, monkeypatch):
    measure = playing.accuracy_columns
    calls = []

    def broken(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise FloatingPointError("the loss became infinite")
        if len(calls) == 3:
            raise IndexError("a bug")
        return measure(*arguments)

    monkeypatch.setattr(playing, "accuracy_columns", broken)
    places = play(source, tmp_path / "out")
    assert failure(places.out, Run(strategy="margin", seed=0)) == "the loss became infinite"
    why = failure(places.out, Run(strategy="random", seed=0))
    assert why.splitlines()[-1] == "IndexError: a bug" and "Traceback" in why
    assert len(read_rows(places.out)) == 1 + 2 * 3


def test_an_experiment_grows_by_strategies_and_plays_these_alone(source, tmp_path, monkeypatch):
    places = play(source, tmp_path / "out")
    before = read_rows(places.out)
    runs = []
    play_run = playing.play_run
    monkeypatch.setattr("vabal_core.experiment.work.play_run", lambda p, run: runs.append(run) or play_run(p, run))
    write_plan(places.out, experiment(source, strategies=("margin", "random", "entropy")))
    result_of(work(places))
    assert {run.strategy for run in runs} == {"entropy"}
    after = read_rows(places.out)
    kept = after[after["strategy"] != "entropy"].reset_index(drop=True)
    assert kept.drop(columns="planned_runs").equals(before.drop(columns="planned_runs"))
    assert set(after["planned_runs"]) == {6} and read_plan(places.out).strategies == ("margin", "random", "entropy")


def test_what_a_seeds_first_round_has_computed_serves_all_strategies_and_changes_none(source, tmp_path, monkeypatch):
    trained = []
    train = fields.train_on_pool
    monkeypatch.setattr(fields, "train_on_pool", lambda *a: trained.append(a[-1]) or train(*a))
    both = read_rows(play(source, tmp_path / "both", strategies=("vabal_posterior", "vabal"), rounds=1).out)
    assert len(trained) == 2, "one auto-encoder a seed; the last round asks for none"
    alone = read_rows(play(source, tmp_path / "alone", strategies=("vabal",), rounds=1).out)
    of_both = both[both["strategy"] == "vabal"].reset_index(drop=True)
    assert without_clock(of_both).equals(without_clock(alone))


def test_the_features_of_a_pool_are_standardised_alike_in_all_rounds_and_measured_once(source, tmp_path, monkeypatch):
    measured = []
    measure = frozen.pool_standardisation
    monkeypatch.setattr(frozen, "pool_standardisation", lambda *a: measured.append(measure(*a)) or measured[-1])
    play(source, tmp_path / "out", strategies=("margin", "random"))
    assert len(measured) == 2, "one a seed"
    measured.clear()
    monkeypatch.setattr(playing, "_standardisation", lambda fitted: None)
    play(source, tmp_path / "again", strategies=("margin", "random"))
    assert len(measured) == 2 * (1 + 2 * 2)
    for other in measured[1:5]:
        assert (other.mean == measured[0].mean).all() and (other.scale == measured[0].scale).all()
    assert without_clock(read_rows(tmp_path / "out")).equals(without_clock(read_rows(tmp_path / "again")))
