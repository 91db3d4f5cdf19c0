"""How good and how fast 24 epochs of AdamW are beside the paper's schedule, both from scratch on the 7x7 stem.

Each seed draws its own 250 labels of neu-crops-64 (pool 3,619 images, 910 for evaluation), trains on them with both
schedules and measures on the evaluation images. The rounds of 24 epochs are whole VaB-AL rounds.
"""

import argparse
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common.machine import print_table, save_result
from common.neu_classifier import make_task
from common.neu_crops import drain, load, skip_if_absent

from vabal_core.config import Config, paper
from vabal_core.evidence.metrics import accuracy, balanced_accuracy
from vabal_core.loop.events import timed
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import run_round
from vabal_core.runtime import choose_device

LABELS = 250
SHORT = "24 epochs of AdamW"


def measure(data: tuple[np.ndarray, ...], config: Config, labels: int, strategy: str, seed: int) -> dict[str, Any]:
    pixels, truth, evaluation = data
    task = make_task(truth, evaluation, labels, strategy=strategy, seed=seed, config=config)
    work = run_round(task, Inputs(pixels=pixels, readable=np.ones(len(pixels), bool)), device=choose_device())
    (_, result), seconds = drain(timed(work))
    confusion, agreement = np.array(result.report.confusion), result.report.agreement
    return {
        "seed": seed,
        "accuracy": round(float(accuracy(confusion).value), 4),
        "balanced_accuracy": round(balanced_accuracy(confusion).value, 4),
        "agreement": None if agreement is None else round(agreement, 4),
        "seconds": {phase: round(value, 1) for phase, value in seconds.items()},
        "total_seconds": round(sum(seconds.values()), 1),
    }


def main(quick: bool) -> None:
    skip_if_absent()
    labels, seeds = (60, (0,)) if quick else (LABELS, (0, 1, 2))
    schedules = {SHORT: (Config(), "vabal"), "paper, 7x7 stem": (paper(stem="7x7"), "random")}
    if quick:  # a glance: one epoch each tells the pace, not the quality
        schedules = {
            name: (replace(config, epochs=1, drop_epoch=1), "random") for name, (config, _) in schedules.items()
        }
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = load(Path(folder), every=20 if quick else 1)
        for name, (config, strategy) in schedules.items():
            for seed in seeds:
                rows.append({"schedule": name, **measure(data, config, labels, strategy, seed)})
                print(rows[-1], flush=True)
    mean = {name: statistics.mean(r["balanced_accuracy"] for r in rows if r["schedule"] == name) for name in schedules}
    short_mean, paper_mean = mean.values()
    print_table([{**row, "seconds": " ".join(f"{k} {v}" for k, v in row["seconds"].items())} for row in rows])
    slowest = max(row["total_seconds"] for row in rows if row["schedule"] == SHORT)
    points = round(100 * (short_mean - paper_mean), 2)
    means = {name: round(value, 4) for name, value in mean.items()}
    facts = {"labels": labels, "mean_balanced_accuracy": means, "points_above_paper_schedule": points}
    save_result("presets", {**facts, "slowest_short_round_seconds": slowest, "rows": rows}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="under a minute: the pace on a twentieth of the images, not the quality"
    )
    main(parser.parse_args().quick)
