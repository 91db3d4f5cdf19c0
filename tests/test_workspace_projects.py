"""Projects, settings and classes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from workspaces import ANN, filled, label

from vabal_core import workspace
from vabal_core.store.classes import class_book
from vabal_core.store.projects import insert_project
from vabal_core.types import RESERVED_KEYS, Project, StudioError
from vabal_core.workspace.projects import DEFAULT_SETTINGS


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path)


@pytest.fixture
def steel(ws: workspace.Workspace) -> Project:
    return workspace.create_project(ws, ANN, "Steel")


def test_an_unknown_project_names_those_that_exist(ws: workspace.Workspace) -> None:
    with pytest.raises(StudioError, match="no project “Brass”. There are none yet"):
        workspace.find_project(ws, "Brass")
    workspace.create_project(ws, ANN, "Steel")
    workspace.create_project(ws, ANN, "Copper")
    with pytest.raises(StudioError, match="no project “Brass”. There are: “Steel”, “Copper”"):
        workspace.find_project(ws, "Brass")


def test_a_project_is_found_however_its_accents_are_written(ws: workspace.Workspace) -> None:
    made = workspace.create_project(ws, ANN, " Blech fu\u0308r Bo\u0308den ")
    assert made.name == "Blech f\u00fcr B\u00f6den"
    assert workspace.find_project(ws, "Blech fu\u0308r Bo\u0308den") == made
    assert made.created_at.utcoffset() == timedelta(0)
    assert workspace.list_projects(ws) == [made]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Steel", "already"),
        ("  ", "empty"),
        ("x" * 101, "101 characters"),
        ("a\nb", "control character"),
        ("STEEL", "already"),
    ],
)
def test_a_project_name_that_will_not_do_is_refused(
    ws: workspace.Workspace, steel: Project, name: str, words: str
) -> None:
    with pytest.raises(StudioError, match=words):
        workspace.create_project(ws, ANN, name)


def test_settings_start_with_defaults_and_change_one_by_one(ws: workspace.Workspace, steel: Project) -> None:
    assert steel.settings["strategy"] == "vabal_plus"
    rare = workspace.add_class(ws, ANN, steel.id, "crazing").id
    workspace.update_settings(ws, ANN, steel.id, rare_class_ids=[rare], auto_every=50)
    workspace.update_settings(ws, ANN, steel.id, batch=100)
    settings = workspace.find_project(ws, "Steel").settings
    assert (settings["rare_class_ids"], settings["auto_every"], settings["batch"]) == ([rare], 50, 100)
    assert settings["strategy"] == "vabal_plus"


def test_a_project_made_with_another_default_keeps_its_strategy(ws: workspace.Workspace, steel: Project) -> None:
    earlier = DEFAULT_SETTINGS | {"strategy": "margin_distinct"}
    project = insert_project(ws.engine, "Earlier", synthetic=False, settings=earlier)
    assert workspace.usable_settings(project)["strategy"] == "margin_distinct"
    changed = workspace.update_settings(ws, ANN, project.id, batch=100)
    assert changed.settings["strategy"] == "margin_distinct"


@pytest.mark.parametrize(
    "wrong",
    [{"colour": 1}, {"batch": 0}, {"auto_every": -1}, {"rare_class_ids": [9]}, {"strategy": ""}, {"batch": "9"}]
    + [{"strategy": "balanced(best)"}, {"preset": "fast"}, {"strategy": ["vabal"]}],
)
def test_a_setting_that_cannot_be_is_refused_and_none_is_written(
    ws: workspace.Workspace, steel: Project, wrong: dict
) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        workspace.update_settings(ws, ANN, steel.id, **{"preset": "paper"} | wrong)
    assert workspace.find_project(ws, "Steel") == steel


@pytest.mark.parametrize("setting", ["strategy", "preset"])
def test_a_strategy_or_preset_that_is_not_there_is_refused_with_those_that_are(
    ws: workspace.Workspace, steel: Project, setting: str
) -> None:
    with pytest.raises(ValueError, match=f"{setting} 'fast' is unknown: choose one of .*(vabal|interactive), "):
        workspace.update_settings(ws, ANN, steel.id, **{setting: "fast"})


def test_settings_of_another_version_are_read_with_the_default_where_this_one_does_not_know_them(
    ws: workspace.Workspace, steel: Project
) -> None:
    assert workspace.unknown_settings(steel) == {}
    old = replace(steel, settings={"strategy": "best_of_2031", "preset": "paper", "batch": 7})
    assert workspace.unknown_settings(old) == {"strategy": "best_of_2031"}
    assert workspace.usable_settings(old) == DEFAULT_SETTINGS | {"preset": "paper", "batch": 7}


def test_keys_are_digits_then_letters_of_the_name_then_any_the_page_does_not_use(
    ws: workspace.Workspace, steel: Project
) -> None:
    made = [workspace.add_class(ws, ANN, steel.id, f"class {i}") for i in range(28)]
    keys = [defect_class.key for defect_class in made]
    assert "".join(keys) == "1234567890clabdejmnoqrtvwy"
    assert keys[27] == ""
    assert workspace.classes(ws, steel.id) == made


def test_a_class_takes_the_first_free_letter_of_its_name(ws: workspace.Workspace, steel: Project) -> None:
    for i in range(10):
        workspace.add_class(ws, ANN, steel.id, f"class {i}")
    names = ("Pitted surface", "Phosphor", "rolled-in scale", "Öl")
    assert [workspace.add_class(ws, ANN, steel.id, name).key for name in names] == ["t", "o", "r", "l"]


def test_a_key_can_be_changed_and_is_swapped_with_the_class_that_has_it(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    first, second, third = steel.class_ids
    other = filled(tmp_path, name="Other")
    assert [defect_class.key for defect_class in workspace.set_class_key(steel.ws, ANN, third, " C ")] == [
        "1",
        "2",
        "c",
    ]
    assert [defect_class.key for defect_class in workspace.set_class_key(steel.ws, ANN, first, "c")] == ["c", "2", "1"]
    assert [defect_class.key for defect_class in workspace.set_class_key(steel.ws, ANN, first, "c")] == ["c", "2", "1"]
    assert [defect_class.key for defect_class in workspace.classes(other.ws, other.project_id)] == ["1", "2", "3"]
    assert workspace.add_class(steel.ws, ANN, steel.project_id, "patches").key == "3"


@pytest.mark.parametrize("key", sorted(RESERVED_KEYS))
def test_a_key_of_the_label_page_itself_is_refused_in_words(tmp_path: Path, key: str) -> None:
    steel = filled(tmp_path)
    with pytest.raises(StudioError, match=f"'{key}' is used by the Label page"):
        workspace.set_class_key(steel.ws, ANN, steel.class_ids[0], key)
    assert [defect_class.key for defect_class in workspace.classes(steel.ws, steel.project_id)] == ["1", "2", "3"]


@pytest.mark.parametrize("key", ["", " ", "ab", ",", "ö", "²"])
def test_what_is_no_letter_or_digit_is_refused_as_a_key(tmp_path: Path, key: str) -> None:
    steel = filled(tmp_path)
    with pytest.raises(StudioError, match="one letter from a to z or one digit"):
        workspace.set_class_key(steel.ws, ANN, steel.class_ids[0], key)


def test_two_projects_may_have_classes_of_the_same_name(ws: workspace.Workspace, steel: Project) -> None:
    other = workspace.create_project(ws, ANN, "Copper")
    steel_class, copper_class = (workspace.add_class(ws, ANN, project.id, "crazing") for project in (steel, other))
    assert steel_class.id != copper_class.id and steel_class.key == copper_class.key == "1"


@pytest.mark.parametrize(("name", "words"), [("CRAZING", "“crazing” already"), (" ", "empty"), ("x" * 101, "shorten")])
def test_a_class_name_that_will_not_do_is_refused(
    ws: workspace.Workspace, steel: Project, name: str, words: str
) -> None:
    workspace.add_class(ws, ANN, steel.id, "crazing")
    other = workspace.add_class(ws, ANN, steel.id, "patches")
    with pytest.raises(StudioError, match=words):
        workspace.add_class(ws, ANN, steel.id, name)
    with pytest.raises(StudioError, match=words):
        workspace.rename_class(ws, ANN, other.id, name)


def test_renaming_a_class_keeps_its_labels_and_its_key(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    renamed = workspace.rename_class(steel.ws, ANN, steel.class_ids[0], "Crazing")
    assert (renamed.id, renamed.name, renamed.key) == (steel.class_ids[0], "Crazing", "1")
    assert [row.label for row in workspace.export_rows(steel.ws, steel.project_id)] == ["Crazing"]


def test_a_wrong_id_is_a_wrong_call(ws: workspace.Workspace) -> None:
    with pytest.raises(ValueError, match="no class has the id 5"):
        workspace.rename_class(ws, ANN, 5, "x")
    with pytest.raises(ValueError, match="no class has the id 5"):
        workspace.set_class_key(ws, ANN, 5, "a")
    with pytest.raises(ValueError, match="no project has the id 5"):
        workspace.add_class(ws, ANN, 5, "x")


def test_a_combination_of_strategies_is_a_setting_like_any_other(ws: workspace.Workspace, steel: Project) -> None:
    name = "mix(margin_distinct, random, 0.2)"
    kept = workspace.update_settings(ws, ANN, steel.id, strategy=name)
    assert workspace.unknown_settings(kept) == {} and workspace.usable_settings(kept)["strategy"] == name


def test_a_class_is_still_found_by_the_names_it_had(ws: workspace.Workspace) -> None:
    project_id = workspace.create_project(ws, ANN, "Steel").id
    pits = workspace.add_class(ws, ANN, project_id, "pits")
    workspace.rename_class(ws, ANN, pits.id, "Pitting")
    workspace.rename_class(ws, ANN, pits.id, "Corrosion pits")
    book = class_book(ws.engine, project_id)
    assert [book.find(name) for name in ("PITS", "pitting", "corrosion  pits")] == [pits.id] * 3
    again = workspace.add_class(ws, ANN, project_id, "Pits")
    book = class_book(ws.engine, project_id)
    assert (book.find("pits"), book.find("pitting")) == (again.id, pits.id)


def test_two_classes_that_swap_their_names_are_each_found_by_the_new_one(ws: workspace.Workspace) -> None:
    project_id = workspace.create_project(ws, ANN, "Steel").id
    first, second = (workspace.add_class(ws, ANN, project_id, name) for name in ("a", "b"))
    for class_id, name in ((first.id, "c"), (second.id, "a"), (first.id, "b")):
        workspace.rename_class(ws, ANN, class_id, name)
    book = class_book(ws.engine, project_id)
    assert [book.find(name) for name in "abc"] == [second.id, first.id, first.id]
