"""Sources of experiments by name: labelled images from whatever the Studio imports."""

from pathlib import Path

from vabal_core.experiment.imported import open_imported
from vabal_core.experiment.source import Source
from vabal_core.loop.events import Work

__all__ = ["Source", "open_source"]


def open_source(spec: str, folder: Path) -> Work[Source]:
    """The labelled images that `spec` names: a folder, a ZIP or a CSV, as an import reads them.

    What has to be unpacked lies in `folder` afterwards, once. StudioError says what was asked and what was there.
    """
    return (yield from open_imported(Path(spec), folder, Path(spec).stem))
