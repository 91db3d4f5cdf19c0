"""Which folders of this computer an import may read where it is asked for on a page.

Whoever opens a page would else see the names and the images of any folder that the server may read. The command line is
not held to it: it is run by somebody who has a shell, and can read no more than that.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from vabal_core.images.ingest.roots import ROOTS_VARIABLE, allowed, lies_within
from vabal_core.types import StudioError
from vabal_core.workspace.workspace import Workspace


def list_import_roots(ws: Workspace) -> tuple[Path, ...]:
    """The folders named by the environment's VABAL_IMPORT_ROOTS (`os.pathsep` between them), symbolic links followed.

    Left out, they are the data folder and the home folder of the user who runs the server.
    """
    named = os.environ.get(ROOTS_VARIABLE)
    folders = [folder for folder in named.split(os.pathsep) if folder] if named else [str(ws.data_dir), *_home()]
    return tuple(Path(os.path.realpath(os.path.expanduser(folder))) for folder in folders)


def require_within(source: Path, roots: Sequence[Path]) -> None:
    """StudioError where the source lies outside `roots`, whether or not there is such a file or folder."""
    if not lies_within(source, roots):
        raise StudioError(f"{source} lies outside the folders for imports: {allowed(roots)}.")


def example_address(ws: Workspace) -> str:
    """An address that a page may import from, for whoever has to type one; nothing need lie there."""
    roots = list_import_roots(ws)
    return str(roots[-1] / "steel" / "line-2") if roots else ""


def is_allowed(ws: Workspace, source: Path) -> bool:
    """Whether a page may import from there."""
    return lies_within(source.absolute(), list_import_roots(ws))


def _home() -> list[str]:
    home = os.path.realpath(os.path.expanduser("~"))
    # Users of services and containers often have "/" as their home, which would allow everything.
    return [home] if os.path.dirname(home) != home else []
