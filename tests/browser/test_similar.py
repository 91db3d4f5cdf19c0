"""More like this, in a browser: from a tile of the Grid and from the desk, with a way back and nothing lost."""

import numpy as np
from conftest import Studio
from grid_tab import Grid
from playwright.sync_api import expect

from vabal_core import workspace
from vabal_core.images.feature_store import append
from vabal_core.store.images import learning_images


def read_all(studio: Studio) -> list[int]:
    """Features that point the further away from those of the first image the later an image came; the images' ids."""
    images = learning_images(studio.ws.engine, studio.project.id)
    angles = np.linspace(0, 2, len(images))[:, None]
    values = 100 * np.concatenate([np.cos(angles), np.sin(angles), np.ones_like(angles)], axis=1)
    store = studio.ws.data_dir / "features" / f"of-{studio.project.id}"
    append(store, [image.fingerprint for image in images], values)
    return [image.image_id for image in images]


def test_like_a_tile_and_back_and_like_the_image_on_the_desk_beside(studio: Studio):
    ids = read_all(studio)
    grid = Grid(studio).open(show="All images", every="true")
    grid.select(0)
    grid.root.get_by_role("button", name="More like this").click()
    page = studio.page
    expect(page.get_by_text("Images like")).to_be_visible()
    expect(grid.tiles.first).to_have_attribute("data-image", str(ids[1]))
    grid.painted()
    (chosen,) = grid.select(0)
    grid.press("2")
    grid.saved()
    page.get_by_role("button", name="Back to the Grid").click()
    expect(page.get_by_text("Images like")).to_have_count(0)
    expect(grid.tiles.first).to_have_attribute("data-image", str(ids[0]))
    rows = {row.fingerprint: row.strategy for row in workspace.export_rows(studio.ws, studio.project.id)}
    assert rows == {workspace.image(studio.ws, chosen).fingerprint: "similar"}

    studio.open()
    on_screen = studio.image()
    studio.press("1")
    second = studio.image()
    with page.context.expect_page() as beside:
        page.keyboard.press("Shift+Digit8")
    expect(beside.value.get_by_text("Images like")).to_be_visible()
    assert f"like={second}" in beside.value.url
    studio.saved()
    assert studio.labels()[on_screen] == "crazing"
