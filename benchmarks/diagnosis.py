"""How well each score and each setting of VaB-AL finds the classifier's mistakes and the rare classes.

Classifiers are trained from scratch on 150, 400 and 1,000 random labels of neu-crops-64. On the features of
each one a VAE is trained for every setting that needs its own (Table 2 of the paper, reconstruction, reduction, lambda,
length of training), and every score and every ablation of Table 1 is read from it. Measured on the unlabelled pool,
whose answers are known here: the area under the ROC curve for "the classifier is wrong about this image", and the error
rate and the share of the two rarest classes among the 100 images ranked first.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from common.machine import RESULTS, machine, print_table, save_result
from common.neu_classifier import classified
from common.neu_crops import drain, load, skip_if_absent
from sklearn.metrics import roc_auc_score

from vabal_core.config import Config
from vabal_core.loop.fields import counted_draws, pool_with
from vabal_core.loop.fitted import Fitted
from vabal_core.query.scores import entropy, log_joint, negative_margin, posterior_score

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


def rows_of(fitted: Fitted, truth: np.ndarray, seed: int, trainings: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a score and setting, for one classifier."""
    unlabelled = fitted.pool.candidates
    probabilities = fitted.probabilities[unlabelled]
    rarest = np.argsort(np.bincount(truth))[:2]
    measured = partial(
        measure, truth[unlabelled], probabilities.argmax(1), np.isin(np.arange(fitted.pool.class_count), rarest)
    )
    common = {"labels": len(fitted.labelled), "seed": seed}
    common["pool_error"] = round(float((truth[unlabelled] != probabilities.argmax(1)).mean()), 4)
    common["pool_rare"] = round(float(np.isin(truth[unlabelled], rarest).mean()), 4)
    rows = [
        {**common, "score": name, "setting": "", **measured(score(probabilities))}
        for name, score in (("entropy", entropy), ("margin", negative_margin))
    ]
    for name, changes in trainings.items():
        computed: dict[str, Any] = {}
        for ablation, left_out in ABLATIONS.items() if name == "default" else [("", {})]:
            config = replace(fitted.task.config, **changes, **left_out)
            # The ablations read one auto-encoder: what was computed from its draws with other terms is forgotten.
            computed = {key: value for key, value in computed.items() if key in ("trained_vae", "counted_draws")}
            variant = replace(fitted, task=replace(fitted.task, config=config), computed=computed)
            facts = {**common, "setting": ablation or name}
            for score, values, agreement in scores_of(variant):
                rows.append({**facts, "agreement": agreement, "score": score, **measured(values)})
            print(rows[-2], flush=True)
    return rows


def scores_of(fitted: Fitted) -> Iterator[tuple[str, np.ndarray, float]]:
    """Name, values (M,) of the unlabelled pool, and agreement of each score that is read from the auto-encoder."""
    unlabelled = fitted.pool.candidates
    pool = drain(pool_with(fitted, ("reliability", "log_prior", "log_likelihood", "posterior")))
    named = drain(counted_draws(fitted)).unlabelled.argmax(1)
    agreement = round(float((named == fitted.probabilities[unlabelled].argmax(1)).mean()), 4)
    joint = log_joint(pool.log_likelihood[unlabelled], pool.log_prior, pool.reliability)
    # Summed over 512 dimensions the joint score is 1 for every image: only its logarithm ranks.
    yield "joint", -joint if fitted.task.config.reduction == "sum" else -np.expm1(joint), agreement
    yield "posterior", posterior_score(pool.posterior[unlabelled], pool.reliability), agreement


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean over seeds, a line each score, setting and count of labels."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["score"], row["setting"], row["labels"]), []).append(row)
    measures = ("auc", "errors_in_top", "rare_in_top", "pool_error", "pool_rare", "agreement")
    lines = []
    for (score, setting, labels), group in groups.items():
        means = {name: round(float(np.mean([row[name] for row in group])), 3) for name in measures if name in group[0]}
        lines.append({"score": score, "setting": setting, "labels": labels, "seeds": len(group), **means})
    return lines


def in_place(rows: list[dict[str, Any]], setting: str) -> dict[str, Any]:
    """The kept result with the rows of one setting measured anew, and on which machine that was."""
    kept = json.loads((RESULTS / "diagnosis.json").read_text(encoding="utf-8"))
    rows = [row for row in kept["rows"] if row["setting"] != setting] + [
        row for row in rows if row["setting"] == setting
    ]
    anew = kept.get("measured_anew", {}) | {setting: machine()}
    return {"machine": kept["machine"], "measured_anew": anew, "summary": summary(rows), "rows": rows}


def main(quick: bool, only: str | None) -> None:
    skip_if_absent()
    counts, seeds = ((150,), (0,)) if quick else ((150, 400, 1000), (0, 1, 2))
    config = Config(epochs=1, vae_epochs=1, vae_least_steps=0, draws=4) if quick else Config(coarse_draws=0)
    trainings = {only: TRAININGS[only]} if only else TRAININGS
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        data = load(Path(folder), every=16 if quick else 1)
        for seed in seeds:
            for labels in counts:
                rows += rows_of(classified(data, labels, seed, config), data[1], seed, trainings)
    result = in_place(rows, only) if only else {"summary": summary(rows), "rows": rows}
    print_table(result["summary"])
    save_result("diagnosis", result, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="under a minute: one epoch of everything, a sixteenth of the images, no quality",
    )
    parser.add_argument("--only", choices=TRAININGS, help="this setting alone, in place of the kept rows of it")
    options = parser.parse_args()
    main(options.quick, options.only)
