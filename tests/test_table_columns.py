"""Tables as data sets bring them: which column names the image, which the class; what is unsure is asked."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from vabal_core.images.ingest.table_file import read_table
from vabal_core.types import StudioError, TableColumns


def write(file: Path, *lines: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def cells(table: Path, **columns: str) -> list[tuple[Any, ...]]:
    """(path, label, split) of each row; None where the table gives none."""
    rows = read_table(table, TableColumns(**columns)).rows
    return [(row["path"], row.get("label"), row.get("split")) for _, row in rows]


@pytest.mark.parametrize(
    "header",
    [
        "ImageId,ClassId,EncodedPixels",
        "image_id,class,rle",
        "filename,defect,EncodedPixels",
        "img,category,x",
        "Image Path,Class Name,score",
        "file_name,labels,",
        "Bild,Fehlerart,Anlage",
        "dateiname,KLASSE,Walze",
        "path,class,id",
    ],
)
def test_columns_are_found_by_what_people_call_them_and_it_is_said(tmp_path: Path, header: str) -> None:
    table = write(tmp_path / "train.csv", header, "a.jpg,3,1 2", "b.jpg,no,5 6")
    assert cells(table) == [("a.jpg", "3", None), ("b.jpg", "no", None)]
    image, label, _ = header.split(",")
    (doubt,) = read_table(table).doubts
    assert f"“{image}” names the image, “{label}” its class" in doubt


@pytest.mark.parametrize("header", ["path,label,split", "Label;Path;Split", "path,note,image,label,class,split"])
def test_of_columns_that_are_called_as_here_nothing_is_asked(tmp_path: Path, header: str) -> None:
    title = {"path": "a.png", "label": "pits", "split": "test", "image": "mask.png", "class": "7", "note": "x"}
    delimiter = ";" if ";" in header else ","
    row = delimiter.join(title[name.lower()] for name in header.split(delimiter))
    table = write(tmp_path / "a.csv", header, row)
    assert cells(table) == [("a.png", "pits", "test")] and read_table(table).doubts == ()


def test_image_and_class_in_one_cell_are_parted_and_a_row_without_a_mask_gives_no_class(tmp_path: Path) -> None:
    lines = ["ImageId_ClassId,EncodedPixels", "a_1.jpg_1,", "a_1.jpg_2,5 6", "b.jpg_1,", "b.jpg_2,"]
    table = write(tmp_path / "train.csv", *lines)
    assert cells(table) == [
        ("a_1.jpg", None, None),
        ("a_1.jpg", "2", None),
        ("b.jpg", None, None),
        ("b.jpg", None, None),
    ]
    assert "behind it, its class, a row with nothing in “EncodedPixels” gives no class" in read_table(table).doubts[0]
    table = write(tmp_path / "clouds.csv", "Image_Label", "a.jpg_Fish", "b.jpg_Sugar bowl")
    assert [row[:2] for row in cells(table)] == [("a.jpg", "Fish"), ("b.jpg", "Sugar bowl")]


def test_a_column_of_ones_for_each_class_gives_the_class(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "image_id,Healthy,Roll mark,no", "a,1,0,0", "b,0,0.0,1.0", "c,0,1,1", "d,0,1,0")
    rows = [row[:2] for row in cells(table)]
    assert rows == [("a", "Healthy"), ("b", "no"), ("c", "Roll mark"), ("c", "no"), ("d", "Roll mark")]
    assert "“Healthy”, “Roll mark”, “no” have a 1 for their class" in read_table(table).doubts[0]


@pytest.mark.parametrize(
    "lines, expected",
    [
        (["a.png,pits", "b.png,no"], [("a.png", "pits", None), ("b.png", "no", None)]),
        (["pits;test;x/a.png", "no;train;x/b.png"], [("x/a.png", "pits", "test"), ("x/b.png", "no", "train")]),
        (["images/a.png 0", "images/b c.png 1"], [("images/a.png", "0", None), ("images/b c.png", "1", None)]),
        (["a.png", "b.png"], [("a.png", None, None), ("b.png", None, None)]),
    ],
)
def test_a_table_whose_first_line_names_no_columns_keeps_that_row(tmp_path: Path, lines: list, expected: list) -> None:
    table = write(tmp_path / "list.txt", *lines)
    assert cells(table) == expected
    assert "its first line names no columns, and is read as a row" in read_table(table).doubts[0]


def test_lines_above_the_names_of_the_columns_are_passed_over_and_it_is_said(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "Coil report", "", "2026-11-26,", "File,Class,", "a.png,pits,")
    assert cells(table) == [("a.png", "pits", None)]
    assert "the columns are named in line 4" in read_table(table).doubts[0]


@pytest.mark.parametrize(
    "header, row, words",
    [
        ("image_left,image_right,label", "a.png,b.png,x", "in each of “image_left”, “image_right”: which column names"),
        ("Bild_oben,Bild_unten,Fehler", "oben/a.png,unten/a.png,x", "in each of “Bild_oben”, “Bild_unten”"),
        ("filename,image,label", "a,b,x", "could be “filename”, “image”"),
        ("number,value", "1,2", "no column that names the images, such as path; its first line holds: number, value"),
        ("path,path", "a.png,b.png", "has a column twice, 'path'"),
    ],
)
def test_which_column_names_the_images_is_asked_where_it_is_unsure(
    tmp_path: Path, header: str, row: str, words: str
) -> None:
    table = write(tmp_path / "a.csv", header, row)
    with pytest.raises(StudioError) as raised:
        read_table(table)
    assert words in str(raised.value)


def test_a_person_says_which_columns_are_meant(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "Image Left,image_right,kind,grade,part", "a.png,b.png,x,y,val")
    assert cells(table, image="image_right", label="grade", split="part") == [("b.png", "y", "val")]
    assert cells(table, image="image left", label="Kind") == [("a.png", "x", None)]
    listed = write(tmp_path / "b.csv", "a.png,x,y", "b.png,x,z")
    assert [row[:2] for row in cells(listed, label="column 3")] == [("a.png", "y"), ("b.png", "z")]
    with pytest.raises(StudioError, match="has no column 'colour'; its first line holds: Image Left, image_right"):
        read_table(table, TableColumns(image="image left", label="colour"))


@pytest.mark.parametrize(
    "header, row, expected",
    [
        ("image_id,file_name,defect", "17,a.png,x", "a.png"),
        ("image,mask,label", "a.png,a_mask.png,x", "a.png"),
        ("image_name,image_path,label", "a.png,x/a.png,x", "x/a.png"),
        ("image,annotation,class", "a.png,a.xml,x", "a.png"),
        (",image,label,", "0,a.png,x,", "a.png"),
        ("image,note,note,label", "a.png,1,2,x", "a.png"),
        ("image,image,label", "a.png,a.png,x", "a.png"),
        ("Blech,label", "a.png,x", "a.png"),
        ("id,label", "000a,x", "000a"),
        ("id,image_id,label", "1,000a,x", "000a"),
        ("name,class_id,class_name", "a,x,x", "a"),
    ],
)
def test_what_stands_in_the_columns_tells_which_is_meant(tmp_path: Path, header: str, row: str, expected: str) -> None:
    assert [row[:2] for row in cells(write(tmp_path / "a.csv", header, row))] == [(expected, "x")]


@pytest.mark.parametrize("header", ["Bild,Klasse,Datensatz", "image,label,Los"])
def test_a_column_of_splits_is_known_by_its_cells_whatever_it_is_called(tmp_path: Path, header: str) -> None:
    table = write(tmp_path / "a.csv", header, "a.png,x,Training", "b.png,y,Prüfung", "c.png,x,Validierung")
    assert [split for _, _, split in cells(table)] == ["Training", "Prüfung", "Validierung"]
    assert f"“{header.split(',')[2]}” its split" in read_table(table).doubts[0]


@pytest.mark.parametrize("title, parts", [("fold", "012"), ("Datensatz", "ABC")])
def test_parts_of_a_set_that_do_not_say_what_they_are_for_are_asked_about(
    tmp_path: Path, title: str, parts: str
) -> None:
    rows = [f"{number}.png,{'ab'[number % 2]},{parts[number % 3]}" for number in range(9)]
    table = write(tmp_path / "a.csv", f"image,label,{title}", *rows)
    assert {row[1:] for row in cells(table)} == {("a", None), ("b", None)}
    assert f"“{title}” holds {parts[0]!r}, {parts[1]!r}" in " ".join(read_table(table).doubts)


def test_a_column_with_further_images_is_named(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "Bild,Bild_unten,Klasse", "a.png,b.png,x", "c.png,d.png,y")
    assert [row[0] for row in cells(table)] == ["a.png", "c.png"]
    assert "“Bild_unten” names images, too, which are not read" in read_table(table).doubts[0]


def test_two_columns_that_could_be_the_class_give_none_and_are_asked_about(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "path,type,class", "a.png,x,1", "b.png,y,1")
    assert [row[1] for row in cells(table)] == [None, None]
    assert "which column names the class? It could be “type”, “class”" in read_table(table).question
    numbered = write(tmp_path / "b.csv", "path,class_id,class_name", "a.png,0,pits", "b.png,1,no", "c.png,0,pits")
    assert [row[1] for row in cells(numbered)] == ["pits", "no", "pits"]
    breeds = write(tmp_path / "c.csv", "path,surface", *(f"{i}.png,{'ab'[i % 2]}" for i in range(9)))
    assert {row[1] for row in cells(breeds)} == {None} and "“surface”" in read_table(breeds).question
    two = write(tmp_path / "d.csv", "path,is_defect", "a.png,True", "b.png,False")
    assert {row[1] for row in cells(two)} == {None} and "“is_defect”" in read_table(two).question


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_way_of_writing_gives_the_same(tmp_path: Path, encoding: str, delimiter: str, ending: str) -> None:
    rows = [("Bild", "Fehler", "Maß"), ("ü/1.png", "größe, 2\n;x", "0,5"), ("", "", ""), ("2.png", "nan", "1,25")]
    quoted = [delimiter.join(f'"{cell}"' if cell else "" for cell in row) for row in rows]
    (tmp_path / "a.csv").write_bytes((ending.join(quoted) + ending * 3).encode(encoding))
    assert [row[:2] for row in cells(tmp_path / "a.csv")] == [("ü/1.png", "größe, 2\n;x"), ("2.png", "nan")]


def test_a_long_mask_in_a_cell_is_no_obstacle(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "ImageId,ClassId,EncodedPixels", f"a.png,1,{'1 2 ' * 50_000}")
    assert cells(table) == [("a.png", "1", None)]


def sheet(file: Path, rows: list[list[Any]], formats: dict[str, str] | None = None) -> Path:
    book = Workbook()
    book.active.append(["a note"])
    page = book.create_sheet("labels")
    for row in rows:
        page.append(row)
    for place, form in (formats or {}).items():
        page[place].number_format = form
    book.save(file)
    return file


def test_cells_of_a_workbook_are_read_as_they_are_seen(tmp_path: Path) -> None:
    from datetime import date, datetime

    values = [True, False, 1, 1.0, 7, 0.5, 0.1 + 0.2, "01", "1.0", "TRUE", "no", date(2026, 11, 26), 0.25, 1, "#tag"]
    values += [datetime(2026, 1, 2, 3, 4)]
    formats = {"B6": "000", "B14": "0.0%", "B15": "0.00"}
    rows = [["File", "Class"], *([f"{number}.png", value] for number, value in enumerate(values))]
    labels = [label for _, label, _ in cells(sheet(tmp_path / "a.xlsx", rows, formats))]
    assert labels == (
        ["TRUE", "FALSE", "1", "1", "007", "0.5", "0.3", "01", "1.0", "TRUE", "no", "2026-11-26", "25.0%", "1.00"]
        + ["#tag", "2026-01-02T03:04:00"]
    )


def test_formulas_without_a_value_and_errors_of_a_workbook_are_said_with_their_lines(tmp_path: Path) -> None:
    table = sheet(
        tmp_path / "a.xlsx", [["path", "label"], ["1.png", '=IF(1,"a","b")'], ["2.png", "#N/A"], ["3.png", "x"]]
    )
    assert [row[1] for row in cells(table)] == ["", "", "x"]
    doubts = " ".join(read_table(table).doubts)
    assert "formulas without their values (line 2)" in doubts and "errors of Excel, such as #N/A (line 3)" in doubts


def workbook(file: Path, **sheets: list[list[str]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    book.save(file)
    return file


def test_sheets_with_the_same_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    may, june = [["Bild", "Klasse"], ["a.png", "x"]], [["Stand"], ["Bild", "Klasse"], ["b.png", "y"]]
    table = workbook(tmp_path / "a.xlsx", Mai=may, Juni=june, Deckblatt=[["Werk", "Linz"]])
    assert [row[:2] for row in cells(table)] == [("a.png", "x"), ("b.png", "y")]
    assert "the sheets “Mai”, “Juni” have the same columns" in " ".join(read_table(table).doubts)


def test_a_sheet_with_other_columns_that_names_images_is_said_not_to_be_read(tmp_path: Path) -> None:
    may, june = [["path", "label"], ["a.png", "x"]], [["Foto", "Befund"], ["b.png", "y"]]
    table = workbook(tmp_path / "a.xlsx", Mai=may, Juni=june)
    assert [row[:2] for row in cells(table)] == [("a.png", "x")]
    assert "“Mai” is read; “Juni” may name images, too" in " ".join(read_table(table).doubts)


def test_a_merged_cell_counts_for_each_of_its_rows(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["Bild", "Klasse"], ["a.png", "x"], ["b.png", None], ["c.png", "y"], ["d.png", None], ["e.png", None]):
        book.active.append(row)
    for place in ("B2:B3", "B4:C5"):
        book.active.merge_cells(place)
    book.save(tmp_path / "a.xlsx")
    assert [row[:2] for row in cells(tmp_path / "a.xlsx")] == [
        ("a.png", "x"),
        ("b.png", "x"),
        ("c.png", "y"),
        ("d.png", "y"),
        ("e.png", ""),
    ]
