"""Files are looked into once: again only where they were written over."""

import os
from pathlib import Path

import pytest
from image_files import write_image
from long_work import result_of

from vabal_core.images.ingest import looks
from vabal_core.images.ingest.examine import examine


def test_another_reading_of_a_source_waits_for_no_file_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for number in range(5):
        write_image(tmp_path / "pit" / f"{number}.png", seed=number)
    result_of(examine(tmp_path, labels="use"))
    monkeypatch.setattr(looks, "inspect", lambda file: pytest.fail(f"{file} is decoded again"))
    assert len(result_of(examine(tmp_path, labels="ignore")).entries) == 5


def test_a_file_that_was_written_over_is_looked_into_again(tmp_path: Path):
    file = write_image(tmp_path / "1.png", seed=1)
    (before,) = result_of(examine(tmp_path, labels="use")).entries
    write_image(file, seed=2)
    os.utime(file, ns=(before.modified_ns + 1, before.modified_ns + 1))
    (after,) = result_of(examine(tmp_path, labels="use")).entries
    assert after.fingerprint != before.fingerprint
