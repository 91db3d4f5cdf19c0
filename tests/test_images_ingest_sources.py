import os

import pytest
from image_files import write_image
from openpyxl import Workbook

from vabal_core.images.ingest.by_layout import read_by
from vabal_core.images.ingest.sources import scan
from vabal_core.images.ingest.table import Candidate
from vabal_core.images.ingest.table_file import read_table
from vabal_core.types import ImportProblem, Layout, StudioError
from vabal_core.types.cells import as_cell


def offered(source) -> dict:
    """path -> (label, split) for candidates, each of the class of its folder; path -> reason for problems."""
    return {
        offer.path: offer.reason if isinstance(offer, ImportProblem) else (offer.label, offer.split)
        for offer in read_by(Layout(class_from="folder"), scan(source))
    }


def write_table(file, text: str, encoding: str = "utf-8"):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode(encoding))
    return file


def test_a_class_is_the_folder_an_image_lies_in(tmp_path):
    for path in ("cr/1.jpg", "line 2/sc/1.jpg", "top.png"):
        write_image(tmp_path / path)
    assert offered(tmp_path) == {"top.png": (None, None), "cr/1.jpg": ("cr", None), "line 2/sc/1.jpg": ("sc", None)}


def test_the_order_of_a_folder_is_stable(tmp_path):
    for name in ("b/2.png", "a/9.png", "a/1.png", "z.png"):
        write_image(tmp_path / name)
    assert list(offered(tmp_path)) == ["z.png", "a/1.png", "a/9.png", "b/2.png"]


def test_split_csv_wins_over_folders_and_unnamed_images_follow(tmp_path):
    for name in ("a/1.png", "a/2.png", "b/3.png"):
        write_image(tmp_path / name)
    write_table(tmp_path / "split.csv", "path,label,split,side\na/2.png,other,test,64\na/1.png,,pool,64\n")
    expected = {"a/2.png": ("other", "evaluation"), "a/1.png": (None, "pool"), "b/3.png": ("b", None)}
    assert offered(tmp_path) == expected
    assert list(offered(tmp_path)) == list(expected)


def test_split_csv_without_a_label_column_leaves_the_folders_their_say(tmp_path):
    write_image(tmp_path / "cr" / "1.png")
    write_table(tmp_path / "split.csv", "path,split\ncr/1.png,test\n")
    assert offered(tmp_path) == {"cr/1.png": ("cr", "evaluation")}


def test_split_csv_is_found_in_the_one_top_folder(tmp_path):
    write_image(tmp_path / "set" / "cr" / "1.png")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / ".DS_Store").write_bytes(b"x")
    write_table(tmp_path / "set" / "split.csv", "path,label,split\ncr/1.png,cr,test\n")
    assert offered(tmp_path) == {"cr/1.png": ("cr", "evaluation")}


def test_a_csv_gives_relative_and_absolute_paths(tmp_path):
    write_image(tmp_path / "lists" / "1.png")
    far = write_image(tmp_path / "far" / "2.png")
    table = write_table(tmp_path / "lists" / "all.csv", f"path,label,split\n1.png,cr,train\n{far},sc,validation\n")
    assert offered(table) == {"1.png": ("cr", "pool"), str(far): ("sc", "evaluation")}


def test_a_csv_of_paths_alone_has_neither_labels_nor_splits(tmp_path):
    write_image(tmp_path / "cr" / "1.png")
    assert offered(write_table(tmp_path / "all.csv", "path\ncr/1.png\n\n")) == {"cr/1.png": (None, None)}


@pytest.mark.parametrize("value", ["test", "eval", "Evaluation", "val", "valid", " VALIDATION "])
def test_every_word_for_evaluation_is_understood(tmp_path, value):
    write_image(tmp_path / "1.png")
    assert offered(write_table(tmp_path / "a.csv", f"path,split\n1.png,{value}\n")) == {"1.png": (None, "evaluation")}


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffPath,Label\r\n1.png,cr\r\n",
        "path;label\n1.png;cr\n",
        "\ufeffPath;Label\r\n1.png;cr\r\n;\r\n",
        "label\tpath\ncr\t1.png",
    ],
)
def test_spreadsheets_ways_of_writing_csv_are_understood(tmp_path, text):
    write_image(tmp_path / "1.png")
    assert offered(write_table(tmp_path / "a.csv", text)) == {"1.png": ("cr", None)}


@pytest.mark.parametrize("path", ["cr\\1.png", ".\\cr\\1.png", "./cr/1.png", "cr//1.png", "x/../cr/1.png", " cr/1.png"])
def test_a_path_is_the_same_however_it_is_written(tmp_path, path):
    file = write_image(tmp_path / "cr" / "1.png")
    for written in (path, str(file), file.as_uri()):
        (candidate,) = scan(write_table(tmp_path / "a.csv", f"path\n{written}\n"))
        assert (candidate.path, candidate.file) == ("cr/1.png", file)


def test_names_with_outer_spaces_backslashes_and_signs_of_formulas_are_found_as_they_are(tmp_path):
    names = (" 1.png", "a\\b.png", "-2.png", "'3.png", "=4.png")
    for name in names:
        write_image(tmp_path / name)
    written = "".join(f"{as_cell(name)}\n" for name in names)
    assert tuple(offered(write_table(tmp_path / "a.csv", f"path\n{written}"))) == names


def test_a_quoted_path_may_hold_a_comma(tmp_path):
    write_image(tmp_path / "a,b.png")
    assert offered(write_table(tmp_path / "a.csv", 'path,label\n"a,b.png",cr\n')) == {"a,b.png": ("cr", None)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("number,label\n1,cr\n", "no column that names the images, such as path; its first line holds: number, label"),
        ("", "no column that names the images, such as path; its first line holds: nothing"),
        ("path,path\n1.png,2.png\n", "a column twice"),
        ("path,split\n1.png,pool\n1.png,later\n", "line 3: split is 'later'"),
        ("path,label\n1.png,cr\n\na,b.png,cr\n", "line 4: 3 cells, but the first line names 2"),
        ("path,label\n,cr\n", "line 2: the path is empty"),
        ("path\n1\0.png\n", "line 2: the path is broken"),
        ('path,label\n"1.png,cr\n', "line 2: "),
    ],
)
def test_a_wrong_csv_is_refused_naming_the_column_or_the_line(tmp_path, text, message):
    write_image(tmp_path / "1.png")
    with pytest.raises(StudioError, match=message):
        scan(write_table(tmp_path / "wrong.csv", text))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_table_in_another_encoding_is_read(tmp_path, encoding):
    write_image(tmp_path / "1.png")
    table = write_table(tmp_path / "old.csv", "path;label\n1.png;Kratzer groß\n", encoding)
    assert offered(table) == {"1.png": ("Kratzer groß", None)}
    assert bool(read_table(table).doubts) == (encoding == "cp1252")


def test_a_table_that_is_no_text_is_refused_in_words(tmp_path):
    (tmp_path / "old.csv").write_bytes(b"path,label\n1.png,\x81\n")
    with pytest.raises(StudioError, match="old.csv is not UTF-8 text.*save it as CSV UTF-8"):
        scan(tmp_path / "old.csv")


def test_a_workbook_is_a_table(tmp_path):
    write_image(tmp_path / "1.png")
    write_image(tmp_path / "2.png")
    book = Workbook()
    book.active.append(["a note"])
    sheet = book.create_sheet("labels")
    for row in (["Path", "Label", "Split", None], ["1.png", 7.0, "test", None], [], ["2.png", "深い", None, None]):
        sheet.append(row)
    book.save(tmp_path / "labels.xlsx")
    assert offered(tmp_path / "labels.xlsx") == {"1.png": ("7", "evaluation"), "2.png": ("深い", None)}


def test_a_workbook_that_is_damaged_or_old_is_refused_in_words(tmp_path):
    for content, words in ((b"PK\x03\x04x", "no Excel workbook"), (b"\xd0\xcf\x11\xe0", "Excel 97 to 2003")):
        (tmp_path / "a.xlsx").write_bytes(content)
        with pytest.raises(StudioError, match=words):
            scan(tmp_path / "a.xlsx")


def test_a_table_may_say_its_delimiter_and_put_names_in_quotes(tmp_path):
    write_image(tmp_path / "1;2.png")
    table = write_table(tmp_path / "a.csv", 'sep=;\r\n"path";"label"\r\n"1;2.png";"a, b"\r\n')
    assert offered(table) == {"1;2.png": ("a, b", None)}


def test_rows_without_a_file_are_listed_with_their_line(tmp_path):
    (tmp_path / "folder").mkdir()
    long = "x" * 5000
    reasons = offered(write_table(tmp_path / "a.csv", f"path\ngone.png\nfolder\n{long}\n"))
    assert "missing: line 2" in reasons["gone.png"]
    assert "not a file: line 3" in reasons["folder"]
    assert "missing: line 4" in reasons[long]


def test_symbolic_links_are_not_followed(tmp_path):
    outside = write_image(tmp_path / "outside" / "1.png")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "file.png").symlink_to(outside)
    (folder / "all").symlink_to(outside.parent)
    (folder / "loop").symlink_to(folder)
    assert set(offered(folder).values()) == {"symbolic link: not followed"}
    assert set(offered(folder)) == {"file.png", "all", "loop"}


def test_split_csv_cannot_name_files_outside_its_folder(tmp_path):
    secret = write_image(tmp_path / "secret" / "1.png")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "link").symlink_to(secret.parent)
    write_table(folder / "split.csv", f"path\n../secret/1.png\n{secret}\nlink/1.png\n")
    reasons = [offer.reason for offer in scan(folder) if isinstance(offer, ImportProblem) and offer.path != "link"]
    assert [reason.partition(":")[0] for reason in reasons] == ["leaves the folder"] * 3
    assert not [offer for offer in scan(folder) if isinstance(offer, Candidate)]


def test_a_csv_held_to_roots_does_not_tell_what_lies_elsewhere(tmp_path):
    write_image(tmp_path / "set" / "1.png")
    write_image(tmp_path / "set2" / "1.png")
    (tmp_path / "set" / "link").symlink_to(tmp_path / "set2")
    outside = ["../set2/1.png", "../set2/gone.png", "link/1.png", str(tmp_path / "set2" / "1.png")]
    table = write_table(tmp_path / "set" / "all.csv", "\n".join(["path", "1.png", *outside]))
    offers = list(scan(table, roots=[tmp_path / "set"]))
    assert [offer.path for offer in offers if isinstance(offer, Candidate)] == ["1.png"]
    assert [offer.path for offer in offers if isinstance(offer, ImportProblem)] == outside
    for line, offer in enumerate(offers[1:], start=3):
        assert offer.reason.startswith(f"outside the folders for imports: line {line} names it")
        assert f"{tmp_path / 'set'};" in offer.reason and "VABAL_IMPORT_ROOTS" in offer.reason


def test_a_linked_split_csv_is_refused(tmp_path):
    table = write_table(tmp_path / "elsewhere.csv", "path\n")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "split.csv").symlink_to(table)
    with pytest.raises(StudioError, match="symbolic link"):
        scan(tmp_path / "set")


def test_stray_files_are_listed_and_notes_of_our_own_are_not(tmp_path):
    for name in ("Thumbs.db", "a/.DS_Store", "a/desktop.ini", "__MACOSX/a/._1.png"):
        write_table(tmp_path / name, "x")
    for name in ("split.csv", "SYNTHETIC.txt"):
        write_table(tmp_path / name, "path\n")
    assert set(offered(tmp_path)) == {"Thumbs.db", "a/.DS_Store", "a/desktop.ini", "__MACOSX/a/._1.png"}
    assert all(reason.startswith("stray file") for reason in offered(tmp_path).values())


def test_pipes_and_unusable_names_are_listed_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / os.fsdecode(b"gr\xfcn.png")).write_bytes(b"x")
    reasons = offered(tmp_path)
    assert reasons["pipe.png"].startswith("not a file")
    assert reasons["gr\\udcfcn.png"].startswith("unusable name")


def test_a_folder_without_permission_is_listed(tmp_path, monkeypatch):
    write_image(tmp_path / "closed" / "1.png")
    write_image(tmp_path / "open" / "2.png")
    real = os.scandir

    def scandir(folder):
        if os.path.basename(folder) == "closed":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert offered(tmp_path) == {"closed": "cannot be opened: Permission denied", "open/2.png": ("open", None)}


def test_a_source_that_is_none_is_refused(tmp_path):
    with pytest.raises(StudioError, match="nothing to import: .*gone does not exist"):
        scan(tmp_path / "gone")
    with pytest.raises(StudioError, match="cannot import 1.png: give a folder, a ZIP, a TAR, a table"):
        scan(write_image(tmp_path / "1.png"))
