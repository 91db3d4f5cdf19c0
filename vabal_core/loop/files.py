"""A round as a folder: what the learner reads, and what it leaves behind. Plain files, so that it can run anywhere.

task.json      the settings of the task, the pixel cache folder, and which table names its images
rows.npz       the arrays of the task: one row an image
result.npz     the ranking and the predictions
report.json    what was measured
order.json     of a cold start: which images to show first
checkpoint.pt  state dicts (see checkpoint.py)
scratch-*      features that may outgrow the memory; gone when the round has ended

Beside the folders of a project's rounds lie tables of its images, images-DIGEST.json, named after what they hold: one
is written when the images have changed, and all rounds until the next change read the same.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from vabal_core.config import Config, from_json, to_json
from vabal_core.loop import report
from vabal_core.loop.task import OutOfSamplePredictions, RoundResult, RoundTask
from vabal_core.types import Query, Scale, StudioError

SCRATCH = "scratch-"
FEATURES_VERSION = 1  # of how images become features: another one reads all of them again
# of a result
OPTIONAL_ARRAYS = (
    "next_classes",
    "next_probabilities",
    "probabilities",
    "log_likelihood",
    "draw_counts",
    "label_issues",
)
COLD_START = "cold-start"  # the name of a folder whose task is to say which images to show before the first label


@dataclass(frozen=True, kw_only=True)
class ImageFiles:
    """Where the pixels of a task come from: row i is image i."""

    files: tuple[str, ...]
    fingerprints: tuple[str, ...]  # hexadecimal
    cache: Path  # folder of the pixels decoded so far
    features: Path  # folder of the features read so far, of all projects
    scale: Scale | None = None  # by which values of more than 8 bits are read


def write_task(folder: Path, task: RoundTask, images: ImageFiles) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: value for name, value in vars(task).items() if isinstance(value, np.ndarray)}
    write_whole(folder / "rows.npz", lambda file: np.savez(file, **arrays))
    plain = {name: value for name, value in vars(task).items() if name not in arrays}
    plain |= {"config": to_json(task.config)}
    scale = images.scale and {"low": images.scale.low, "high": images.scale.high}
    folders = {"cache": str(images.cache), "features": str(images.features), "scale": scale}
    stored = {"task": plain, **folders, "images": _write_table(folder.parent, images)}
    write_whole(folder / "task.json", lambda file: file.write(json.dumps(stored).encode()))


def read_task(folder: Path) -> RoundTask:
    """StudioError where the folder was written by a version before this one; FileNotFoundError where there is none."""
    plain = _read_json(folder)["task"]
    plain |= {"config": from_json(plain["config"])}
    with np.load(folder / "rows.npz") as arrays:
        return RoundTask(**plain, **arrays)


def read_images(folder: Path) -> ImageFiles:
    """The images of the task in `folder`; errors as `read_task` has them."""
    stored = _read_json(folder)
    table = json.loads((folder.parent / stored["images"]).read_text(encoding="utf-8"))
    return ImageFiles(
        files=tuple(table["files"]),
        fingerprints=tuple(table["fingerprints"]),
        cache=Path(stored["cache"]),
        features=Path(stored.get("features", "")),  # a round of before has read none
        scale=_scale(stored),
    )


def read_scale(folder: Path) -> Scale | None:
    """By which scale the task in `folder` reads values of more than 8 bits; errors as `read_task` has them."""
    return _scale(_read_json(folder))


def _scale(stored: dict[str, Any]) -> Scale | None:
    return Scale(**stored["scale"]) if stored.get("scale") else None


def _read_json(folder: Path) -> dict[str, Any]:
    if (folder / "job.json").exists():
        raise StudioError(f"The round in {folder} was made by an older version; start a new one.")
    return json.loads((folder / "task.json").read_text(encoding="utf-8"))


def _write_table(folder: Path, images: ImageFiles) -> str:
    """The name of the table in `folder` that holds `images`, written where it is not there yet."""
    table = json.dumps({"files": images.files, "fingerprints": images.fingerprints}).encode()
    name = f"images-{hashlib.sha256(table).hexdigest()[:16]}.json"
    if not (folder / name).exists():
        write_whole(folder / name, lambda file: file.write(table))
    return name


def remove_unused_tables(folder: Path) -> None:
    """Remove the tables of images that no round in `folder` reads any more."""
    used = {json.loads(file.read_text(encoding="utf-8"))["images"] for file in folder.glob("*/task.json")}
    for table in folder.glob("images-*.json"):
        if table.name not in used:
            table.unlink(missing_ok=True)


def write_result(folder: Path, result: RoundResult) -> None:
    """report.json comes last: where it stands, the result is whole."""
    arrays = {
        "rows": result.ranking.rows,
        "scores": result.ranking.scores,
        "predicted": result.predicted,
        "probability": result.probability,
        "out_of_sample_predicted": result.out_of_sample.predicted,
        "out_of_sample_probability": result.out_of_sample.probability,
    }
    optional = {name: getattr(result, name) for name in OPTIONAL_ARRAYS}
    if result.out_of_sample.probabilities is not None:  # in fewer digits: nothing is decided by the others
        optional["out_of_sample_probabilities"] = result.out_of_sample.probabilities.astype(np.float16)
    arrays |= {name: array for name, array in optional.items() if array is not None}
    measured = json.dumps(report.to_json(result.report)).encode()
    write_whole(folder / "result.npz", lambda file: np.savez(file, **arrays))
    write_whole(folder / "report.json", lambda file: file.write(measured))


def read_result(folder: Path) -> RoundResult:
    measured = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    with np.load(folder / "result.npz") as arrays:
        return RoundResult(
            ranking=Query(arrays["rows"], arrays["scores"]),
            predicted=arrays["predicted"],
            probability=arrays["probability"],
            **{name: arrays.get(name) for name in OPTIONAL_ARRAYS},
            out_of_sample=OutOfSamplePredictions(
                predicted=arrays["out_of_sample_predicted"],
                probability=arrays["out_of_sample_probability"],
                probabilities=arrays.get("out_of_sample_probabilities"),
            ),
            report=report.from_json(measured),
        )


def read_probabilities(folder: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """(keys (N,), what the round's classifier said of each image (N, C)); None where the result is of an older version.
    FileNotFoundError where there is no result."""
    with np.load(folder / "rows.npz") as rows, np.load(folder / "result.npz") as result:
        return (rows["keys"], result["probabilities"]) if "probabilities" in result else None


def write_order(folder: Path, keys: Sequence[int]) -> None:
    """What a task in a folder called COLD_START leaves: the keys of the images to show first, in order."""
    write_whole(folder / "order.json", lambda file: file.write(json.dumps(keys).encode()))


def read_order(folder: Path) -> list[int]:
    return json.loads((folder / "order.json").read_text(encoding="utf-8"))


def feature_folder(root: Path, config: Config, scale: Scale | None = None) -> Path:
    """Where features read so are kept, under `root`: by backbone, weights, side, colour, mirrors and `scale`."""
    weights = config.weights if config.weights == "imagenet" else _digest(Path(config.weights))
    backbone = re.sub(r"[^A-Za-z0-9._]+", "_", config.backbone)
    how = ("colour" if config.colour else "grey") + ("-mirrors" if config.mirrors else "")
    how += f"-{scale.name}" if scale else ""
    return root / f"{backbone}-{weights}-{config.image_size}-{how}-{FEATURES_VERSION}"


def _digest(file: Path) -> str:
    """Of a file of weights: its content, so that another file under the same name is another network."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:12]
    except OSError:
        return "unreadable"  # what is wrong with it is said where it is loaded


def write_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """A file that is there whole or not at all, also after a crash in the middle."""
    unfinished = path.with_suffix(path.suffix + ".part")
    with unfinished.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
