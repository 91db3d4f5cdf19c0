"""The images of an experiment, made ready once: opened, their side chosen, their features read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from vabal_core import config as settings
from vabal_core.config import Config
from vabal_core.experiment.folders import IMAGES, SOURCE, Folders, read_plan
from vabal_core.experiment.once import make_once
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.source import Source
from vabal_core.experiment.source_list import read_list, write_list
from vabal_core.experiment.sources import open_source
from vabal_core.images.side import has_mirrors, side_of_files
from vabal_core.loop.checked_files import write_whole
from vabal_core.loop.events import Work
from vabal_core.loop.files import ImageFiles, feature_folder
from vabal_core.loop.fitted import Fitted, Inputs
from vabal_core.loop.worker import read_inputs

ABOUT = "about.json"
MAX_BYTES_IN_MEMORY = 2**30  # of features that are read once for all rounds; more are read from the disk each time


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """An experiment and its images. `reading`: settings that follow from the images (see `Experiment.config_of`).

    Kept in memory: what rounds look at, by how it is read, and what the first round of a seed has learned and computed
    so far, by seed and settings.
    """

    folders: Folders
    experiment: Experiment
    source: Source
    reading: Mapping[str, Any]
    inputs: dict[tuple[Any, ...], Inputs] = field(default_factory=dict)
    first: dict[tuple[int, str], Fitted] = field(default_factory=dict)


def prepare(folders: Folders) -> Work[Prepared]:
    """The experiment planned in `folders.out`, all its images opened and read; what was done before is not done again.

    StudioError where the source or its images cannot be read.
    """
    experiment = read_plan(folders.out)
    table = folders.out / SOURCE
    yield from make_once(table, lambda partial: _open(experiment, folders, partial))
    source, side = _read(table)
    prepared = Prepared(
        folders=folders, experiment=experiment, source=source, reading=_reading(experiment.preset, side)
    )
    for strategy in experiment.strategies:
        yield from inputs_of(prepared, experiment.config_of(strategy, prepared.reading))
    return prepared


def inputs_of(prepared: Prepared, config: Config) -> Work[Inputs]:
    """What a round with these settings looks at, read once for all that read alike."""
    images = _image_files(prepared)
    if config.learning == "frozen":
        key: tuple[Any, ...] = ("features", feature_folder(images.features, config, images.scale))
    else:
        key = ("pixels", config.image_size, config.colour)
    if key not in prepared.inputs:
        prepared.inputs[key] = _in_memory((yield from read_inputs(images, config)))
    return prepared.inputs[key]


def _open(experiment: Experiment, folders: Folders, partial: Path) -> Work[None]:
    source = yield from open_source(experiment.source, folders.images)
    about = json.dumps({"name": source.name, "side": side_of_files(source.files)}).encode()
    write_list(partial / IMAGES, source)
    write_whole(partial / ABOUT, lambda file: file.write(about))


def _read(table: Path) -> tuple[Source, int]:
    """The source, and the side at which a pretrained network reads its images."""
    about = json.loads((table / ABOUT).read_text(encoding="utf-8"))
    return read_list(table / IMAGES, about["name"])[0], about["side"]


def _reading(preset: str, side: int) -> dict[str, Any]:
    """As the Studio chooses them (workspace/features.py)."""
    learning = settings.preset(preset).learning
    if learning == "scratch":
        return {}
    return {"image_size": side} | ({"mirrors": has_mirrors(side)} if learning == "frozen" else {})


def _image_files(prepared: Prepared) -> ImageFiles:
    source, folders = prepared.source, prepared.folders
    return ImageFiles(
        files=source.files,
        fingerprints=source.fingerprints,
        cache=folders.out / "pixels",
        features=folders.features,
        scale=source.scale,
    )


def _in_memory(inputs: Inputs) -> Inputs:
    """With features as an array where they fit: each round reads all of them several times."""
    features = inputs.features
    if features is None or np.prod(features.shape) * np.dtype(np.float32).itemsize > MAX_BYTES_IN_MEMORY:
        return inputs
    return replace(inputs, features=features[:])
