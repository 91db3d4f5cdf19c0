"""A run of an experiment: round after round, from the first labels to the last."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor

from vabal_core.config import Config, to_json
from vabal_core.experiment.draw import check_count, draw_test, random_start, with_two_classes
from vabal_core.experiment.measure import accuracy_columns, label_columns
from vabal_core.experiment.oracle import Oracle
from vabal_core.experiment.plan import Run
from vabal_core.experiment.prepare import Prepared, inputs_of
from vabal_core.experiment.rounds import PlayedRound, finish, read_rounds, write_round
from vabal_core.loop.cold_start import cold_rows
from vabal_core.loop.events import Work, map_events, timed
from vabal_core.loop.fields import trained_vae
from vabal_core.loop.fit import fit_labels
from vabal_core.loop.fitted import Fitted, Inputs, remembered
from vabal_core.loop.round import certify, choose
from vabal_core.loop.task import RoundTask
from vabal_core.model.head import FittedHead
from vabal_core.model.standardisation import Standardisation
from vabal_core.query.strategies import find_strategy
from vabal_core.runtime import choose_device, derive_seed, describe_device, versions
from vabal_core.types import UNLABELLED, Progress


@dataclass(frozen=True, kw_only=True, eq=False)
class Game:
    """A run, the images that it looks at, and whom it asks."""

    prepared: Prepared
    run: Run
    config: Config
    inputs: Inputs
    test: np.ndarray  # (N,) bool
    oracle: Oracle

    @property
    def pool(self) -> np.ndarray:
        """Rows (M,) that can be labelled."""
        return np.flatnonzero(self.inputs.readable & ~self.test)


def play_run(prepared: Prepared, run: Run) -> Work[None]:
    """Plays the rounds of `run` that have not been played, and writes each of them. For whoever holds its lock."""
    game = yield from begin(prepared, run)
    played = read_rounds(prepared.folders.out, run)
    for past in played:
        game.oracle.ask(past.picks)
    while len(played) <= prepared.experiment.rounds:
        number = len(played)
        work = _play_round(game, number, _prequential(played, len(game.test)), played[-1].vae if played else None)
        played.append((yield from map_events(work, lambda event: _of_run(event, run, len(played)))))
        write_round(prepared.folders.out, run, number, played[-1])
    finish(prepared.folders.out, run)


def begin(prepared: Prepared, run: Run) -> Work[Game]:
    """The run with its initial labels given, and nothing played."""
    source, experiment = prepared.source, prepared.experiment
    config = experiment.config_of(run.strategy, prepared.reading)
    inputs = yield from inputs_of(prepared, config)
    test = draw_test(source.truth, source.test, run.seed)
    game = Game(
        prepared=prepared, run=run, config=config, inputs=inputs, test=test, oracle=Oracle(source.truth, never=test)
    )
    check_count(game.pool, experiment.initial, more=experiment.rounds * experiment.batch)
    if experiment.start == "random":
        initial = random_start(source.truth, game.pool, experiment.initial, run.seed)
    else:
        typical = cold_rows(task_of(game, 0, np.full(len(test), UNLABELLED), batch=experiment.initial), inputs)
        initial = with_two_classes(typical, source.truth, game.pool, run.seed)
    game.oracle.ask(initial)
    return game


def task_of(game: Game, number: int, prequential: np.ndarray, batch: int) -> RoundTask:
    """The round as the strategy's side sees it: the labels that were asked for, and none of a test image."""
    return RoundTask(
        keys=np.arange(len(game.test)),
        labels=game.oracle.labels.copy(),
        evaluation=game.test,
        prequential=prequential,
        class_count=len(game.prepared.source.class_names),
        strategy=game.run.strategy,
        batch=batch,
        seed=derive_seed(game.run.seed, "round", number),
        config=game.config,
    )


def _play_round(
    game: Game, number: int, prequential: np.ndarray, vae: Mapping[str, Tensor] | None
) -> Work[PlayedRound]:
    """Learns, measures, and asks for the next labels where the run has another round."""
    k = game.prepared.experiment.batch if number < game.prepared.experiment.rounds else 0
    task = task_of(game, number, prequential, k)
    labels, start = game.oracle.labels[game.oracle.asked], time.perf_counter()
    fitted, phases = yield from timed(_fit(game, number, task, vae))
    learned = time.perf_counter()
    predicted, picks = fitted.probabilities.argmax(1), np.empty(0, np.int64)
    if k:
        choosing = choose(fitted, find_strategy(game.run.strategy), k, task.seed)
        query, more = yield from timed(choosing)
        phases, picks = phases | more, query.rows
    seconds = {"fit": learned - start, "query": time.perf_counter() - learned, **phases}
    certified = yield from certify(fitted, find_strategy(game.run.strategy), picks)
    wrong = game.oracle.ask(picks) != predicted[picks]
    row = {
        **_names(game, number),
        **label_columns(labels, np.bincount(game.prepared.source.truth[game.pool], minlength=task.class_count)),
        **accuracy_columns(fitted.probabilities[fitted.evaluation], game.prepared.source.truth[fitted.evaluation]),
        "pick_error_rate": float(wrong.mean()) if k else float("nan"),
        "certified_ratio": float("nan") if certified is None else certified,
        **{f"seconds_{name}": value for name, value in seconds.items()},
        **_circumstances(fitted),
    }
    return PlayedRound(row=row, picks=picks, predicted=predicted[picks], vae=_vae(fitted))


def _fit(game: Game, number: int, task: RoundTask, vae: Mapping[str, Tensor] | None) -> Work[Fitted]:
    """What the round learns. Round 0 of a seed is the same for all strategies with the same settings: what one of them
    has computed of it, an auto-encoder say, is there for the next, whose seconds of round 0 are the less for it. What
    is kept of another seed goes."""
    first, key = game.prepared.first, (game.run.seed, json.dumps(to_json(game.config)))
    if any(seed != game.run.seed for seed, _ in first):
        first.clear()
    if number == 0 and key in first:
        return replace(first[key], task=task)
    measured = _standardisation(first[key]) if key in first else None  # of the whole pool: all rounds have the same
    inputs = replace(game.inputs, initial_vae=vae, standardisation=measured)
    fitted = yield from fit_labels(task, inputs, device=choose_device())
    if number == 0:
        first[key] = fitted
    return fitted


def _standardisation(fitted: Fitted) -> Standardisation | None:
    return fitted.classifier.head.standardisation if isinstance(fitted.classifier, FittedHead) else None


def _names(game: Game, number: int) -> dict[str, Any]:
    source = game.prepared.source
    preset = game.prepared.experiment.preset
    return {
        "source": source.name, "preset": preset, **asdict(game.run), "round": number, "class_names": source.class_names,
    }  # fmt: skip


def _circumstances(fitted: Fitted) -> dict[str, str]:
    """Of a row of results: what it depends on beside the plan."""
    return {
        "device": describe_device(fitted.device),
        "versions": json.dumps(versions()),
        "config": json.dumps(to_json(fitted.task.config)),
    }


def _vae(fitted: Fitted) -> Mapping[str, Tensor] | None:
    """What the next round goes on from, as the Studio's rounds do (loop/worker.py)."""
    config, trained = fitted.task.config, remembered(fitted, trained_vae)
    if trained is None or config.learning != "frozen" or not config.vae_warm_steps:
        return None
    state = {name: value.cpu() for name, value in trained.vae.state_dict().items()}
    return state if all(value.isfinite().all() for value in state.values()) else None


def _prequential(played: list[PlayedRound], count: int) -> np.ndarray:
    """What rounds had named the images that they asked for: (N,), UNLABELLED for all others."""
    named = np.full(count, UNLABELLED)
    for past in played:
        named[past.picks] = past.predicted
    return named


def _of_run(event: Progress, run: Run, number: int) -> Progress:
    words = f"{run.strategy}, seed {run.seed}, round {number}"
    return replace(event, message=f"{words}: {event.message}" if event.message else words)
