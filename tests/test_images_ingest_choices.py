"""The readings of a source that a person may choose among, with the classes that each would give."""

from dataclasses import replace

from vabal_core.images.ingest.choices import LayoutChoice, change_splits, folder_patterns, layout_choices, take_asides
from vabal_core.types import Layout

BY_TOP = Layout(class_from="folder", class_level=0)
PATHS = [f"{name}/Imgs/{name}_{number:03}.jpg" for name in ("cr", "in", "sc") for number in range(9)]


def by_level(choices: tuple[LayoutChoice, ...]) -> dict[int, dict[str, int]]:
    return {
        choice.layout.class_level: dict(choice.classes) for choice in choices if choice.layout.class_from == "folder"
    }


def test_each_level_of_folders_is_a_choice_with_its_classes_and_an_example():
    choices = layout_choices(BY_TOP, PATHS)
    assert by_level(choices) == {0: {"cr": 9, "in": 9, "sc": 9}, 1: {"Imgs": 27}}
    in_use = next(choice for choice in choices if choice.layout == BY_TOP)
    assert (in_use.part, in_use.path) == ("cr", "cr/Imgs/cr_000.jpg")


def test_no_labels_at_all_is_always_a_choice():
    assert layout_choices(BY_TOP, [])[-1].layout.class_from == "none"
    assert layout_choices(BY_TOP, PATHS)[-1].classes == ()


def test_a_part_of_the_names_is_a_choice_where_it_gives_classes_and_not_where_it_counts_on():
    paths = [f"day/{name}_{number:04}.png" for name in ("pit", "scratch") for number in range(20)]
    named = [
        choice for choice in layout_choices(Layout(class_from="none"), paths) if choice.layout.class_from == "name"
    ]
    assert [dict(choice.classes) for choice in named] == [{"pit": 20, "scratch": 20}]


def test_the_same_folder_names_the_class_whatever_folders_above_it_are_for():
    paths = ["readme.png", *(f"set/{split}/{name}/1.png" for split in ("Train", "test") for name in "ab")]
    layout = Layout(class_from="folder", class_level=1, splits={"Train": "pool", "test": "evaluation"})
    apart = change_splits(layout, {"Train": "folder", "test": "folder"}, paths)
    assert apart.class_level == 2 and change_splits(apart, layout.splits, paths) == layout
    assert change_splits(layout, {**layout.splits, "set": "pool"}, paths).class_level == 0
    assert change_splits(replace(layout, class_level=-1), {}, paths).class_level == -1


def test_folders_of_splits_are_passed_over_and_stay_what_they_are():
    layout = replace(BY_TOP, splits={"train": "pool", "test": "evaluation"})
    paths = [f"{split}/{name}/{number}.png" for split in ("train", "test") for name in "ab" for number in range(4)]
    choices = layout_choices(layout, paths)
    assert by_level(choices) == {0: {"a": 8, "b": 8}}
    assert all(choice.layout.splits == layout.splits for choice in choices)


def test_the_reading_in_use_is_among_the_choices_whatever_it_gives():
    odd = Layout(class_from="name", separator="#", name_part=3)
    assert odd in [choice.layout for choice in layout_choices(odd, PATHS)]


def test_every_folder_on_the_way_can_be_left_out():
    assert folder_patterns(["a/b/1.png", "a/2.png", "3.png", "[x]/4.png"]) == ["[[]x]", "a", "a/b"]


def test_what_was_put_aside_is_taken_but_not_rubbish():
    layout = replace(BY_TOP, exclude=(".*", "Thumbs", "*.png", "__MACOSX"))
    assert "*.png" not in take_asides(layout).exclude
    assert "__MACOSX" in take_asides(layout).exclude and ".*" in take_asides(layout).exclude
