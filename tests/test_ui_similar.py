"""More like this on the Grid page: the images, the words, the address, and the way out."""

from pathlib import Path

import numpy as np
import pytest
from ui_pages import opened, sheet
from workspaces import Filled, filled

from vabal_core.images.feature_store import append
from vabal_core.images.near_duplicates import EARLY_COLUMNS
from vabal_core.store.images import learning_images


@pytest.fixture
def steel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """The features of image i point the further away from those of image 0 the larger i is; image 1 nearly is it."""
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    made = filled(tmp_path / "data")
    angles = np.linspace(0, 3, 25)[:, None]
    early = np.random.default_rng(0).normal(0, 0.1, (25, EARLY_COLUMNS))
    early[1] = early[0]
    values = np.concatenate([early, 100 * np.cos(angles), 100 * np.sin(angles)], axis=1)
    images = learning_images(made.ws.engine, made.project_id)[:24]
    append(tmp_path / "data" / "features" / "lite0-64", [image.fingerprint for image in images], values[:24])
    return made


def strip(page) -> str:
    (body,) = [html.proto.body for html in page.get("html") if 'class="like"' in html.proto.body]
    return body


def test_the_grid_shows_what_is_like_the_image_in_its_address(steel: Filled) -> None:
    page = opened("grid", like=str(steel.pool[0]))
    shown = sheet(page)
    assert [item["id"] for item in shown["items"]][:3] == [*steel.pool[2:5]]
    assert (shown["chosen_by"], shown["total"], shown["queue"]) == ("similar", 22, False)
    assert "Images like 0.png" in strip(page)
    assert "The 22 most like it, nearest first. 1 more, nearly the same as one of these, not shown" in strip(page)
    page.toggle(key="every").set_value(True).run()
    assert sheet(page)["items"][0]["id"] == steel.pool[1]


def test_filters_hold_among_them_and_the_way_out_leads_back(steel: Filled) -> None:
    page = opened("grid", like=str(steel.pool[0]), show="All images")
    page.selectbox(key=f"f_split-{steel.project_id}").select("For evaluation").run()
    assert {item["id"] for item in sheet(page)["items"]} == {*steel.evaluation[:4]}
    page.button(key="leave_similar").click().run()
    assert "like" not in page.query_params
    assert (sheet(page)["chosen_by"], sheet(page)["queue"], sheet(page)["total"]) == ("filter", False, 5)


@pytest.mark.parametrize("address", ["0", "999999", "x", "9" * 40])
def test_an_address_of_no_image_says_so(steel: Filled, address: str) -> None:
    page = opened("grid", like=address)
    assert "not in this project" in page.info[0].value
    page.button(key="leave_similar").click().run()
    assert sheet(page)["items"]


def test_an_image_that_was_not_read_says_what_to_do(steel: Filled) -> None:
    page = opened("grid", like=str(steel.evaluation[4]))
    assert "has not been read yet" in page.info[0].value
    assert "Images like 24.png" in strip(page)


def test_labels_of_the_other_pages_of_the_grid_say_what_their_images_were_chosen_by(steel: Filled) -> None:
    assert sheet(opened("grid", show="All images"))["chosen_by"] == "filter"
    assert sheet(opened("grid"))["chosen_by"] == "filter", "no ranking chose them yet"
    steel.rank(steel.pool)
    assert sheet(opened("grid"))["chosen_by"] is None
