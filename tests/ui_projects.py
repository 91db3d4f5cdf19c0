"""Projects with real image files for the tests of routes, pages and browser."""

import hashlib
from pathlib import Path

from long_work import result_of
from PIL import Image
from workspaces import ANN, label

from vabal_core import workspace
from vabal_core.types import ImportEntry, ImportPlan, LabelUse, Project

CLASSES = ("crazing", "inclusion", "scratches")
SCRATCH = {"learning": "scratch", "backbone": "resnet18", "weights": "none", "difficulty": "in_sample"}
TINY = SCRATCH | {
    "image_size": 32, "epochs": 1, "batch_size": 8, "vae_epochs": 1, "vae_least_steps": 0, "draws": 2,
}  # fmt: skip


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
    learns_every: int = 0,
) -> Project:
    """A project of grey squares. Pool image i is of class i modulo 3 (hidden, unless `use` or `labelled` say else).

    The evaluation images have no label: they wait for a person. Where `learns_every` is 0 nothing is learned by itself,
    and no pretrained network reads the images: what a page does is tried without minutes of that. Else the quick preset
    learns every so many labels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for i in range(pool + evaluation):
        file = folder / f"{i}.png"
        Image.new("L", (size, size), 20 + 5 * i).save(file)
        label = CLASSES[i % 3] if labelled and i < pool else None
        split = "pool" if i < pool else "evaluation"
        entries.append(
            ImportEntry(
                path=f"p/{i}.png",
                file=file,
                label=label,
                split=split,
                label_use=use,
                fingerprint=hashlib.sha256(f"{name}{i}".encode()).hexdigest(),
                width=size,
                height=size,
                size=file.stat().st_size,
                modified_ns=file.stat().st_mtime_ns,
            )
        )
    plan = ImportPlan(entries=tuple(entries), problems=(), already_present=0)
    result_of(workspace.commit_import(ws, ANN, name, plan, synthetic=True))
    project = workspace.find_project(ws, name)
    chosen = {} if learns_every else {"preset": "paper", "strategy": "vabal"}
    return workspace.update_settings(ws, ANN, project.id, auto_every=learns_every, audit_share=0, **chosen)


def learnable(folder: Path) -> tuple[workspace.Workspace, int]:
    """A project of 12 pool and 3 evaluation images with files, 6 of the pool and the 3 labelled."""
    ws = workspace.open_workspace(folder / "data")
    project = steel_project(ws, folder / "images")
    workspace.label_for_me(ws, ANN, project.id, 6)
    first = workspace.classes(ws, project.id)[0].id
    seen = workspace.next_images(ws, project.id, "evaluation", count=9)
    workspace.record(ws, ANN, project.id, [label(item.image_id, first) for item in seen])
    return ws, project.id
