"""Every strategy in whole rounds, on frozen features and from scratch, with the settings that it asks for."""

from dataclasses import replace

import numpy as np
import pytest
from frozen_tasks import FEATURES, frozen_task
from long_work import finish, result_of
from loop_tasks import CPU, PIXELS, READABLE, SMALL, N, make_task

from vabal_core.loop.checkpoint import restore, state_of
from vabal_core.loop.files import read_result, write_result
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import rank_and_evaluate, run_round
from vabal_core.query.strategies import OFFERED_STRATEGIES, find_strategy
from vabal_core.types import UNLABELLED

QUICK = {"dropout_passes": 2, "ensemble_size": 2, "vaal_steps": 2}
QUARTER = replace(SMALL, backbone="resnet18-quarter", **QUICK)
KINDS = {"frozen": Inputs(features=FEATURES, readable=READABLE), "scratch": Inputs(pixels=PIXELS, readable=READABLE)}


def task_of(name, kind):
    settings = find_strategy(name).settings
    if kind == "frozen":
        return frozen_task(name, **QUICK, **settings)
    return make_task(name, config=replace(QUARTER, **settings))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OFFERED_STRATEGIES)
def test_a_round_ranks_every_candidate_by_it_and_its_result_can_be_kept(tmp_path, name, kind):
    task = task_of(name, kind)
    (_, result), events = finish(run_round(task, KINDS[kind], device=CPU))
    assert sorted(result.ranking.rows) == list(range(24, 44))
    assert np.isfinite(result.ranking.scores).all()
    assert result.report.ranked == 20 and result.report.evaluated == 16
    write_result(tmp_path, result)
    np.testing.assert_array_equal(read_result(tmp_path).ranking.rows, result.ranking.rows)
    (_, again), _ = finish(run_round(task, KINDS[kind], device=CPU))
    np.testing.assert_array_equal(again.ranking.rows, result.ranking.rows)
    np.testing.assert_array_equal(again.ranking.scores, result.ranking.scores)


@pytest.mark.parametrize("name", OFFERED_STRATEGIES)
def test_two_labels_are_enough_for_it(name):
    task = task_of(name, "frozen")
    task.labels[2:24] = UNLABELLED
    (_, result), _ = finish(run_round(task, KINDS["frozen"], device=CPU))
    assert sorted(result.ranking.rows) == list(range(2, 44)) and len(task.keys) == N


@pytest.mark.parametrize("name", ["bald", "ensemble", "learning_loss", "dropquery"])
def test_what_follows_from_a_head_in_a_second_is_asked_of_a_round_that_chose_by_another(name):
    (fitted, _), _ = finish(run_round(task_of("margin", "frozen"), KINDS["frozen"], device=CPU))
    restored = result_of(restore(replace(fitted.task, strategy=name), state_of(fitted), KINDS["frozen"], device=CPU))
    (_, expected), _ = finish(run_round(task_of(name, "frozen"), KINDS["frozen"], device=CPU))
    again = result_of(rank_and_evaluate(restored)).ranking
    np.testing.assert_array_equal(again.rows, expected.ranking.rows)
    np.testing.assert_array_equal(again.scores, expected.ranking.scores)
