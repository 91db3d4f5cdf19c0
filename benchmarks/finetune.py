"""What it is worth to train the pretrained network further, beside a head on its frozen features and beside a network
trained from scratch.

Each row: so many labels of neu-crops-64, drawn at random by the seed and the same for every way to learn, and the
balanced accuracy on its 910 evaluation images, all read at SIDE pixels. Seconds are those of the learning alone, from
pixels or features that lie ready.
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common.frozen_features import FrozenImages, head_on, read_frozen
from common.machine import print_table, save_result
from common.neu_crops import drain, load, skip_if_absent
from scipy.stats import t

from vabal_core.config import Config, interactive, thorough
from vabal_core.evidence.metrics import balanced_accuracy, confusion_matrix
from vabal_core.loop.fit import learn
from vabal_core.loop.fitted import Fitted
from vabal_core.model.classifier import extract
from vabal_core.runtime import choose_device

Row = dict[str, Any]

SIDE = 64
LABELS, SEEDS = (500, 1000), range(3)
SCRATCH_SEEDS = range(1)  # minutes a row


def measure(images: FrozenImages, pixels: np.ndarray, labels: int, seed: int, ways: dict[str, Config]) -> list[Row]:
    """A row for each way to learn from the same labels. pixels (N, S, S)."""
    start = time.perf_counter()
    head = head_on(images, labels, seed, interactive(image_size=SIDE))
    rows = [row("frozen", images, head, seed, head.probabilities[images.evaluation], time.perf_counter() - start)]
    for name, config in ways.items():
        if name != "scratch" or seed in SCRATCH_SEEDS:
            rows.append(row(name, images, head, seed, *trained(images, pixels, head, seed, config)))
    for each in rows:
        print(each, flush=True)
    return rows


def trained(
    images: FrozenImages, pixels: np.ndarray, head: Fitted, seed: int, config: Config
) -> tuple[np.ndarray, float]:
    """Logits (E, C) of a network trained on the labels that `head` was fitted to, and the seconds that it took."""
    device = choose_device()
    start = time.perf_counter()
    network = drain(learn(head.pool, head.labelled, pixels=pixels, config=config, seed=seed, device=device))
    seconds = time.perf_counter() - start
    logits, _ = drain(extract(network.network, pixels[images.evaluation], network.normalisation, device))
    return logits, seconds


def row(learning: str, images: FrozenImages, head: Fitted, seed: int, scores: np.ndarray, seconds: float) -> Row:
    truth = images.truth[images.evaluation]
    confusion = confusion_matrix(truth, scores.argmax(1), head.pool.class_count)
    return {
        "learning": learning,
        "labels": len(head.labelled),
        "seed": seed,
        "balanced_accuracy": round(100 * balanced_accuracy(confusion).value, 2),
        "seconds": round(seconds, 1),
    }


def margin(rows: list[Row], learning: str, labels: int) -> Row:
    """Points by which `learning` is ahead of frozen features, seed by seed, and the 95 % interval of Student's t."""
    scores = {(row["learning"], row["seed"]): row["balanced_accuracy"] for row in rows if row["labels"] == labels}
    ahead = [value - scores["frozen", seed] for (name, seed), value in scores.items() if name == learning]
    result = {"learning": learning, "labels": labels, "seeds": len(ahead), "points": round(statistics.mean(ahead), 2)}
    if len(ahead) > 1:
        half = t.ppf(0.975, len(ahead) - 1) * statistics.stdev(ahead) / len(ahead) ** 0.5
        result["interval"] = [round(result["points"] - half, 2), round(result["points"] + half, 2)]
    return result


def main(quick: bool) -> None:
    skip_if_absent()
    counts, seeds, every = ((100,), range(1), 10) if quick else (LABELS, SEEDS, 1)
    ways = {"finetune": thorough(image_size=SIDE), "scratch": Config(image_size=SIDE)}
    if quick:  # the pace, not the quality
        ways = {name: replace(config, epochs=1) for name, config in ways.items()}
    with tempfile.TemporaryDirectory() as folder:
        images = read_frozen(Path(folder) / "features", interactive(image_size=SIDE), every)
        pixels = load(Path(folder) / "pixels")[0][::every]
        rows = [row for count in counts for seed in seeds for row in measure(images, pixels, count, seed, ways)]
    print_table(rows)
    margins = [margin(rows, name, count) for name in ways for count in counts]
    print_table(margins)
    save_result("finetune", {"side": SIDE, "margins_over_frozen": margins, "rows": rows}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: the pace, not the quality")
    main(parser.parse_args().quick)
