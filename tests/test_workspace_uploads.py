"""What a browser sends: kept as it lay, shown as an import, then the project's own or gone."""

from pathlib import Path
from shutil import make_archive

import pytest
from exports import brought, contents, exported, write_source
from long_work import result_of
from ui_projects import steel_project
from upload_files import UPLOAD, png, send
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import ImportPlan, StudioError


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> workspace.Workspace:
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path / "images"))
    return workspace.open_workspace(tmp_path / "data")


@pytest.fixture
def images(ws: workspace.Workspace, tmp_path: Path) -> str:
    steel_project(ws, tmp_path / "images")
    return str(tmp_path / "images")


def look_through(ws: workspace.Workspace, name: str = "Uploaded") -> ImportPlan:
    return result_of(workspace.prepare_upload(ws, name, UPLOAD, labels="use"))


def left_behind(ws: workspace.Workspace) -> list[Path]:
    return [path for path in (ws.data_dir / "uploads").rglob("*") if path.is_file()]


def test_a_folder_arrives_with_the_folders_in_it_and_becomes_the_projects_own(ws: workspace.Workspace):
    for number, path in enumerate(("crazing/1.png", "crazing/2.png", "scratches/1.png")):
        send(ws, path, png(number))
    plan = look_through(ws)
    assert {entry.path: entry.label for entry in plan.entries} == {
        "crazing/1.png": "crazing", "crazing/2.png": "crazing", "scratches/1.png": "scratches",
    }  # fmt: skip
    result_of(workspace.commit_import(ws, ANN, "Uploaded", workspace.settle_upload(ws, "Uploaded", UPLOAD, plan)))
    project = workspace.find_project(ws, "Uploaded")
    rows, total = workspace.search_images(ws, project.id)
    assert total == 3 and all(workspace.image_file(ws, row.image_id).is_file() for row in rows)
    assert not left_behind(ws)
    workspace.sweep(ws, now=1e12)
    assert all(workspace.image_file(ws, row.image_id).is_file() for row in rows)


def test_what_is_discarded_leaves_nothing(ws: workspace.Workspace):
    send(ws, "crazing/1.png", png(1))
    workspace.discard_upload(ws, UPLOAD)
    assert not left_behind(ws)
    with pytest.raises(StudioError, match="drop it again"):
        look_through(ws)


def test_a_file_that_breaks_off_is_not_there(ws: workspace.Workspace):
    with pytest.raises(EOFError), workspace.receive_file(ws, UPLOAD, "crazing/1.png") as file:
        file.write(b"half")
        raise EOFError
    assert not left_behind(ws)


def test_a_disk_that_is_full_is_said_in_words(ws: workspace.Workspace):
    with pytest.raises(StudioError, match="No space left.*Make room"), workspace.receive_file(ws, UPLOAD, "1.png"):
        raise OSError(28, "No space left on device")
    assert not left_behind(ws)


@pytest.mark.parametrize("path", ["", "..", "../1.png", "a/../../1.png", "/etc/1.png", "a\0b.png", "x" * 300])
def test_a_path_that_cannot_be_is_refused(ws: workspace.Workspace, path: str):
    with pytest.raises(ValueError), workspace.receive_file(ws, UPLOAD, path) as file:
        file.write(b"x")
    assert not left_behind(ws)


@pytest.mark.parametrize("upload_id", ["", "../ab", "ab12-01", "AB-0123456789abcdef", "ab12-0123456789abcdef/.."])
def test_an_upload_lies_nowhere_else(ws: workspace.Workspace, upload_id: str):
    with pytest.raises(ValueError), workspace.receive_file(ws, upload_id, "1.png") as file:
        file.write(b"x")


def test_a_zip_needs_no_root(ws: workspace.Workspace, images: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path / "elsewhere"))
    send(ws, "steel.zip", Path(make_archive(str(tmp_path / "steel"), "zip", images)).read_bytes())
    plan = look_through(ws)
    assert len(plan.entries) == 15
    assert workspace.settle_upload(ws, "Uploaded", UPLOAD, plan).entries == plan.entries


def test_a_table_of_whole_addresses_is_read(ws: workspace.Workspace, images: str):
    send(ws, "list.csv", f"path,label\n{images}/0.png,crazing\n".encode())
    assert [entry.label for entry in look_through(ws).entries] == ["crazing"]


def test_a_table_names_no_file_outside_the_roots(ws: workspace.Workspace, images: str, tmp_path: Path):
    (Path(images) / "0.png").rename(tmp_path / "0.png")
    addresses = f"{images}/1.png\n{tmp_path}/0.png\n{images}/../gone.png\n/etc/passwd\n/etc/gone.png\n"
    send(ws, "list.csv", f"path\n{addresses}".encode())
    plan = look_through(ws)
    assert [entry.path for entry in plan.entries] == [f"{images}/1.png"]
    reasons = [problem.reason.partition(":")[0] for problem in plan.problems]
    assert reasons == ["outside the folders for imports"] * 4


def test_a_table_with_relative_paths_is_refused_and_says_what_to_do(ws: workspace.Workspace):
    send(ws, "list.csv", b"path,label\nsteel/1.png,crazing\n")
    with pytest.raises(StudioError, match=r"^list\.csv, line 2: steel/1\.png is not a whole address.*folder"):
        look_through(ws)


@pytest.mark.parametrize("format_name", ["csv", "jsonl"])
def test_an_own_export_that_comes_alone_finds_the_images_that_another_project_has(
    ws: workspace.Workspace, tmp_path: Path, format_name: str
):
    first = brought(ws, write_source(tmp_path / "odd"), "First")
    send(ws, f"labels.{format_name}", exported(ws, first, format=format_name))
    plan = look_through(ws)
    given = {entry.fingerprint: (entry.label, entry.split) for entry in plan.entries}
    assert given and given == contents(ws, first)


def test_a_file_that_is_wrong_is_named_as_the_person_knows_it(ws: workspace.Workspace):
    send(ws, "list.csv", b"note\n")
    with pytest.raises(StudioError, match=r"^list\.csv has no column"):
        look_through(ws)
