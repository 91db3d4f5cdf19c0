"""Folders and cells that say that nobody has decided yet, and copies of folders."""

from dataclasses import replace
from pathlib import Path

import pytest
from annotated import write_images, write_text
from long_work import result_of

from vabal_core import workspace
from vabal_core.images.ingest.folder_names import is_word_for_undecided, without_copy
from vabal_core.types import Doubt, ImportPlan


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def planned(ws: workspace.Workspace, source: Path, **names: str) -> ImportPlan:
    choose = {"layout": lambda proposed: replace(proposed, names=names)} if names else {}
    return result_of(workspace.prepare_import(ws, "Steel", source, labels="use", holdout=0, **choose))


def folders(place: Path, *names: str) -> Path:
    write_images(place, *(f"{name}/{number}{at}.png" for at, name in enumerate(names) for number in range(3)))
    return place


def classes(plan: ImportPlan) -> set[str | None]:
    return {entry.label for entry in plan.entries}


def asked(plan: ImportPlan, words: str) -> Doubt:
    (doubt,) = [doubt for doubt in plan.doubts if words in doubt.text]
    return doubt


@pytest.mark.parametrize("name", ["unklar", "_unsortiert", "todo", "Neu", "99_unknown", "n/a", "?", "zu klären"])
def test_words_for_not_decided(name: str) -> None:
    assert is_word_for_undecided(name)


@pytest.mark.parametrize(
    "name",
    ["not sorted yet", "To_be_checked", "noch nicht sortiert", "01 zu sortieren", "à trier", "non classé",
     "Neue Bilder", "por clasificar", "non-labelled", "sin revisar", "new images (3)", "unlabelled",
     "non ancora controllato"],
)  # fmt: skip
def test_phrases_for_not_decided(name: str) -> None:
    assert is_word_for_undecided(name)


@pytest.mark.parametrize(
    "name",
    ["Zunder", "Neuber", "offener Riss", "nano", "Neu-Det", "not ok", "non metallic", "check marks", "to the edge",
     "label", "sorted", "all images", "new"],
)  # fmt: skip
def test_other_words_are_decided(name: str) -> None:
    assert not is_word_for_undecided(name)


@pytest.mark.parametrize(
    "name", ["pits (2)", "pits - Kopie", "pits - Kopie (3)", "pits_copy2", "Copy of pits", "Kopie von pits"]
)
def test_a_copy_is_called_by_what_it_was_made_of(name: str) -> None:
    assert without_copy(name) == "pits" and without_copy("photocopy") == "photocopy"


@pytest.mark.parametrize("name", ["unklar", "_unsortiert", "todo", "Neu"])
def test_a_folder_of_what_is_not_decided_gives_no_label_and_is_asked_about(ws, tmp_path: Path, name: str) -> None:
    source = folders(tmp_path / "set", "Zunder", "Kratzer", name)
    plan = planned(ws, source)
    assert classes(plan) == {"Zunder", "Kratzer", None}
    (answer,) = asked(plan, f"3 images are called {name!r}").answers
    assert classes(planned(ws, source, **answer.names)) == {"Zunder", "Kratzer", name}


def test_a_cell_of_what_is_not_available_gives_no_label(ws, tmp_path: Path) -> None:
    write_images(tmp_path / "set", "a.png", "b.png", "c.png")
    write_text(tmp_path / "set/l.csv", "Bild;Klasse\na.png;Zunder\nb.png;n/a\nc.png;nan\n")
    plan = planned(ws, tmp_path / "set/l.csv")
    assert [entry.label for entry in plan.entries] == ["Zunder", None, "nan"]
    (answer,) = asked(plan, "called 'nan': a class, or no label?").answers
    assert [entry.label for entry in planned(ws, tmp_path / "set/l.csv", **answer.names).entries][2] is None


def test_a_copy_of_a_class_folder_is_asked_about(ws, tmp_path: Path) -> None:
    source = folders(tmp_path / "set", "Kratzer (2)", "Kratzer", "Kratzer - Kopie", "Zunder")
    plan = planned(ws, source)
    (answer,) = asked(plan, "Names of classes differ in little").answers
    assert answer.names == {"Kratzer (2)": "Kratzer", "Kratzer - Kopie": "Kratzer"}
    assert classes(planned(ws, source, **answer.names)) == {"Kratzer", "Zunder"}
