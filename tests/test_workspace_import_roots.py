"""Which folders pages may import from: as the environment says, links followed, and not a file beyond."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from image_files import write_image
from long_work import finish

from vabal_core import workspace
from vabal_core.types import ImportPlan, StudioError

Look = Callable[[Path], ImportPlan]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of whoever runs the server, an image in it; nothing says otherwise what may be imported."""
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    monkeypatch.delenv("VABAL_IMPORT_ROOTS", raising=False)
    write_image(tmp_path / "me" / "1.png")
    return tmp_path / "me"


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


@pytest.fixture
def look(ws: workspace.Workspace) -> Look:
    """What an import that a page asks for would write."""

    def look_through(source: Path) -> ImportPlan:
        roots = workspace.list_import_roots(ws)
        return finish(workspace.prepare_import(ws, "Steel", source, labels="use", roots=roots))[0]

    return look_through


def test_home_and_data_folder_may_be_imported_where_nothing_else_is_said(look: Look, home: Path, tmp_path: Path):
    write_image(tmp_path / "data" / "steel" / "2.png", seed=2)
    assert [entry.path for entry in look(home).entries] == ["1.png"]
    assert [entry.path for entry in look(tmp_path / "data" / "steel").entries] == ["2.png"]


def test_what_lies_elsewhere_is_refused_whether_it_is_there_or_not(look: Look, home: Path, tmp_path: Path):
    for source in ("/etc", "/etc/passwd", "/", "/no/such/place", str(tmp_path), f"{home}/../data2"):
        with pytest.raises(StudioError) as refusal:
            look(Path(source))
        assert str(refusal.value).startswith(f"{source} lies outside the folders for imports: pages import from ")
        assert f"{home};" in str(refusal.value) and "VABAL_IMPORT_ROOTS" in str(refusal.value)


def test_a_name_that_begins_alike_is_another_folder(look: Look, home: Path, tmp_path: Path):
    write_image(tmp_path / "me2" / "1.png")
    with pytest.raises(StudioError, match="me2 lies outside"):
        look(tmp_path / "me2")


def test_a_link_that_leads_outside_is_refused(look: Look, home: Path, tmp_path: Path):
    write_image(tmp_path / "secret" / "set" / "1.png")
    (home / "link").symlink_to(tmp_path / "secret")
    for source in (home / "link", home / "link" / "set"):
        with pytest.raises(StudioError, match="lies outside"):
            look(source)
    (home / "1.png").unlink()
    assert look(home).entries == ()


def test_a_table_may_name_files_within_the_roots_alone(look: Look, home: Path, tmp_path: Path):
    secret = write_image(tmp_path / "secret" / "2.png", seed=2)
    (home / "link").symlink_to(secret.parent)
    (home / "file.png").symlink_to(secret)
    (home / "list.csv").write_text(f"path\n1.png\n{secret}\n../secret/2.png\nlink/2.png\nfile.png\n", encoding="utf-8")
    plan = look(home / "list.csv")
    assert [entry.path for entry in plan.entries] == ["1.png"]
    reasons = [problem.reason.partition(":")[0] for problem in plan.problems]
    assert reasons == ["outside the folders for imports"] * 3 + ["symbolic link"]


def test_the_environment_names_other_folders(look: Look, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_image(tmp_path / "steel" / "1.png")
    (tmp_path / "by a link").symlink_to(tmp_path / "steel")
    folders = (str(tmp_path / "by a link"), "", "~/own")
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", os.pathsep.join(folders))
    write_image(home / "own" / "1.png")
    assert len(look(tmp_path / "steel").entries) == len(look(home / "own").entries) == 1
    with pytest.raises(StudioError, match="me lies outside"):
        look(home)


def test_a_home_that_is_the_whole_computer_allows_nothing(look: Look, home: Path, monkeypatch: pytest.MonkeyPatch):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, os.path.abspath(os.sep))
    with pytest.raises(StudioError, match="lies outside"):
        look(home)


def test_who_has_a_shell_is_held_to_no_root(ws: workspace.Workspace, home: Path, tmp_path: Path):
    write_image(tmp_path / "elsewhere" / "1.png")
    plan, _ = finish(workspace.prepare_import(ws, "Steel", tmp_path / "elsewhere", labels="use"))
    assert len(plan.entries) == 1
