"""A project to try the Studio on: drawn steel, its labels hidden so that they can be given out one by one."""

from collections.abc import Generator
from dataclasses import replace

from vabal_core.images.demo.demo_set import COUNTS, NOTES, TEST_SHARE, make_demo
from vabal_core.images.ingest.drawing import draw
from vabal_core.store.projects import has_projects
from vabal_core.types import Actor, ImportPlan, Progress, Project
from vabal_core.workspace.class_guide import pin, read_class_guide, set_note
from vabal_core.workspace.images import image_totals
from vabal_core.workspace.import_source import project_folder
from vabal_core.workspace.importing import commit_import, prepare_import
from vabal_core.workspace.imports import list_imports
from vabal_core.workspace.projects import find_project, list_projects
from vabal_core.workspace.search import search_images
from vabal_core.workspace.workspace import Workspace

DEMO = "Demo steel (synthetic)"
EXAMPLES = 3  # of a class, in its guide


def ensure_demo(ws: Workspace, actor: Actor) -> Generator[Progress, None, Project]:
    """Draw and import the demo where it is missing, or finish it where that broke off; returns its project.

    Its evaluation images keep their labels; those of the others are hidden truth, for `label_for_me`. They are drawn
    from all images alike, not of each class its part as split.csv has it for experiments: so they tell what chance
    gives.
    """
    folder = yield from make_demo(project_folder(ws, DEMO) / "images" / "demo")
    plan = yield from prepare_import(ws, DEMO, folder, labels="hide")
    yield from commit_import(ws, actor, DEMO, _drawn_at_random(plan), synthetic=True)
    demo = find_project(ws, DEMO)
    _fill_guide(ws, actor, demo)
    return demo


def _fill_guide(ws: Workspace, actor: Actor, demo: Project) -> None:
    """What each class looks like, and the first of its evaluation images, where nobody has written anything yet."""
    for entry in read_class_guide(ws, demo.id):
        if entry.note or entry.examples or entry.name not in NOTES:
            continue
        set_note(ws, actor, entry.class_id, NOTES[entry.name])
        images, _ = search_images(ws, demo.id, split="evaluation", class_id=entry.class_id, limit=EXAMPLES)
        for image in images:
            pin(ws, actor, demo.id, entry.class_id, image.image_id, "example")


def _drawn_at_random(plan: ImportPlan) -> ImportPlan:
    fingerprints = [entry.fingerprint for entry in plan.entries]
    drawn = set(draw(fingerprints, fingerprints, share=TEST_SHARE))
    entries = (
        replace(entry, split="evaluation", label_use="use")
        if place in drawn
        else replace(entry, split="pool", label_use="hide")
        for place, entry in enumerate(plan.entries)
    )
    return replace(plan, entries=tuple(entries), drawn=len(drawn), drawn_by="random")


def demo_is_wanted(ws: Workspace) -> bool:
    """Whether this Studio is new, or its demo project was left half made when the server was stopped."""
    demo = next((project for project in list_projects(ws) if project.synthetic and project.name == DEMO), None)
    if demo is None:
        return not has_projects(ws.engine)
    imports = list_imports(ws, demo.id)
    if not imports:  # before the first image, or by a version that did not remember imports
        return sum(image_totals(ws, demo.id).values()) < sum(COUNTS.values())
    return imports[0].finished_at is None and imports[0].undone_at is None
