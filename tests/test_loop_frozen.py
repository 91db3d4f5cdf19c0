"""A round on frozen features: fitted, ranked, measured, restored, and gone on from."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from frozen_tasks import BACKBONE, FEATURES
from frozen_tasks import frozen_task as task
from frozen_tasks import run_frozen as run
from long_work import finish, result_of
from loop_tasks import CPU, KINDS, READABLE, C, N

from vabal_core.images.feature_store import append, open_features
from vabal_core.loop import fields, frozen, worker
from vabal_core.loop.checkpoint import read_checkpoint, restore, write_checkpoint
from vabal_core.loop.fields import trained_vae
from vabal_core.loop.files import ImageFiles, write_task
from vabal_core.loop.fitted import Inputs, remembered
from vabal_core.loop.round import rank_and_evaluate
from vabal_core.loop.worker import save
from vabal_core.model.head import predict
from vabal_core.types import UNLABELLED, Scale


def test_a_frozen_round_ranks_every_candidate_and_trains_no_network():
    fitted, result, events = run(task())
    assert {event.phase for event in events} == {"head", "score", "evaluate"}
    assert sorted(result.ranking.rows) == list(range(24, 44))
    assert result.report.classifier_losses is None and result.report.strength == fitted.classifier.head.strength
    assert np.diag(result.report.confusion).sum() >= 14  # of 16 evaluation images


@pytest.mark.parametrize("strategy", ["vabal", "vabal_posterior"])
def test_the_auto_encoder_reads_the_taps_of_the_frozen_backbone(strategy):
    fitted, result, events = run(task(strategy))
    assert {event.phase for event in events} == {"head", "vae", "score", "evaluate"}
    vae = remembered(fitted, trained_vae).vae
    assert vae.tap_channels == BACKBONE.tap_channels
    assert result.log_likelihood.shape == (N, C) and result.report.difficulty == "cross_fit"
    other_head = FEATURES.copy()
    other_head[:, sum(BACKBONE.tap_channels) :] += 1  # shifts no tap, and no standardised column either
    np.testing.assert_array_equal(run(task(strategy), other_head)[1].log_likelihood, result.log_likelihood)


def test_the_head_reads_the_last_two_taps_and_what_the_last_layer_reads():
    _, result, _ = run(task())
    noise = FEATURES.copy()
    noise[:, : 24 + 40] = 0
    np.testing.assert_array_equal(run(task(), noise)[1].probability, result.probability)
    noise[:, 24 + 40] = np.random.default_rng(1).permutation(noise[:, 24 + 40])
    assert (run(task(), noise)[1].probability != result.probability).any()


def test_labelled_images_get_their_predictions_from_heads_that_had_not_seen_them():
    fitted, result, _ = run(task())
    labelled, predictions = fitted.labelled, result.out_of_sample
    np.testing.assert_array_equal(predictions.predicted[labelled], fitted.classifier.out_of_fold.argmax(1))
    np.testing.assert_array_equal(predictions.predicted[44:], result.predicted[44:])
    assert (predictions.predicted[24:44] == UNLABELLED).all()
    of_pool = finish(fields.pool_with(fitted, ["out_of_fold"]))[0].out_of_fold
    np.testing.assert_array_equal(of_pool[labelled], fitted.classifier.out_of_fold)
    assert np.isnan(np.delete(of_pool, labelled, axis=0)).all()
    assert sum(result.report.out_of_fold_called) == len(labelled)
    assert sum(result.report.out_of_fold_right) == (predictions.predicted[labelled] == KINDS[labelled]).sum()
    wrong = task()
    wrong.labels[0] = 1  # of kind 0: whoever had learned that would say 1
    assert run(wrong)[1].out_of_sample.predicted[0] == 0


@pytest.mark.parametrize("row", [0, 45])
def test_a_wrong_label_to_learn_from_or_for_evaluation_is_named_and_all_labels_are_judged(row):
    spoilt = task()
    spoilt.labels[row] = (KINDS[row] + 1) % C
    _, result, _ = run(spoilt)
    assert row in result.label_issues
    assert set(result.label_issues.tolist()) <= {*range(24), *range(44, N)}
    assert result.report.judged_labels == 24 + 16
    judged = [*range(24), *range(44, N)]
    assert result.report.agreed_labels == (result.out_of_sample.predicted == spoilt.labels)[judged].sum()
    assert (~np.isnan(result.out_of_sample.probabilities[:, 0])).sum() == 24 + 16


def test_features_from_the_store_give_what_features_in_memory_give(tmp_path, monkeypatch):
    narrow = FEATURES.astype(np.float16).astype(np.float32)
    fingerprints = [f"{i:064x}" for i in range(N)]
    append(tmp_path / "store", fingerprints, narrow)
    stored, _ = open_features(tmp_path / "store", fingerprints)
    monkeypatch.setattr(frozen, "PIECE", 7)  # rows at once: as the memory allows, not as many as there are
    for strategy in ("margin", "vabal"):
        expected, got = run(task(strategy), narrow)[1], run(task(strategy), stored, scratch=tmp_path)[1]
        np.testing.assert_array_equal(got.ranking.rows, expected.ranking.rows)
        np.testing.assert_allclose(got.probability, expected.probability, rtol=1e-5)


def test_embeddings_are_the_standardised_features_that_the_head_reads_rows_at_a_time():
    fitted, _, _ = run(task())
    embeddings, _ = finish(fields.embeddings(fitted))
    head = fitted.classifier.head
    assert embeddings.shape == (N, 112 + 320 + 1280)
    logits = embeddings[:] @ head.weight.T + head.bias
    np.testing.assert_array_equal(logits.argmax(1), predict(head, FEATURES[:, 64:]).argmax(1))
    np.testing.assert_array_equal(embeddings[np.array([5, 2])], embeddings[:][[5, 2]])


def test_images_that_cannot_be_read_are_neither_learned_from_nor_ranked():
    readable = READABLE.copy()
    readable[[0, 30, 50]] = False
    features = FEATURES.copy()
    features[~readable] = 1e4
    fitted, result, _ = run(task(), features, readable)
    assert 0 not in fitted.labelled and 30 not in result.ranking.rows
    assert (result.report.unreadable, np.sum(result.report.confusion)) == (3, 15)
    assert np.isfinite(fitted.probabilities).all()


STORED = ["margin", "vabal", "vabal_plus", "direct", "mix(distinct(margin), power(entropy), 0.5)"]


@pytest.mark.parametrize("strategy", STORED)
def test_a_checkpoint_of_a_frozen_round_ranks_again_bit_for_bit_without_training(tmp_path, strategy):
    fitted, result, _ = run(task(strategy))
    write_checkpoint(tmp_path, fitted)
    state, inputs = read_checkpoint(tmp_path), Inputs(readable=READABLE, features=FEATURES)
    restored, seeing = finish(restore(task(strategy), state, inputs, device=CPU))
    again, ranking = finish(rank_and_evaluate(restored))
    assert {event.phase for event in [*seeing, *ranking]} == {"score", "evaluate"}
    np.testing.assert_array_equal(again.ranking.rows, result.ranking.rows)
    np.testing.assert_array_equal(again.ranking.scores, result.ranking.scores)
    np.testing.assert_array_equal(again.out_of_sample.predicted, result.out_of_sample.predicted)
    assert again.report.strength == result.report.strength
    assert (again.report.agreement, again.report.draw_share) == (result.report.agreement, result.report.draw_share)
    np.testing.assert_equal(again.draw_counts, result.draw_counts)


def test_a_class_with_one_label_or_none_is_ranked_and_predicted_all_the_same():
    few = task("vabal")
    few.labels[:24][KINDS[:24] == 2] = UNLABELLED
    few.labels[2] = 2
    fitted, result, _ = run(few)
    of_class = fitted.probabilities[44:, 2]  # by a head that has seen a single image of it
    assert of_class[KINDS[44:] == 2].mean() > of_class[KINDS[44:] != 2].mean()
    none = replace(few, class_count=4)
    fitted, result, _ = run(none)
    assert (fitted.probabilities[:, 3] > 0).all() and sorted(result.ranking.rows)[0] >= 3


def images(folder):
    files = tuple(f"{i}.png" for i in range(N))
    return ImageFiles(files=files, fingerprints=files, cache=folder / "pixels", features=folder / "features")


def last_vae(*arguments):
    return result_of(worker.last_vae(*arguments))


@pytest.mark.parametrize("strategy", ["vabal", "vabal_plus"])
def test_the_auto_encoder_goes_on_from_the_newest_round_that_learned_from_the_same_features(tmp_path, strategy):
    warm = task(strategy, vae_warm_steps=2)
    for number, settings in ((1, {}), (2, {"draws": 5}), (4, {})):
        folder = tmp_path / str(number)
        write_task(folder, replace(warm, config=replace(warm.config, **settings)), images(tmp_path))
    assert last_vae(tmp_path / "4", warm.config) is None  # no round has left one yet
    fitted, result, _ = run(warm)
    save(tmp_path / "2", fitted, result, {})
    initial = last_vae(tmp_path / "4", warm.config)
    assert initial.keys() == remembered(fitted, trained_vae).vae.state_dict().keys()
    went_on, _, events = run(warm, initial_vae=initial)
    assert max(event.epoch for event in events if event.phase == "vae") == 1
    assert any(
        not torch.equal(value, initial[name])
        for name, value in remembered(went_on, trained_vae).vae.state_dict().items()
    )
    for others in ({"vae_warm_steps": 0}, {"image_size": 64}, {"class_weight": 0.1}):
        assert last_vae(tmp_path / "4", replace(warm.config, **others)) is None
    assert last_vae(tmp_path / "4", warm.config, Scale(low=0, high=1)) is None
    assert last_vae(tmp_path / "2", warm.config) is None  # not from itself, not from later ones


@pytest.mark.parametrize("damage", ["older", "cut", "gone"])
def test_a_round_before_that_cannot_be_read_costs_the_auto_encoder_its_start_and_nothing_else(tmp_path, damage):
    warm = task("vabal", vae_warm_steps=2)
    for number in ("1", "2"):
        write_task(tmp_path / number, warm, images(tmp_path))
    fitted, result, _ = run(warm)
    save(tmp_path / "1", fitted, result, {})
    assert last_vae(tmp_path / "2", warm.config)
    if damage == "older":
        (tmp_path / "1" / "job.json").write_text("{}")
    elif damage == "cut":
        (tmp_path / "1" / "rows.npz").write_bytes(b"PK")
    else:
        (tmp_path / "1" / "rows.npz").unlink()
    assert last_vae(tmp_path / "2", warm.config) is None
