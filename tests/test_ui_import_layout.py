"""How a source is read, on the Data page: said in words, doubted in questions, changed by controls, shown at once."""

from pathlib import Path

import pytest
from annotated import write_yolo
from image_files import write_image, write_masked
from import_page import job, looked, opened, words, written
from streamlit.testing.v1 import AppTest

from vabal_core import workspace
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views.import_jobs import LOOK


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path))
    monkeypatch.setattr("vabal_core.ui.views.import_jobs.start_reading", lambda ws, project: None)


def with_masks(folder: Path) -> AppTest:
    """A look through `<class>/Imgs/` with a mask beside each image."""
    write_masked(folder, "cr", "sc")
    return looked(opened(), "Plates", str(folder))


def table(page: AppTest) -> dict[str, tuple[int, int]]:
    """class -> (images to learn from, images for evaluation) as the page shows it."""
    rows = page.dataframe[0].value.to_numpy().tolist()
    return {name: (pool, evaluation) for name, pool, evaluation in rows}


def settled(page: AppTest) -> AppTest:
    job(page, LOOK).wait()
    return page.run()


def answer(page: AppTest, text: str) -> AppTest:
    next(button for button in page.button if text in button.label.replace("\\", "")).click().run()
    return settled(page)


def test_the_layout_is_said_in_words_and_masks_are_left_out(tmp_path: Path):
    page = with_masks(tmp_path / "plates")
    assert "names the class: “cr” in cr/Imgs/" in words(page)
    assert "Left out: *.png" in words(page)
    assert {name: sum(counts) for name, counts in table(page).items()} == {"cr": 6, "sc": 6, "All": 12}


def test_a_doubt_is_answered_by_a_button_and_gone(tmp_path: Path):
    page = with_masks(tmp_path / "plates")
    assert "look like masks" in words(page)
    page.button(key="import_keep-left_out").click().run()
    assert "look like masks" not in words(page) and sum(table(page)["All"]) == 12
    page = answer(with_masks(tmp_path / "others"), "Take them, too")
    assert sum(table(page)["All"]) > 12


def test_each_question_has_its_own_answers_and_stays_until_it_is_answered(tmp_path: Path):
    for number in range(12):
        folder = tmp_path / "line" / f"2026-11-1{number % 3}"
        write_image(folder / f"{number}.jpg", seed=number, kind="JPEG")
        write_image(folder / f"{number}_mask.png", seed=number)
    page = looked(opened(), "Line", str(tmp_path / "line"))
    buttons = [button for button in page.button if (button.key or "").startswith("import_answer-")]
    answers = {button.key: button.label.replace("\\", "") for button in buttons}
    assert answers == {
        "import_answer-left_out-0": "Take them, too",
        "import_answer-classes-0": "The classes are 2026-11-10, 2026-11-11 …",
    }
    page = answer(page, "The classes are")
    assert "called like days" not in words(page) and "_mask.png" in words(page)
    page.button(key="import_keep-left_out").click().run()
    assert not [button for button in page.button if (button.key or "").startswith("import_keep")]


def test_a_folder_called_like_a_set_becomes_one_by_an_answer_and_the_classes_below_it_stay(tmp_path: Path):
    for name in ("pit", "scale"):
        for number in range(5):
            write_image(tmp_path / "set" / "test" / name / f"{number}.png", seed=(len(name), number))
    page = looked(opened(), "Test", str(tmp_path / "set"))
    assert "are they for evaluation only" in words(page)
    page = answer(page, "A set for evaluation")
    assert table(page) == {"pit": (0, 5), "scale": (0, 5), "All": (0, 10)}
    assert "none is drawn for evaluation" in words(page)


def test_another_level_of_folders_names_the_class(tmp_path: Path):
    page = with_masks(tmp_path / "plates")
    radio = page.radio(key="import_class-0")
    assert any("Imgs" in caption for caption in radio.proto.captions)
    place = next(number for number, caption in enumerate(radio.proto.captions) if "Imgs" in caption.split("—")[0][:12])
    page = settled(radio.set_value(place).run())
    assert {name: sum(counts) for name, counts in table(page).items()} == {"Imgs": 12, "All": 12}


def test_a_class_gets_its_own_name_and_is_written_so(tmp_path: Path):
    page = with_masks(tmp_path / "plates")
    page = settled(page.text_input(key="import_name_of-cr").set_value("crazing").run())
    assert set(table(page)) == {"crazing", "sc", "All"}
    page = settled(page.text_input(key="import_name_of-crazing").set_value("hairlines").run())
    written(page)
    names = [listed.name for listed in workspace.classes(studio(), workspace.find_project(studio(), "Plates").id)]
    assert names == ["hairlines", "sc"]


def split_set(folder: Path) -> AppTest:
    for place, split in enumerate(("train", "test")):
        for name in ("pit", "scale"):
            for number in range(5):
                write_image(folder / split / name / f"{number}.png", seed=(10 * place + len(name), number))
    return looked(opened(), "Splits", str(folder))


def test_a_split_folder_is_for_evaluation_until_told_otherwise(tmp_path: Path):
    page = split_set(tmp_path / "set")
    assert table(page)["All"] == (10, 10)
    page = settled(page.selectbox(key="import_use-0-test").set_value("leave out").run())
    assert sum(table(page)["All"]) == 10
    page = settled(page.selectbox(key="import_use-1-test").set_value("pool").run())
    assert sum(table(page)["All"]) == 20


def test_files_are_taken_and_left_by_patterns(tmp_path: Path):
    page = split_set(tmp_path / "set")
    page = settled(page.multiselect(key="import_exclude-0").set_value(["train/pit"]).run())
    assert table(page)["pit"] == (0, 5)
    assert "Left out: train/pit" in words(page)


def test_days_are_no_classes_but_may_be_called_so(tmp_path: Path):
    for day in range(4):
        for number in range(3):
            write_image(tmp_path / "line" / f"2026-11-{10 + day}" / f"{number}.png", seed=(day, number))
    page = looked(opened(), "Line", str(tmp_path / "line"))
    assert "called like days" in words(page) and "(no label)" in table(page)
    page = answer(page, "The classes are 2026-11-10")
    assert "2026-11-10" in table(page) and "called like days" not in words(page)


def all_labelled(folder: Path) -> AppTest:
    for name in ("pit", "scale"):
        for number in range(10):
            write_image(folder / name / f"{number}.png", seed=(len(name), number))
    return looked(opened(), "All", str(folder))


def test_an_import_that_leaves_nothing_to_label_says_so_and_offers_to_hide_the_labels(tmp_path: Path):
    page = all_labelled(tmp_path / "set")
    assert "nothing left to label" in words(page)
    page.button(key="import_hide").click().run()
    page = settled(page)
    assert "nothing left to label" not in words(page)
    assert page.radio(key="import_labels-1").value == "hide"


def test_an_import_with_nothing_to_measure_on_offers_to_set_some_aside(tmp_path: Path):
    page = all_labelled(tmp_path / "set")
    page = settled(page.slider(key="import_holdout-0").set_value(0).run())
    assert "No image is for evaluation" in words(page) and table(page)["All"] == (20, 0)
    page.button(key="import_aside").click().run()
    assert table(settled(page))["All"] == (18, 2)


def test_boxes_of_annotations_are_cut_out_by_an_answer(tmp_path: Path):
    page = looked(opened(), "Boxes", str(write_yolo(tmp_path / "set")))
    assert "mark 2 boxes" in words(page)
    page = answer(page, "Cut each box out")
    assert "cut out as an image of its own" in words(page)
    assert {name: sum(counts) for name, counts in table(page).items()} == {"pits": 1, "scratches": 1, "All": 2}


def test_a_table_in_the_folder_is_read_with_it_on_a_press_and_left_on_another(tmp_path: Path):
    for number in range(3):
        write_image(tmp_path / "images" / f"{number}.png", seed=number)
    (tmp_path / "images" / "Befunde.csv").write_text("path,label\n0.png,pit\n1.png,crack\n")
    page = looked(opened(), "New", str(tmp_path / "images"))
    assert "Befunde.csv gives classes to 2 of these images" in words(page)
    page.button(key="import_table-take-0").click().run()
    assert "Befunde.csv is read with the folder" in words(page)
    assert page.dataframe[0].value["Class"].tolist() == ["pit", "crack", "(no label)", "All"]
    page.button(key="import_table-leave").click().run()
    assert "Befunde.csv gives classes" in words(page)


def test_spellings_that_count_as_one_class_are_said(tmp_path: Path):
    for number, name in enumerate(["Riß ", "riß", "Riß"] * 4):
        write_image(tmp_path / "images" / name / f"{number}.png", seed=number)
    page = looked(opened(), "New", str(tmp_path / "images"))
    assert "“Riß” is one class here: “Riß ”, “riß” in the source count as it, too." in words(page)
    assert page.dataframe[0].value["Class"].tolist() == ["Riß", "All"]
