"""Adding images on the Data page: shown before written, one import a browser, nothing left of an upload."""

from io import BytesIO
from pathlib import Path
from shutil import make_archive
from threading import Event as Flag

import pytest
from long_work import result_of
from streamlit.testing.v1 import AppTest
from ui_projects import steel_project

from vabal_core import workspace
from vabal_core.types import Progress, StudioError
from vabal_core.ui.app.background import Job, find_job, start_job
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views.importing import LOOK, WRITE, job_of

DATA = Path(__file__).parents[1] / "pages" / "data.py"


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path / "images"))
    monkeypatch.setattr("vabal_core.ui.views.importing.start_reading", lambda ws, project: None)
    return tmp_path / "data"


def opened(browser: str = "", **query: str) -> AppTest:
    page = AppTest.from_file(DATA, default_timeout=20)
    if browser:
        page.session_state["browser"] = browser
    for key, value in query.items():
        page.query_params[key] = value
    return page.run()


def job(page: AppTest, step: str) -> Job | None:
    return find_job(job_of(step, page.session_state["browser"]))


def looked(page: AppTest, name: str, source: str) -> AppTest:
    """The page once it has looked through `source` for a new project."""
    page.text_input(key="import_name").set_value(name)
    page.text_input(key="import_path").set_value(source)
    page.button(key="import_look").click().run()
    look = job(page, LOOK)
    if look is None:
        return page
    look.wait()
    return page.run()


def written(page: AppTest) -> AppTest:
    page.button(key="import_write").click().run()
    job(page, WRITE).wait()
    return page.run()


@pytest.fixture
def images(tmp_path: Path) -> str:
    steel_project(studio(), tmp_path / "images")
    return str(tmp_path / "images")


def fresh(**query: str) -> AppTest:
    page = opened(view="Add images", **query)
    into = next(box for box in page.selectbox if box.label == "Into which project?")
    into.select("A new project").run()
    return page


def test_an_import_is_shown_before_anything_is_written(images: str):
    page = looked(fresh(), "From a folder", images)
    assert "15 images" in page.subheader[0].value
    assert [project.name for project in workspace.list_projects(studio())] == ["Steel"]
    written(page)
    assert "From a folder" in page.success[0].value
    assert workspace.find_project(studio(), "From a folder")


def test_another_browser_neither_sees_nor_is_moved_by_an_import(images: str):
    importing, other = looked(fresh(), "Mine", images), fresh(project="Steel")
    assert not other.subheader and "import_discard" not in [button.key for button in other.button]
    written(importing)
    other.run()
    assert not other.success
    assert [page.run().session_state["chosen_project"] for page in (other, importing)] == ["Steel", "Steel"]


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
    after = opened(before.session_state["browser"], view="Add images")
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
    assert "name" in page.error[0].value


def test_a_source_that_is_not_there_is_said_and_can_be_corrected(tmp_path: Path):
    page = looked(opened(), "New", str(tmp_path / "images" / "nowhere"))
    assert "nowhere" in page.error[0].value
    page.button(key="import_back").click().run()
    assert page.button(key="import_look")


def test_a_folder_outside_the_roots_is_refused_with_those_that_are_allowed(tmp_path: Path):
    page = looked(opened(), "New", "/etc")
    assert not page.subheader and "import_write" not in [button.key for button in page.button]
    refusal = page.error[0].value.replace("\\", "")
    assert str(tmp_path / "images") in refusal and "VABAL_IMPORT_ROOTS" in refusal


def test_the_home_of_nobody_is_said_in_words():
    page = looked(opened(), "New", "~nobody-of-that-name/images")
    assert not page.exception and "in full" in page.error[0].value


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "![](http://x)", "rolled_in_scale_"])
def test_a_name_that_looks_like_markup_is_shown_as_it_is(images: str, name: str):
    page = looked(fresh(), name, images)
    shown = page.subheader[0].value
    assert name not in shown
    assert shown.replace("\\", "").replace("\u2060", "") == f"15 images for “{name}”"


def upload(name: str, content: bytes) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


def left_behind(data_dir: Path) -> list[Path]:
    return list((data_dir / "uploads").glob("*"))


def look_through(file: BytesIO) -> object:
    return result_of(workspace.prepare_upload(studio(), "Uploaded", file, labels="use"))


def test_an_uploaded_table_of_whole_addresses_is_read_and_not_kept(images: str, data_dir: Path):
    plan = look_through(upload("list.csv", f"path,label\n{images}/0.png,crazing\n".encode()))
    assert [entry.label for entry in plan.entries] == ["crazing"]
    assert left_behind(data_dir) == []


def test_an_uploaded_table_names_no_file_outside_the_roots(images: str, tmp_path: Path, data_dir: Path):
    (Path(images) / "0.png").rename(tmp_path / "0.png")
    addresses = f"{images}/1.png\n{tmp_path}/0.png\n{images}/../0.png\n/etc/passwd\n/etc/gone.png\n"
    plan = look_through(upload("list.csv", f"path\n{addresses}".encode()))
    assert [entry.path for entry in plan.entries] == [f"{images}/1.png"]
    reasons = [problem.reason.partition(":")[0] for problem in plan.problems]
    assert reasons == ["outside the folders for imports"] * 4


def test_an_uploaded_zip_needs_no_root(images: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path / "elsewhere"))
    archive = Path(make_archive(str(tmp_path / "steel"), "zip", images))
    assert len(look_through(upload("steel.zip", archive.read_bytes())).entries) == 15


def test_an_uploaded_table_with_relative_paths_is_refused_and_says_what_to_do(data_dir: Path):
    with pytest.raises(StudioError, match=r"list\.csv, line 2: steel/1\.png is not a whole address.*ZIP"):
        look_through(upload("list.csv", b"path,label\nsteel/1.png,crazing\n"))
    assert left_behind(data_dir) == []


def test_an_uploaded_file_that_is_wrong_is_named_as_the_person_knows_it(data_dir: Path):
    with pytest.raises(StudioError, match=r"list\.csv has no column"):
        look_through(upload("list.csv", b"file\n"))
    assert left_behind(data_dir) == []


def test_an_upload_that_cannot_be_kept_leaves_no_half_of_it(data_dir: Path):
    class Breaking(BytesIO):
        name = "steel.zip"

        def read(self, *_size: int) -> bytes:
            if self.tell():
                raise OSError(28, "No space left on device")
            return super().read(10)

    with pytest.raises(StudioError, match="No space left"):
        look_through(Breaking(b"x" * 100))
    assert left_behind(data_dir) == []


def test_an_upload_whose_import_never_started_leaves_nothing(data_dir: Path):
    workspace.prepare_upload(studio(), "Uploaded", upload("steel.zip", b"x"), labels="use").close()
    assert left_behind(data_dir) == []
