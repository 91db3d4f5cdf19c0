"""Images set aside for evaluation from the Data page, after their import."""

from pathlib import Path

import pytest
from import_page import words
from ui_pages import opened
from ui_projects import steel_project

from vabal_core import workspace
from vabal_core.ui.app.studio import studio


def test_unlabelled_images_are_set_aside_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    project = steel_project(studio(), tmp_path / "images", evaluation=0)
    page = opened("data")
    page.number_input(key=f"set_aside_count-{project.id}").set_value(4)
    page.button(key=f"set_aside_now-{project.id}").click().run()
    assert workspace.image_totals(studio(), project.id) == {"pool": 8, "evaluation": 4}
    assert "4 images were set aside" in words(page)
