"""What the Grid page hands to the browser: which images, in what order, with what words."""

from pathlib import Path

import pytest
from ui_pages import opened, sheet
from ui_projects import steel_project
from workspaces import filled, label

from vabal_core import workspace
from vabal_core.types import OutOfSample
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views.image_pages import Reading, load_page, turn
from vabal_core.workspace import ImageRow


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))


def test_the_grid_shows_the_queue_in_its_order_with_what_the_model_says(tmp_path: Path):
    project = filled(tmp_path / "data")
    order = project.pool[::-1]
    project.rank(order)
    shown = sheet(opened("grid"))
    assert [item["id"] for item in shown["items"]] == list(order)
    assert {(item["predicted"], item["round"]) for item in shown["items"]} == {(project.class_ids[0], 1)}


def test_the_grid_leaves_out_what_another_person_has(tmp_path: Path):
    project = filled(tmp_path / "data")
    project.rank(project.pool)
    request = workspace.DeskRequest(queue="ranked", count=5)
    workspace.at_desk(project.ws, workspace.person("bob"), project.project_id, request)
    shown = {item["id"] for item in sheet(opened("grid"))["items"]}
    assert shown == set(project.pool[5:])


def test_the_grid_is_grouped_by_what_the_model_says_where_wanted(tmp_path: Path):
    project = filled(tmp_path / "data")
    project.rank(project.pool[:8])
    groups = sheet(opened("grid", grouped="true"))["groups"]
    assert [(group["title"], len(group["ids"])) for group in groups] == [
        ("Model says crazing", 8),
        ("No suggestion yet", 12),
    ]


def test_no_suggestion_is_shown_for_an_evaluation_image_without_a_label(tmp_path: Path):
    project = filled(tmp_path / "data", evaluation=2)
    project.record(label(project.evaluation[0], project.class_ids[1]))
    project.rank(
        project.pool,
        out_of_sample=[OutOfSample(image_id, project.class_ids[0], 0.9) for image_id in project.evaluation],
    )
    items = {item["id"]: item for item in sheet(opened("grid", show="All images"))["items"]}
    assert items[project.evaluation[0]]["predicted"] == project.class_ids[0]
    assert items[project.evaluation[1]]["predicted"] is None


def test_filters_that_fit_nothing_say_so(tmp_path: Path):
    project = steel_project(studio(), tmp_path / "images")
    page = opened("grid", show="All images")
    assert sheet(page)["total"] == 15
    page.text_input(key=f"f_text-{project.id}").set_value("no such file").run()
    assert "No image" in sheet(page)["empty"] and sheet(page)["items"] == []


def test_each_filter_of_the_grid_narrows_what_is_shown(tmp_path: Path):
    project = filled(tmp_path / "data")
    crazing, inclusion, _ = project.class_ids
    project.record(label(project.pool[0], crazing), label(project.pool[1], inclusion))
    project.record(label(project.pool[2], inclusion), annotator="ben")
    project.rank(project.pool[3:6])

    def filtered(argument: str, choice: str) -> list[int]:
        page = opened("grid", show="All images")
        page.selectbox(key=f"f_{argument}-{project.project_id}").select(choice).run()
        return [item["id"] for item in sheet(page)["items"]]

    assert filtered("class_id", "inclusion") == list(project.pool[1:3])
    assert filtered("annotator", "ben") == [project.pool[2]]
    assert filtered("predicted_class_id", "crazing") == list(project.pool[3:6])
    assert filtered("state", "Labelled") == list(project.pool[:3])
    assert filtered("split", "For evaluation") == list(project.evaluation)
    assert filtered("sort", "Oldest label first")[:3] == list(project.pool[:3])


def test_the_next_page_skips_nothing_where_images_have_left_the_filter(tmp_path: Path):
    project = filled(tmp_path / "data", pool=10)
    criteria = {"state": "waiting", "split": "pool"}
    reading = Reading(source=criteria)

    def search(**page: int) -> tuple[list[ImageRow], int]:
        return workspace.search_images(project.ws, project.project_id, **criteria, **page)

    load_page(reading, 4, search)
    assert [row.image_id for row in reading.rows] == list(project.pool[:4])
    project.record(*(label(image, project.class_ids[0]) for image in project.pool[:3]))
    turn(reading, 1, [])
    load_page(reading, 4, search)
    assert [row.image_id for row in reading.rows] == list(project.pool[4:8])
    turn(reading, -1, [])
    load_page(reading, 4, search)
    assert [row.image_id for row in reading.rows] == [project.pool[3], *project.pool[4:7]]


def test_a_page_behind_the_last_one_is_the_last_one(tmp_path: Path):
    project = filled(tmp_path / "data", pool=6)
    reading = Reading(source={}, offset=8)
    load_page(reading, 4, lambda **page: workspace.search_images(project.ws, project.project_id, split="pool", **page))
    assert [row.image_id for row in reading.rows] == list(project.pool[4:])
