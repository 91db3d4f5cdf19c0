"""What the quick preset is worth: how fast images are read, how long a refresh of the ranking takes, how good it is.

Reading is held against the bare network on tensors that lie ready, in turns, the best of three. A refresh is timed as
the Studio makes it, from the start of the round to its ranking in the database, in the learner's process that waits
since the images were read: the first by a strategy, and the next, which goes on from it. Balanced accuracy is that on
neu-crops-64's 910 evaluation images, in %.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common.frozen_features import CPU, FrozenImages, read_frozen
from common.frozen_rounds import balanced, first_images, labelling, learn, pool_rows, task_of
from common.machine import RESULTS, print_table, save_result
from common.neu_crops import archive, drain, examined, load, skip_if_absent
from scipy.stats import ttest_rel

from vabal_core import workspace
from vabal_core.config import Config, interactive
from vabal_core.loop.features import read_features
from vabal_core.loop.files import ImageFiles
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import run_round
from vabal_core.model.network import build_classifier, forward_with_features
from vabal_core.model.reading import BATCH, prepare
from vabal_core.workspace.projects import DEFAULT_SETTINGS

SEEDS = range(10)
ABOUT = ("benchmark", "quick", "machine")  # what every result says of itself
SIDE = 128  # at which the paces are compared
DEFAULT = DEFAULT_SETTINGS["strategy"]
HEAD = "margin_novel"  # the default without its auto-encoder, where the head is what is measured
COLD = 50  # images that come by coverage before the ranking is asked
SCRATCH_COUNTS, SCRATCH_SEEDS = (100, 250), range(3)  # a minute or two each
COUNTS = (50, 100, 200, 300, 400, 500, 600)
QUICK_EVERY = 12  # so-manieth image in the quick form, and settings of its rounds: the path, not the quality
QUICK_SETTINGS = {"vae_least_steps": 20, "vae_warm_steps": 20, "draws": 10, "coarse_draws": 0, "mirrors": False}


def best_of_three(*works: Callable[[], Any]) -> list[float]:
    """Seconds of each, in turns."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(3):
        for work, seconds in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
    return [min(seconds) for seconds in times]


def reading(folder: Path, side: int, count: int, every: int) -> dict[str, Any]:
    """Images a second that are decoded, read and kept, and that the bare network reads of tensors that lie ready."""
    crops = examined(folder / f"crops-{side}", every)
    network = prepare(build_classifier(interactive(), 1), CPU)
    x = torch.randn(BATCH["cpu"], 3, side, side).contiguous(memory_format=torch.channels_last)
    turns = iter(range(100))

    def whole() -> None:
        part = ImageFiles(
            files=tuple(crops.files[:count]),
            fingerprints=tuple(crops.fingerprints[:count]),
            cache=folder / "pixels",
            features=folder / f"features-{side}-{next(turns)}",
        )
        drain(read_features(part, interactive(image_size=side), CPU))

    @torch.inference_mode()
    def bare() -> None:
        for _ in range(count // BATCH["cpu"]):
            forward_with_features(network, x)

    whole(), bare()
    seconds, ideal = best_of_three(whole, bare)
    paces = {"images_a_second": round(count / seconds, 1), "bare_network": round(count / ideal, 1)}
    return {"side": side, **paces, "share": round(ideal / seconds, 3)}


def refreshes(folder: Path, strategies: Sequence[str], every: int, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Seconds of a refresh by each strategy, with 250 labels and with 25 more, all images read."""
    ws = workspace.open_workspace(folder / "studio")
    plan = drain(workspace.prepare_import(ws, "neu", archive(folder, every), labels="hide"))
    drain(workspace.commit_import(ws, workspace.STUDIO, "neu", plan))
    project = workspace.find_project(ws, "neu")
    start = time.perf_counter()
    drain(workspace.read_features(ws, workspace.STUDIO, project.id))
    rows = [{"what": f"{len(plan.entries):,} images read", "seconds": round(time.perf_counter() - start, 1)}]
    workspace.label_at_random(ws, workspace.ORACLE, project.id, 250 // every, seed=0)
    for strategy in strategies:
        for turn in ("first", "next"):
            start = time.perf_counter()
            options = {"strategy": strategy, "preset": "interactive", "overrides": settings}
            round_ = drain(workspace.run_round(ws, workspace.STUDIO, project.id, **options))
            seconds, phases = time.perf_counter() - start, round_.metrics["seconds"]
            rows.append({"what": f"{strategy}, {turn}", "seconds": round(seconds, 1), **phases})
            workspace.label_at_random(ws, workspace.ORACLE, project.id, 25, seed=1)
    return rows


def refresh_of_many(images: int = 20_000) -> float:
    """Seconds of a refresh by the head alone on images of synthetic features, a quarter of them labelled."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 6, images)
    features = (rng.normal(0, 1, (6, 1_776))[truth] * 0.15 + rng.normal(0, 1, (images, 1_776))).astype(np.float32)
    source = FrozenImages(features=features, truth=truth, evaluation=np.arange(images) >= 0.95 * images)
    start = time.perf_counter()
    learn(source, np.arange(images // 4), HEAD, 0)
    return time.perf_counter() - start


def at_random(source: FrozenImages, count: int, seeds: range = SEEDS) -> list[float]:
    """Balanced accuracy after so many random labels, a seed each."""
    drawn = (np.random.default_rng(seed).permutation(pool_rows(source))[:count] for seed in seeds)
    return [balanced(learn(source, rows, "random", seed)) for seed, rows in zip(seeds, drawn, strict=True)]


def after_the_cold_start(source: FrozenImages, count: int) -> list[float]:
    return [balanced(learn(source, first_images(source, count, seed), "random", seed)) for seed in SEEDS]


def curve(source: FrozenImages, strategy: str, seeds: range, most: int) -> list[dict[str, Any]]:
    """Mean and deviation over seeds by number of labels, the ranking refreshed every 50 labels."""
    rows = []
    by_seed = [dict(labelling(source, strategy, cold=COLD, batch=50, most=most, seed=seed)) for seed in seeds]
    for count in (count for count in COUNTS if count <= most):
        rows.append({"strategy": strategy, "labels": count, **summary([scores[count] for scores in by_seed])})
        print(rows[-1], flush=True)
    return rows


def from_scratch(folder: Path, counts: tuple[int, ...], seeds: range) -> dict[int, list[float]]:
    """Balanced accuracy of a ResNet-18 trained from scratch on the same random labels as `at_random` draws."""
    pixels, truth, evaluation = load(folder)
    scores: dict[int, list[float]] = {count: [] for count in counts}
    for count in counts:
        for seed in seeds:
            labelled = np.random.default_rng(seed).permutation(np.flatnonzero(~evaluation))[:count]
            task = task_of(
                FrozenImages(features=pixels, truth=truth, evaluation=evaluation), labelled, "random", seed, 25
            )
            task = replace(task, config=Config())
            inputs = Inputs(readable=np.ones(len(pixels), bool), pixels=pixels)
            scores[count].append(balanced(drain(run_round(task, inputs, device=CPU))[1]))
            print({"scratch": count, "seed": seed, "balanced_accuracy": round(scores[count][-1], 1)}, flush=True)
    return scores


def summary(values: list[float]) -> dict[str, Any]:
    mean, deviation = statistics.mean(values), statistics.stdev(values) if len(values) > 1 else 0.0
    return {"seeds": len(values), "balanced_accuracy": round(mean, 1), "deviation": round(deviation, 1)}


def ahead(frozen: list[float], scratch: list[float]) -> dict[str, Any]:
    """By how many points frozen features are ahead, seed by seed, and how likely that is by chance (paired t)."""
    frozen = frozen[: len(scratch)]
    points = statistics.mean(frozen) - statistics.mean(scratch)
    return {"points_ahead": round(points, 1), "p": float(f"{ttest_rel(frozen, scratch).pvalue:.2g}")}


def paces(folder: Path, quick: bool) -> dict[str, Any]:
    """What depends on nothing else being at work on the machine."""
    counts = {SIDE: BATCH["cpu"]} if quick else {64: 2_048, 96: 1_024, SIDE: 1_024, 224: 256}
    every, settings = (QUICK_EVERY, QUICK_SETTINGS) if quick else (1, {})
    rows = [reading(folder, side, count, every) for side, count in counts.items()]
    print_table(rows)
    seconds = refreshes(folder, (HEAD, "vabal") if quick else (HEAD, DEFAULT, "vabal"), every, settings)
    print_table(seconds)
    by_name = {row["what"]: row["seconds"] for row in seconds}
    return {
        "feature_rate_share": next(row["share"] for row in rows if row["side"] == SIDE),
        "refresh_head_s": by_name[f"{HEAD}, next"],
        "refresh_vae_s": by_name["vabal, first"],
        "refresh_5000_labels_s": round(refresh_of_many(1_000) if quick else refresh_of_many(), 1),
        "reading": rows,
        "refreshes": seconds,
    }


def accuracy(folder: Path, quick: bool) -> dict[str, Any]:
    source = read_frozen(folder / "usual", interactive(mirrors=not quick), QUICK_EVERY if quick else 1)
    scores = at_random(source, 250, SEEDS[:1] if quick else SEEDS)
    at_250 = {"balanced_accuracy_250": summary(scores)["balanced_accuracy"]}
    if quick:
        return at_250
    cold = {count: summary(after_the_cold_start(source, count)) for count in (25, 50, 100)}
    print(cold, flush=True)
    curves = [row for strategy in ("random", "margin", HEAD) for row in curve(source, strategy, SEEDS, COUNTS[-1])]
    return at_250 | {"cold_start": cold, "curves": curves, "ways_to_read": [*ways_to_read(folder)]}


def bayes(folder: Path, quick: bool) -> dict[str, Any]:
    """The same by the strategies whose auto-encoder takes most of the time."""
    if quick:
        return {}
    source = read_frozen(folder / "bayes", interactive(mirrors=True))
    return {"curves_of_vabal": [row for name in (DEFAULT, "vabal") for row in curve(source, name, SEEDS[:3], 300)]}


def ways_to_read(folder: Path) -> Iterator[dict[str, Any]]:
    for side, mirrors in ((64, False), (64, True), (SIDE, False), (SIDE, True)):
        source = read_frozen(folder / f"read-{side}-{mirrors}", interactive(image_size=side, mirrors=mirrors))
        at_300 = [dict(labelling(source, HEAD, cold=COLD, batch=50, most=300, seed=seed))[300] for seed in SEEDS]
        scores = {"random_250": summary(at_random(source, 250)), "default_300": summary(at_300)}
        print({"side": side, "mirrors": mirrors, **scores}, flush=True)
        yield {"side": side, "mirrors": mirrors, **scores}


def scratch(folder: Path, quick: bool) -> dict[str, Any]:
    """Beside the frozen features: the same labels, and a network trained from scratch on them."""
    if quick:
        return {}
    source = read_frozen(folder / "beside", interactive(mirrors=True))
    scores = from_scratch(folder / "scratch", SCRATCH_COUNTS, SCRATCH_SEEDS)
    rows = [
        {"labels": count, **summary(values), **ahead(at_random(source, count), values)}
        for count, values in scores.items()
    ]
    print_table(rows)
    return {"from_scratch": rows}


PARTS = {"paces": paces, "accuracy": accuracy, "bayes": bayes, "scratch": scratch}


def main(quick: bool, only: str | None) -> None:
    skip_if_absent()
    kept = RESULTS / "learner.json"
    facts = json.loads(kept.read_text(encoding="utf-8")) if only and kept.exists() else {}
    with tempfile.TemporaryDirectory() as name:
        for part in (only,) if only else PARTS:
            facts |= PARTS[part](Path(name), quick)
    save_result("learner", {name: value for name, value in facts.items() if name not in ABOUT}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one side, two strategies, few images, no learning curves")
    parser.add_argument("--only", choices=PARTS, help="measure one part anew, and keep the others as they are")
    options = parser.parse_args()
    main(options.quick, options.only)
