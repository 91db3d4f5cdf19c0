"""Every format out and in again, into a new project: the same pictures, labels, splits and classes."""

import io
import random
import tarfile
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from annotated import write_yolo
from exports import CLASSES, HARD, brought, contents, exported, unpacked, write_source
from image_files import encoded, grey, make_zip, write_image
from workspaces import ANN

from vabal_core import workspace
from vabal_core.store.export_images import labelled_files
from vabal_core.types import ExportRequest, Layout, StudioError, Tiling
from vabal_core.types.names import clean_name, fold_name

ZIPS = ("imagefolder", "yolo", "huggingface", "coco", "labelstudio")
PLAIN = (
    "Größe ✓",
    "划痕",
    "pits",
    "स्क्रैच",
    "👩‍🏭 rolled-in scale",
    "no",
    "1",
    "1.0",
    "true",
    "null",
    "nan",
    "a, 'b'; c",
)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="module")
def odd(ws: workspace.Workspace, tmp_path_factory: pytest.TempPathFactory) -> int:
    """A project with names that some system refuses or some reader takes for something else."""
    return brought(ws, write_source(tmp_path_factory.mktemp("odd"), (*CLASSES, *HARD)), "Odd names")


@pytest.fixture(scope="module")
def plain(ws: workspace.Workspace, tmp_path_factory: pytest.TempPathFactory) -> int:
    """A project with names that are folders everywhere."""
    folder = tmp_path_factory.mktemp("plain")
    for i, name in enumerate(PLAIN):
        for j, split in enumerate(("train", "train", "test")):
            write_image(folder / split / name / f"{j} {name}.png", seed=(i, j))
    return brought(ws, folder, "Plain names")


def class_names(ws: workspace.Workspace, project_id: int) -> set[str]:
    return {defect_class.name for defect_class in workspace.classes(ws, project_id)}


def assert_same(ws: workspace.Workspace, project_id: int, other_id: int) -> None:
    assert contents(ws, other_id) == contents(ws, project_id)
    assert class_names(ws, other_id) == class_names(ws, project_id)


@pytest.mark.parametrize("format_name", ZIPS)
def test_a_zip_comes_back_equal_whatever_the_names(
    ws: workspace.Workspace, odd: int, tmp_path: Path, format_name: str
) -> None:
    file = tmp_path / "out.zip"
    file.write_bytes(exported(ws, odd, format=format_name))
    assert_same(ws, odd, brought(ws, file, f"Odd {format_name}"))


@pytest.mark.parametrize("format_name", ZIPS)
def test_what_other_programs_read_comes_back_equal_without_the_manifest(
    ws: workspace.Workspace, odd: int, plain: int, tmp_path: Path, format_name: str
) -> None:
    # Folders that name classes cannot have every name; a file that names them can.
    project_id = plain if format_name in ("imagefolder", "yolo") else odd
    files = unpacked(exported(ws, project_id, format=format_name))
    files.pop("manifest.json")
    assert_same(ws, project_id, brought(ws, make_zip(tmp_path / "x.zip", files), f"No manifest {format_name}"))


@pytest.mark.parametrize("format_name", ("coco", "imagefolder"))
def test_a_folder_and_a_tar_are_read_as_a_zip_is(
    ws: workspace.Workspace, odd: int, tmp_path: Path, format_name: str
) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(ws, odd, format=format_name))) as archive:
        archive.extractall(tmp_path / "folder" / "top")
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "folder" / "top", "top")
    for source in (tmp_path / "folder", tmp_path / "x.tar.gz"):
        assert_same(ws, odd, brought(ws, source, f"{source.name} {format_name}"))


@pytest.mark.parametrize("format_name, excel", [("csv", False), ("csv", True), ("jsonl", False)])
def test_a_table_beside_the_images_comes_back_equal(
    ws: workspace.Workspace, tmp_path: Path, format_name: str, excel: bool
) -> None:
    source = write_source(tmp_path / "source", (*CLASSES, *HARD))
    project_id = brought(ws, source, f"Beside {format_name} {excel}")
    file = source / f"labels.{format_name}"
    request = ExportRequest(format=format_name, excel=excel)
    workspace.write_export(workspace.export_project(ws, workspace.STUDIO, project_id, request), file)
    assert_same(ws, project_id, brought(ws, file, f"Back {format_name} {excel}"))


def test_pieces_of_images_in_an_archive_come_back_with_what_they_were_cut_from(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    def crops(proposed: Layout) -> Layout:
        return replace(proposed, boxes="crops")

    folder = write_yolo(tmp_path / "set")
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    project_id = brought(ws, make_zip(tmp_path / "set.zip", files), "Pieces", layout=crops)
    (tmp_path / "out.zip").write_bytes(exported(ws, project_id, format="coco"))
    other_id = brought(ws, tmp_path / "out.zip", "Pieces back")
    assert_same(ws, project_id, other_id)
    pieces = [
        {
            (row.fingerprint, *row.tile.values())
            for row in labelled_files(ws.engine, id_, workspace.export_rows(ws, id_))
        }
        for id_ in (project_id, other_id)
    ]
    assert pieces[0] == pieces[1] and len(pieces[0]) == 2


@pytest.fixture(scope="module")
def tiled(ws: workspace.Workspace, tmp_path_factory: pytest.TempPathFactory) -> int:
    """A project with tiles of larger images, of both splits, some of them without a label."""
    folder = tmp_path_factory.mktemp("tiled")
    for number, path in enumerate(("train/no/a.png", "train/1.0/b, c.png", "test/no/a.png")):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_bytes(encoded(grey(number, height=16, width=64)))
    (folder / "train" / "more.png").write_bytes(encoded(grey(9, height=16, width=64)))
    return brought(ws, folder, "Tiled", shape=Tiling(side=16, keep_labels=True), holdout=0)


def tiles(ws: workspace.Workspace, project_id: int) -> set[tuple[object, ...]]:
    rows = labelled_files(ws.engine, project_id, workspace.export_rows(ws, project_id))
    return {(row.fingerprint, *row.tile.values()) for row in rows if row.tile}


@pytest.mark.parametrize("format_name", (*ZIPS, "csv", "jsonl"))
def test_tiles_come_back_with_what_they_were_cut_from_and_images_without_a_label_stay_away(
    ws: workspace.Workspace, tiled: int, tmp_path: Path, format_name: str
) -> None:
    file = tmp_path / (f"out.{format_name}" if format_name in ("csv", "jsonl") else "out.zip")
    file.write_bytes(exported(ws, tiled, format=format_name))
    other_id = brought(ws, file, f"Tiled {format_name}")
    assert_same(ws, tiled, other_id)
    assert tiles(ws, other_id) == tiles(ws, tiled)
    assert len(tiles(ws, tiled)) == 12 and workspace.image_totals(ws, other_id) == {"pool": 8, "evaluation": 4}


def test_classes_come_back_in_their_order_with_those_that_no_image_has(ws: workspace.Workspace, tmp_path: Path) -> None:
    project_id = brought(
        ws, write_yolo(tmp_path / "set"), "Order", layout=lambda layout: replace(layout, boxes="crops")
    )
    for name in ("zebra", "a last one"):
        workspace.add_class(ws, ANN, project_id, name)
    (tmp_path / "out.zip").write_bytes(exported(ws, project_id, format="yolo"))
    other_id = brought(ws, tmp_path / "out.zip", "Order back")
    names = [[listed.name for listed in workspace.classes(ws, id_)] for id_ in (project_id, other_id)]
    assert names[0] == names[1] == ["pits", "scratches", "zebra", "a last one"]
    # A project that has classes of its own gets those of its images alone.
    workspace.remove_class(ws, ANN, workspace.classes(ws, other_id)[2].id)
    brought(ws, tmp_path / "out.zip", "Order back")
    assert [listed.name for listed in workspace.classes(ws, other_id)] == ["pits", "scratches", "a last one"]


def names_of_any_letters(count: int) -> list[str]:
    """Names that may stand, of letters of every plane, no two the same."""
    chance = random.Random(0)
    letters = [chr(code) for code in (*range(0x20, 0x3000), *range(0x1F300, 0x1F700), *range(0x20000, 0x20100))]
    letters = [letter for letter in letters if unicodedata.category(letter) not in ("Cn", "Cs", "Co", "Cc", "Zl", "Zp")]
    names: dict[str, str] = {}
    while len(names) < count:
        name = "".join(chance.choices(letters, k=chance.randint(1, 12)))
        try:
            names.setdefault(fold_name(name), clean_name(name, "class"))
        except StudioError:
            continue
    return list(names.values())


def test_names_of_any_letters_come_back_equal_by_every_format(ws: workspace.Workspace, tmp_path: Path) -> None:
    rows = ["path,label,split"]
    for i, name in enumerate(names_of_any_letters(40)):
        write_image(tmp_path / "source" / f"{i}.png", seed=i)
        rows.append(f'{i}.png,"{name.replace(chr(34), chr(34) * 2)}",{("pool", "test")[i % 2]}')
    (tmp_path / "source" / "split.csv").write_text("\n".join(rows), encoding="utf-8")
    project_id = brought(ws, tmp_path / "source", "Any letters")
    assert len(class_names(ws, project_id)) == 40
    for format_name in ZIPS:
        file = tmp_path / f"{format_name}.zip"
        file.write_bytes(exported(ws, project_id, format=format_name))
        assert_same(ws, project_id, brought(ws, file, f"Any letters {format_name}"))


def test_the_classes_of_the_odd_project_are_those_of_its_source(ws: workspace.Workspace, odd: int) -> None:
    names = (*CLASSES, *HARD)
    assert class_names(ws, odd) == {unicodedata.normalize("NFC", name) for name in names}
    assert len(contents(ws, odd)) == 2 * len(names)
