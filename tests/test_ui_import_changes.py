"""What a later source says of images that are there: shown as a table, taken by choice, newer labels kept."""

from pathlib import Path

import pytest
from image_files import write_image
from import_page import job, looked, opened, words, written
from streamlit.testing.v1 import AppTest
from workspaces import ANN, label

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views.import_jobs import LOOK

LABELS = {"0.png": "pit", "1.png": "pit", "2.png": "scale"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Four images without labels, and beside them, from later on, a table of labels."""
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path))
    monkeypatch.setattr("vabal_core.ui.views.import_jobs.start_reading", lambda ws, project: None)
    for number in range(4):
        write_image(tmp_path / "line" / f"{number}.png", seed=number)
    written(looked(opened(), "Line", str(tmp_path / "line")))
    rows = "\n".join(f"{path},{name}" for path, name in LABELS.items())
    (tmp_path / "line" / "labels.csv").write_text(f"path,label\n{rows}\n")
    return workspace.find_project(studio(), "Line")


def again(project: Project, source: Path) -> AppTest:
    """The page once it has looked through the source for the project that has its images."""
    page = opened(project="Line")
    page.button(key="import_done").click().run() if "import_done" in [button.key for button in page.button] else None
    next(box for box in page.selectbox if box.key.startswith("import_into-")).set_value("Line").run()
    page.text_input(key="import_path").set_value(str(source)).run()
    page.button(key="import_look").click().run()
    job(page, LOOK).wait()
    return page.run()


def labels(project: Project) -> dict[str, str]:
    names = {listed.id: listed.name for listed in workspace.classes(studio(), project.id)}
    rows, _ = workspace.search_images(studio(), project.id, labelled=True)
    return {row.path: names[row.class_id] for row in rows}


def test_labels_that_come_later_are_shown_and_taken(project: Project, tmp_path: Path):
    page = again(project, tmp_path / "line" / "labels.csv")
    assert "3 things differ here" in words(page)
    written(page)
    assert labels(project) == LABELS


def test_a_label_that_a_person_gave_later_is_kept_unless_it_is_taken(project: Project, tmp_path: Path):
    scratch = workspace.add_class(studio(), ANN, project.id, "scratch")
    rows, _ = workspace.search_images(studio(), project.id)
    first = next(row for row in rows if row.path == "0.png")
    workspace.record(studio(), ANN, project.id, [label(first.image_id, scratch.id)])
    page = again(project, tmp_path / "line" / "labels.csv")
    assert "somebody decided later" in words(page)
    written(page)
    assert labels(project) == {**LABELS, "0.png": "scratch"}


def test_images_in_the_bin_come_back_where_the_person_says_so(project: Project, tmp_path: Path):
    rows, _ = workspace.search_images(studio(), project.id)
    workspace.remove_images(studio(), ANN, project.id, [row.image_id for row in rows[:2]])
    page = again(project, tmp_path / "line")
    page.checkbox(key="import_from_bin").set_value(True).run()
    written(page)
    assert sum(workspace.image_totals(studio(), project.id).values()) == 4


def test_a_plan_of_changes_alone_is_headed_by_them_and_names_the_classes_they_make(project: Project, tmp_path: Path):
    page = again(project, tmp_path / "line" / "labels.csv")
    assert "3 changes of images that are there, for “Line”" in words(page)
    assert "New classes that these changes make: pit, scale." in words(page)


def test_the_button_that_imports_stands_at_both_ends_of_the_plan(project: Project, tmp_path: Path):
    write_image(tmp_path / "line" / "9.png", seed=9)
    page = again(project, tmp_path / "line")
    top, bottom = (page.button(key=key) for key in ("import_write_top", "import_write"))
    assert top.label == bottom.label == "Import 1 image"
