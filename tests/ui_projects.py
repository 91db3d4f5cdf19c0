"""Projects with real image files for the tests of routes, pages and browser."""

from pathlib import Path

from PIL import Image

from vabal_core import workspace
from vabal_core.types import Entry, Event, ImportPlan, LabelUse, Project

CLASSES = ("crazing", "inclusion", "scratches")


def finish(steps) -> object:
    """Run a generator of events to its end; its result."""
    while True:
        try:
            assert isinstance(next(steps), Event)
        except StopIteration as end:
            return end.value


def steel_project(
    ws: workspace.Workspace,
    folder: Path,
    *,
    name: str = "Steel",
    pool: int = 12,
    evaluation: int = 3,
    use: LabelUse = "hide",
    size: int = 64,
    labelled: bool = True,
) -> Project:
    """A project whose image i is a grey square, class i modulo 3 (none unless `labelled`).

    The pool's labels are hidden unless `use` says else; the evaluation images' are hidden, so that they wait for a person.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for i in range(pool + evaluation):
        file = folder / f"{i}.png"
        Image.new("L", (size, size), 20 + 5 * i).save(file)
        split, label_use = ("pool", use) if i < pool else ("evaluation", "hide")
        entries.append(
            Entry(f"p/{i}.png", file, label, split, label_use, f"{name}{i}".encode().hex(), size, size)
        )
    finish(workspace.commit_import(ws, name, ImportPlan(tuple(entries), (), 0), synthetic=True))
    return workspace.find_project(ws, name)
