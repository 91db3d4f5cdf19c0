"""A round that trains a pretrained network further: ranked, repeated, cross-fitted and restored."""

from dataclasses import replace
from functools import cache

import numpy as np
from long_work import finish
from loop_tasks import CPU, KINDS, PIXELS, READABLE, C, make_task, run

from vabal_core.config import thorough
from vabal_core.loop.checkpoint import read_checkpoint, restore, write_checkpoint
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import rank_and_evaluate
from vabal_core.model.backbones import find_backbone

TUNED = thorough(image_size=32, epochs=3, batch_size=8, vae_epochs=2, vae_batch_size=16, vae_least_steps=0, draws=4)
BACKBONE = find_backbone("lite0")


@cache
def usual():
    return run(make_task(config=TUNED))


def test_a_round_that_fine_tunes_ranks_every_candidate_and_its_auto_encoder_reads_the_taps():
    events, fitted, result = usual()
    assert list(dict.fromkeys(event.phase for event in events)) == ["train", "features", "vae", "score", "evaluate"]
    assert sorted(result.ranking.rows) == list(range(24, 44))
    assert np.isfinite(result.ranking.scores).all()
    assert len(result.report.classifier_losses) == 3
    assert fitted.features.shape == (len(PIXELS), sum(BACKBONE.row_channels))
    assert fitted.taps.shape == (len(PIXELS), sum(BACKBONE.tap_channels))
    normalisation = fitted.classifier.normalisation
    assert (normalisation.mean, normalisation.std) == (BACKBONE.mean, BACKBONE.std)


def test_the_same_seed_fine_tunes_to_the_same_ranking_bit_for_bit():
    _, _, same = run(make_task(config=TUNED))
    np.testing.assert_array_equal(same.ranking.scores, usual()[2].ranking.scores)
    _, _, other = run(make_task(config=TUNED, seed=1))
    assert other.ranking.scores.tolist() != same.ranking.scores.tolist()


def test_a_fine_tuned_network_is_restored_from_its_checkpoint_bit_for_bit(tmp_path):
    _, fitted, result = usual()
    write_checkpoint(tmp_path, fitted)
    inputs = Inputs(pixels=PIXELS, readable=READABLE)
    restored, _ = finish(restore(fitted.task, read_checkpoint(tmp_path), inputs, device=CPU))
    np.testing.assert_array_equal(restored.probabilities, fitted.probabilities)
    same, _ = finish(rank_and_evaluate(restored))
    np.testing.assert_array_equal(same.ranking.scores, result.ranking.scores)


def test_fine_tuning_is_cross_fitted_also_where_one_class_has_one_label_and_one_has_none():
    task = make_task(config=replace(TUNED, epochs=1, difficulty="cross_fit", folds=2))
    first_of_class_2 = np.flatnonzero(task.labels == 2)[0]
    labels = np.where((task.labels == 2) & (np.arange(len(KINDS)) != first_of_class_2), 0, task.labels)
    events, _, result = run(replace(task, labels=labels, class_count=C + 1))
    assert "difficulty" in {event.phase for event in events}
    assert np.isfinite(result.ranking.scores).all()
