"""A checkpoint ranks again without training."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from long_work import finish
from loop_tasks import CPU, PIXELS, READABLE, SMALL, make_task, run

from vabal_core.loop.checkpoint import previous_vae, read_checkpoint, restore, state_of, write_checkpoint
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import rank_and_evaluate
from vabal_core.types import StudioError


def again(task, state):
    """The result of the restored round, and the phases it went through."""
    restored, seeing = finish(restore(task, state, Inputs(pixels=PIXELS, readable=READABLE), device=CPU))
    result, ranking = finish(rank_and_evaluate(restored))
    return result, {event.phase for event in [*seeing, *ranking]}


@pytest.mark.parametrize("difficulty", ["in_sample", "cross_fit"])
def test_a_checkpoint_ranks_again_bit_for_bit_without_training(tmp_path, difficulty):
    task = make_task(config=replace(SMALL, difficulty=difficulty, folds=2))
    _, fitted, result = run(task)
    write_checkpoint(tmp_path, fitted)
    same, phases = again(task, read_checkpoint(tmp_path))
    assert phases == {"features", "score", "evaluate"}
    np.testing.assert_array_equal(same.ranking.rows, result.ranking.rows)
    np.testing.assert_array_equal(same.ranking.scores, result.ranking.scores)
    np.testing.assert_array_equal(same.out_of_sample.predicted, result.out_of_sample.predicted)
    assert same.report.reliability == result.report.reliability


def test_a_checkpoint_is_read_by_another_strategy_and_setting_as_a_round_of_its_own_would_have_been():
    task = replace(make_task("vabal_posterior"), config=replace(SMALL, temperature=2.0))
    _, _, expected = run(task)
    _, fitted, _ = run(make_task("vabal"))
    other, phases = again(task, state_of(fitted))
    assert "vae" not in phases
    np.testing.assert_array_equal(other.ranking.rows, expected.ranking.rows)
    np.testing.assert_array_equal(other.ranking.scores, expected.ranking.scores)


@pytest.mark.parametrize("difficulty", ["in_sample", "cross_fit"])
def test_a_checkpoint_without_an_auto_encoder_says_so(difficulty):
    config = replace(SMALL, difficulty=difficulty)
    _, fitted, _ = run(make_task("entropy", config=config))
    with pytest.raises(ValueError, match="strategy 'vabal' needs .*, and this round trained none"):
        again(make_task("vabal", config=config), state_of(fitted))


def test_features_that_are_not_finite_are_refused_with_the_setting_to_change():
    task = make_task()
    state = state_of(run(task)[1])
    state["classifier"]["layer1.0.bn1.weight"][:] = float("nan")
    with pytest.raises(FloatingPointError, match="learning_rate"):
        again(task, state)


def test_the_next_round_goes_on_from_the_auto_encoder_in_a_checkpoint(tmp_path):
    _, fitted, _ = run(make_task())
    write_checkpoint(tmp_path, fitted)
    kept, expected = previous_vae(tmp_path), state_of(fitted)["vae"]
    assert kept.keys() == expected.keys()
    assert all(torch.equal(kept[name], expected[name]) for name in expected)
    write_checkpoint(tmp_path, fitted)  # the file is not in use any more, nor its values
    assert all(torch.equal(kept[name], expected[name]) for name in expected)


def test_a_round_without_an_auto_encoder_to_go_on_from_leaves_none(tmp_path):
    file, state = tmp_path / "checkpoint.pt", {"vae": {"weight": torch.ones(3)}}
    assert previous_vae(None) is None
    assert previous_vae(tmp_path) is None
    torch.save({"classifier": {}}, file)
    assert previous_vae(tmp_path) is None
    torch.save({"vae": {"weight": torch.tensor([1.0, float("nan")])}}, file)
    assert previous_vae(tmp_path) is None
    torch.save(state, file)
    assert previous_vae(tmp_path) is not None
    whole = file.read_bytes()
    for damaged in (b"", whole[:-200], b"not a checkpoint", bytes(len(whole))):
        file.write_bytes(damaged)
        with pytest.raises(StudioError, match=r"checkpoint\.pt is damaged on the disk"):
            previous_vae(tmp_path)
