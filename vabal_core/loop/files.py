"""A round as a folder: what the learner reads, and what it leaves behind. Plain files, so that it can run anywhere.

job.json       strategy, seed, class count, configuration, pixel cache folder, files of the images in row order
rows.npz       keys, labels, evaluation, foretold: one row an image
result.npz     the ranking and the predictions
facts.json     what was measured
checkpoint.pt  state dicts (read with weights_only)
scratch-*      features that may outgrow the memory; gone when the round has ended
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from vabal_core.config import Config, from_json, to_json

SCRATCH = "scratch-"


@dataclass(frozen=True)
class Job:
    """The snapshot a round starts from. Row i of every field is image i."""

    files: tuple[str, ...]
    fingerprints: tuple[str, ...]
    keys: np.ndarray  # (N,) int64
    labels: np.ndarray  # (N,) int64, UNLABELLED where unknown
    evaluation: np.ndarray  # (N,) bool
    class_count: int
    strategy: str
    seed: int
    config: Config
    cache: Path
    foretold: np.ndarray  # (N,) int64, the class a round named before the label was given, UNLABELLED where none did


@dataclass(frozen=True)
class Outcome:
    """What a round left behind: rows of the ranking, best first, and per row of the job what was predicted."""

    rows: np.ndarray  # (k,) int64
    scores: np.ndarray  # (k,) float64
    predicted: np.ndarray  # (N,) int64
    probability: np.ndarray  # (N,) float64
    log_likelihood: np.ndarray  # (N, C) float64, or (N, 0) where the strategy needed none
    confusion: np.ndarray  # (C, C) int64
    held_out: np.ndarray  # (N,) int64, named by a model that had not learned from the image, or UNLABELLED
    held_out_probability: np.ndarray  # (N,) float64
    facts: dict[str, Any]


def why_no_round(labelled: Sequence[int], unlabelled: int) -> str:
    """Why no round can start, in words for the person; "" where one can.

    `labelled` counts the labels of each class in the pool, `unlabelled` the images of the pool without a label.
    """
    present = sum(count > 0 for count in labelled)
    if len(labelled) < 2:
        return f"This project has {len(labelled)} classes; a round needs at least 2. Add classes on the Label page."
    if present < 2:
        return f"Labels of {present} different classes so far; a round needs at least 2. Label some more images."
    if not unlabelled:
        return "Every image of the pool is labelled: nothing is left to rank."
    return ""


def write_job(folder: Path, job: Job) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    plain = {
        "strategy": job.strategy,
        "seed": job.seed,
        "class_count": job.class_count,
        "config": to_json(job.config),
        "cache": str(job.cache),
        "files": job.files,
        "fingerprints": job.fingerprints,
    }
    arrays = {"keys": job.keys, "labels": job.labels, "evaluation": job.evaluation, "foretold": job.foretold}
    np.savez(folder / "rows.npz", **arrays)
    (folder / "job.json").write_text(json.dumps(plain), encoding="utf-8")


def read_job(folder: Path) -> Job:
    plain = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    plain |= {"config": from_json(plain["config"]), "cache": Path(plain["cache"])}
    plain |= {name: tuple(plain[name]) for name in ("files", "fingerprints")}
    with np.load(folder / "rows.npz") as rows:
        return Job(**plain, **rows)


def read_keys(folder: Path) -> np.ndarray:
    """The keys (N,) of the job's rows."""
    with np.load(folder / "rows.npz") as rows:
        return rows["keys"]


def write_outcome(folder: Path, outcome: Outcome) -> None:
    """facts.json comes last: where it stands, the outcome is whole."""
    arrays = {name: value for name, value in vars(outcome).items() if name != "facts"}
    write_whole(folder / "result.npz", lambda file: np.savez(file, **arrays))
    write_whole(folder / "facts.json", lambda file: file.write(json.dumps(outcome.facts).encode()))


def read_outcome(folder: Path) -> Outcome:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    with np.load(folder / "result.npz") as arrays:
        return Outcome(**arrays, facts=facts)


def write_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """A file that is there whole or not at all, also after a crash in the middle."""
    unfinished = path.with_suffix(path.suffix + ".part")
    with unfinished.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
