"""A device with too little memory: a round learns from fewer images at once, and says so; or says what to do."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from frozen_tasks import frozen_task
from long_work import finish
from loop_tasks import make_task

from vabal_core.loop import worker
from vabal_core.loop.files import ImageFiles, read_task, write_task
from vabal_core.types import Progress, StudioError


def in_batches(size: int):
    task = make_task()
    return replace(task, config=replace(task.config, batch_size=size))


def written(folder: Path, task):
    files = tuple(f"{i}" for i in range(len(task.keys)))
    places = {"cache": folder / "pixels", "features": folder / "features"}
    write_task(folder, task, ImageFiles(files=files, fingerprints=files, **places))
    return folder


def device_for(images: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Has rounds run out of memory with more than so many images at once; the sizes that are tried."""
    tried = []

    def run_task(folder: Path, _scratch: Path):
        tried.append(read_task(folder).config.batch_size)
        yield Progress("train")
        if tried[-1] > images:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
        return "fitted", "result"

    monkeypatch.setattr(worker, "run_task", run_task)
    return tried


def test_a_round_out_of_memory_begins_again_with_half_as_many_images_at_once_and_says_so(tmp_path, monkeypatch):
    folder = written(tmp_path / "1", in_batches(50))
    tried = device_for(20, monkeypatch)
    result, events = finish(worker.run_with_memory(folder, tmp_path))
    assert result == ("fitted", "result") and tried == [50, 25, 12]
    assert [event.message for event in events if event.message] == [
        "The device ran out of memory with 50 images at once; the round begins again with 25.",
        "The device ran out of memory with 25 images at once; the round begins again with 12.",
    ]
    assert read_task(folder).config.batch_size == 12, "what is kept of the round says how it learned"


@pytest.mark.parametrize(("task", "tries"), [(in_batches(20), [20, 10, 8]), (frozen_task("margin"), [32])])
def test_where_fewer_images_at_once_do_not_help_it_is_said_what_does(tmp_path, monkeypatch, task, tries):
    tried = device_for(0, monkeypatch)
    with pytest.raises(StudioError, match="too little memory for this round: close other programs"):
        finish(worker.run_with_memory(written(tmp_path / "1", task), tmp_path))
    assert tried == tries
