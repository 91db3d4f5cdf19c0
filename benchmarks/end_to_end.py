"""The whole loop by command line on real steel: import, 250 random labels, two rounds of 250 more, export.

Told three times: the quick preset with its usual strategy, the same with VaB-AL, and VaB-AL on a ResNet-18 trained from
scratch. Prints a row a stage: labels, share of the rare classes among them (against what random labelling gives),
agreement of the VAE with the classifier where there is one, accuracy and balanced accuracy on the evaluation images,
seconds a phase.
"""

import argparse
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import ROOT
from common.machine import print_table, save_result
from common.neu_crops import archive, skip_if_absent

from vabal_core import workspace
from vabal_core.evidence.metrics import accuracy, balanced_accuracy, rare_classes
from vabal_core.workspace.projects import DEFAULT_SETTINGS

SCRATCH = {
    "learning": "scratch", "backbone": "resnet18", "weights": "none", "difficulty": "in_sample",
    "vae_learning_rate": 1e-4, "vae_epochs": 20, "vae_least_steps": 2400, "vae_warm_steps": 0,
}  # fmt: skip
STORIES: dict[str, tuple[str, dict[str, Any]]] = {
    "quick": (DEFAULT_SETTINGS["strategy"], {}),
    "quick, VaB-AL": ("vabal", {}),
    "from scratch, VaB-AL": ("vabal", SCRATCH),
}
# A glance at the path, not at the quality: fewer labels, a few passes, each image read once.
QUICK = {"mirrors": "false", "epochs": 3, "vae_epochs": 2, "vae_least_steps": 0, "draws": 10}


def studio(folder: str, *words: str) -> Any:
    """What `python -m vabal_core WORDS --json` says; it must succeed."""
    command = [sys.executable, "-m", "vabal_core", *words]
    environment = {**os.environ, "VABAL_DATA_DIR": folder}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout if words[-1] == "-" else json.loads(done.stdout)


def run_one(folder: str, batch: int, strategy: str, overrides: dict[str, Any]) -> dict[str, Any]:
    start = time.perf_counter()
    options = ("--strategy", strategy, "--batch", str(batch), "--preset", "interactive", "--seed", "0")
    changes = [word for name, value in overrides.items() for word in ("--set", f"{name}={value}")]
    round_ = studio(folder, "round", "--project", "neu", *options, *changes, "--json")
    metrics, confusion = round_["metrics"], np.array(round_["metrics"]["confusion"])
    rare = rare_classes(confusion.sum(1))
    counts, agreement = np.array(metrics["labelled_counts"]), metrics.get("agreement")
    return {
        "round": round_["number"],
        "labels": round_["labelled"],
        "rare_share": round(float(counts[rare].sum() / counts.sum()), 4),
        "random_would_give": round(float(confusion.sum(1)[rare].sum() / confusion.sum()), 4),
        "agreement": None if agreement is None else round(agreement, 4),
        "accuracy": round(float(accuracy(confusion).value), 4),
        "balanced_accuracy": round(float(balanced_accuracy(confusion).value), 4),
        "wall_seconds": round(time.perf_counter() - start, 1),
        "seconds": metrics["seconds"],
    }


def follow_ranking(folder: Path) -> None:
    """Nothing is drawn at random out of a ranking: the story is what the ranking brings."""
    ws = workspace.open_workspace(folder)
    workspace.update_settings(ws, workspace.STUDIO, workspace.find_project(ws, "neu").id, audit_share=0)
    ws.engine.dispose()


def tell(name: str, quick: bool) -> tuple[list[dict[str, Any]], int]:
    """The rows of a story, and how many rows its export has."""
    strategy, overrides = STORIES[name]
    batch, overrides = (60, overrides | QUICK) if quick else (250, overrides)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        images = archive(Path(folder), 12 if quick else 1)
        studio(folder, "import", str(images), "--project", "neu", "--labels", "hide", "--json")
        follow_ranking(Path(folder))
        studio(folder, "label", "--project", "neu", "--oracle", str(batch), "--random", "--seed", "0", "--json")
        # The round after the second batch has been labelled measures what that batch brought.
        for turn in range(1 if quick else 3):
            if turn:
                studio(folder, "label", "--project", "neu", "--oracle", str(batch), "--json")
            rows.append({"learning": name, **run_one(folder, batch, strategy, overrides)})
            print(rows[-1], flush=True)
        exported = list(csv.DictReader(io.StringIO(studio(folder, "export", "--project", "neu", "--out", "-"))))
    return rows, len(exported)


def main(quick: bool) -> None:
    skip_if_absent()
    rows, exported = [], {}
    for name in ("quick",) if quick else STORIES:
        story_rows, exported[name] = tell(name, quick)
        rows += story_rows
    print_table([{k: v for k, v in row.items() if k != "seconds"} | row["seconds"] for row in rows])
    save_result("end_to_end", {"batch": 60 if quick else 250, "rows": rows, "exported_rows": exported}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: the path, not the quality")
    main(parser.parse_args().quick)
