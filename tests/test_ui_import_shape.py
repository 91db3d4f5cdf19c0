"""Large images and images of more than 8 bits on the Data page: said and changed before they are written, and later."""

from pathlib import Path

import numpy as np
import pytest
from import_page import job, looked, opened, words, written
from PIL import Image
from streamlit.testing.v1 import AppTest

from vabal_core import workspace
from vabal_core.types import Scale
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views.import_jobs import LOOK


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path))
    monkeypatch.setattr("vabal_core.ui.views.import_jobs.start_reading", lambda ws, project: None)


def deep(folder: Path) -> AppTest:
    """A look through images whose values have 16 bits."""
    folder.mkdir(parents=True)
    for number in range(4):
        values = np.random.default_rng(number).integers(500, 4_000, (16, 16)).astype(np.uint16)
        Image.fromarray(values).save(folder / f"{number}.png")
    return looked(opened(), "Deep", str(folder))


def stored_scale() -> Scale | None:
    return workspace.project_scale(workspace.find_project(studio(), "Deep"))


def test_the_scale_of_a_16_bit_set_is_shown_and_changed_before_it_is_written(tmp_path: Path):
    page = deep(tmp_path / "deep")
    assert 0 <= page.number_input(key="import_low").value < page.number_input(key="import_high").value
    page.number_input(key="import_low").set_value(100.0)
    page.number_input(key="import_high").set_value(9_000.0).run()
    written(page)
    assert stored_scale() == Scale(low=100, high=9_000)


def test_the_scale_of_a_project_is_changed_later(tmp_path: Path):
    written(deep(tmp_path / "deep"))
    scale = stored_scale()
    page = opened(project="Deep")
    project = workspace.find_project(studio(), "Deep")
    field = f"scale_white-{scale.name}-{project.id}"
    page.number_input(key=field).set_value(12_000.0).run()
    page.button(key=f"scale_set-{project.id}").click().run()
    assert stored_scale() == Scale(low=scale.low, high=12_000)


def test_long_images_are_cut_into_tiles_where_the_person_wants_it(tmp_path: Path):
    (tmp_path / "lines").mkdir()
    values = np.random.default_rng(0).integers(0, 255, (64, 640)).astype(np.uint8)
    Image.fromarray(values).save(tmp_path / "lines" / "1.png")
    page = looked(opened(), "Lines", str(tmp_path / "lines"))
    page.toggle(key="import_cut-0").set_value(True).run()
    page.number_input(key="import_side-0").set_value(64).run()
    page.number_input(key="import_overlap-0").set_value(0).run()
    job(page, LOOK).wait()
    page.run()
    assert "10 images" in page.header[0].value
    page.toggle(key="import_cut-0").set_value(False).run()
    job(page, LOOK).wait()
    assert "1 image for" in page.run().header[0].value


def test_tiles_of_images_that_are_there_whole_are_asked_about_and_take_their_place_by_choice(tmp_path: Path):
    (tmp_path / "lines").mkdir()
    values = np.random.default_rng(0).integers(0, 255, (64, 640)).astype(np.uint8)
    Image.fromarray(values).save(tmp_path / "lines" / "1.png")
    written(looked(opened(), "Lines", str(tmp_path / "lines")))
    page = looked(opened(), "Lines", str(tmp_path / "lines"))
    page.toggle(key="import_cut-0").set_value(True).run()
    job(page, LOOK).wait()
    page.run()
    assert "One of these images is in the project whole. Left so" in words(page)
    page.radio(key="import_other_forms-0").set_value("replace").run()
    job(page, LOOK).wait()
    page.run()
    assert "What is there goes into the bin" in words(page)
    written(page)
    project = workspace.find_project(studio(), "Lines")
    assert workspace.bin_contents(studio(), project.id).image_count == 1
