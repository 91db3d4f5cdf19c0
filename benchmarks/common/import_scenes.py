"""The import page with folders as plants have them: masks beside the images, sets for training and tests, days."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from vabal_core.images.demo.synthetic_steel import DEFECTS

CLASSES = dict(zip(("cr", "in", "pa", "sc"), DEFECTS, strict=False))  # code of a folder -> what is drawn
PHONE = 390  # pixels
PATIENCE = 120_000  # milliseconds


def with_masks(folder: Path, rng: np.random.Generator) -> None:
    """`<class>/Imgs/`, a mask of two values beside each image."""
    for code, name in CLASSES.items():
        for number in range(24):
            file = folder / code / "Imgs" / f"{number:04}.jpg"
            image = _steel(file, name, rng)
            mask = Image.new("L", image.size)
            x, y, width, height = (int(value) for value in rng.integers(6, 26, 4))
            ImageDraw.Draw(mask).ellipse((x, y, x + width, y + height), fill=255)
            mask.save(file.with_suffix(".png"))


def with_splits(folder: Path, rng: np.random.Generator) -> None:
    """`train/`, `val/` and `test/` with class folders."""
    for split, count in (("train", 20), ("val", 6), ("test", 6)):
        for name in CLASSES.values():
            for number in range(count):
                _steel(folder / split / name / f"{number}.png", name, rng)


def with_days(folder: Path, rng: np.random.Generator) -> None:
    """A folder a day, nothing labelled."""
    names = list(DEFECTS)
    for day in range(10, 18):
        for number in range(15):
            _steel(folder / f"2026-11-{day}" / f"camera-1-{number:03}.png", str(rng.choice(names)), rng)


# What the pictures are called -> the name of the folder, and who fills it.
LAYOUTS: dict[str, tuple[str, Callable[[Path, np.random.Generator], None]]] = {
    "masks": ("Plate 7 defects", with_masks),
    "splits": ("Strip set", with_splits),
    "days": ("Line 3 camera", with_days),
}


def draw_layouts(folder: Path) -> None:
    """The folders of LAYOUTS, in `folder`."""
    for name, fill in LAYOUTS.values():
        fill(folder / name, np.random.default_rng(0))


def photograph_imports(
    browser: Browser, url: str, source: Path, target: Path, settle: Callable[[Page], None]
) -> list[str]:
    """Each layout of `source` as the import page shows it before anything is written: light and dark as high as it is,
    and what a telephone shows first."""
    made = []
    for layout, (name, _) in LAYOUTS.items():
        for kind, scheme, width in (("light", "light", 1280), ("dark", "dark", 1280), ("phone", "light", PHONE)):
            context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            _look(page, url, source / name, settle)
            file = target / f"import-{layout}-{kind}.png"
            if width != PHONE:
                height = page.locator("[data-testid=stMain]").evaluate("(main) => main.scrollHeight")
                page.set_viewport_size({"width": width, "height": height})
                settle(page)
            page.screenshot(path=file)
            made.append(file.name)
            context.close()
    return made


def _look(page: Page, url: str, folder: Path, settle: Callable[[Page], None]) -> None:
    page.goto(f"{url}/data")
    settle(page)
    page.locator(".drop input.folder").set_input_files(folder)
    expect(page.locator(".st-key-import_name input")).to_have_value(folder.name, timeout=PATIENCE)
    settle(page)
    page.locator(".st-key-import_look button").first.click()
    expect(page.locator(".st-key-import_write button")).to_be_visible(timeout=PATIENCE)
    page.mouse.move(0, 0)  # no table shows its tools
    settle(page)


def _steel(file: Path, name: str, rng: np.random.Generator) -> Image.Image:
    file.parent.mkdir(parents=True, exist_ok=True)
    grey = np.clip(DEFECTS[name](rng) * 255, 0, 255).round().astype(np.uint8)
    image = Image.fromarray(grey)
    image.save(file)
    return image
