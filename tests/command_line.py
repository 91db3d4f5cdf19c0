"""The command line as tests call it, and a folder of images to call it on."""

import json
from pathlib import Path
from typing import Any

from click.testing import Result
from image_files import write_image
from typer.testing import CliRunner

from vabal_core.__main__ import app


def write_steel(folder: Path) -> Path:
    """A folder of 12 images: four crazing, eight scratches."""
    for i in range(12):
        write_image(folder / ("scratches" if i % 3 else "crazing") / f"{i}.png", seed=i)
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
