"""Adding images on the Data page: shown before written, and one import a browser."""

from collections.abc import Generator
from pathlib import Path
from shutil import make_archive
from threading import Event as Flag

import pytest
from image_files import write_image
from import_page import job, looked, opened, words, written
from streamlit.testing.v1 import AppTest
from ui_projects import steel_project
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import Progress
from vabal_core.ui.app.background import start_job
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views.import_jobs import LOOK, WRITE, job_of
from vabal_core.ui.views.import_source import address_in, name_for


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path / "images"))
    monkeypatch.setattr("vabal_core.ui.views.import_jobs.start_reading", lambda ws, project: None)
    return tmp_path / "data"


@pytest.fixture
def images(tmp_path: Path) -> str:
    steel_project(studio(), tmp_path / "images")
    return str(tmp_path / "images")


def fresh(**query: str) -> AppTest:
    return opened(**query)


def test_an_import_is_shown_before_anything_is_written(images: str):
    page = looked(fresh(), "From a folder", images)
    assert "15 images" in page.header[0].value
    assert [project.name for project in workspace.list_projects(studio())] == ["Steel"]
    written(page)
    assert "From a folder" in page.success[0].value
    assert workspace.find_project(studio(), "From a folder")


def test_what_is_imported_comes_before_what_the_open_project_holds(images: str):
    page = fresh()
    assert [header.value for header in page.header] == ["Add images"]
    page = looked(page, "From a folder", images)
    assert [header.value.replace("\\", "") for header in page.header] == [
        "15 images for “From a folder”",
        "“Steel” now",
    ]
    assert any("to learn from" in text.value and "for evaluation" in text.value for text in page.markdown)


def test_a_source_that_is_all_there_leads_to_labelling(images: str):
    written(looked(fresh(), "From a folder", images))
    page = fresh(project="From a folder")
    assert "import_all_there" not in [button.key for button in page.button]
    page.text_input(key="import_path").set_value(images).run()
    page.selectbox(key="import_into-0").select("From a folder").run()
    page.button(key="import_look").click().run()
    job(page, LOOK).wait()
    page.run()
    assert "15 images are in the project already" in page.info[0].value
    assert page.button(key="import_all_there").label == "Start labelling"


def test_another_browser_neither_sees_nor_is_moved_by_an_import(images: str):
    importing, other = looked(fresh(), "Mine", images), fresh(project="Steel")
    assert "import_discard" not in [button.key for button in other.button]
    written(importing)
    other.run()
    assert not other.success
    assert [page.run().session_state["chosen_project"] for page in (other, importing)] == ["Steel", "Mine"]


def test_a_new_project_is_proposed_and_named_after_the_source(images: str):
    page = opened(project="Steel")
    page.text_input(key="import_path").set_value(f'  "{images}"  ').run()
    assert page.text_input(key="import_name").value == "images"
    page.button(key="import_look").click().run()
    job(page, LOOK).wait()
    written(page.run())
    assert workspace.find_project(studio(), "images")


def test_a_name_that_was_typed_outlives_another_source(images: str):
    page = opened()
    page.text_input(key="import_path").set_value("/data/line-1.tar.gz").run()
    assert page.text_input(key="import_name").value == "line-1"
    page.text_input(key="import_path").set_value("/data/line-2").run()
    assert page.text_input(key="import_name").value == "line-2"
    page.text_input(key="import_name").set_value("Line two").run()
    page.text_input(key="import_path").set_value("/data/line-3").run()
    assert page.text_input(key="import_name").value == "Line two"


def test_a_name_that_is_taken_gets_a_number():
    assert name_for("/data/Steel/", {"Steel", "Steel 2"}) == "Steel 3"


@pytest.mark.parametrize(
    "pasted",
    ['"/data/a b"', "'/data/a b'", " “/data/a b” ", "„/data/a b“", "file:///data/a%20b", "<file:///data/a%20b>"],
)
def test_an_address_is_understood_as_it_was_pasted(pasted: str):
    assert address_in(pasted) == "/data/a b"


def test_images_go_into_a_project_that_waits_for_them(images: str):
    empty = workspace.create_project(studio(), ANN, "Empty")
    assert opened(project="Empty").selectbox(key=f"import_into-{empty.id}").value == "Empty"


def test_the_other_uses_of_labels_show_their_outcome_at_once(tmp_path: Path):
    for number in range(20):
        name = "crazing" if number % 2 else "scratches"
        write_image(tmp_path / "images" / name / f"{number}.png", seed=number)
    page = looked(opened(), "New", str(tmp_path / "images"))
    page.radio(key="import_labels-0").set_value("evaluate").run()
    table = page.dataframe[0].value
    assert table["For evaluation"].tolist() == [10, 10, 20]


def test_every_file_that_is_left_out_can_be_taken_away_as_a_table(tmp_path: Path):
    for number in range(30):
        broken = tmp_path / "images" / f"{number}.png"
        broken.parent.mkdir(exist_ok=True)
        broken.write_bytes(b"no image")
    page = looked(opened(), "New", str(tmp_path / "images"))
    assert len(page.dataframe[0].value) == 30
    assert page.get("download_button")


def test_the_new_project_is_open_once_its_images_are_there(images: str):
    page = written(looked(fresh(project="Steel"), "Mine", images))
    assert page.session_state["chosen_project"] == "Mine"
    assert page.button(key="import_label").proto.type == "primary"


def test_an_import_is_undone_where_it_was_made_and_brought_back_there(images: str):
    page = written(looked(fresh(), "Mine", images))
    page.button(key="import_undo").click().run()
    project = workspace.find_project(studio(), "Mine")
    assert not any(workspace.image_totals(studio(), project.id).values())
    assert workspace.bin_contents(studio(), project.id).image_count == 15
    assert "The import into “Mine” is undone: undone, 15 images in the bin." in words(page)
    page.button(key="import_bring_back").click().run()
    assert workspace.image_totals(studio(), project.id)["pool"] and "The images are in “Mine”." in words(page)


def test_what_was_imported_is_not_spoken_of_in_another_project(images: str):
    page = written(looked(fresh(project="Steel"), "Mine", images))
    page.session_state["chosen_project"] = "Steel"
    page.query_params["project"] = "Steel"
    page.run()
    assert not page.success and page.button(key="import_look")
    assert "import_undo" not in [button.key for button in page.button]
    page.session_state["chosen_project"] = "Mine"
    page.query_params["project"] = "Mine"
    assert "The images are in “Mine”." in words(page.run())


def test_more_images_are_for_the_project_in_which_they_are_added(images: str):
    page = written(looked(fresh(), "Mine", images))
    page.button(key="import_done").click().run()
    project = workspace.find_project(studio(), "Mine")
    assert page.selectbox(key=f"import_into-{project.id}").value == "Mine"


def test_an_import_that_was_stopped_goes_on_with_what_is_missing(images: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("vabal_core.workspace.importing.PIECE", 5)
    page = looked(fresh(), "Mine", images)
    stopping = workspace.commit_import

    def stop_after_one_piece(*arguments: object, **options: object) -> Generator[Progress, None, dict[str, int]]:
        for step in stopping(*arguments, **options):
            if step.done:
                job(page, WRITE).cancel()
            yield step

    monkeypatch.setattr(workspace, "commit_import", stop_after_one_piece)
    page = written(page)
    monkeypatch.setattr(workspace, "commit_import", stopping)
    project = workspace.find_project(studio(), "Mine")
    assert sum(workspace.image_totals(studio(), project.id).values()) == 5
    page.button(key="import_go_on").click().run()
    job(page, LOOK).wait()
    written(page.run())
    assert sum(workspace.image_totals(studio(), project.id).values()) == 15
    assert len(workspace.list_imports(studio(), project.id)) == 1


def test_of_another_browsers_import_only_its_being_there_is_said():
    go_on = Flag()

    def steps():
        yield Progress("read", 1, 2, message="secret.png")
        go_on.wait()

    theirs = start_job(job_of(LOOK, "another browser"), steps())
    page = opened()
    go_on.set()
    theirs.wait()
    assert any("Somebody else is importing" in caption.value for caption in page.caption)
    assert "import_stop" not in [button.key for button in page.button]


def test_an_import_is_found_again_after_a_reload(images: str):
    before = looked(fresh(), "Mine", images)
    after = opened(before.session_state["browser"])
    assert after.button(key="import_write")


def test_the_plan_goes_when_its_writing_begins(images: str):
    page = looked(fresh(), "Mine", images)
    written(page)
    assert job(page, LOOK) is None
    page.button(key="import_done").click().run()
    assert page.button(key="import_look")


def test_a_discarded_zip_leaves_nothing_unpacked(images: str, data_dir: Path, tmp_path: Path):
    page = looked(fresh(), "From a ZIP", make_archive(str(tmp_path / "images" / "steel"), "zip", images))
    assert list(data_dir.rglob("0.png"))
    page.button(key="import_discard").click().run()
    assert page.button(key="import_look") and not page.error
    assert not list(data_dir.rglob("0.png"))


def test_an_import_of_nothing_says_what_is_missing():
    page = opened()
    page.button(key="import_look").click().run()
    assert "where the images are" in page.error[0].value
    page.text_input(key="import_path").set_value("/").run()
    page.button(key="import_look").click().run()
    assert "name" in page.error[0].value


def test_a_source_that_is_not_there_is_said_and_can_be_corrected(tmp_path: Path):
    page = looked(opened(), "New", str(tmp_path / "images" / "nowhere"))
    assert "nowhere" in page.error[0].value
    page.button(key="import_back").click().run()
    assert page.button(key="import_look")
    assert page.text_input(key="import_path").value == str(tmp_path / "images" / "nowhere")


def test_after_a_stop_or_a_mistake_that_was_mended_the_source_is_looked_through_again(tmp_path: Path):
    page = looked(opened(), "New", str(tmp_path / "images" / "later"))
    write_image(tmp_path / "images" / "later" / "1.png")
    page.button(key="import_look_again").click().run()
    job(page, LOOK).wait()
    assert "1 image for “New”" in page.run().header[0].value


def test_a_folder_outside_the_roots_is_refused_with_those_that_are_allowed(tmp_path: Path):
    page = looked(opened(), "New", "/etc")
    assert "import_write" not in [button.key for button in page.button]
    refusal = page.error[0].value.replace("\\", "")
    assert str(tmp_path / "images") in refusal and "VABAL_IMPORT_ROOTS" in refusal
    assert "starts it anew" in refusal and "import_look_again" not in [button.key for button in page.button]


def test_the_address_that_is_shown_as_an_example_is_one_that_is_allowed(tmp_path: Path):
    example = opened().text_input(key="import_path").proto.placeholder
    assert example.startswith(str(tmp_path / "images")) and workspace.is_allowed(studio(), Path(example))


def test_the_home_of_nobody_is_said_in_words():
    page = looked(opened(), "New", "~nobody-of-that-name/images")
    assert not page.exception and "in full" in page.error[0].value


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "![](http://x)", "rolled_in_scale_"])
def test_a_name_that_looks_like_markup_is_shown_as_it_is(images: str, name: str):
    page = looked(fresh(), name, images)
    shown = page.header[0].value
    assert name not in shown
    assert shown.replace("\\", "").replace("\u2060", "") == f"15 images for “{name}”"
