"""Labels that name several classes at once."""

from dataclasses import replace
from pathlib import Path

import pytest
from annotated import write_images, write_text
from exports import exported
from long_work import result_of
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import ImportPlan


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def planned(ws: workspace.Workspace, source: Path, **options) -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, labels="use", holdout=0, **options))


def table(folder: Path, *labels: str) -> Path:
    names = [f"{number}.png" for number in range(len(labels))]
    write_images(folder, *names)
    rows = (f'{name};"{label}"' for name, label in zip(names, labels, strict=True))
    write_text(folder / "labels.csv", "\n".join(["Bild;Klasse", *rows]))
    return folder / "labels.csv"


def given(plan: ImportPlan) -> list[str | None]:
    return [entry.label for entry in plan.entries]


@pytest.mark.parametrize("both", ["Zunder,Riss", "Zunder/Riss", "riss;zunder", "Zunder + Riss", "Zunder und Riss"])
def test_an_image_with_two_classes_in_one_cell_has_no_label_and_is_listed(ws, tmp_path: Path, both: str) -> None:
    plan = planned(ws, table(tmp_path / "set", "Zunder", "Riss", both))
    assert given(plan) == ["Zunder", "Riss", None]
    (problem,) = plan.label_problems
    assert problem.path == "2.png" and problem.reason.startswith("several classes, so it has no label: ")
    assert any("1 label names several classes" in doubt.text for doubt in plan.doubts)


def test_a_person_may_say_that_two_classes_in_one_cell_are_a_class(ws, tmp_path: Path) -> None:
    source = table(tmp_path / "set", "Zunder", "Riss", "Zunder,Riss")
    (answer,) = next(doubt for doubt in planned(ws, source).doubts if doubt.answers).answers
    plan = planned(ws, source, layout=lambda proposed: replace(proposed, names=answer.names))
    assert given(plan) == ["Zunder", "Riss", "Zunder,Riss"] and not plan.label_problems


def test_classes_of_the_project_are_known_in_a_cell_with_two(ws, tmp_path: Path) -> None:
    first = planned(ws, table(tmp_path / "first", "Zunder", "Riss"))
    result_of(workspace.commit_import(ws, ANN, "Steel", first))
    assert given(planned(ws, table(tmp_path / "second", "x", "y", "Zunder/Riss"))) == [None]


def test_a_name_with_a_comma_is_a_class_where_its_parts_are_none_and_asked_about_where_one_is(
    ws, tmp_path: Path
) -> None:
    assert given(planned(ws, table(tmp_path / "a", "steel, rolled", "Riss"))) == ["steel, rolled", "Riss"]
    plan = planned(ws, table(tmp_path / "b", "Riss, tief", "Riss"))
    assert given(plan) == ["Riss, tief", "Riss"]
    assert any("Do these labels name several classes: 'Riss, tief'?" in doubt.text for doubt in plan.doubts)


@pytest.mark.parametrize("form", ["imagefolder", "coco", "huggingface"])
def test_an_own_export_keeps_a_class_that_is_called_like_two_others(ws, tmp_path: Path, form: str) -> None:
    plan = planned(
        ws,
        table(tmp_path / "set", "Zunder", "Riss", "Zunder + Riss"),
        layout=lambda proposed: replace(proposed, names={"Zunder + Riss": "Zunder + Riss"}),
    )
    result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    (tmp_path / "out.zip").write_bytes(exported(ws, workspace.find_project(ws, "Steel").id, format=form))
    again = planned(workspace.open_workspace(tmp_path / "other"), tmp_path / "out.zip")
    assert sorted(given(again)) == ["Riss", "Zunder", "Zunder + Riss"]
