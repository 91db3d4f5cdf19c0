"""The columns of a table on the Data page: chosen where the table does not say them itself, with its first rows."""

from pathlib import Path

import pytest
from image_files import encoded, grey, write_image
from import_page import job, looked, opened, words, written
from streamlit.testing.v1 import AppTest
from test_parquet_images import write

from vabal_core import workspace
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views.import_jobs import LOOK


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path))
    monkeypatch.setattr("vabal_core.ui.views.import_jobs.start_reading", lambda ws, project: None)


def with_table(folder: Path, header: str, *rows: str) -> AppTest:
    """A look through a table beside six images."""
    for number in range(6):
        write_image(folder / f"{number}.png", seed=number)
    (folder / "rows.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    return looked(opened(), "Rows", str(folder / "rows.csv"))


def columns(page: AppTest) -> dict[str, str | None]:
    boxes = [box for box in page.selectbox if (box.key or "").startswith("import_column-")]
    return {box.key.split("-")[1]: box.value for box in boxes}


def choose(page: AppTest, name: str, title: str) -> AppTest:
    next(box for box in page.selectbox if (box.key or "").startswith(f"import_column-{name}-")).select(title).run()
    job(page, LOOK).wait()
    return page.run()


def test_a_table_that_says_its_columns_asks_nothing(tmp_path: Path) -> None:
    page = with_table(tmp_path / "set", "path,label", *(f"{number}.png,pit" for number in range(6)))
    assert columns(page) == {}


def test_guessed_columns_are_shown_with_the_first_rows_and_another_one_names_the_class(tmp_path: Path) -> None:
    rows = [f"{number}.png,{('pit', 'scale')[number % 2]},{('A', 'B', 'C')[number % 3]}" for number in range(6)]
    page = with_table(tmp_path / "set", "Bild,Fehlerart,Walze", *rows)
    assert columns(page) == {"image": "Bild", "label": "Fehlerart", "split": None}
    assert page.dataframe[0].value.to_numpy().tolist()[1] == ["1.png", "scale", "B"]
    page = choose(page, "label", "Walze")
    assert columns(page)["label"] == "Walze" and "Is that right" not in words(page)
    written(page)
    project = workspace.find_project(studio(), "Rows")
    labels = {row.path: row.label for row in workspace.export_rows(studio(), project.id)}
    assert labels == {f"{number}.png": "ABC"[number % 3] for number in range(6)}


def test_a_table_of_which_nothing_tells_the_images_is_asked_about_and_not_refused(tmp_path: Path) -> None:
    rows = [f"{number}.png,{5 - number}.png,pit" for number in range(6)]
    page = with_table(tmp_path / "set", "before,after,label", *rows)
    assert "which column names the images" in words(page)
    assert columns(page) == {"image": None, "label": None, "split": None}
    page = choose(page, "image", "after")
    assert "6 images for" in words(page)
    written(page)
    project = workspace.find_project(studio(), "Rows")
    assert workspace.image_totals(studio(), project.id) == {"pool": 5, "evaluation": 1}


def test_columns_without_a_name_or_of_one_name_can_be_chosen(tmp_path: Path) -> None:
    rows = [f"{number}.png,x,pit,y" for number in range(6)]
    page = with_table(tmp_path / "set", "path,note,,note", *rows)
    page = choose(page, "label", "column 3") if columns(page) else page
    assert "pit" in page.dataframe[1].value["Class"].tolist()


def test_columns_of_parquet_files_with_the_images_inside_are_chosen_alike(tmp_path: Path) -> None:
    images = [{"bytes": encoded(grey(number)), "path": f"{number}.png"} for number in range(6)]
    coarse, fine = ["pit", "scale"] * 3, ["a", "b", "c"] * 2
    file = write(tmp_path / "set" / "train.parquet", {"image": images, "coarse_label": coarse, "fine_label": fine})
    page = looked(opened(), "Rows", str(file))
    assert columns(page) == {"image": "image", "label": None, "split": None}
    assert page.dataframe[0].value.to_numpy().tolist()[1] == ["picture", "scale", "b"]
    page = choose(page, "label", "fine_label")
    assert columns(page)["label"] == "fine_label"
    assert {"a", "b", "c"} <= set(page.dataframe[1].value["Class"])
