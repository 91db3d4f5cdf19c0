"""How well each score and each setting of VaB-AL finds the classifier's mistakes and the rare classes.

Classifiers are trained (preset "interactive") on 150, 400 and 1,000 random labels of neu-crops-64. On the features of
each one a VAE is trained for every setting that needs its own (Table 2 of the paper, reconstruction, reduction, lambda,
length of training), and every score and every ablation of Table 1 is read from it. Measured on the unlabelled pool,
whose answers are known here: the area under the ROC curve for "the classifier is wrong about this image", and the error
rate and the share of the two rarest classes among the 100 images ranked first.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common.machine import print_table, save_result
from common.neu_classifier import CPU, classified
from common.neu_crops import drain, load, skip_if_absent
from sklearn.metrics import roc_auc_score

from vabal_core.config import Config, interactive
from vabal_core.loop.bayes import read_terms, train_on_pool
from vabal_core.query.scores import (
    entropy,
    joint_score,
    log_joint,
    negative_margin,
    posterior_score,
)
from vabal_core.types import Pool

TOP = 100
# Settings that need a VAE of their own; the first is the default.
TRAININGS: dict[str, dict[str, Any]] = {
    "default": {},
    "absolute": {"latent_energy": "absolute"},
    "sigmoid": {"latent_energy": "sigmoid"},
    "gaussian": {"reconstruction": "gaussian"},
    "sum": {"reduction": "sum"},
    "lambda 0": {"class_weight": 0.0},
    "20 epochs": {"vae_least_steps": 0},
}
# Readings of one VAE: Table 1's ablation.
ABLATIONS: dict[str, dict[str, bool]] = {
    "": {},
    "no prior": {"use_prior": False},
    "no reliability": {"use_reliability": False},
    "neither": {"use_prior": False, "use_reliability": False},
}


def measure(truth: np.ndarray, predicted: np.ndarray, rare: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """truth, predicted, scores (M,) of the unlabelled pool, rare (C,) bool."""
    wrong = predicted != truth
    top = np.argsort(-scores, kind="stable")[:TOP]
    return {
        "auc": round(float(roc_auc_score(wrong, scores)), 4),
        "errors_in_top": round(float(wrong[top].mean()), 4),
        "rare_in_top": round(float(rare[truth[top]].mean()), 4),
    }


def rows_of(pool: Pool, taps: np.ndarray, truth: np.ndarray, seed: int, config: Config) -> list[dict[str, Any]]:
    """One row a score and setting, for one classifier."""
    some = pool.candidates
    predicted = pool.probabilities.argmax(1)
    about = truth[some], predicted[some], np.isin(np.arange(pool.class_count), np.argsort(np.bincount(truth))[:2])
    common = {"labels": int((pool.labels >= 0).sum()), "seed": seed}
    common["pool_error"] = round(float((about[0] != about[1]).mean()), 4)
    common["pool_rare"] = round(float(about[2][about[0]].mean()), 4)
    rows = [
        {**common, "score": name, "setting": "", **measure(*about, ask(pool.probabilities[some]))}
        for name, ask in (("entropy", entropy), ("margin", negative_margin))
    ]
    for name, changes in TRAININGS.items():
        chosen = replace(config, **changes)
        vae, losses = drain(train_on_pool(pool, taps, chosen, seed, CPU))
        for ablation, left_out in ABLATIONS.items() if name == "default" else [("", {})]:
            terms = drain(read_terms(pool, taps, vae, losses, replace(chosen, **left_out), seed))
            known = terms.log_likelihood[some], terms.log_prior, terms.reliability
            # Summed over 512 dimensions the joint score is 1 for every image: only its logarithm ranks.
            joint = -log_joint(*known) if name == "sum" else joint_score(*known)
            facts = {**common, "setting": ablation or name, "agreement": round(terms.agreement, 4)}
            rows.append({**facts, "score": "joint", **measure(*about, joint)})
            rows.append({**facts, "score": "posterior", **measure(*about, posterior_score(*known))})
            print(rows[-2], flush=True)
    return rows


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean over seeds, a line each score, setting and count of labels."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["score"], row["setting"], row["labels"]), []).append(row)
    measures = ("auc", "errors_in_top", "rare_in_top", "pool_error", "pool_rare", "agreement")
    lines = []
    for (score, setting, labels), mine in groups.items():
        means = {name: round(float(np.mean([row[name] for row in mine])), 3) for name in measures if name in mine[0]}
        lines.append({"score": score, "setting": setting, "labels": labels, "seeds": len(mine), **means})
    return lines


def main(quick: bool) -> None:
    skip_if_absent()
    counts, seeds = ((150,), (0,)) if quick else ((150, 400, 1000), (0, 1, 2))
    config = interactive(epochs=1, vae_epochs=1, vae_least_steps=0, draws=4) if quick else interactive(coarse_draws=0)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        data = load(Path(folder))
        for seed in seeds:
            for labels in counts:
                pool, taps = classified(data, labels, seed, config)
                rows += rows_of(pool, taps, data[1], seed, config)
    lines = summary(rows)
    print_table(lines)
    save_result("diagnosis", {"summary": lines, "rows": rows}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: one epoch of everything, no quality")
    main(parser.parse_args().quick)
