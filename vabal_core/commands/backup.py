"""The command `backup`, and its way back."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from vabal_core import workspace
from vabal_core.commands.shared import AsJson, studio
from vabal_core.console import follow, say, say_facts


def backup(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="ZIP file to write.")], as_json: AsJson = False
) -> None:
    """Write everything that cannot be made anew into one file, while people label. Images outside the data folder are
    not in it."""
    with studio() as ws:
        facts = follow(workspace.backup(ws, out))
        if facts.missing:
            say(f"{facts.missing:,} images have no file in the backup, for {ws.data_dir} holds none either", error=True)
        say_facts(asdict(facts), as_json)


def restore_backup(file: Path, as_json: bool) -> None:
    """Bring a backup into an empty Studio: that of VABAL_DATA_DIR and VABAL_DATABASE_URL, wherever the old one was."""
    with studio() as ws:
        say_facts(asdict(follow(workspace.restore(ws, file))), as_json)
