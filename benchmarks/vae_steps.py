"""How few steps of the auto-encoder rank as many do, on frozen features of neu-crops-64 with 250 random labels.

With frozen features the taps stay the same, and from one ranking to the next only a few predicted classes change.
"start" is what a training begins with: "cold", its first weights; "warm", an auto-encoder that was trained cold at 225
of these labels; "chain", one that was trained cold at 50 and has since gone on for so many steps at every 25 labels
more, eight times in all ("seconds" are those of the last time). `rate` is Adam's, `seconds` are of one processor core.

Each ranking is held against two references, which differ in their first weights and order alone: "rho" is Spearman's,
"top" the share of the first 100 images in both. What the references have in common with each other (the row "cold"
of seed 1 with the most steps) is all that can be expected of any. "agreement": of the pool's images, the share whose
draws fall mostly in the class that the head names (Eq. 6). "auc" is the area under the ROC curve for "the head is
wrong here", "mistakes" are among the first 100; "share" ranks by the share of an image's draws that fall in other
classes than the head's.

"reading" times what comes after the training, for all images of the pool: draws counted by class, and the likelihood
from all draws, in two stages ("coarse" draws first, all for the most wanted), or from fewer. "top" is then the share of
the first 100 that a reading from all draws has.
"""

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from common.frozen_features import CPU, FrozenImages, head_on, read_frozen
from common.machine import print_table, save_result
from common.neu_crops import drain, skip_if_absent
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
from torch import Tensor

from vabal_core.config import Config, interactive
from vabal_core.loop.fields import TrainedVAE, counted_draws, pool_with, trained_vae
from vabal_core.loop.fitted import Fitted
from vabal_core.model.cvae import CVAE
from vabal_core.model.vae import train_vae
from vabal_core.query.scores import joint_score, posterior_score
from vabal_core.runtime import one_thread, seeded, torch_generator

LABELS, BEFORE, FIRST, EVERY = 250, 225, 50, 25
TOP = 100
DRAWS = 30  # for the rankings that are compared; the same for all, so that they differ in their auto-encoders only
STEPS = (150, 300, 600, 1200, 2400, 4800)
# Rate, batch, most steps, seed; the first two are the references.
TRAININGS = (
    (1e-4, 128, 4800, 0), (1e-4, 128, 4800, 1), (2e-4, 128, 2400, 0), (2e-4, 128, 2400, 1), (3e-4, 128, 2400, 0),
    (1e-3, 128, 2400, 0), (2e-4, 256, 600, 0), (2e-4, 512, 600, 0),
)  # fmt: skip
QUICK = ((1e-4, 128, 150, 0), (1e-4, 128, 150, 1))
WARM_STEPS = (50, 100, 200, 400)
USUAL = interactive()
CONFIG = replace(USUAL, draws=DRAWS, coarse_draws=0)
State = Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """What an auto-encoder makes of the pool's M unlabelled images: scores (M,), and where the head is wrong (M,)."""

    start: str
    config: Config
    seed: int
    steps: int
    seconds: float
    agreement: float
    scores: dict[str, np.ndarray]
    wrong: np.ndarray


def rankings(
    images: FrozenImages, fitted: Fitted, start: str, config: Config, steps: Sequence[int], *, seed: int = 0,
    initial: State | None = None,
) -> Iterator[Ranking]:  # fmt: skip
    """One training, looked at where an epoch ends after each of so many `steps`."""
    for reached, seconds, vae in trained(fitted, config, steps, seed, initial):
        yield ranking(images, fitted, vae, start=start, config=config, seed=seed, steps=reached, seconds=seconds)


def trained(
    fitted: Fitted, config: Config, steps: Sequence[int], seed: int, initial: State | None
) -> Iterator[tuple[int, float, CVAE]]:
    """Steps done, seconds of one core, and the auto-encoder, at each of `steps` or the end of the epoch after it."""
    with seeded(seed, "vae"):
        vae = CVAE(fitted.pool.class_count, config)
    if initial is not None:
        vae.load_state_dict(initial)
    rows, order, waiting = np.flatnonzero(fitted.pool.candidates), torch_generator(seed, "vae order"), sorted(steps)
    predicted = fitted.probabilities.argmax(1)
    epoch_steps = -(-len(rows) // config.vae_batch_size)
    spent, since = 0.0, time.process_time()
    for event in train_vae(vae, fitted.taps, rows, predicted, config, order, CPU, steps=waiting[-1]):
        done = min(event.epoch * epoch_steps, steps[-1])
        if done >= waiting[0]:
            spent += time.process_time() - since
            yield done, spent, vae
            vae.train()
            waiting = [later for later in waiting if later > done]
            since = time.process_time()


def ranking(images: FrozenImages, fitted: Fitted, vae: CVAE, **training: Any) -> Ranking:
    fitted = with_vae(fitted, vae)
    rows, predicted = np.flatnonzero(fitted.pool.candidates), fitted.probabilities.argmax(1)
    pool, draws = (
        drain(pool_with(fitted, ("reliability", "log_prior", "log_likelihood", "posterior"))),
        draws_of(fitted),
    )
    scores = {
        "joint": joint_score(pool.log_likelihood[rows], pool.log_prior, pool.reliability),
        "posterior": posterior_score(pool.posterior[rows], pool.reliability),
        "share": 1 - draws[np.arange(len(rows)), predicted[rows]] / draws.sum(1),
    }
    agreement = (draws.argmax(1) == predicted[rows]).mean()
    wrong = predicted[rows] != images.truth[rows]
    return Ranking(agreement=agreement, scores=scores, wrong=wrong, **training)


def with_vae(fitted: Fitted, vae: CVAE) -> Fitted:
    """With this auto-encoder, and nothing read from it yet."""
    return replace(fitted, computed={trained_vae.__name__: TrainedVAE(vae=vae, losses=[])})


def draws_of(fitted: Fitted) -> np.ndarray:
    return drain(counted_draws(fitted)).unlabelled


def row_of(ranking: Ranking, references: Sequence[Ranking]) -> dict[str, Any]:
    row = {
        "start": ranking.start, "rate": ranking.config.vae_learning_rate, "batch": ranking.config.vae_batch_size,
        "seed": ranking.seed, "steps": ranking.steps, "seconds": round(ranking.seconds, 1),
        "agreement": round(float(ranking.agreement), 3),
    }  # fmt: skip
    for name, values in ranking.scores.items():
        for number, reference in enumerate(references):
            other = reference.scores[name]
            row[f"{name}_rho_{number}"] = round(float(spearmanr(values, other).statistic), 2)
            row[f"{name}_top_{number}"] = round(top_overlap(values, other), 2)
        row[f"{name}_auc"] = round(float(roc_auc_score(ranking.wrong, values)), 2)
        row[f"{name}_mistakes"] = int(ranking.wrong[top(values)].sum())
    return row


def top(values: np.ndarray) -> np.ndarray:
    return np.argsort(-values, kind="stable")[:TOP]


def top_overlap(values: np.ndarray, other: np.ndarray) -> float:
    return len(np.intersect1d(top(values), top(other))) / len(top(values))


def chain(images: FrozenImages, heads: Mapping[int, Fitted], first: State, steps: int) -> Ranking:
    """An auto-encoder that goes on for `steps` at each head but the first, which `first` was trained with."""
    state = first
    for labels in sorted(heads)[1:]:
        *_, (reached, seconds, vae) = trained(heads[labels], CONFIG, (steps,), labels, state)
        state = vae.state_dict()
    return ranking(images, heads[LABELS], vae, start="chain", config=CONFIG, seed=0, steps=reached, seconds=seconds)


def cold_state(fitted: Fitted, steps: int) -> State:
    *_, (_, _, vae) = trained(fitted, CONFIG, (steps,), 0, None)
    return vae.state_dict()


def reading_rows(fitted: Fitted, state: State) -> list[dict[str, Any]]:
    """Seconds of what follows the training, and whether it finds the first images of a reading from all draws."""
    vae = CVAE(fitted.pool.class_count, USUAL)
    vae.load_state_dict(state)
    settings = ((USUAL.draws, 0), (USUAL.draws, USUAL.coarse_draws), (DRAWS, 0))
    readings = [timed_reading(fitted, vae, *setting) for setting in settings]
    _, all_draws = readings[0]
    return [row | {"joint_top": round(top_overlap(values, all_draws), 2)} for row, values in readings]


def timed_reading(fitted: Fitted, vae: CVAE, draws: int, coarse: int) -> tuple[dict[str, Any], np.ndarray]:
    """Seconds of one core, and the joint scores."""
    config, rows = replace(USUAL, draws=draws, coarse_draws=coarse), np.flatnonzero(fitted.pool.candidates)
    read = with_vae(replace(fitted, task=replace(fitted.task, config=config)), vae)
    start = time.process_time()
    draws_of(read)
    counted = time.process_time()
    pool = drain(pool_with(read, ("reliability", "log_prior", "staged_log_likelihood")))
    ended = time.process_time()
    scores = joint_score(pool.staged_log_likelihood[rows], pool.log_prior, pool.reliability)
    seconds = {"counting_seconds": round(counted - start, 2), "likelihood_seconds": round(ended - counted, 2)}
    return {"draws": draws, "coarse": coarse, **seconds}, scores


def cold_rankings(images: FrozenImages, fitted: Fitted, rate: float, batch: int, most: int, seed: int) -> list[Ranking]:
    config = replace(CONFIG, vae_learning_rate=rate, vae_batch_size=batch)
    steps = [step for step in STEPS if step <= most]
    return list(rankings(images, fitted, "cold", config, steps, seed=seed))


def main(quick: bool) -> None:
    skip_if_absent()
    with one_thread():  # the seconds of a busy machine are comparable then
        result = measure(quick)
    print_table(result["rows"])
    print_table(result["reading"])
    save_result("vae_steps", result, quick)


def measure(quick: bool) -> dict[str, Any]:
    counts = (BEFORE, LABELS) if quick else range(FIRST, LABELS + 1, EVERY)
    warm_steps = WARM_STEPS[:1] if quick else WARM_STEPS
    cold_steps = 2 * STEPS[0] if quick else CONFIG.vae_least_steps
    with tempfile.TemporaryDirectory() as folder:
        images = read_frozen(Path(folder), USUAL, every=8 if quick else 1)
    heads = {count: head_on(images, count, 0, CONFIG) for count in counts}
    trainings = QUICK if quick else TRAININGS
    cold = [cold_rankings(images, heads[LABELS], *training) for training in trainings]
    before, first = (cold_state(heads[count], cold_steps) for count in (BEFORE, min(heads)))
    warm = rankings(images, heads[LABELS], "warm", CONFIG, warm_steps, initial=before)
    chains = (chain(images, heads, first, steps) for steps in warm_steps)
    references = cold[0][-1], cold[1][-1]
    rows = [row_of(ranking, references) for ranking in [*itertools.chain.from_iterable(cold), *warm, *chains]]
    return {"labels": LABELS, "rows": rows, "reading": reading_rows(heads[LABELS], before)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one eighth of the images, few steps")
    main(parser.parse_args().quick)
