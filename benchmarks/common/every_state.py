"""Every page of three projects, one empty, one with a few labels, one with rounds: light and dark, wide and narrow."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from common.import_scenes import LAYOUTS
from common.neu_crops import drain
from vabal_core import workspace
from vabal_core.types import LabelEvent

EVERY_PAGE = ("label", "grid", "review", "rounds", "progress", "experiments", "data")
WIDTHS = {1440: 900, 390: 844}  # pixels: width of the window -> its height
AS_THE_WINDOW = ("label", "grid", "review")  # they fill the window, or go on for ever
MAX_HEIGHT = 4000  # pixels
SCHEMES = ("light", "dark")
FEW_LABELS = 4
TILE = {1440: (720, 900), 390: (390, 1600)}  # pixels of one picture on a contact sheet, at most
ON_A_ROW = {1440: 2, 390: 7}


def projects_in_states(ws: workspace.Workspace, source: Path, much: str) -> dict[str, str]:
    """state -> the project that is in it; `much` is there, the others are made: one from a folder below `source`."""
    workspace.create_project(ws, workspace.STUDIO, "Nothing yet")
    name, _ = LAYOUTS["splits"]
    plan = drain(workspace.prepare_import(ws, name, source / name, labels="hide"))
    drain(workspace.commit_import(ws, workspace.STUDIO, name, plan))
    project = workspace.find_project(ws, name)
    classes = workspace.classes(ws, project.id)
    items = workspace.next_images(ws, project.id, "ranked", count=FEW_LABELS)
    events = [
        LabelEvent(f"few-{i}", item.image_id, "label", classes[i % len(classes)].id) for i, item in enumerate(items)
    ]
    workspace.record(ws, workspace.person("Ada"), project.id, events)
    return {"empty": "Nothing yet", "little": name, "much": much}


def photograph_states(
    browser: Browser, url: str, projects: dict[str, str], folder: Path, settle: Callable[[Page], None]
) -> list[str]:
    """A picture a page, state, scheme and width, as long as the page is, and a sheet of all of a state, scheme and
    width; returns the names of the sheets."""
    folder.mkdir(parents=True, exist_ok=True)
    sheets = []
    for state, project in projects.items():
        for scheme in SCHEMES:
            for width, height in WIDTHS.items():
                viewport = {"width": width, "height": height}
                page = browser.new_context(viewport=viewport, color_scheme=scheme).new_page()
                files = [folder / f"{state}-{scheme}-{width}-{name}.png" for name in EVERY_PAGE]
                for name, file in zip(EVERY_PAGE, files, strict=True):
                    page.goto(f"{url}/{name}?project={project}")
                    settle(page)
                    # The page scrolls within its frame: the window is made as high as what is in it.
                    tall = page.locator("[data-testid=stMain]").evaluate("(main) => main.scrollHeight")
                    if name not in AS_THE_WINDOW and tall > height:
                        page.set_viewport_size({"width": width, "height": min(tall, MAX_HEIGHT)})
                        settle(page)
                    page.screenshot(path=file)
                    page.set_viewport_size(viewport)
                page.context.close()
                sheet = folder / f"sheet-{state}-{scheme}-{width}.png"
                sheets.append(_sheet(files, sheet, TILE[width], ON_A_ROW[width]))
    return sheets


def _sheet(files: Sequence[Path], target: Path, tile: tuple[int, int], columns: int) -> str:
    """The pictures, so many on a row, each made smaller."""
    rows = -(-len(files) // columns)
    sheet = Image.new("RGB", (tile[0] * columns, tile[1] * rows), "grey")
    for place, file in enumerate(files):
        with Image.open(file) as picture:
            small = picture.convert("RGB")
            small.thumbnail(tile)
            sheet.paste(small, (place % columns * tile[0], place // columns * tile[1]))
    sheet.save(target)
    return target.name
