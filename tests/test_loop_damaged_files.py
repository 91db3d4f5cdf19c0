"""What a round reads from its folder is what was written there, or it is not used."""

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frozen_tasks import frozen_task, run_frozen
from long_work import finish
from torch import Tensor

from vabal_core.loop import worker
from vabal_core.loop.checkpoint import previous_vae, read_checkpoint
from vabal_core.loop.files import (
    ImageFiles,
    read_images,
    read_order,
    read_probabilities,
    read_result,
    read_task,
    remove_unused_tables,
    write_order,
    write_task,
)
from vabal_core.types import StudioError

DAMAGED = "is damaged on the disk and is not used"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The folder of a finished round, named 1."""
    folder = tmp_path_factory.mktemp("rounds") / "1"
    task = frozen_task("vabal", vae_warm_steps=2)
    files = tuple(f"{i}" for i in range(len(task.keys)))
    places = {"cache": folder / "pixels", "features": folder / "features"}
    write_task(folder, task, ImageFiles(files=files, fingerprints=files, **places))
    fitted, result, _ = run_frozen(task)
    worker.save(folder, fitted, replace(result, probabilities=np.ones((len(files), 3))), {})
    write_order(folder, [3, 1, 2])
    return folder


def everything(folder: Path) -> bytes:
    """All that is read of it."""
    task, result = read_task(folder), read_result(folder)
    read = [vars(task), read_images(folder), vars(result), read_order(folder), read_probabilities(folder)]
    return pickle.dumps([read, plain(read_checkpoint(folder)), plain(previous_vae(folder))])


def plain(value: Any) -> Any:
    """With the bytes of each tensor in its place: two equal tensors are pickled differently."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value.numpy().tobytes() if isinstance(value, Tensor) else value


@pytest.fixture
def folder(made: Path) -> Path:
    """The same folder, which is as it was after the test."""
    files = [*made.iterdir(), *made.parent.glob("images-*.json")]
    content = {file: file.read_bytes() for file in files if file.is_file()}
    yield made
    for file, before in content.items():
        file.write_bytes(before)


NAMES = ["task.json", "rows.npz", "result.npz", "report.json", "order.json", "checkpoint.pt", "table"]


@pytest.mark.parametrize("name", NAMES)
def test_turned_bits_are_noticed_or_change_nothing_that_is_read(folder: Path, name: str):
    file = next(folder.parent.glob("images-*.json")) if name == "table" else folder / name
    expected, whole = everything(folder), file.read_bytes()
    places = np.random.default_rng(0).choice(len(whole), 30, replace=False)
    noticed = 0
    for place in places:
        turned = bytearray(whole)
        turned[place] ^= 1 << int(place % 8)
        file.write_bytes(turned)
        try:
            assert everything(folder) == expected, f"byte {place} of {name}"
        except StudioError as error:
            assert DAMAGED in str(error) and file.name in str(error)
            noticed += 1
    assert noticed >= 10, "the rest is names of parts, dates and padding of an archive"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_cut_or_zeroed_file_is_said_to_be_damaged(folder: Path, name: str, share: float):
    file = next(folder.parent.glob("images-*.json")) if name == "table" else folder / name
    whole = file.read_bytes()
    kept = whole[: int(share * len(whole))]
    for content in (kept, kept + bytes(len(whole) - len(kept))):
        file.write_bytes(content)
        with pytest.raises(StudioError, match=DAMAGED):
            everything(folder)


def test_a_round_of_a_version_without_checksums_is_read(folder: Path):
    expected = everything(folder)
    for name in ("task.json", "report.json", "order.json"):
        content = json.loads((folder / name).read_text())
        assert content.pop("checksum")
        (folder / name).write_text(json.dumps(content))
    assert everything(folder) == expected


def test_a_damaged_table_of_images_is_written_anew_by_the_next_round(folder: Path):
    (table,) = folder.parent.glob("images-*.json")
    task, images = read_task(folder), read_images(folder)
    table.write_bytes(table.read_bytes()[:-9])
    with pytest.raises(StudioError, match=DAMAGED):
        read_images(folder)
    write_task(folder, task, images)
    assert read_images(folder) == images


def test_a_damaged_task_keeps_no_table_and_stops_nobody_from_tidying_up(folder: Path):
    (folder / "task.json").write_bytes(b"{")
    (table,) = folder.parent.glob("images-*.json")
    remove_unused_tables(folder.parent)
    assert not table.exists()


def test_a_round_does_not_go_on_from_a_damaged_auto_encoder_and_says_so(folder: Path):
    following = folder.parent / "2"
    config = read_task(folder).config
    state, events = finish(worker.last_vae(following, config))
    assert state and not events
    content = bytearray((folder / "checkpoint.pt").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "checkpoint.pt").write_bytes(content)
    state, events = finish(worker.last_vae(following, config))
    assert state is None and DAMAGED in events[0].message
