"""The Classes menu of the Label page: keys and names are changed together, or not at all."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from ui_pages import PAGES, with_class_menu
from ui_projects import CLASSES, steel_project
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import DefectClass, Project
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views.class_rows import Mistake, mistake_in, name_field


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    return steel_project(studio(), tmp_path / "images")


def keys(project: Project) -> list[str]:
    return [defect_class.key for defect_class in workspace.classes(studio(), project.id)]


def error(page: AppTest) -> str:
    return page.error[0].value.replace("\\", "")


def rekeyed(page: AppTest, project: Project, *new_keys: str) -> AppTest:
    """Type the keys of the classes, in order, and save."""
    for defect_class, key in zip(workspace.classes(studio(), project.id), new_keys, strict=True):
        page.text_input(key=f"key_{defect_class.id}_{defect_class.key}").set_value(key)
    return page.button(key="save_names").click().run()


def test_a_class_gets_another_key(project: Project):
    rekeyed(with_class_menu(), project, "1", "2", "R")
    assert keys(project) == ["1", "2", "r"]


def test_a_key_that_is_taken_is_swapped_and_saving_again_leaves_it_so(project: Project):
    page = rekeyed(with_class_menu(), project, "2", "2", "3")
    assert keys(project) == ["2", "1", "3"]
    page.button(key="save_names").click().run()
    assert keys(project) == ["2", "1", "3"]


def test_all_keys_can_be_moved_round_at_once(project: Project):
    rekeyed(with_class_menu(), project, "2", "3", "1")
    assert keys(project) == ["2", "3", "1"]


@pytest.mark.parametrize(
    ("new_keys", "words"),
    [
        (("u", "2", "3"), "The Label page itself uses u"),
        (("r", "r", "3"), "the same new key"),
        (("ä", "2", "3"), "one digit, or one letter"),
        (("", "b", "3"), "one digit, or one letter"),
    ],
)
def test_keys_that_cannot_be_are_refused_in_words_and_nothing_changes(
    project: Project, new_keys: tuple[str, ...], words: str
):
    page = rekeyed(with_class_menu(), project, *new_keys)
    assert words in error(page)
    assert keys(project) == ["1", "2", "3"]


def test_a_name_used_twice_changes_neither_names_nor_keys(project: Project):
    page = with_class_menu()
    second = workspace.classes(studio(), project.id)[1]
    page.text_input(key=f"name_{second.id}").set_value(CLASSES[0].upper())
    page = rekeyed(page, project, "r", "2", "3")
    assert "name of its own" in error(page)
    assert keys(project) == ["1", "2", "3"]


def test_a_name_that_is_too_long_is_refused_with_the_limit_in_words(project: Project):
    page, classes = with_class_menu(), workspace.classes(studio(), project.id)
    page.text_input(key="new_class").set_value("x" * 120)
    page.button(key="add_class_button").click().run()
    assert "120 characters" in error(page) and "100 is the most" in error(page)
    page = with_class_menu()
    page.text_input(key=f"name_{classes[0].id}").set_value("y" * 101)
    page = rekeyed(page, project, "r", "2", "3")
    assert "has 101 characters; 100 is the most: shorten it. Nothing was changed" in error(page)
    assert workspace.classes(studio(), project.id) == classes


def test_names_that_change_places_are_refused_with_the_keys(project: Project):
    page, classes = with_class_menu(), workspace.classes(studio(), project.id)
    for renamed, other in ((classes[0], classes[1]), (classes[1], classes[0])):
        page.text_input(key=f"name_{renamed.id}").set_value(other.name)
    page = rekeyed(page, project, "r", "2", "3")
    assert "rename that class first. Nothing was changed" in error(page)
    assert workspace.classes(studio(), project.id) == classes


def test_a_class_is_added_while_labelling(project: Project):
    page = with_class_menu()
    page.text_input(key="new_class").set_value("roll mark")
    page.button(key="add_class_button").click().run()
    assert [defect_class.name for defect_class in workspace.classes(studio(), project.id)][-1] == "roll mark"
    assert page.text_input(key="new_class").value == ""


def test_a_class_name_that_is_taken_is_refused_in_words(project: Project):
    page = with_class_menu()
    page.text_input(key="new_class").set_value(CLASSES[0])
    page.button(key="add_class_button").click().run()
    assert CLASSES[0] in error(page)
    assert page.text_input(key="new_class").value == CLASSES[0]  # to be put right, not typed again


def test_a_class_is_renamed_while_labelling(project: Project):
    first = workspace.classes(studio(), project.id)[0]
    page = with_class_menu()
    page.text_input(key=f"name_{first.id}").set_value("hairline crazing")
    page.button(key="save_names").click().run()
    assert workspace.classes(studio(), project.id)[0].name == "hairline crazing"
    assert [done.value for done in page.success] == ["Keys and names are saved\\."]


def test_a_class_is_merged_into_another_with_its_labels(project: Project):
    workspace.label_for_me(studio(), ANN, project.id, 12)
    first, second, _ = workspace.classes(studio(), project.id)
    page = with_class_menu()
    page.selectbox(key="unneeded_class").set_value(first.id).run()
    page.selectbox(key="merge_into").set_value(second.id).run()
    page.button(key="merge_class").click().run()
    assert "counts as" in page.success[0].value
    assert [listed.name for listed in workspace.classes(studio(), project.id)] == list(CLASSES[1:])
    assert workspace.counts(studio(), project.id).pool[second.id] == 8


def test_a_class_that_is_used_is_not_removed_and_the_reason_stands_by_the_button(project: Project):
    page = with_class_menu()
    page.button(key="remove_class").click().run()
    assert CLASSES[0] in error(page) and "hidden label" in error(page) and "on the Grid page" in error(page)
    assert "See its images on the Grid page" in [page_link.label for page_link in page.get("page_link")]
    assert len(workspace.classes(studio(), project.id)) == 3


def test_a_class_without_labels_is_removed(project: Project):
    spare = workspace.add_class(studio(), ANN, project.id, "spare")
    page = with_class_menu()
    page.selectbox(key="unneeded_class").set_value(spare.id).run()
    page.button(key="remove_class").click().run()
    assert "spare" not in [listed.name for listed in workspace.classes(studio(), project.id)]
    assert [listed.name for listed in workspace.bin_contents(studio(), project.id).classes] == ["spare"]


def test_classes_of_before_that_differ_in_case_do_not_stand_in_the_way_of_other_changes():
    classes = [DefectClass(1, "Pits", "1"), DefectClass(2, "pits", "2"), DefectClass(3, "scratches", "3")]

    def mistake(*rows: tuple[str, str]) -> Mistake | None:
        return mistake_in(classes, rows)

    assert mistake(("4", "Pits"), ("2", "pits"), ("3", "scratches")) is None
    assert mistake(("1", "Pits"), ("2", "holes"), ("3", "scratches")) is None
    twice = mistake(("1", "Pits"), ("2", "pits"), ("3", "PITS"))
    assert twice and "name of its own" in twice.text and twice.fields == (name_field(classes[2]),)
    strange = mistake(("1", "Pits"), ("2", "a\x07b"), ("3", "scratches"))
    assert strange and "control character" in strange.text and strange.fields == (name_field(classes[1]),)


def with_thirty_classes(project: Project) -> AppTest:
    """The Data page with the section of the classes open."""
    for number in range(27):
        workspace.add_class(studio(), ANN, project.id, f"defect {number:02}")
    page = AppTest.from_file(PAGES / "data.py", default_timeout=20)
    page.session_state[f"classes-{project.id}"] = True
    return page.run()


def test_thirty_classes_are_managed_on_the_data_page_where_their_labels_are_counted(project: Project):
    workspace.label_for_me(studio(), ANN, project.id, 12)
    page, (first, *_) = with_thirty_classes(project), workspace.classes(studio(), project.id)
    assert sum((field.key or "").startswith("name_") for field in page.text_input) == 30
    labels = workspace.counts(studio(), project.id)
    assert f"{labels.pool[first.id] + labels.evaluation[first.id]} labels" in [text.value for text in page.caption]
    page.text_input(key=name_field(first)).set_value("hairlines").run()
    page.button(key="save_names").click().run()
    assert workspace.classes(studio(), project.id)[0].name == "hairlines"


def test_a_mistake_is_said_and_outlined_while_it_is_typed(project: Project):
    page, (first, *_) = with_thirty_classes(project), workspace.classes(studio(), project.id)
    page.text_input(key=name_field(first)).set_value("DEFECT 07").run()
    assert "name of its own" in error(page)
    assert any(f".st-key-{name_field(first)} " in style.proto.body for style in page.get("html"))


def test_pasted_classes_come_all_or_none(project: Project):
    page = with_thirty_classes(project)
    page.text_area(key="new_classes").set_value("roll mark\nDefect 03\n")
    page.button(key="add_classes_button").click().run()
    assert "is there already. None of the 2 was made" in error(page)
    page.text_area(key="new_classes").set_value("roll mark\nwater stain\n")
    page.button(key="add_classes_button").click().run()
    assert [listed.name for listed in workspace.classes(studio(), project.id)][-2:] == ["roll mark", "water stain"]


def test_the_menu_beside_the_images_leads_to_the_page_where_classes_are_many(project: Project):
    with_thirty_classes(project)
    page = with_class_menu()
    assert page.text_input(key="new_class") and "save_names" not in [button.key for button in page.button]


def test_another_page_leads_to_the_open_menu_of_the_classes(project: Project):
    page = AppTest.from_file(PAGES / "label.py", default_timeout=20)
    page.query_params["classes"] = "open"
    page.run()
    assert page.button(key="add_class_button") and "classes" not in page.query_params
