"""The folders that an import asked for on a page may read."""

import os
from collections.abc import Sequence
from pathlib import Path

ROOTS_VARIABLE = "VABAL_IMPORT_ROOTS"


def lies_within(path: Path, roots: Sequence[Path]) -> bool:
    """Whether a file or folder is one of `roots` (real paths) or below one, every symbolic link on the way followed."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(root) for root in roots)


def allowed(roots: Sequence[Path]) -> str:
    """What pages may import, and how another folder is allowed, in words."""
    folders = ", ".join(str(root) for root in roots) or "no folder"
    example = os.pathsep.join([*map(str, roots), os.path.join(os.sep, "data", "steel")])
    return (
        f"pages import from {folders}; whoever runs the Studio may allow more by the environment variable "
        f"{ROOTS_VARIABLE} (all folders, {os.pathsep!r} between them, such as {example}) and starts it anew then; the "
        "command line imports from any folder"
    )
