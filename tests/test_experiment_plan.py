"""What an experiment may ask for, and what its folder may be asked a second time."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from experiments import experiment
from filelock import FileLock

from vabal_core.experiment import plan
from vabal_core.experiment.folders import at_work, read_plan, runs_folder, write_finished, write_plan
from vabal_core.experiment.names import split_names
from vabal_core.experiment.plan import Run
from vabal_core.types import StudioError

PLAN = experiment(Path("steel.zip"))


def test_runs_come_seed_by_seed_so_that_what_is_done_can_be_compared():
    assert [(run.seed, run.strategy) for run in PLAN.runs] == [
        (0, "margin"),
        (0, "random"),
        (1, "margin"),
        (1, "random"),
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strategies": ("margin", "magic")}, "strategy 'magic' is unknown: choose one of vabal"),
        ({"strategies": ()}, "strategies=none"),
        ({"strategies": ("margin", "margin")}, "margin, margin: name one at least, and none twice"),
        ({"seeds": ()}, "seeds=none"),
        ({"seeds": (-1,)}, "seed -1: give 0 or more"),
        ({"initial": 1}, "initial=1: give 2 or more"),
        ({"batch": 0}, "batch=0: give 1 or more"),
        ({"rounds": -1}, "rounds=-1: give 0 or more"),
        ({"preset": "quick"}, "preset 'quick' is unknown"),
        ({"overrides": {"epoch": 5}}, "setting epoch is unknown"),
        ({"start": "best"}, "start='best': choose one of random, coverage"),
        ({"start": "coverage", "preset": "paper"}, "start='coverage' needs features"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said_in_words(changes, words):
    with pytest.raises(ValueError, match=words):
        replace(PLAN, **changes)


def test_a_plan_goes_through_json_and_back():
    assert plan.from_json(json.loads(json.dumps(plan.to_json(PLAN)))) == PLAN


def test_what_the_experiment_says_wins_over_the_images_and_those_over_the_preset():
    config = replace(PLAN, overrides={"draws": 7, "mirrors": False}).config_of(
        "margin", {"image_size": 96, "mirrors": True}
    )
    assert (config.draws, config.image_size, config.mirrors, config.learning) == (7, 96, False, "frozen")


def test_a_folder_goes_on_with_its_plan_and_grows_by_strategies_and_seeds(tmp_path):
    write_plan(tmp_path, PLAN)
    assert write_plan(tmp_path, PLAN) == PLAN == read_plan(tmp_path)
    grown = write_plan(tmp_path, replace(PLAN, strategies=("random", "margin", "entropy"), seeds=(0, 1, 2)))
    assert grown == read_plan(tmp_path) == replace(PLAN, strategies=("margin", "random", "entropy"), seeds=(0, 1, 2))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batch": 6}, "an experiment with batch 5, and this one has 6"),
        ({"overrides": {}}, "an experiment with overrides {"),
        ({"strategies": ("margin",)}, "leaves out random"),
        ({"seeds": (1, 2)}, "seeds 0, 1, and this one leaves out 0"),
    ],
)
def test_another_plan_is_refused_and_the_folder_keeps_its_own(tmp_path, changes, words):
    write_plan(tmp_path, PLAN)
    runs_folder(tmp_path).mkdir()
    write_finished(tmp_path, PLAN.runs[0], [])
    with pytest.raises(StudioError, match=words):
        write_plan(tmp_path, replace(PLAN, **changes))
    assert read_plan(tmp_path) == PLAN


def test_a_plan_of_which_nothing_was_played_gives_way_to_another(tmp_path):
    """Its source was misspelled, say, or the pool is too small for it."""
    write_plan(tmp_path, PLAN)
    (tmp_path / "source").mkdir()
    other = replace(PLAN, source="digits", batch=6)
    assert write_plan(tmp_path, other) == read_plan(tmp_path) == other
    assert not (tmp_path / "source").exists(), "it was of the other images"


def test_a_plan_whose_images_are_being_read_gives_way_to_none(tmp_path):
    write_plan(tmp_path, PLAN)
    with FileLock(tmp_path / "source.lock"), pytest.raises(StudioError, match="batch 5, and this one has 6"):
        write_plan(tmp_path, replace(PLAN, batch=6))


def test_a_plan_that_somebody_is_at_gives_way_to_none_and_may_grow(tmp_path):
    write_plan(tmp_path, PLAN)
    other = replace(PLAN, batch=6)
    with at_work(tmp_path, PLAN):
        with pytest.raises(StudioError, match="batch 5, and this one has 6"):
            write_plan(tmp_path, other)
        grown = write_plan(tmp_path, replace(PLAN, seeds=(0, 1, 2)))
        with at_work(tmp_path, grown):  # the same command beside this one
            assert read_plan(tmp_path).seeds == (0, 1, 2)
    assert write_plan(tmp_path, other) == read_plan(tmp_path), "nobody is at it any more"


def test_who_finds_another_experiment_in_the_place_of_theirs_plays_none_of_its_runs(tmp_path):
    write_plan(tmp_path, PLAN)
    write_plan(tmp_path, replace(PLAN, batch=6))
    with pytest.raises(StudioError, match="Another experiment has been started"), at_work(tmp_path, PLAN):
        pytest.fail("it went on with the plan of another")


def test_a_folder_without_a_plan_says_so(tmp_path):
    with pytest.raises(StudioError, match="No experiment stands in"):
        read_plan(tmp_path)


def test_commas_within_brackets_part_no_names_and_each_name_is_spelled_one_way():
    assert split_names("vabal, mix(vabal,random,0.3),distinct( power(margin,1) )") == (
        "vabal",
        "mix(vabal, random, 0.3)",
        "distinct(power(margin, 1))",
    )


def test_runs_are_told_apart_by_strategy_and_seed():
    assert len({Run(strategy="margin", seed=0), Run(strategy="margin", seed=1), Run(strategy="random", seed=0)}) == 3
