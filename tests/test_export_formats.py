"""What leaves beside the CSV: tables of other rows, ZIPs of images, their names, their manifest."""

import csv
import io
import json
import tracemalloc
import unicodedata
from hashlib import sha256
from pathlib import Path

import pytest
from exports import CLASSES, brought, contents, exported, unpacked, write_source
from workspaces import ANN, filled, flag, label, unsure

from vabal_core import workspace
from vabal_core.export.safe_names import MAX_BYTES, FileNames, safe_name
from vabal_core.export.zip_stream import PIECE_BYTES, Entry, zip_pieces
from vabal_core.types import ExportRequest, StudioError

ZIPS = ("imagefolder", "yolo", "huggingface", "coco", "labelstudio")


@pytest.fixture(scope="module")
def steel(tmp_path_factory: pytest.TempPathFactory) -> tuple[workspace.Workspace, int]:
    folder = tmp_path_factory.mktemp("steel")
    ws = workspace.open_workspace(folder / "data")
    return ws, brought(ws, write_source(folder / "source"), "Steel")


@pytest.mark.parametrize("format_name", ZIPS)
def test_a_zip_holds_every_image_once_and_the_manifest_says_which(steel, format_name: str) -> None:
    files = unpacked(exported(*steel, format=format_name))
    manifest = json.loads(files.pop("manifest.json"))
    images = {record["file"]: record for record in manifest["files"]}
    assert {file: sha256(files[file]).hexdigest() for file in images} == {
        file: record["sha256"] for file, record in images.items()
    }
    assert {r["sha256"]: (r["label"], r["split"]) for r in images.values()} == contents(*steel)
    assert {(r["strategy"], r["round"], r["rank"]) for r in images.values()} == {("import", 0, None)}
    documents = {document["file"]: document["sha256"] for document in manifest["documents"]}
    assert {file: sha256(files[file]).hexdigest() for file in set(files) - set(images)} == documents
    assert manifest["classes"] == [unicodedata.normalize("NFC", name) for name in sorted(CLASSES)] or set(
        manifest["classes"]
    ) == {unicodedata.normalize("NFC", name) for name in CLASSES}
    assert all(count == {"pool": 1, "evaluation": 1} for count in manifest["counts"].values())
    assert (manifest["images"], manifest["format"], manifest["project"]) == (16, format_name, "Steel")


@pytest.mark.parametrize("format_name", ZIPS)
def test_no_two_names_of_a_zip_are_one_on_windows_and_each_is_allowed_there(steel, format_name: str) -> None:
    names = list(unpacked(exported(*steel, format=format_name)))
    assert len({unicodedata.normalize("NFC", name).casefold() for name in names}) == len(names)
    for part in {part for name in names for part in name.split("/")}:
        assert safe_name(part) == part


@pytest.mark.parametrize(
    "name",
    ["CON", "nul.png", "COM1.tar", "a:b", 'q"<>|?*', "x. ", " x", ".hidden", "", "..", "a\0b\n", "Ünïcode ✓ 划痕", "é"],
)
def test_a_safe_name_is_one_everywhere(name: str) -> None:
    safe = safe_name(name)
    assert safe and safe == safe_name(safe) == safe.strip(". ") and not set(safe) & set('<>:"/\\|?*\0\n')
    assert safe.split(".")[0].upper() not in ("CON", "NUL", "COM1")


def test_a_long_name_keeps_its_ending_and_whole_letters() -> None:
    safe = safe_name("鋼" * 200 + ".png")
    assert safe.endswith("鋼.png") and len(safe.encode()) <= MAX_BYTES + 4


def test_a_name_that_is_taken_gets_the_mark_then_a_number() -> None:
    names = FileNames()
    taken = [names.take("a", name, "0123456789abcdef" * 4) for name in ("x.png", "X.PNG", "x.png", "x.png", "y.png")]
    assert taken[:2] == ["a/x.png", "a/X-0123456789ab.PNG"]
    assert len({name.casefold() for name in taken}) == 5 and taken[4] == "a/y.png"


def test_images_for_learning_and_for_evaluation_go_where_other_programs_look(steel) -> None:
    folders = {form: {name.split("/")[0] for name in unpacked(exported(*steel, format=form))} for form in ZIPS}
    assert folders["imagefolder"] == {"train", "test", "manifest.json"}
    assert folders["yolo"] == {"train", "val", "manifest.json"}
    assert folders["huggingface"] == {"train", "test", "manifest.json"}


def test_coco_links_each_image_to_its_class_and_gives_its_size(steel) -> None:
    files = unpacked(exported(*steel, format="coco"))
    document = json.loads(files["annotations/train.json"])
    names = {category["id"]: category["name"] for category in document["categories"]}
    labels = {mark["image_id"]: names[mark["category_id"]] for mark in document["annotations"]}
    assert sorted(labels.values()) == sorted(unicodedata.normalize("NFC", name) for name in CLASSES)
    for picture in document["images"]:
        fingerprint = sha256(files[f"images/{picture['file_name']}"]).hexdigest()
        assert contents(*steel)[fingerprint] == (labels[picture["id"]], "pool")
        assert (picture["width"], picture["height"]) == (8, 8)
    assert all(mark["bbox"] == [0, 0, 8, 8] and mark["area"] == 64 for mark in document["annotations"])


def test_label_studio_gets_a_choice_an_image_and_the_form_to_show_them(steel) -> None:
    files = unpacked(exported(*steel, format="labelstudio"))
    tasks = json.loads(files["tasks.json"])
    assert len(tasks) == 16
    assert {task["data"]["split"] for task in tasks} == {"train", "test"}
    (result,) = tasks[0]["annotations"][0]["result"]
    assert (result["type"], result["from_name"], result["to_name"]) == ("choices", "choice", "image")
    assert b'<Choice value="a/b: c?"/>' in files["labeling_config.xml"]


def test_a_split_without_images_has_no_document(tmp_path: Path, steel) -> None:
    for form in ("coco", "huggingface"):
        names = unpacked(exported(*steel, format=form, split="pool"))
        assert not [name for name in names if "test" in name.split("/")[0] or name.endswith("test.json")]


def test_split_class_and_person_choose_what_leaves(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    first, second, _ = steel.class_ids
    steel.record(label(steel.pool[0], first), label(steel.pool[1], second), label(steel.evaluation[0], first))
    steel.record(label(steel.pool[2], first), annotator="bob")

    def paths(**choices) -> list[str]:
        return [
            json.loads(line)["path"]
            for line in exported(steel.ws, steel.project_id, format="jsonl", **choices).splitlines()
        ]

    assert paths() == ["p/0.png", "p/1.png", "p/2.png", "p/20.png"]
    assert paths(split="evaluation") == ["p/20.png"]
    assert paths(class_ids=(second,)) == ["p/1.png"]
    assert paths(class_ids=(first, second), annotators=("bob",)) == ["p/2.png"]
    with pytest.raises(StudioError, match="no class with the number 99"):
        paths(class_ids=(99,))


def test_a_jsonl_says_what_the_csv_says(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.rank(steel.pool[:3])
    steel.record(label(steel.pool[1], steel.class_ids[2], round=1))
    (row,) = csv.DictReader(io.StringIO(exported(steel.ws, steel.project_id).decode(), newline=""))
    (line,) = map(json.loads, exported(steel.ws, steel.project_id, format="jsonl").splitlines())
    assert {name: str(value) for name, value in line.items()} == row


def test_predictions_are_of_what_has_no_label(tmp_path: Path) -> None:
    steel = filled(tmp_path, pool=4, evaluation=1)
    steel.rank(steel.pool[1:3])
    steel.record(label(steel.pool[0], steel.class_ids[0]), flag(steel.pool[3]))
    text = exported(steel.ws, steel.project_id, content="predictions").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["path"], row["predicted_label"], row["rank"]) for row in rows] == [
        ("p/1.png", "crazing", "1"),
        ("p/2.png", "crazing", "2"),
        ("p/4.png", "", ""),
    ]
    assert rows[0]["predicted_probability"] == "0.75"


def test_flags_leave_with_their_comments(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.record(flag(steel.pool[3], comment="a hair, not a scratch"), unsure(steel.pool[1]), annotator="bob")
    text = exported(steel.ws, steel.project_id, content="flags").decode()
    rows = [tuple(row.values())[:5] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert rows == [
        ("p/1.png", "pool", "unsure", "", "bob"),
        ("p/3.png", "pool", "flagged", "a hair, not a scratch", "bob"),
    ]


@pytest.mark.parametrize(
    "choices",
    [
        {"content": "flags", "format": "coco"},
        {"content": "predictions", "annotators": ("ann",)},
        {"content": "flags", "class_ids": (1,)},
        {"excel": True, "format": "jsonl"},
    ],
)
def test_a_request_that_contradicts_itself_is_refused_in_words(tmp_path: Path, choices) -> None:
    steel = filled(tmp_path)
    with pytest.raises(StudioError):
        exported(steel.ws, steel.project_id, **choices)


def test_a_csv_for_excel_begins_with_the_mark_by_which_it_knows_utf_8(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    plain, excel = (exported(steel.ws, steel.project_id, excel=choice) for choice in (False, True))
    assert excel == b"\xef\xbb\xbf" + plain


def test_the_manifest_of_a_table_counts_its_rows_and_names_its_sum(tmp_path: Path) -> None:
    steel = filled(tmp_path / "data")
    steel.record(label(steel.pool[0], steel.class_ids[0]), label(steel.evaluation[0], steel.class_ids[0]))
    leaving = workspace.export_project(steel.ws, workspace.STUDIO, steel.project_id, ExportRequest())
    facts = workspace.write_export(leaving, tmp_path / "labels.csv", manifest=True)
    manifest = json.loads(Path(facts["manifest"]).read_text(encoding="utf-8"))
    assert manifest["counts"] == {"crazing": {"evaluation": 1, "pool": 1}}
    assert manifest["files"] == [
        {"file": "labels.csv", "sha256": sha256((tmp_path / "labels.csv").read_bytes()).hexdigest()}
    ]


def test_a_file_that_is_gone_or_has_changed_stays_out_and_the_manifest_says_so(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "data")
    source = write_source(tmp_path / "source")
    project_id = brought(ws, source, "Steel")
    (source / "day 0/0 ü.png").unlink()
    (source / "day 0/1 ü.png").write_bytes((source / "day 1/1 ü.png").read_bytes())
    leaving = workspace.export_project(ws, workspace.STUDIO, project_id, ExportRequest(format="imagefolder"))
    facts = workspace.write_export(leaving, tmp_path / "out.zip")
    manifest = json.loads(unpacked((tmp_path / "out.zip").read_bytes())["manifest.json"])
    assert facts["left_out"] == manifest["left_out"]
    assert len(manifest["files"]) == manifest["images"] == 14
    assert [(left["path"], left["reason"].split(":")[0]) for left in manifest["left_out"]] == [
        ("day 0/0 ü.png", "the file cannot be read"),
        ("day 0/1 ü.png", "the file has changed since it was imported"),
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_table_says_which_images_have_changed_and_are_not_in_it(tmp_path: Path, form: str) -> None:
    ws = workspace.open_workspace(tmp_path / "data")
    source = write_source(tmp_path / "source")
    project_id = brought(ws, source, "Steel")
    before = len(list(workspace.export_rows(ws, project_id)))
    (source / "day 0/1 ü.png").write_bytes((source / "day 1/1 ü.png").read_bytes())
    facts = workspace.write_export(
        workspace.export_project(ws, workspace.STUDIO, project_id, ExportRequest(format=form)), tmp_path / "out"
    )
    assert [left["path"] for left in facts["left_out"]] == ["day 0/1 ü.png"]
    assert "another picture" in facts["left_out"][0]["reason"]
    assert len((tmp_path / "out").read_bytes().splitlines()) == before - 1 + (form == "csv")


def test_a_zip_is_made_while_it_is_read() -> None:
    last_written = 0

    def entries():
        nonlocal last_written
        for i in range(1_000):
            last_written = i
            yield Entry(name=f"{i}.png", pieces=[b"x" * PIECE_BYTES], size=PIECE_BYTES)

    pieces = zip_pieces(entries())
    first = next(pieces)
    assert last_written < 3 and len(first) < 3 * PIECE_BYTES


def test_a_zip_of_many_images_takes_little_memory() -> None:
    tracemalloc.start()
    for _ in zip_pieces(Entry(name=f"{i}.png", pieces=[b"x"], size=1) for i in range(6_000)):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * PIECE_BYTES


def test_the_same_labels_give_the_same_bytes_but_for_the_time(steel) -> None:
    files = [unpacked(exported(*steel, format="coco")) for _ in range(2)]
    for content in files:
        content.pop("manifest.json")
    assert files[0] == files[1]


def test_somebody_may_rename_a_class_in_the_middle_of_an_export(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path / "data")
    project_id = brought(ws, write_source(tmp_path / "source"), "Steel")
    leaving = workspace.export_project(ws, workspace.STUDIO, project_id, ExportRequest(format="coco"))
    first = next(c for c in workspace.classes(ws, project_id))
    workspace.rename_class(ws, ANN, first.id, "another name")
    manifest = json.loads(unpacked(b"".join(leaving.pieces))["manifest.json"])
    assert "another name" in manifest["counts"]
