"""The command line as tests call it, and a folder of images to call it on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import Result
from PIL import Image as Picture
from typer.testing import CliRunner

from vabal_core.__main__ import app


def drawn(folder: Path) -> Path:
    """A folder of 12 images: four crazing, eight scratches."""
    for i in range(12):
        inside = folder / ("scratches" if i % 3 else "crazing")
        inside.mkdir(parents=True, exist_ok=True)
        grey = np.random.default_rng(i).integers(0, 255, (8, 8), dtype=np.uint8)
        Picture.fromarray(grey).save(inside / f"{i}.png")
    return folder


def run(*words: Any) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def facts(*words: Any) -> dict[str, Any]:
    result = run(*words, "--json")
    assert (result.exit_code, result.exception) == (0, None), result.stderr
    return json.loads(result.stdout)


def status() -> dict[str, Any]:
    return facts("status", "--project", "Steel")


def bring(source: Path, labels: str = "hide") -> dict[str, Any]:
    return facts("import", source, "--project", "Steel", "--labels", labels, "--holdout", "0")
