"""One round on tiny images: what it yields, what it returns, and that it can be repeated."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from long_work import finish, result_of
from loop_tasks import KINDS, PIXELS, READABLE, SMALL, C, N, fitted, make_task, result, run, usual

from vabal_core.loop import fields
from vabal_core.loop import fit as fit_module
from vabal_core.loop.events import timed
from vabal_core.loop.fields import pool_with
from vabal_core.loop.round import choose, rank
from vabal_core.loop.task import why_no_round
from vabal_core.query.core_set import certificate
from vabal_core.query.select import Scores
from vabal_core.query.strategies import STRATEGIES, find_strategy
from vabal_core.query.strategy import Strategy
from vabal_core.types import UNLABELLED, Progress, Query


def test_the_phases_come_in_order_and_each_ends_complete():
    events, _, _ = run(make_task())
    phases = list(dict.fromkeys(e.phase for e in events))
    assert phases == ["train", "features", "vae", "score", "evaluate"]
    for phase in phases:
        last = [e for e in events if e.phase == phase][-1]
        assert last.done == last.total > 0


def test_every_unlabelled_pool_image_is_ranked_once_and_no_other():
    assert sorted(usual().ranking.rows) == list(range(24, 44))


def test_evaluation_images_are_measured_and_never_learned_from():
    task = make_task()
    assert np.sum(usual().report.confusion) == usual().report.evaluated == 16
    wrong = result(replace(task, labels=np.where(task.evaluation, (task.labels + 1) % C, task.labels)))
    np.testing.assert_array_equal(wrong.predicted, usual().predicted)
    np.testing.assert_array_equal(wrong.ranking.rows, usual().ranking.rows)
    inverted = result(task, pixels=np.where(task.evaluation[:, None, None], 255 - PIXELS, PIXELS))
    np.testing.assert_array_equal(inverted.ranking.scores, usual().ranking.scores)


def test_the_same_seed_gives_the_same_ranking_bit_for_bit():
    same, other = result(make_task()), result(make_task(seed=1))
    np.testing.assert_array_equal(same.ranking.scores, usual().ranking.scores)
    assert other.ranking.scores.tolist() != usual().ranking.scores.tolist()


@pytest.mark.parametrize("strategy", ["vabal", "vabal_posterior", "vabal_margin", "random", "entropy", "margin"])
def test_how_many_labels_are_meant_to_come_next_changes_no_ranking_that_is_a_score(strategy):
    model = fitted(make_task())
    few, all_ = (result_of(rank(model, STRATEGIES[strategy], k, seed=0)) for k in (3, 1_000))
    np.testing.assert_array_equal(few.rows, all_.rows)
    np.testing.assert_array_equal(few.scores, all_.scores)


def test_a_strategy_is_asked_for_as_many_as_are_meant_to_be_labelled_and_what_follows_goes_by_its_fallback(monkeypatch):
    numbers = []

    def last_rows(pool, k, rng):
        numbers.append(k)
        return Query(np.flatnonzero(pool.candidates)[-k:], np.zeros(k))

    def by_row(pool, rng):
        return Scores(values=-np.flatnonzero(pool.candidates).astype(float))

    strategy = Strategy(
        description="Last: by row", source="this test", requires=(), query=last_rows, fallback=by_row,
        reason="it is the last", fallback_reason="by row",
    )  # fmt: skip
    monkeypatch.setitem(STRATEGIES, "last", strategy)
    ranking = result(make_task("last", batch=3)).ranking
    assert numbers == [3]
    assert ranking.rows.tolist() == [41, 42, 43, *range(24, 41)]
    assert len(result(make_task("last", batch=1_000)).ranking.rows) == 20
    assert numbers == [3, 20]


@pytest.mark.parametrize("name", ["balanced(margin)", "mix(vabal, random, 0.3)", "distinct(power(entropy, 2))"])
def test_a_combination_of_strategies_ranks_a_round_as_any_other_does(name):
    ranking = result(make_task(name, batch=8)).ranking
    assert sorted(ranking.rows) == list(range(24, 44))
    chosen = result_of(choose(fitted(make_task()), find_strategy(name), 8, seed=0))
    assert ranking.rows[:8].tolist() == chosen.rows.tolist()


def test_one_classifier_serves_several_strategies_and_one_auto_encoder_all_that_read_one():
    needed = {name: value for strategy in STRATEGIES.values() for name, value in strategy.settings.items()}
    config = replace(SMALL, backbone="resnet18-quarter", dropout_passes=2, ensemble_size=2, vaal_steps=1, **needed)
    model = fitted(make_task(config=config))
    queries, events = {}, {}
    for name in STRATEGIES:
        queries[name], events[name] = finish(choose(model, STRATEGIES[name], 5, seed=0))
    assert sum("vae" in {event.phase for event in events[name]} for name in STRATEGIES) == 1
    for name in ("vabal_plus", "vabal", "vabal_posterior", "bald", "direct", "typiclust"):  # a training each
        ranking = result(make_task(name, config=config, batch=5)).ranking
        np.testing.assert_array_equal(queries[name].rows, ranking.rows[:5], err_msg=name)


def test_core_set_says_how_near_its_choice_comes_to_the_best_one_and_no_other_strategy_does():
    fitted_model, result_of_round = run(make_task("coreset"))[1:]
    pool = result_of(pool_with(fitted_model, ["embeddings"]))
    expected = certificate(pool, result_of_round.ranking.rows[:8]).ratio
    assert result_of_round.report.certified_ratio == pytest.approx(expected) and 1 <= expected <= 2
    assert usual().report.certified_ratio is None


def test_a_strategy_that_needs_no_vae_trains_none():
    events, _, entropy = run(make_task("entropy"))
    assert "vae" not in {e.phase for e in events}
    assert entropy.log_likelihood is None and entropy.draw_counts is None and entropy.report.agreement is None


def test_a_round_by_draws_reports_the_auto_encoder_and_no_term_that_it_did_not_read(monkeypatch):
    monkeypatch.setattr(fields, "read_likelihood", None)
    monkeypatch.setattr(fields, "read_in_stages", None)
    _, model, drawn = run(make_task("vabal_plus", config=replace(SMALL, difficulty="cross_fit")))
    report, counts = drawn.report, result_of(fields.counted_draws(model)).unlabelled
    assert len(report.vae_losses) == 2 and report.classifier_losses and not report.out_of_fold_called
    predicted = drawn.predicted[24:44]
    assert report.agreement == np.mean(counts.argmax(1) == predicted)
    np.testing.assert_allclose(report.draw_share, counts.sum(0) / (4 * 20))
    terms = ("reliability", "difficulty", "difficulty_counts", "prior", "likelihood_histogram")
    assert all(getattr(report, name) is None for name in terms) and drawn.log_likelihood is None
    assert drawn.draw_counts.dtype == np.uint8 and drawn.draw_counts[24:44].tolist() == counts.tolist()
    assert not drawn.draw_counts[:24].any() and not drawn.draw_counts[44:].any()


def test_draws_are_kept_of_a_round_that_read_them_alone():
    assert usual().draw_counts is None and usual().report.draw_share is not None


def test_the_classes_behind_the_likeliest_come_with_their_probabilities():
    _, model, ranked = run(make_task("entropy"))
    order = np.argsort(model.probabilities, axis=1)
    np.testing.assert_array_equal(ranked.next_classes, order[:, ::-1][:, 1:3])
    behind = np.sort(model.probabilities, axis=1)[:, ::-1][:, 1:3]
    np.testing.assert_array_equal(ranked.next_probabilities, behind)


def test_how_good_models_were_at_images_they_had_not_learned_from_is_counted_by_the_class_they_named():
    _, model, crossed = run(make_task("vabal", config=replace(SMALL, difficulty="cross_fit", folds=2)))
    predicted, labels = crossed.out_of_sample.predicted[:24], KINDS[:24]
    called, right = crossed.report.out_of_fold_called, crossed.report.out_of_fold_right
    assert list(called) == [np.sum(predicted == n) for n in range(C)] and sum(called) == 24
    assert list(right) == [np.sum((predicted == n) & (labels == n)) for n in range(C)] and 0 < sum(right) <= 24
    assert usual().report.out_of_fold_called is None, "no such model"


def test_the_report_holds_what_the_diagnosis_shows():
    report = usual().report
    assert 0 <= report.agreement <= 1
    assert len(report.reliability) == len(report.prior) == C
    assert sum(report.prior) == pytest.approx(1)
    assert len(report.classifier_losses) == 3 and len(report.vae_losses) == 2
    assert report.ranked == sum(report.predicted_counts) == 20


@pytest.mark.parametrize(
    "change",
    [
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
    ranking = result(make_task(config=replace(SMALL, **change))).ranking
    assert np.isfinite(ranking.scores).all()
    assert ranking.scores.tolist() != usual().ranking.scores.tolist()


def test_the_temperature_changes_the_scores_of_eq_5_as_printed():
    printed, hot = (result(make_task("vabal_posterior", config=replace(SMALL, temperature=t))) for t in (1.0, 3.0))
    assert np.isfinite(hot.ranking.scores).all()
    assert hot.ranking.scores.tolist() != printed.ranking.scores.tolist()


def test_cross_fit_judges_each_image_by_classifiers_that_have_not_seen_it(monkeypatch):
    learned = []

    def spy(network, pixels, labels, *rest):
        learned.append(pixels.copy())
        return train(network, pixels, labels, *rest)

    train = fit_module.train_classifier
    monkeypatch.setattr(fit_module, "train_classifier", spy)
    events, _, crossed = run(make_task(config=replace(SMALL, difficulty="cross_fit", folds=3)))
    assert [len(pixels) for pixels in learned] == [24, 16, 16, 16]
    left_out = [{i for i in range(24) if not (PIXELS[i] == part).all((1, 2)).any()} for part in learned[1:]]
    assert sorted(i for fold in left_out for i in fold) == list(range(24))
    last = [event for event in events if event.phase == "difficulty"][-1]
    assert last.done == last.total == 300
    assert np.isfinite(crossed.ranking.scores).all()


def test_classifiers_are_cross_fitted_for_a_strategy_that_reads_the_reliability_alone():
    events, _, _ = run(make_task("entropy", config=replace(SMALL, difficulty="cross_fit")))
    assert "difficulty" not in {event.phase for event in events}


def test_a_class_without_any_label_gives_no_nan():
    task = make_task()
    labels = np.where((task.labels == 2) & ~task.evaluation, 0, task.labels)
    assert np.isfinite(result(replace(task, labels=labels, class_count=4)).ranking.scores).all()


def test_one_unlabelled_image_is_enough():
    ranking = result(make_task(labels=np.where(np.arange(N) == 30, UNLABELLED, KINDS))).ranking
    assert ranking.rows.tolist() == [30]
    assert np.isfinite(ranking.scores).all()


@pytest.mark.parametrize(
    ("labelled", "unlabelled", "words"),
    [
        ([2], 1, "1 class; a round needs at least 2"),
        ([0, 0], 3, "Labels of 0 different classes"),
        ([4, 0], 1, "Labels of 1 different classes"),
        ([1, 2], 0, "nothing is left to rank"),
        ([3, 0], 0, "nothing is left to rank"),
        ([0, 0], 0, "no images to learn from yet"),
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


def test_a_strategy_that_there_is_not_is_refused_before_anything_is_trained(monkeypatch):
    monkeypatch.setattr(fit_module, "train_classifier", None)
    with pytest.raises(ValueError, match="strategy 'best' is unknown"):
        run(make_task("best"))


def test_unreadable_images_are_neither_learned_from_nor_ranked_nor_measured():
    readable = READABLE.copy()
    readable[[0, 30, 50]] = False  # labelled, unlabelled, evaluation
    fewer = result(make_task(), readable=readable)
    assert sorted(fewer.ranking.rows) == [row for row in range(24, 44) if row != 30]
    assert (fewer.report.evaluated, fewer.report.unreadable) == (15, 3)
    pixels = PIXELS.copy()
    pixels[[0, 30, 50]] = 255 - pixels[[0, 30, 50]]
    other = result(make_task(), readable=readable, pixels=pixels)
    np.testing.assert_array_equal(other.ranking.scores, fewer.ranking.scores)


def test_scores_summed_over_dimensions_rank_by_their_logarithm_and_not_by_import_order():
    ranking = result(make_task(config=replace(SMALL, reduction="sum"))).ranking
    assert ranking.rows.tolist() != sorted(ranking.rows)


def test_seconds_are_counted_to_the_phase_whose_work_they_were(monkeypatch):
    readings = iter([10.0, 11.0, 13.0, 17.0])
    monkeypatch.setattr("vabal_core.loop.events.time", SimpleNamespace(perf_counter=lambda: next(readings)))

    def work():
        yield Progress("train", 1, 2)
        yield Progress("train", 2, 2)
        yield Progress("score", 1, 1)
        return "ranking"

    (ranking, seconds), events = finish(timed(work()))
    assert (ranking, seconds, len(events)) == ("ranking", {"train": 3.0, "score": 4.0}, 3)


def test_predictions_made_before_the_label_are_what_an_honest_difficulty_counts_and_the_report_says_so():
    config = replace(SMALL, difficulty="prequential")
    first = result(make_task(config=config)).report
    assert first.difficulty == "in_sample"  # no round had predicted anything before the first
    prequential = np.where(np.arange(N) < 12, (np.arange(N) + 1) % C, UNLABELLED)
    later = result(make_task(config=config, prequential=prequential)).report
    assert later.difficulty == "prequential"
    assert sum(later.difficulty_counts) == 12
    assert max(later.reliability) < min(first.reliability)


def test_evaluation_images_are_predicted_out_of_sample_by_every_round_and_labelled_ones_by_cross_fitting():
    plain = usual().out_of_sample
    assert (plain.predicted != UNLABELLED).nonzero()[0].tolist() == list(range(44, 60))
    crossed = result(make_task(config=replace(SMALL, difficulty="cross_fit", folds=2)))
    rows = (crossed.out_of_sample.predicted != UNLABELLED).nonzero()[0].tolist()
    assert rows == [*range(24), *range(44, 60)]
    assert (crossed.out_of_sample.probability[rows] >= 1 / C).all()
    assert crossed.report.difficulty == "cross_fit"


def test_with_two_labels_nothing_can_be_left_out_and_the_round_says_so():
    labels = np.where(np.isin(np.arange(N), [0, 1]) | (np.arange(N) >= 44), KINDS, UNLABELLED)
    lone = result(make_task(config=replace(SMALL, difficulty="cross_fit"), labels=labels))
    assert lone.report.difficulty == "in_sample"
    assert np.isfinite(lone.ranking.scores).all()
