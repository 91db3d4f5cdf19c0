"""How fast a pool is scored (Eq. 8 for every class), beside a plain loop, and whether few draws find the same images.

The plain loop: 128 images at once, encoded again for every draw, decoded whole once a class, all 512 outputs. Each case
is timed on as many images as fit the seconds given ("timed"), which is what the rate of a whole pool rests on; both
ways are timed in turns, the best of three. The share of the machine's matrix-product rate counts the products that the
fast way needs, against (4096 x 128) by (128 x 512) measured in the same run.

"Same top": of the best K by 100 plain draws an image, each image its own, the share that ours finds among its best K:
10 common draws for all, 100 for the most wanted twentieth. The features are those of a classifier trained on 400 labels
of neu-crops-64, of every image of its pool in its eight positions (turned and mirrored), so that the pool is a large
one; without these images, clusters of random ones. Two runs of the plain way do not agree fully either:
"plain_against_itself".
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common.machine import print_table, save_result
from common.memory_peak import anonymous_peak
from common.neu_classifier import eight_positions
from common.neu_crops import NEU_CROPS, drain
from common.plain_scoring import plain_masked_log_likelihood
from torch import nn

from vabal_core.config import Config
from vabal_core.loop.fields import pool_with, trained_vae
from vabal_core.loop.fitted import Classifier, Fitted, Inputs
from vabal_core.loop.round import choose
from vabal_core.loop.task import RoundTask
from vabal_core.model.cvae import BLOCK, CVAE, WIDTH, masked_log_likelihood
from vabal_core.model.input import Normalisation
from vabal_core.model.vae import SCORING_VALUES, common_noise, read_likelihood
from vabal_core.query.scores import joint_score
from vabal_core.query.strategies import STRATEGIES
from vabal_core.runtime import choose_device
from vabal_core.types import UNLABELLED, Pool

DRAWS, QUICK_DRAWS = 100, 20
CASES = ((5_000, 9), (50_000, 10), (50_000, 100), (1_000_000, 10))
DEVICE = choose_device()
FEATURES = CVAE(2, Config()).features


def best_rate(work: Callable[[int], None], seconds: float) -> tuple[float, int]:
    """Images a second of work(images), the best of three, and how many images one of them took."""
    images, spent = 128, timed(lambda: work(128))
    while spent < seconds / 6 and images < 2**20:
        images *= 2
        spent = timed(partial(work, images))
    return images / min(spent, *(timed(partial(work, images)) for _ in range(2))), images


def timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def matrix_rate(turns: int) -> float:
    """GFLOP/s of the widest product of the decoder: float32, bfloat16 on a GPU."""
    kind = torch.bfloat16 if DEVICE.type == "cuda" else torch.float32
    a = torch.randn(4096, WIDTH, dtype=kind, device=DEVICE)
    b = torch.randn(WIDTH, FEATURES, dtype=kind, device=DEVICE)
    out = torch.empty(4096, FEATURES, dtype=kind, device=DEVICE)  # else fresh memory would be timed too
    times = [timed(lambda: [torch.mm(a, b, out=out) for _ in range(50)]) for _ in range(turns)]
    return 50 * 2 * 4096 * WIDTH * FEATURES / min(times) / 1e9


def products(classes: int, kind: str, draws: int) -> int:
    """Floating-point operations of the matrix products that the fast way needs, an image."""
    last = WIDTH * FEATURES if kind == "bernoulli" else WIDTH * WIDTH
    latent = BLOCK * classes
    return 2 * draws * (latent * WIDTH + classes * (BLOCK * WIDTH + 2 * WIDTH * WIDTH + last))


@torch.inference_mode()
def speed(images: int, classes: int, kind: str, draws: int, seconds: float, folder: Path) -> dict[str, Any]:
    vae = CVAE(classes, Config(reconstruction=kind)).to(DEVICE).eval()
    noise = common_noise(draws, classes, torch.Generator().manual_seed(0))
    taps = np.lib.format.open_memmap(folder / "taps.npy", "w+", np.float32, (images, 960))
    taps[: 2**14] = np.random.default_rng(0).random((min(images, 2**14), 960), np.float32)  # the rest stays zero
    batch = torch.from_numpy(taps[:128]).to(DEVICE)

    def ours(count: int) -> None:
        drain(read_likelihood(vae, taps, np.arange(count) % images, noise))

    def plain(count: int) -> None:
        for _ in range(0, count, 128):
            plain_masked_log_likelihood(vae, vae.project(batch), noise.to(DEVICE))

    fast, timed_images = best_rate(ours, seconds)
    slow, _ = best_rate(plain, seconds)
    _, peak = anonymous_peak(lambda: ours(timed_images))
    return {
        "images": images, "classes": classes, "head": kind, "draws": draws, "timed": timed_images,
        "images_per_second": round(fast, 1), "plain_images_per_second": round(slow, 1), "ratio": round(fast / slow, 2),
        "matrix_gflops": round(fast * products(classes, kind, draws) / 1e9, 1), "peak_mib": peak,
        "whole_pool_seconds": round(images / fast),
    }  # fmt: skip


def peaks(sizes: Sequence[int], folder: Path) -> dict[str, int]:
    """The peak of memory in MiB of whole pools of these sizes, streamed from a file, by 2 draws an image."""
    vae = CVAE(10, Config()).to(DEVICE).eval()
    noise = common_noise(2, 10, torch.Generator().manual_seed(0))
    peak = {}
    for size in sizes:
        taps = np.lib.format.open_memmap(folder / "taps.npy", "w+", np.float32, (size, 960))
        _, peak[f"{size}"] = anonymous_peak(partial(drain, read_likelihood(vae, taps, np.arange(size), noise)))
    return peak


def clusters(images: int, classes: int) -> Fitted:
    """A pool of `images` whose features form clusters, the largest four times the smallest; 20 % are labelled."""
    rng = np.random.default_rng(0)
    truth = rng.choice(classes, images, p=(share := np.linspace(4, 1, classes)) / share.sum())
    along = rng.normal(size=(images, 8)) @ rng.normal(size=(8, 960))
    taps = rng.normal(size=(classes, 960))[truth] + along + 0.3 * rng.normal(size=(images, 960))
    near = -((np.arange(classes) - (truth + 0.6 * rng.normal(size=images))[:, None]) ** 2)
    task = RoundTask(
        keys=np.arange(images),
        labels=np.where(rng.random(images) < 0.2, truth, UNLABELLED),
        evaluation=np.zeros(images, bool),
        prequential=np.full(images, UNLABELLED),
        class_count=classes,
        strategy="vabal",
        batch=images,
        seed=0,
        config=Config(),
    )
    readable, grey = np.ones(images, bool), Normalisation((0.5,) * 3, (0.25,) * 3)
    return Fitted(
        task=task,
        inputs=Inputs(readable=readable),
        pool=task.pool(readable),
        classifier=Classifier(network=nn.Identity(), normalisation=grey),
        probabilities=np.exp(near) / np.exp(near).sum(1, keepdims=True),
        features=taps.astype(np.float32),
        device=DEVICE,
    )


@torch.inference_mode()
def plain_best(fitted: Fitted, vae: CVAE, pool: Pool, k: int, draws: int, seed: int) -> np.ndarray:
    """The best k rows by draws of each image's own, as the plain loop makes them (by the exact fast way: quicker)."""
    generator, rows = torch.Generator().manual_seed(seed), np.flatnonzero(pool.candidates)
    size, parts = max(1, SCORING_VALUES[DEVICE.type] // (draws * FEATURES)), []
    for piece in np.array_split(rows, max(1, len(rows) // size)):
        noise = torch.randn(draws, len(piece), BLOCK * vae.class_count, generator=generator).to(DEVICE)
        x = vae.project(torch.from_numpy(fitted.taps[piece]).to(DEVICE))
        parts.append(masked_log_likelihood(vae, x, noise).double().cpu().numpy())
    scores = joint_score(np.concatenate(parts), pool.log_prior, pool.reliability)
    return rows[np.argsort(-scores, kind="stable")[:k]]


def same_top(fitted: Fitted, kind: str, k: int, draws: int, steps: int) -> dict[str, Any]:
    """How many of the plain way's best k ours finds, and how much quicker it is on the whole pool."""
    config = Config(reconstruction=kind, draws=draws, vae_least_steps=steps, vae_epochs=1)
    fitted = replace(fitted, task=replace(fitted.task, config=config), device=DEVICE, computed={})
    trained = drain(trained_vae(fitted))
    vabal, images = STRATEGIES["vabal"], int(fitted.pool.candidates.sum())

    def reading(**settings: Any) -> Fitted:
        """The same auto-encoder, none of its draws read yet."""
        task = replace(fitted.task, config=replace(config, **settings))
        return replace(fitted, task=task, computed={"trained_vae": trained})

    noise = common_noise(draws, fitted.pool.class_count, torch.Generator().manual_seed(0)).to(DEVICE)
    seconds = min(timed(lambda: drain(pool_with(reading(), vabal.requires))) for _ in range(2))
    with torch.inference_mode():
        x = trained.vae.project(torch.from_numpy(fitted.taps[:128]).to(DEVICE))
        plain = min(timed(lambda: plain_masked_log_likelihood(trained.vae, x, noise)) for _ in range(3)) / 128
    pool = drain(pool_with(fitted, ("reliability", "log_prior")))
    best = {
        "ours": drain(choose(reading(), vabal, k, 0)).rows,
        "common": drain(choose(reading(coarse_draws=0), vabal, k, 0)).rows,
        "plain": plain_best(fitted, trained.vae, pool, k, draws, 1),
        "again": plain_best(fitted, trained.vae, pool, k, draws, 2),
    }
    share = {name: round(len(np.intersect1d(rows, best["plain"])) / k, 4) for name, rows in best.items()}
    return {
        "images": images, "classes": fitted.pool.class_count, "head": kind, "k": k, "top_k_overlap": share["ours"],
        "common_100_draws": share["common"], "plain_against_itself": share["again"],
        "images_per_second": round(images / seconds, 1), "ratio_same_top_k": round(plain * images / seconds, 1),
    }  # fmt: skip


def main(quick: bool) -> None:
    seconds, turns, draws = (0.1, 1, QUICK_DRAWS) if quick else (8.0, 10, DRAWS)
    rates = [matrix_rate(turns)]
    with tempfile.TemporaryDirectory() as folder:
        cases = [(5_000, 10)] if quick else CASES
        heads = ("bernoulli", "gaussian")
        rows = [speed(*case, kind, draws, seconds, Path(folder)) for case in cases for kind in heads]
        peak_of_pool = peaks((2_000, 4_000) if quick else (10_000, 100_000, 1_000_000), Path(folder))
    rates.append(matrix_rate(turns))
    for row in rows:
        row["share_of_matrix_rate"] = round(row["matrix_gflops"] / max(rates), 3)
    fitted = clusters(600 if quick else 2_500, 10) if quick or not NEU_CROPS.exists() else eight_positions(400)
    tops = [
        same_top(fitted, kind, *((100, draws, 30) if quick else (250, draws, 2_400)))
        for kind in heads[: 1 if quick else 2]
    ]
    print_table(rows)
    print_table(tops)
    main_row = next(row for row in rows if (row["classes"], row["head"]) == (10, "bernoulli"))
    gaussian = next(row for row in rows if (row["classes"], row["head"]) == (10, "gaussian"))
    facts = {
        "ratio_equal_draws": main_row["ratio"],
        "ratio_equal_draws_gaussian": gaussian["ratio"],
        "ratio_same_top_k": tops[0]["ratio_same_top_k"],
        "top_k_overlap": tops[0]["top_k_overlap"],
        "share_of_matrix_rate": main_row["share_of_matrix_rate"],
        "images_per_second": main_row["images_per_second"],
        "peak_mib": max(peak_of_pool.values()),
        "peak_mib_of_pool": peak_of_pool,
        "machine_gflops": round(max(rates), 1),
    }
    save_result("scoring", {**facts, "speed": rows, "same_top": tops}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: one small case")
    main(parser.parse_args().quick)
