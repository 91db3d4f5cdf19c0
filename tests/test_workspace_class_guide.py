"""The class guide: what may be pinned, and what is shown."""

from pathlib import Path
from typing import Any

import pytest
from workspaces import ANN, Filled, filled, flag, label, undo

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.workspace.class_guide import MAX_PINS


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """Images 0 to 14 are labelled as the first class."""
    made = filled(tmp_path)
    made.record(*(label(image_id, made.class_ids[0], f"e{i}") for i, image_id in enumerate(made.pool[:15])))
    return made


def pin(steel: Filled, i: int, role: Any = "example", of: int = 0) -> None:
    workspace.pin(steel.ws, ANN, steel.project_id, steel.class_ids[of], steel.pool[i], role)


def shown(steel: Filled, of: int = 0) -> tuple[list[int], list[int]]:
    """Numbers of the (examples, counter-examples) of a class."""
    entry = workspace.read_class_guide(steel.ws, steel.project_id)[of]
    return tuple([image.position for image in images] for images in (entry.examples, entry.counter_examples))  # type: ignore


def test_a_guide_has_an_entry_for_every_class_in_their_order(steel: Filled) -> None:
    guide = workspace.read_class_guide(steel.ws, steel.project_id)
    assert [(entry.class_id, entry.name, entry.key, entry.note) for entry in guide] == [
        (steel.class_ids[0], "crazing", "1", ""),
        (steel.class_ids[1], "inclusion", "2", ""),
        (steel.class_ids[2], "scratches", "3", ""),
    ]


def test_pinned_images_are_shown_in_their_role_and_in_the_last_one_given(steel: Filled) -> None:
    pin(steel, 3), pin(steel, 1), pin(steel, 2, "counter", of=1), pin(steel, 19, "counter", of=1)
    assert shown(steel) == ([1, 3], []) and shown(steel, of=1) == ([], [2, 19])
    pin(steel, 3, "counter")
    assert shown(steel) == ([1], [3])
    pin(steel, 3, "none"), pin(steel, 1, "none"), pin(steel, 7, "none")
    assert shown(steel) == ([], [])


def test_an_example_must_be_labelled_so(steel: Filled) -> None:
    with pytest.raises(StudioError, match="p/15.png is not labelled 'crazing' now"):
        pin(steel, 15)
    with pytest.raises(StudioError, match="p/0.png is not labelled 'scratches' now"):
        pin(steel, 0, of=2)
    steel.record(flag(steel.pool[0]))
    with pytest.raises(StudioError, match="p/0.png is not labelled 'crazing' now"):
        pin(steel, 0)


def test_an_example_that_was_corrected_is_not_shown_until_the_label_is_back(steel: Filled) -> None:
    pin(steel, 0)
    steel.record(label(steel.pool[0], steel.class_ids[1], "corrected"))
    assert shown(steel) == ([], [])
    steel.record(undo(steel.pool[0], "corrected"))
    assert shown(steel) == ([0], [])
    steel.record(undo(steel.pool[0], "e0"))
    assert shown(steel) == ([], [])


def test_a_class_has_room_for_twelve_of_each_role(steel: Filled) -> None:
    for i in range(MAX_PINS):
        pin(steel, i)
    with pytest.raises(StudioError, match="'crazing' has 12 examples already"):
        pin(steel, 13)
    pin(steel, 3), pin(steel, 13, "counter"), pin(steel, 4, "none"), pin(steel, 13)
    assert shown(steel) == ([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 13], [])


def test_what_is_not_of_the_project_is_refused(steel: Filled) -> None:
    other = filled(steel.ws.data_dir, name="Other")
    ws, project_id, class_id, image_id = steel.ws, steel.project_id, steel.class_ids[0], steel.pool[0]
    for wrong, words in (
        ((project_id, other.class_ids[0], image_id, "example"), "has no class"),
        ((project_id, class_id, other.pool[0], "counter"), "is not in project"),
        ((project_id, class_id, 999, "counter"), "image 999 is not in project"),
        ((project_id, class_id, image_id, "best"), "not 'best'"),
        ((99, class_id, image_id, "example"), "project 99"),
    ):
        with pytest.raises(ValueError, match=words):
            workspace.pin(ws, ANN, *wrong)
    with pytest.raises(ValueError, match="no project has the id 99"):
        workspace.read_class_guide(ws, 99)
    assert shown(steel) == ([], [])


def test_a_note_is_kept_changed_and_taken_away(steel: Filled) -> None:
    notes = lambda: [entry.note for entry in workspace.read_class_guide(steel.ws, steel.project_id)]  # noqa: E731
    workspace.set_note(steel.ws, ANN, steel.class_ids[1], "  dark, round; never at the edge\n")
    assert notes() == ["", "dark, round; never at the edge", ""]
    workspace.rename_class(steel.ws, ANN, steel.class_ids[1], "spot")
    assert notes()[1] == "dark, round; never at the edge"
    workspace.set_note(steel.ws, ANN, steel.class_ids[1], "")
    assert notes() == ["", "", ""]
    workspace.set_note(steel.ws, ANN, steel.class_ids[1], "x" * 1_000)
    with pytest.raises(StudioError, match="1,001 characters; 1,000 is the most"):
        workspace.set_note(steel.ws, ANN, steel.class_ids[1], "y" * 1_001)
    with pytest.raises(ValueError, match="no class has the id 99"):
        workspace.set_note(steel.ws, ANN, 99, "x")
    assert notes()[1] == "x" * 1_000
