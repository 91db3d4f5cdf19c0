"""What the discriminator of VAAL says of a pool, on frozen features and on pixels."""

from dataclasses import replace

import numpy as np
import pytest
from frozen_tasks import FEATURES, fitted_frozen, frozen_task
from long_work import finish, result_of
from loop_tasks import CPU, PIXELS, READABLE, SMALL, fitted, make_task

from vabal_core.loop.checkpoint import read_checkpoint, restore, state_of, write_checkpoint
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import rank_and_evaluate
from vabal_core.loop.vaal_field import discriminator
from vabal_core.types import UNLABELLED

QUARTER = replace(SMALL, backbone="resnet18-quarter", vaal_steps=2)


def frozen():
    return fitted_frozen(frozen_task("vaal", vaal_steps=3))


def network():
    return fitted(make_task("vaal", config=QUARTER))


@pytest.mark.parametrize("fit", [frozen, network])
def test_there_is_a_probability_for_every_candidate_and_for_no_other_image(fit):
    model = fit()
    probabilities = result_of(discriminator(model))
    inside = model.pool.candidates
    assert ((probabilities[inside] >= 0) & (probabilities[inside] <= 1)).all() and np.isnan(
        probabilities[~inside]
    ).all()
    assert len(np.unique(probabilities[inside])) == inside.sum()
    np.testing.assert_array_equal(result_of(discriminator(fit())), probabilities)


def test_the_order_of_the_rows_does_not_matter():
    task = frozen_task("vaal", vaal_steps=3)
    order = np.random.default_rng(1).permutation(len(task.keys))
    arrays = ("keys", "labels", "evaluation", "prequential")
    mixed = replace(task, **{name: getattr(task, name)[order] for name in arrays})
    straight, shuffled = fitted_frozen(task), fitted_frozen(mixed, FEATURES[order])
    np.testing.assert_allclose(result_of(discriminator(shuffled)), result_of(discriminator(straight))[order], atol=1e-3)


def test_two_labels_are_enough():
    task = frozen_task("vaal", vaal_steps=3)
    task.labels[2:24] = UNLABELLED
    assert np.isfinite(result_of(discriminator(fitted_frozen(task)))[2:44]).all()


@pytest.mark.parametrize("kind", ["frozen", "network"])
def test_a_round_is_ranked_again_by_what_was_said_in_it_and_no_other_round_is(tmp_path, kind):
    if kind == "frozen":
        model, inputs = frozen(), Inputs(features=FEATURES, readable=READABLE)
    else:
        model, inputs = network(), Inputs(pixels=PIXELS, readable=READABLE)
    with pytest.raises(ValueError, match="needs an auto-encoder and its discriminator, and this round trained none"):
        result_of(discriminator(result_of(restore(model.task, state_of(model), inputs, device=CPU))))
    ranked = result_of(rank_and_evaluate(model)).ranking
    write_checkpoint(tmp_path, model)
    restored = result_of(restore(model.task, read_checkpoint(tmp_path), inputs, device=CPU))
    again, events = finish(rank_and_evaluate(restored))
    np.testing.assert_array_equal(again.ranking.scores, ranked.scores)
    assert "discriminator" not in {event.phase for event in events}
