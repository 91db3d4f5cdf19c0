"""The bin and the imports on the Data page: what is out of the way, and the way back."""

from pathlib import Path

import pytest
from import_page import words
from long_work import result_of
from streamlit.testing.v1 import AppTest
from ui_pages import opened
from ui_projects import steel_project
from workspaces import ANN, label

from vabal_core import workspace
from vabal_core.types import ImportPlan, LabelChange, Project
from vabal_core.ui.app.studio import studio


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    return steel_project(studio(), tmp_path / "images")


def image_ids(project: Project) -> list[int]:
    rows, _ = workspace.search_images(studio(), project.id, limit=100)
    return [row.image_id for row in rows]


def titles(page: AppTest) -> list[str]:
    return [expander.label for expander in page.expander]


def test_images_come_back_from_the_bin_one_by_one_or_all(project: Project):
    assert not any(title.startswith("Bin") for title in titles(opened("data")))
    left_out = image_ids(project)[:3]
    workspace.remove_images(studio(), ANN, project.id, left_out)
    page = opened("data")
    assert "Bin (3 images)" in titles(page)
    page.button(key=f"restore_image-{left_out[0]}").click().run()
    assert left_out[0] in image_ids(project) and left_out[1] not in image_ids(project)
    page.button(key="restore_images").click().run()
    assert set(left_out) <= set(image_ids(project))
    assert not any(title.startswith("Bin") for title in titles(page))


def test_a_class_comes_back_from_the_bin(project: Project):
    spare = workspace.add_class(studio(), ANN, project.id, "spare")
    workspace.remove_class(studio(), ANN, spare.id)
    page = opened("data")
    assert "Bin (1 class)" in titles(page)
    page.button(key=f"restore_class-{spare.id}").click().run()
    assert "spare" in [listed.name for listed in workspace.classes(studio(), project.id)]


def test_an_import_is_undone_and_that_is_taken_back(project: Project):
    (listed,) = workspace.list_imports(studio(), project.id)
    page = opened("data")
    page.button(key=f"undo_import-{listed.id}").click().run()
    assert not image_ids(project)
    assert "undone, 15 images in the bin" in words(page)
    page.button(key=f"restore_import-{listed.id}").click().run()
    assert len(image_ids(project)) == 15


def test_a_merge_is_taken_back_in_the_bin(project: Project):
    first, second, _ = workspace.classes(studio(), project.id)
    workspace.merge_classes(studio(), ANN, first.id, second.id)
    page = opened("data")
    assert "Bin (1 merged class)" in titles(page)
    assert f"Class {first.name}: merged, its labels count as {second.name}" in words(page)
    page.button(key=f"restore_class-{first.id}").click().run()
    assert first.name in [listed.name for listed in workspace.classes(studio(), project.id)]
    assert not any(title.startswith("Bin") for title in titles(page))


def test_an_import_says_what_it_changed_and_what_undoing_it_kept(project: Project):
    ws, (first, second, _) = studio(), workspace.classes(studio(), project.id)
    rows, _ = workspace.search_images(ws, project.id, split="pool", limit=2)
    ids = [row.image_id for row in rows]
    workspace.record(ws, ANN, project.id, [label(image_id, first.id) for image_id in ids])
    facts = {"kind": "label", "old": first.name, "new": second.name, "newer": True}
    changes = tuple(
        LabelChange(image_id=row.image_id, path=row.path, fingerprint=row.fingerprint, **facts) for row in rows
    )
    plan = ImportPlan(entries=(), problems=(), already_present=2, source="/later.csv", changes=changes)
    result_of(workspace.commit_import(ws, ANN, project.name, plan, apply=plan.changes))
    page = opened("data")
    assert "· later.csv" in words(page) and "\n2 labels changed; imported by ann" in words(page)
    workspace.record(ws, ANN, project.id, [label(ids[0], second.id)])
    page.button(key=f"undo_import-{workspace.list_imports(ws, project.id)[0].id}").click().run()
    assert "undone, 1 change taken back, 1 decided otherwise since and kept so" in words(page)
    labels = {row.image_id: row.class_id for row in workspace.search_images(ws, project.id, split="pool", limit=2)[0]}
    assert labels == {ids[0]: second.id, ids[1]: first.id}


def test_the_bin_is_emptied_by_hand(project: Project):
    workspace.remove_images(studio(), ANN, project.id, image_ids(project)[:3])
    page = opened("data")
    page.button(key=f"empty_bin_now-{project.id}").click().run()
    assert workspace.bin_contents(studio(), project.id).image_count == 0
    assert len(image_ids(project)) == 12


def test_the_bin_says_what_it_means_for_each_kind_of_thing(project: Project):
    first, second, _ = (defect_class.id for defect_class in workspace.classes(studio(), project.id))
    workspace.merge_classes(studio(), ANN, first, second)
    text = words(opened("data"))
    assert "their images are shown, learned from and exported as the other class" in text
    assert "neither shown, learned from nor exported" not in text
    workspace.remove_images(studio(), ANN, project.id, image_ids(project)[:1])
    assert "Images here are neither shown, learned from nor exported" in words(opened("data"))
