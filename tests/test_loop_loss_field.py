"""The predicted losses of a pool: of a head on frozen features and of a network."""

from dataclasses import replace

import numpy as np
import pytest
from frozen_tasks import FEATURES, fitted_frozen, frozen_task
from long_work import result_of
from loop_tasks import CPU, PIXELS, READABLE, SMALL, fitted, make_task

from vabal_core.loop.checkpoint import restore, state_of
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.loss_field import predicted_loss
from vabal_core.types import UNLABELLED

JOINT = replace(SMALL, backbone="resnet18-quarter", learning_loss=1.0)


def frozen():
    return fitted_frozen(frozen_task("learning_loss"))


def network():
    return fitted(make_task("learning_loss", config=JOINT))


@pytest.mark.parametrize("fit", [frozen, network])
def test_there_is_a_loss_for_every_candidate_and_for_no_other_image(fit):
    model = fit()
    losses = result_of(predicted_loss(model))
    inside = model.pool.candidates
    assert np.isfinite(losses[inside]).all() and np.isnan(losses[~inside]).all()
    assert len(np.unique(losses[inside])) == inside.sum()
    np.testing.assert_array_equal(result_of(predicted_loss(fit())), losses)


def test_losses_are_those_out_of_fold_and_the_order_of_the_rows_does_not_matter():
    task = frozen_task("learning_loss")
    order = np.random.default_rng(1).permutation(len(task.keys))
    arrays = ("keys", "labels", "evaluation", "prequential")
    mixed = replace(task, **{name: getattr(task, name)[order] for name in arrays})
    straight, shuffled = fitted_frozen(task), fitted_frozen(mixed, FEATURES[order])
    np.testing.assert_allclose(
        result_of(predicted_loss(shuffled)), result_of(predicted_loss(straight))[order], atol=1e-3
    )
    head = replace(straight.classifier, out_of_fold=straight.classifier.out_of_fold[:, ::-1])
    other = replace(straight, classifier=head, computed={})
    assert not np.allclose(result_of(predicted_loss(other))[24:44], result_of(predicted_loss(straight))[24:44])


def test_two_labels_are_enough():
    task = frozen_task("learning_loss")
    task.labels[2:24] = UNLABELLED
    assert np.isfinite(result_of(predicted_loss(fitted_frozen(task)))[2:44]).all()


def test_a_network_that_learned_alone_is_not_asked():
    task = make_task("learning_loss", config=replace(JOINT, learning_loss=0.0))
    with pytest.raises(ValueError, match="learning_loss=0 was set: start a round with learning_loss=1"):
        result_of(predicted_loss(fitted(task)))


def test_the_module_is_kept_with_its_network():
    model, inputs = network(), Inputs(pixels=PIXELS, readable=READABLE)
    restored = result_of(restore(model.task, state_of(model), inputs, device=CPU))
    np.testing.assert_array_equal(result_of(predicted_loss(restored)), result_of(predicted_loss(model)))
