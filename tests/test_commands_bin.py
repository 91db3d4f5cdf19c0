"""What the command line takes back, and how it says so."""

from pathlib import Path
from typing import Any

import pytest
from command_line import bring, facts, run, status, write_steel

from vabal_core import workspace
from vabal_core.commands.bin import COMMANDS

STEEL = ("--project", "Steel")


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("VABAL_DATABASE_URL", raising=False)
    return tmp_path / "data"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_steel(tmp_path / "steel")


def labels() -> dict[str, int]:
    return {name: counts["pool"] for name, counts in status()["classes"].items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout


def test_images_go_by_path_and_by_pattern_and_come_back(source: Path) -> None:
    bring(source, "use")
    assert facts("remove", "crazing/0.png", *STEEL) == {"removed": 1}
    assert facts("remove", "crazing/*", *STEEL) == {"removed": 3}
    assert labels() == {"crazing": 0, "scratches": 8}
    assert [image["path"] for image in facts("bin", *STEEL)["images"]] == [
        "crazing/3.png", "crazing/6.png", "crazing/9.png", "crazing/0.png"
    ]  # fmt: skip
    assert facts("restore", "crazing/0.png", *STEEL)["images"] == 1
    assert facts("restore", "--all", *STEEL)["images"] == 3
    assert labels() == {"crazing": 4, "scratches": 8}
    for arguments, reason in (
        (("remove", "rust/*"), "No image of the project was imported under the path rust/*"),
        (("restore", "crazing/0.png"), "No image in the bin was imported under the path crazing/0.png"),
    ):
        result = run(*arguments, *STEEL)
        assert (result.exit_code, reason in result.stderr) == (1, True)


def test_an_import_is_listed_undone_and_brought_back(source: Path) -> None:
    bring(source, "use")
    (listed,) = facts("imports", *STEEL)["imports"]
    assert (listed["source"], listed["state"], listed["images"], listed["by"]) == (
        str(source), "whole", 12, "command line"
    )  # fmt: skip
    assert facts("undo-import", listed["number"], *STEEL) == {
        "removed": 12, "labels": 0, "splits": 0, "files": 0, "replaced": 0, "kept": 0, "held": 0
    }  # fmt: skip
    assert (status()["images"], status()["classes"]) == ({"pool": 0, "evaluation": 0}, {})
    assert facts("imports", *STEEL)["imports"][0]["state"] == "undone"
    assert facts("restore", "--import", listed["number"], *STEEL)["images"] == 12
    assert labels() == {"crazing": 4, "scratches": 8}
    wrong = run("undo-import", 99, *STEEL)
    assert (wrong.exit_code, f"has no import 99; it has {listed['number']}" in wrong.stderr) == (1, True)


def test_what_lies_in_the_bin_is_said_at_import_and_brought_back_when_asked_for(source: Path) -> None:
    bring(source, "use")
    facts("remove", "*", *STEEL)
    again = run("import", source, *STEEL)
    assert (again.exit_code, "12 of these images are in the bin of the project: --from-bin" in again.stderr) == (
        0,
        True,
    )
    assert status()["images"]["pool"] == 0
    assert facts("import", source, *STEEL, "--from-bin")["written"]["from_bin"] == 12
    assert labels() == {"crazing": 4, "scratches": 8}


def test_an_import_that_was_stopped_goes_on_where_it_was(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vabal_core.workspace.importing.PIECE", 5)
    whole = workspace.commit_import

    def stopped(*arguments: Any, **options: Any) -> Any:
        steps = whole(*arguments, **options)
        yield next(steps)
        yield next(steps)
        steps.close()  # as Ctrl+C does
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(workspace, "commit_import", stopped)
        assert run("import", source, *STEEL, "--holdout", "0").exit_code != 0
    (broken,) = facts("imports", *STEEL)["imports"]
    assert (broken["state"], broken["planned"], broken["images"]) == ("broken off", 12, 5)
    assert bring(source, "use")["written"]["images"] == 7
    (listed,) = facts("imports", *STEEL)["imports"]
    assert (listed["number"], listed["state"], listed["images"]) == (broken["number"], "whole", 12)


def test_a_class_is_merged_taken_apart_again_and_removed(source: Path) -> None:
    bring(source, "use")
    assert facts("merge-class", "crazing", "scratches", *STEEL)["moved"] == 4
    assert labels() == {"scratches": 12}
    assert facts("restore", "--class", "crazing", *STEEL)["classes"] == "crazing"
    assert labels() == {"crazing": 4, "scratches": 8}
    refused = run("remove-class", "crazing", *STEEL)
    assert (refused.exit_code, "4 images labelled so" in refused.stderr) == (1, True)
    facts("remove", "crazing/*", *STEEL)
    facts("remove-class", "crazing", *STEEL)
    assert facts("bin", *STEEL)["classes"] == [{"class": "crazing"}]
    assert facts("bin", *STEEL, "--empty")["emptied"] == {"images": 4, "classes": 1, "bytes": 0}
    assert len(list(source.rglob("*.png"))) == 12, "the person's own files"


def test_labels_that_an_import_changed_are_counted_and_undone(source: Path, tmp_path: Path) -> None:
    bring(source, "use")
    table = source / "later.csv"
    table.write_text("path,label\ncrazing/0.png,scratches\ncrazing/3.png,pits\n")
    facts("import", table, *STEEL)
    later, first = facts("imports", *STEEL)["imports"]
    assert (later["images"], later["labels_changed"], first["labels_changed"]) == (0, 2, 0)
    assert labels() == {"crazing": 2, "scratches": 9, "pits": 1}
    undone = facts("undo-import", later["number"], *STEEL)
    assert (undone["removed"], undone["labels"], undone["kept"]) == (0, 2, 0)
    assert labels() == {"crazing": 4, "scratches": 8}
    again = facts("restore", "--import", later["number"], *STEEL)
    assert (again["labels"], again["classes"], labels()["pits"]) == (2, "pits", 1)


def test_images_that_came_back_otherwise_are_not_said_to_be_undone(source: Path) -> None:
    bring(source, "use")
    (listed,) = facts("imports", *STEEL)["imports"]
    facts("undo-import", listed["number"], *STEEL)
    facts("import", source, *STEEL, "--from-bin")
    later, first = facts("imports", *STEEL)["imports"]
    assert (later["state"], later["from_bin"]) == ("whole", 12)
    assert (first["state"], first["images"], first["in_bin"]) == ("brought back", 12, 0)
    facts("remove", "crazing/*", *STEEL)
    assert facts("imports", *STEEL)["imports"][1]["state"] == "undone in part"


def test_classes_that_come_back_with_their_images_are_named(source: Path) -> None:
    bring(source, "use")
    (listed,) = facts("imports", *STEEL)["imports"]
    facts("undo-import", listed["number"], *STEEL)
    assert facts("restore", "--all", *STEEL) == {"images": 12, "classes": "crazing, scratches"}


def test_a_merge_is_listed_with_the_bin_and_a_class_is_not_merged_into_itself(source: Path) -> None:
    bring(source, "use")
    same = run("merge-class", "crazing", "Crazing", *STEEL)
    assert (same.exit_code, same.stderr.strip()) == (
        1, "“crazing” and “Crazing” are one class of “Steel”: name two different classes."
    )  # fmt: skip
    facts("merge-class", "crazing", "scratches", *STEEL)
    assert facts("bin", *STEEL)["merged"] == [{"class": "crazing", "into": "scratches"}]
    facts("restore", "--class", "crazing", *STEEL)
    assert facts("bin", *STEEL)["merged"] == []


def test_projects_are_renamed_removed_and_emptied(source: Path) -> None:
    bring(source, "use")
    assert facts("rename-project", "Copper", *STEEL)["project"] == "Copper"
    facts("remove-project", "--project", "Copper")
    assert facts("projects") == {"projects": [], "in_bin": [{"project": "Copper"}]}
    assert "The project “Copper” is in the bin: bring it back first" in run("status", "--project", "Copper").stderr
    facts("restore-project", "--project", "Copper")
    assert facts("status", "--project", "Copper")["images"]["pool"] == 12
    facts("remove-project", "--project", "Copper")
    assert facts("empty-project", "--project", "Copper")["images"] == 12
    assert facts("projects") == {"projects": [], "in_bin": []}
    assert "No project “Copper” is in the bin" in run("restore-project", "--project", "Copper").stderr


def test_an_import_that_is_undone_already_says_so_and_images_that_another_one_holds_are_counted(source: Path) -> None:
    bring(source / "crazing", "ignore")
    bring(source, "use")
    later, first = facts("imports", *STEEL)["imports"]
    assert later["there_already"] == 4
    undone = run("undo-import", first["number"], *STEEL)
    assert f"4 images stay: import {later['number']} holds them, too" in undone.stderr
    again = run("undo-import", first["number"], *STEEL)
    assert f"Import {first['number']} is already undone" in again.stderr and "already undone: True" in again.stdout


def test_without_a_project_a_backup_is_brought_into_an_empty_studio(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(source, "use")
    backed_up, before = tmp_path / "studio.zip", labels()
    assert run("backup", backed_up).exit_code == 0
    assert "holds projects" in run("restore", backed_up).stderr
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "another"))
    assert run("restore", backed_up, "--all").exit_code == 2, "that is asked of a project's bin"
    assert run("restore", backed_up).exit_code == 0 and labels() == before
