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

None of them is believed unseen (see checked_files.py); a table of images is held against its name.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vabal_core.config import Config, from_json, to_json
from vabal_core.loop import report
from vabal_core.loop.checked_files import damaged, read_arrays, read_json, write_json, write_whole
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
    write_json(folder / "task.json", stored)


def read_task(folder: Path) -> RoundTask:
    """StudioError where the folder is damaged or was written by a version before this one; FileNotFoundError where
    there is none."""
    plain = _read_task(folder)["task"]
    plain |= {"config": from_json(plain["config"])}
    return RoundTask(**plain, **read_arrays(folder / "rows.npz"))


def read_images(folder: Path) -> ImageFiles:
    """The images of the task in `folder`; errors as `read_task` has them."""
    stored = _read_task(folder)
    table = _read_table(folder.parent / stored["images"])
    return ImageFiles(
        files=tuple(table["files"]),
        fingerprints=tuple(table["fingerprints"]),
        cache=Path(stored["cache"]),
        features=Path(stored.get("features", "")),  # a round of before has read none
        scale=_scale(stored),
    )


def read_scale(folder: Path) -> Scale | None:
    """By which scale the task in `folder` reads values of more than 8 bits; errors as `read_task` has them."""
    return _scale(_read_task(folder))


def _scale(stored: dict[str, Any]) -> Scale | None:
    return Scale(**stored["scale"]) if stored.get("scale") else None


def _read_task(folder: Path) -> dict[str, Any]:
    if (folder / "job.json").exists():
        raise StudioError(f"The round in {folder} was made by an older version; start a new one.")
    return read_json(folder / "task.json")


def _write_table(folder: Path, images: ImageFiles) -> str:
    """The name of the table in `folder` that holds `images`, written where it is not there yet."""
    table = json.dumps({"files": images.files, "fingerprints": images.fingerprints}).encode()
    name = _name_of_table(table)
    if not (folder / name).exists():
        write_whole(folder / name, lambda file: file.write(table))
    return name


def _read_table(file: Path) -> dict[str, Any]:
    table = file.read_bytes()
    if _name_of_table(table) != file.name:
        file.unlink(missing_ok=True)  # the next round writes it anew
        raise damaged(file)
    return json.loads(table)


def _name_of_table(table: bytes) -> str:
    return f"images-{hashlib.sha256(table).hexdigest()[:16]}.json"


def remove_unused_tables(folder: Path) -> None:
    """Remove the tables of images that no round in `folder` reads any more."""
    used = {table for file in folder.glob("*/task.json") if (table := _table_of(file))}
    for table in folder.glob("images-*.json"):
        if table.name not in used:
            table.unlink(missing_ok=True)


def _table_of(task: Path) -> str:
    """ "" where the task is damaged: nobody can read it any more."""
    try:
        return read_json(task)["images"]
    except StudioError:
        return ""


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
    write_whole(folder / "result.npz", lambda file: np.savez(file, **arrays))
    write_json(folder / "report.json", report.to_json(result.report))


def read_result(folder: Path) -> RoundResult:
    """StudioError where it is damaged."""
    measured = read_json(folder / "report.json")
    arrays = read_arrays(folder / "result.npz")
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
    FileNotFoundError where there is no result, StudioError where it is damaged."""
    arrays = read_arrays(folder / "rows.npz", "keys") | read_arrays(folder / "result.npz", "probabilities")
    return (arrays["keys"], arrays["probabilities"]) if "probabilities" in arrays else None


def write_order(folder: Path, keys: Sequence[int]) -> None:
    """What a task in a folder called COLD_START leaves: the keys of the images to show first, in order."""
    write_json(folder / "order.json", {"keys": list(keys)})


def read_order(folder: Path) -> list[int]:
    """StudioError where it is damaged."""
    return read_json(folder / "order.json")["keys"]


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
