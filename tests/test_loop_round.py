"""One round on tiny images: what it yields, what it returns, and that it can be repeated."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from image_files import finish

from vabal_core.config import Config
from vabal_core.loop import out_of_sample as held_out_module
from vabal_core.loop.events import timed
from vabal_core.loop.files import (
    Job,
    Outcome,
    read_job,
    read_outcome,
    why_no_round,
    write_job,
    write_outcome,
    write_whole,
)
from vabal_core.loop.round import rescore, run_round
from vabal_core.loop.task import RoundTask
from vabal_core.types import UNLABELLED, Event

CPU = torch.device("cpu")
SMALL = Config(image_size=32, epochs=3, batch_size=8, vae_epochs=2, vae_batch_size=16, vae_least_steps=0, draws=4)
N, C = 60, 3


def make_task(strategy: str = "vabal", config: Config = SMALL, seed: int = 0) -> RoundTask:
    """Three kinds of noise; rows 0-23 labelled, 24-43 unlabelled, 44-59 evaluation."""
    rng = np.random.default_rng(0)
    kinds = np.arange(N) % C
    pixels = (rng.integers(0, 60, (N, 32, 32)) + 80 * kinds[:, None, None]).astype(np.uint8)
    labels = np.where((np.arange(N) < 24) | (np.arange(N) >= 44), kinds, UNLABELLED)
    evaluation = np.arange(N) >= 44
    return RoundTask(pixels, np.ones(N, bool), np.arange(N) + 100, labels, evaluation, C, strategy, config, seed)


def run(task: RoundTask):
    """The events of the round, and its result."""
    result, events = finish(run_round(task, CPU))
    return events, result


def test_the_phases_come_in_order_and_each_ends_complete():
    events, _ = run(make_task())
    phases = list(dict.fromkeys(e.phase for e in events))
    assert phases == ["train", "features", "vae", "score", "evaluate"]
    for phase in phases:
        last = [e for e in events if e.phase == phase][-1]
        assert last.done == last.total > 0


def test_every_unlabelled_pool_image_is_ranked_once_and_no_other():
    _, result = run(make_task())
    assert sorted(result.ranking.rows) == list(range(24, 44))


def test_evaluation_images_are_measured_and_never_learned_from():
    task = make_task()
    _, result = run(task)
    assert result.confusion.sum() == 16
    wrong = np.where(task.evaluation, (task.labels + 1) % C, task.labels)
    _, other = run(replace(task, labels=wrong))
    np.testing.assert_array_equal(other.predicted, result.predicted)
    np.testing.assert_array_equal(other.ranking.rows, result.ranking.rows)
    pixels = np.where(task.evaluation[:, None, None], 255 - task.pixels, task.pixels)
    _, third = run(replace(task, pixels=pixels))
    np.testing.assert_array_equal(third.ranking.scores, result.ranking.scores)


def test_the_same_seed_gives_the_same_ranking_bit_for_bit():
    (_, one), (_, same), (_, other) = run(make_task()), run(make_task()), run(make_task(seed=1))
    np.testing.assert_array_equal(one.ranking.scores, same.ranking.scores)
    assert one.ranking.scores.tolist() != other.ranking.scores.tolist()


def test_a_strategy_that_needs_no_vae_trains_none():
    events, result = run(make_task("entropy"))
    assert "vae" not in {e.phase for e in events}
    assert result.log_likelihood is None
    assert "agreement" not in result.facts and "vae" not in result.checkpoint


def test_facts_hold_what_the_diagnosis_shows():
    _, result = run(make_task())
    assert 0 <= result.facts["agreement"] <= 1
    assert len(result.facts["reliability"]) == len(result.facts["prior"]) == C
    assert sum(result.facts["prior"]) == pytest.approx(1)
    assert len(result.facts["classifier_losses"]) == 3 and len(result.facts["vae_losses"]) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"score": "posterior"},
        {"reconstruction": "gaussian"},
        {"reduction": "sum"},
        {"kl_weight": "elbo"},
        {"flips": "horizontal"},
        {"latent_energy": "absolute"},
        {"prior_from": "pool"},
        {"mask_kl": True},
        {"mask_while_training": True},
        {"projection": "linear_norm"},
        {"backbone": "resnet34"},
        {"use_prior": False, "use_reliability": False},
        {"class_weight": 0.0},
        {"stem": "3x3"},
    ],
)
def test_every_setting_changes_the_scores_and_none_gives_a_nan(change):
    (_, usual), (_, changed) = run(make_task()), run(make_task(config=replace(SMALL, **change)))
    assert np.isfinite(changed.ranking.scores).all()
    assert changed.ranking.scores.tolist() != usual.ranking.scores.tolist()


def test_cross_fit_judges_each_image_by_classifiers_that_have_not_seen_it(monkeypatch):
    seen = []

    def spy(network, pixels, labels, *rest):
        seen.append(pixels.copy())
        return train(network, pixels, labels, *rest)

    train = held_out_module.train_classifier
    monkeypatch.setattr(held_out_module, "train_classifier", spy)
    task = make_task(config=replace(SMALL, difficulty="cross_fit", folds=3))
    events, result = run(task)
    assert [len(pixels) for pixels in seen] == [24, 16, 16, 16]
    left_out = [{i for i in range(24) if not (task.pixels[i] == part).all((1, 2)).any()} for part in seen[1:]]
    assert sorted(i for fold in left_out for i in fold) == list(range(24))
    last = [event for event in events if event.phase == "difficulty"][-1]
    assert last.done == last.total == 300
    assert np.isfinite(result.ranking.scores).all()


def test_a_class_without_any_label_gives_no_nan():
    task = make_task()
    labels = np.where((task.labels == 2) & ~task.evaluation, 0, task.labels)
    _, result = run(replace(task, labels=labels, class_count=4))
    assert np.isfinite(result.ranking.scores).all()


def test_one_unlabelled_image_is_enough():
    labels = np.where(np.arange(N) == 30, UNLABELLED, np.arange(N) % C)
    _, result = run(replace(make_task(), labels=labels))
    assert result.ranking.rows.tolist() == [30]
    assert np.isfinite(result.ranking.scores).all()


@pytest.mark.parametrize(
    ("labelled", "unlabelled", "words"),
    [
        ([2], 1, "1 classes; a round needs at least 2"),
        ([0, 0], 3, "Labels of 0 different classes"),
        ([4, 0], 1, "Labels of 1 different classes"),
        ([1, 2], 0, "nothing is left to rank"),
        ([1, 1], 1, ""),
    ],
)
def test_why_no_round_can_start_is_said_in_words(labelled, unlabelled, words):
    reason = why_no_round(labelled, unlabelled)
    assert words in reason if words else reason == ""


def test_a_round_that_cannot_start_raises_the_same_words():
    task = make_task()
    with pytest.raises(ValueError, match="Labels of 1 different classes"):
        run(replace(task, labels=np.where(task.labels > 0, UNLABELLED, task.labels)))


def test_unreadable_images_are_neither_learned_from_nor_ranked_nor_measured():
    task, readable = make_task(), np.ones(N, bool)
    readable[[0, 30, 50]] = False  # labelled, unlabelled, evaluation
    _, result = run(replace(task, readable=readable))
    assert sorted(result.ranking.rows) == [row for row in range(24, 44) if row != 30]
    assert result.confusion.sum() == 15
    assert result.facts["unreadable"] == 3
    pixels = task.pixels.copy()
    pixels[[0, 30, 50]] = 255 - pixels[[0, 30, 50]]
    _, other = run(replace(task, readable=readable, pixels=pixels))
    np.testing.assert_array_equal(other.ranking.scores, result.ranking.scores)


def test_scores_summed_over_dimensions_rank_by_their_logarithm_and_not_by_import_order():
    _, result = run(make_task(config=replace(SMALL, reduction="sum")))
    assert result.ranking.rows.tolist() != sorted(result.ranking.rows)


def test_seconds_are_counted_to_the_phase_whose_work_they_were(monkeypatch):
    readings = iter([10.0, 11.0, 13.0, 17.0])
    monkeypatch.setattr("vabal_core.loop.events.time", SimpleNamespace(perf_counter=lambda: next(readings)))

    def work():
        yield Event("train", 1, 2)
        yield Event("train", 2, 2)
        yield Event("score", 1, 1)
        return "ranking"

    events, watched = [], timed(work())
    while True:
        try:
            events.append(next(watched))
        except StopIteration as finished:
            result, seconds = finished.value
            break
    assert (result, seconds, len(events)) == ("ranking", {"train": 3.0, "score": 4.0}, 3)


def test_a_job_and_its_outcome_survive_their_files(tmp_path):
    rows = np.arange(3)
    job = Job(
        ("a.png", "ü.png"), ("0a", "ff"), rows, rows - 1, rows > 1, 3, "vabal", 5, SMALL, tmp_path / "pixels", rows
    )
    write_job(tmp_path / "job", job)
    back = read_job(tmp_path / "job")
    assert (back.files, back.strategy, back.seed, back.config, back.cache) == (
        job.files, "vabal", 5, SMALL, tmp_path / "pixels",
    )  # fmt: skip
    np.testing.assert_array_equal(back.evaluation, job.evaluation)
    found = rows, rows / 3, rows, rows / 2, np.ones((3, 2)), np.eye(3, dtype=int)
    outcome = Outcome(*found, held_out=rows, held_out_probability=rows / 4, facts={"agreement": 0.5})
    write_outcome(tmp_path / "job", outcome)
    again = read_outcome(tmp_path / "job")
    np.testing.assert_array_equal(again.scores, outcome.scores)
    assert again.facts == {"agreement": 0.5}


def test_a_file_is_whole_or_not_there_at_all(tmp_path):
    def half(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "result.npz", half)
    assert not (tmp_path / "result.npz").exists()


def test_an_honest_difficulty_counts_what_was_foretold_and_says_so():
    config = replace(SMALL, difficulty="prequential")
    _, first = run(make_task(config=config))
    assert first.facts["difficulty"] == "in_sample"  # nothing was foretold before the first round
    foretold = np.where(np.arange(N) < 12, (np.arange(N) + 1) % C, UNLABELLED)
    _, later = run(replace(make_task(config=config), foretold=foretold))
    assert later.facts["difficulty"] == "prequential"
    assert sum(later.facts["difficulty_counts"]) == 12
    assert max(later.facts["reliability"]) < min(first.facts["reliability"])


def test_evaluation_images_are_foretold_by_every_round_and_labelled_ones_by_cross_fitting():
    _, plain = run(make_task())
    assert (plain.held_out.predicted != UNLABELLED).nonzero()[0].tolist() == list(range(44, 60))
    _, crossed = run(make_task(config=replace(SMALL, difficulty="cross_fit", folds=2)))
    rows = (crossed.held_out.predicted != UNLABELLED).nonzero()[0].tolist()
    assert rows == [*range(24), *range(44, 60)]
    assert (crossed.held_out.probability[rows] >= 1 / C).all()
    assert crossed.facts["difficulty"] == "cross_fit"


def test_a_checkpoint_ranks_again_bit_for_bit_without_training():
    task = make_task()
    _, result = run(task)
    again, events = finish(rescore(task, result.checkpoint, CPU))
    assert {event.phase for event in events} == {"features", "score", "evaluate"}
    np.testing.assert_array_equal(again.ranking.rows, result.ranking.rows)
    np.testing.assert_array_equal(again.ranking.scores, result.ranking.scores)
    other, _ = finish(rescore(replace(task, config=replace(SMALL, score="posterior")), result.checkpoint, CPU))
    assert other.ranking.scores.tolist() != result.ranking.scores.tolist()


def test_a_checkpoint_without_an_auto_encoder_says_so():
    _, result = run(make_task("entropy"))
    with pytest.raises(ValueError, match="trained none"):
        finish(rescore(make_task("vabal"), result.checkpoint, CPU))


def test_features_that_are_not_finite_are_refused_with_the_setting_to_change():
    task = make_task()
    _, result = run(task)
    result.checkpoint["classifier"]["layer1.0.bn1.weight"][:] = float("nan")
    with pytest.raises(FloatingPointError, match="learning_rate"):
        finish(rescore(task, result.checkpoint, CPU))


def test_with_two_labels_nothing_can_be_left_out_and_the_round_says_so():
    labels = np.where(np.isin(np.arange(N), [0, 1]) | (np.arange(N) >= 44), np.arange(N) % C, UNLABELLED)
    _, result = run(replace(make_task(config=replace(SMALL, difficulty="cross_fit")), labels=labels))
    assert result.facts["difficulty"] == "in_sample"
    assert np.isfinite(result.ranking.scores).all()
