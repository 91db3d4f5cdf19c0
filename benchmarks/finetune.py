"""What it is worth to train the pretrained network further, beside a head on its frozen features.

Each row: so many labels of neu-crops-64, drawn at random by the seed, the same for both ways to learn and for the
networks from scratch of learner.py, and the balanced accuracy in % on its 910 evaluation images. They are read at 64
pixels, for the frozen features in their four mirror images, as the Studio reads images of this size. Seconds are those
of the learning alone, from pixels or features that lie ready; those kept are of two cores that had other work as well
(load 5 to 8). Alone on them a step of 32 images takes 0.12 s: 45 s for 500 labels.
"""

import argparse
import statistics
import tempfile
import time
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
FROZEN = interactive(image_size=SIDE, mirrors=True)
RUNS = ((500, 0), (500, 1), (1000, 0))  # labels and seed: minutes each


def measure(images: FrozenImages, pixels: np.ndarray, labels: int, seed: int, config: Config) -> list[Row]:
    """A row for each way to learn from the same labels. pixels (N, S, S)."""
    start = time.perf_counter()
    head = head_on(images, labels, seed, FROZEN)
    frozen = row("frozen", images, head, seed, head.probabilities[images.evaluation], time.perf_counter() - start)
    tuned = row("finetune", images, head, seed, *trained(images, pixels, head, seed, config))
    print(frozen, tuned, sep="\n", flush=True)
    return [frozen, tuned]


def trained(
    images: FrozenImages, pixels: np.ndarray, head: Fitted, seed: int, config: Config
) -> tuple[np.ndarray, float]:
    """Logits (E, C) of a network trained on the labels that `head` was fitted to, and the seconds that it took."""
    device = choose_device()
    start = time.perf_counter()
    classifier = drain(learn(head.pool, head.labelled, pixels=pixels, config=config, seed=seed, device=device))
    seconds = time.perf_counter() - start
    logits, _ = drain(extract(classifier.network, pixels[images.evaluation], classifier.normalisation, device))
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


def margin(rows: list[Row], labels: int) -> Row:
    """Points by which fine-tuning is ahead of frozen features, seed by seed, and the 95 % interval of Student's t."""
    scores = {(row["learning"], row["seed"]): row["balanced_accuracy"] for row in rows if row["labels"] == labels}
    ahead = [value - scores["frozen", seed] for (learning, seed), value in scores.items() if learning == "finetune"]
    points = statistics.mean(ahead)
    result = {"labels": labels, "seeds": len(ahead), "points_over_frozen": round(points, 2)}
    if len(ahead) > 1:
        half = t.ppf(0.975, len(ahead) - 1) * statistics.stdev(ahead) / len(ahead) ** 0.5
        result["interval"] = [round(float(points - half), 2), round(float(points + half), 2)]
    return result


def main(quick: bool) -> None:
    skip_if_absent()
    runs, every = (((100, 0),), 20) if quick else (RUNS, 1)
    config = thorough(image_size=SIDE, **({"epochs": 1} if quick else {}))
    with tempfile.TemporaryDirectory() as folder:
        images = read_frozen(Path(folder) / "features", FROZEN, every)
        pixels = load(Path(folder) / "pixels", every)[0]
        rows = [row for labels, seed in runs for row in measure(images, pixels, labels, seed, config)]
    print_table(rows)
    margins = [margin(rows, labels) for labels in sorted({labels for labels, _ in runs})]
    print_table(margins)
    save_result("finetune", {"side": SIDE, "margins": margins, "rows": rows}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: the pace, not the quality")
    main(parser.parse_args().quick)
