"""Folders and files as plants call them: in other languages, numbered, with a name of the set around the word."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from image_files import encoded, grey, make_zip, write_image
from long_work import result_of
from workspaces import ANN

from vabal_core import workspace
from vabal_core.images.ingest.folder_names import named_splits, split_use
from vabal_core.images.ingest.formats.annotation import split_in
from vabal_core.images.ingest.near_names import near_name_doubts
from vabal_core.types import ImportPlan


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def prepared(ws: workspace.Workspace, source: Path) -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, labels="use", holdout=0))


def placed(plan: ImportPlan) -> set[tuple[str | None, str]]:
    return {(entry.label, entry.split) for entry in plan.entries}


@pytest.mark.parametrize(
    "learning, measuring",
    [
        ("01_train", ("02_val", "03_test")),
        ("Training", ("Validierung", "Testdaten")),
        ("Trainingsbilder", ("Validierungsbilder", "Testbilder")),
        ("entraînement", ("validation", "test")),
        ("neu_train", ("neu_val", "neu_test")),
        ("Train - line 2", ("Val - line 2", "Test - line 2")),
        ("TrainSet", ("ValSet", "TestSet")),
        ("训练集", ("验证集", "测试集")),
        ("学習", ("検証", "評価")),
    ],
)
def test_sets_are_known_by_other_words_numbers_and_the_name_of_the_whole(
    ws: workspace.Workspace, tmp_path: Path, learning: str, measuring: tuple[str, ...]
) -> None:
    for i, split in enumerate((learning, *measuring)):
        for j, name in enumerate(("pits", "good")):
            for k in range(3):
                write_image(tmp_path / "set" / split / name / f"{k}.png", seed=(10 * i + j, k))
    uses = {("pits", "pool"), ("good", "pool"), ("pits", "evaluation"), ("good", "evaluation")}
    plan = prepared(ws, tmp_path / "set")
    assert placed(plan) == uses and sum(entry.split == "pool" for entry in plan.entries) == 6


def test_names_that_only_sound_like_sets_are_none() -> None:
    names = ["good_test", "bad_train_track", "trained", "tester", "contest", "valve", "line 2", "3_scratch"]
    assert not named_splits(names)
    assert not named_splits(["neu_train"]) and not named_splits(["hot_train", "cold_test"])
    assert (split_use("03_test"), split_in("Testdaten"), split_in("Validierung")) == ("evaluation",) * 3


def test_masks_in_a_folder_of_another_language_are_left_out_below_folders_called_like_verdicts(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    for folder in ("Masken", "Auswertung"):
        for i in range(6):
            name = ("riss", "gut")[i % 2]
            write_image(tmp_path / folder / "Bilder" / name / f"{i}.jpg", seed=i, kind="JPEG")
            mask = tmp_path / folder / folder / name / f"{i}.png"
            mask.parent.mkdir(parents=True, exist_ok=True)
            mask.write_bytes(encoded(np.where(grey(i) > 128, 255, 0).astype(np.uint8)))
        plan = prepared(ws, tmp_path / folder)
        assert len(plan.entries) == 6 and placed(plan) == {("riss", "pool"), ("gut", "pool")}
        assert any("look like" in doubt.text for doubt in plan.doubts)


def test_an_archive_within_a_source_is_said_and_costs_nothing_else(ws: workspace.Workspace, tmp_path: Path) -> None:
    for i in range(4):
        write_image(tmp_path / "set" / ("pits" if i % 2 else "good") / f"{i}.png", seed=i)
    make_zip(tmp_path / "set" / "more.zip", {"scale/1.png": encoded(grey(40))})
    with zipfile.ZipFile(tmp_path / "set" / "notes.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    plan = prepared(ws, tmp_path / "set")
    assert len(plan.entries) == 4
    assert {problem.path: problem.reason.partition(":")[0] for problem in plan.problems} == {
        "more.zip": "archive",
        "notes.docx": "not an image",
    }
    assert [doubt.text for doubt in plan.doubts] == [
        "more.zip is an archive: what it holds does not come with the rest. Import it by itself."
    ]


def test_a_zip_of_zips_says_that_they_are_to_be_imported_by_themselves(ws: workspace.Workspace, tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("pits/0.png", encoded(grey(0)))
    plan = prepared(ws, make_zip(tmp_path / "outer.zip", {"train.zip": inner.getvalue(), "test.zip": inner.getvalue()}))
    assert not plan.entries and all(problem.reason.startswith("archive") for problem in plan.problems)
    assert plan.doubts[-1].text.startswith("2 files are archives (such as ")


def test_wide_letters_and_a_dot_at_the_end_are_asked_about_and_a_minus_is_not() -> None:
    assert "ＰＩＴ" in near_name_doubts(["ＰＩＴ", "pit"])[0].text and near_name_doubts(["bad.", "bad"])
    assert not near_name_doubts(["grade A-", "grade A", "grade A+"])


def test_paths_in_other_capitals_or_escaped_as_in_an_address_are_found(ws: workspace.Workspace, tmp_path: Path) -> None:
    for i in range(4):
        write_image(tmp_path / "set" / "Sub dir" / f"{i} ä.PNG", seed=i)
    write_image(tmp_path / "set" / "b%20.png", seed=9)
    named = ["Sub%20dir/0 ä.PNG", "sub dir/1 Ä.png", "SUB DIR\\2 ä.PNG", "b%20.png", "other/3 ä.png"]
    table = "\n".join(["path,label", *(f"{path},pits" for path in named)])
    (tmp_path / "set" / "t.csv").write_text(table, encoding="utf-8")
    plan = prepared(ws, tmp_path / "set" / "t.csv")
    paths = ["Sub dir/0 ä.PNG", "Sub dir/1 ä.PNG", "Sub dir/2 ä.PNG", "b%20.png"]
    assert sorted(entry.path for entry in plan.entries) == paths
    assert [problem.path for problem in plan.problems] == ["other/3 ä.png"]
    bare = prepared(ws, tmp_path / "set")
    result_of(workspace.commit_import(ws, ANN, "Steel", bare))
    project_id = workspace.find_project(ws, "Steel").id
    result = workspace.label_from_csv(ws, ANN, project_id, tmp_path / "set" / "t.csv", create_classes=True)
    assert result.written == 4 and len(result.problems) == 1


def test_two_files_that_differ_in_capitals_alone_are_told_apart_or_said_to_be_two(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    for i, name in enumerate(("a.png", "A.png")):
        write_image(tmp_path / "set" / name, seed=i)
    if len(list((tmp_path / "set").iterdir())) < 2:
        pytest.skip("this disk takes them for one")
    table = tmp_path / "set" / "t.csv"
    table.write_text("path,label\na.png,pits\nA.PNG,good\n")
    plan = prepared(ws, table)
    assert [(entry.path, entry.label) for entry in plan.entries] == [("a.png", "pits")]
    assert "as 2 files are called" in plan.problems[0].reason
