"""The whole loop by command line on real steel: import, 250 random labels, two VaB-AL rounds of 250, export.

Prints a row a stage: labels, share of the rare classes among them (against what random labelling gives), agreement of
the VAE with the classifier, accuracy and balanced accuracy on the evaluation images, seconds a phase.
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
from typing import Any

import numpy as np
from common import ROOT
from common.machine import print_table, save_result
from common.neu_crops import NEU_CROPS, skip_if_absent

from vabal_core.evidence.metrics import accuracy, balanced_accuracy, rare_classes

# A glance at the path, not at the quality: fewer labels, a few passes.
QUICK = ("--set", "epochs=3", "--set", "vae_epochs=2", "--set", "vae_least_steps=0", "--set", "draws=10")


def studio(folder: str, *words: str) -> Any:
    """What `python -m vabal_core WORDS --json` says; it must succeed."""
    command = [sys.executable, "-m", "vabal_core", *words]
    environment = {**os.environ, "VABAL_DATA_DIR": folder}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout if words[-1] == "-" else json.loads(done.stdout)


def run_one(folder: str, batch: int, more: tuple[str, ...]) -> dict[str, Any]:
    start = time.perf_counter()
    wishes = ("--strategy", "vabal", "--batch", str(batch), "--preset", "interactive", "--seed", "0", *more)
    round_ = studio(folder, "round", "--project", "neu", *wishes, "--json")
    metrics, confusion = round_["metrics"], np.array(round_["metrics"]["confusion"])
    rare = rare_classes(confusion.sum(1))
    counts = np.array(metrics["labelled_counts"])
    return {
        "round": round_["number"],
        "labels": round_["labelled"],
        "rare_share": round(float(counts[rare].sum() / counts.sum()), 4),
        "random_would_give": round(float(confusion.sum(1)[rare].sum() / confusion.sum()), 4),
        "agreement": round(metrics["agreement"], 4),
        "accuracy": round(float(accuracy(confusion).value), 4),
        "balanced_accuracy": round(float(balanced_accuracy(confusion).value), 4),
        "wall_seconds": round(time.perf_counter() - start, 1),
        "seconds": metrics["seconds"],
    }


def main(quick: bool) -> None:
    skip_if_absent()
    batch, more = (60, QUICK) if quick else (250, ())
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        studio(folder, "import", str(NEU_CROPS), "--project", "neu", "--labels", "hide", "--json")
        studio(folder, "label", "--project", "neu", "--oracle", str(batch), "--random", "--seed", "0", "--json")
        # The round after the second batch has been labelled measures what that batch brought.
        for turn in range(1 if quick else 3):
            if turn:
                studio(folder, "label", "--project", "neu", "--oracle", str(batch), "--json")
            rows.append(run_one(folder, batch, more))
            print(rows[-1], flush=True)
        exported = list(csv.DictReader(io.StringIO(studio(folder, "export", "--project", "neu", "--out", "-"))))
    print_table([{k: v for k, v in row.items() if k != "seconds"} | row["seconds"] for row in rows])
    save_result("end_to_end", {"batch": batch, "rows": rows, "exported_rows": len(exported)}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: the path, not the quality")
    main(parser.parse_args().quick)
