"""A backup holds what people gave, made while they go on; it comes back anywhere, on either database, or not at all."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa
from postgresql import create_database, why_none
from workspaces import ANN, Filled, filled, label

from vabal_core import workspace
from vabal_core.commands.backup import backup as backup_command
from vabal_core.store.database import connect, sqlite_url, writing
from vabal_core.store.image_addresses import image_addresses
from vabal_core.store.migrate import migrate
from vabal_core.store.tables import image as image_table
from vabal_core.types import StudioError
from vabal_core.workspace import Workspace

Made = Callable[[str], Workspace]


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """Labels, a ranking, a merged class and one in the bin; one image has a file in the data folder."""
    project = filled(tmp_path / "data", hidden=True)
    crazing, inclusion, scratches = project.class_ids
    project.rank(project.pool)
    project.record(*(label(image, project.class_ids[n % 3], round=1) for n, image in enumerate(project.pool[:9])))
    workspace.merge_classes(project.ws, ANN, crazing, scratches)
    workspace.remove_images(project.ws, ANN, project.project_id, project.pool[:1])
    folder = project.ws.data_dir / "projects" / "steel" / "images"
    folder.mkdir(parents=True)
    (folder / "0.png").write_bytes(b"picture" * 1000)
    for passing in ("projects/1/pixels/a.npy", "projects/1/round.lock", "features/x/0.features", "secret"):
        file = project.ws.data_dir / passing
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"made anew, or nobody's")
    return project


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Made]:
    """New Studios by the kind of their database."""
    engines = []

    def make(kind: str) -> Workspace:
        folder = tmp_path / f"elsewhere {len(engines)}"
        (folder / "projects").mkdir(parents=True)
        if kind == "postgresql" and (reason := why_none()):
            pytest.skip(reason)
        url = create_database() if kind == "postgresql" else sqlite_url(folder / "studio.db")
        engines.append(connect(url, folder))
        migrate(engines[-1], folder / "studio.lock")
        return Workspace(engines[-1], folder)

    yield make
    for engine in engines:
        engine.dispose()


def run(steps):
    for _ in (outcome := _Result(steps)):
        pass
    return outcome.value


class _Result:
    def __init__(self, steps) -> None:
        self.steps, self.value = steps, None

    def __iter__(self):
        self.value = yield from self.steps


def contents(ws: Workspace, project_id: int) -> list:
    """What a person would miss: labels with all that they remember, classes, the rounds, and what lies in the bin."""
    rows = sorted(workspace.export_rows(ws, project_id), key=lambda row: row.path)
    rounds = [(round_.number, round_.state, round_.labelled) for round_ in workspace.list_rounds(ws, project_id)]
    return [rows, workspace.classes(ws, project_id), rounds, workspace.bin_contents(ws, project_id)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_everything_comes_back_elsewhere_and_work_goes_on(steel: Filled, empty: Made, tmp_path: Path, kind: str):
    facts = run(workspace.backup(steel.ws, tmp_path / "studio.zip"))
    assert facts.files == 1 and facts.rows["label_event"] == 14
    with zipfile.ZipFile(tmp_path / "studio.zip") as archive:
        assert sorted(archive.namelist()) == ["backup.json", "files/projects/steel/images/0.png", "studio.db"]
    ws = empty(kind)
    assert run(workspace.restore(ws, tmp_path / "studio.zip")) == facts
    assert contents(ws, steel.project_id) == contents(steel.ws, steel.project_id)
    assert (ws.data_dir / "projects/steel/images/0.png").read_bytes() == b"picture" * 1000
    workspace.record(ws, ANN, steel.project_id, [label(steel.pool[12], steel.class_ids[1])])
    project = workspace.create_project(ws, ANN, "Another")
    assert project.id > steel.project_id and len(list(workspace.export_rows(ws, steel.project_id))) == 14


def test_labels_given_meanwhile_are_in_it_whole_or_not_at_all(steel: Filled, empty: Made, tmp_path: Path):
    ended = Event()

    def go_on() -> None:
        for image in steel.pool[9:]:
            if ended.wait(0.02):
                return
            steel.record(label(image, steel.class_ids[1]))

    person = Thread(target=go_on)
    person.start()
    run(workspace.backup(steel.ws, tmp_path / "studio.zip"))
    ended.set()
    person.join()
    ws = empty("sqlite")
    run(workspace.restore(ws, tmp_path / "studio.zip"))
    labels = {row.path for row in workspace.export_rows(ws, steel.project_id)}
    assert labels <= {row.path for row in workspace.export_rows(steel.ws, steel.project_id)}
    assert workspace.counts(ws, steel.project_id).pool_total == len(labels) - len(steel.evaluation)
    assert not workspace.mend_counts(ws), "counts and log are of the same moment"


def manifest_of(file: Path) -> dict:
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read("backup.json"))


def damaged(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    if how == "flipped":
        content[content.index(b"picturepicture") + 100] ^= 1
        file.write_bytes(content)
    elif how == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif how == "another ZIP":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("steel/0.png", b"picture")
    else:
        manifest = manifest_of(file)
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("backup.json", json.dumps(manifest | {"sha256": {how: "0" * 64}}))
            archive.writestr(how, b"x")


@pytest.mark.parametrize("how", ["flipped", "cut", "another ZIP", "../outside", "/outside", "files/../../outside"])
def test_of_a_damaged_or_foreign_backup_nothing_is_taken(steel: Filled, empty: Made, tmp_path: Path, how: str):
    run(workspace.backup(steel.ws, tmp_path / "studio.zip"))
    damaged(tmp_path / "studio.zip", how)
    ws = empty("sqlite")
    with pytest.raises(StudioError, match=r"damaged|no backup|outside"):
        run(workspace.restore(ws, tmp_path / "studio.zip"))
    assert workspace.list_projects(ws) == [] and not [*(ws.data_dir / "projects").iterdir()]
    assert not (tmp_path / "outside").exists() and not [*ws.data_dir.glob(".restore-*")]


def test_a_studio_that_holds_something_is_not_written_over(steel: Filled, empty: Made, tmp_path: Path):
    run(workspace.backup(steel.ws, tmp_path / "studio.zip"))
    with pytest.raises(StudioError, match=r"holds projects already: “Steel”\. Restore before .* VABAL_DATA_DIR"):
        run(workspace.restore(steel.ws, tmp_path / "studio.zip"))
    ws = empty("sqlite")
    (ws.data_dir / "projects" / "left.png").touch()
    with pytest.raises(StudioError, match="holds files of projects already"):
        run(workspace.restore(ws, tmp_path / "studio.zip"))


def test_a_backup_that_cannot_be_written_leaves_the_one_before(steel: Filled, tmp_path: Path):
    file = tmp_path / "studio.zip"
    file.write_bytes(b"the one before")
    with pytest.raises(StudioError, match="cannot be written"):
        run(workspace.backup(steel.ws, tmp_path / "missing" / "studio.zip"))
    steps = workspace.backup(steel.ws, file)
    next(steps)
    steps.close()  # interrupted
    assert file.read_bytes() == b"the one before" and not [*tmp_path.glob(".studio.zip*")]


IMAGES = (
    "projects/steel-0a/images/a/pixels/0.png",
    "projects/steel-0a/images/pixels/scratch-marks/0.png",
    "projects/steel-0a/images/scratch-1/0.lock",
    "projects/steel-0a/images/a.part",
    "projects/steel-0a/pixels/0.png",
    "projects/1/pixels/0.png",  # named by the database: no place makes an image the Studio's own
    "brought/0.png",
    "0.png",
)
PASSING = (
    "projects/1/pixels/fitted-32.pixels",
    "projects/1/rounds/1/scratch-x/a.npy",
    "projects/1/reading/cold-start/scratch-x/a.npy",
    "projects/1/rounds/1/rows.npz.part",
    "projects/1/reading.lock",
    "experiments/a/pixels/fitted-32.pixels",
    "experiments/a/plan.lock",
)


def placed(steel: Filled, *names: str) -> None:
    """Files, each image of the pool lying in one of those that are images."""
    for name in names:
        file = steel.ws.data_dir / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    lying = [name for name in names if name in IMAGES]
    with writing(steel.ws.engine) as transaction:
        for image_id, name in zip(steel.pool, lying, strict=False):
            file = str(steel.ws.data_dir / name)
            transaction.execute(sa.update(image_table).where(image_table.c.id == image_id).values(file=file))


def test_images_are_in_it_whatever_their_folders_are_called(steel: Filled, empty: Made, tmp_path: Path):
    placed(steel, *IMAGES, *PASSING, "projects/steel-0a/images/b/pixels/beside.lock")
    (steel.ws.data_dir / IMAGES[0]).unlink()
    facts = run(workspace.backup(steel.ws, tmp_path / "studio.zip"))
    assert facts.missing == 1
    ws = empty("sqlite")
    assert run(workspace.restore(ws, tmp_path / "studio.zip")) == facts
    kept = {path.relative_to(ws.data_dir).as_posix() for path in ws.data_dir.rglob("*") if path.is_file()}
    assert {*IMAGES[1:], "projects/steel-0a/images/b/pixels/beside.lock"} <= kept and not kept & {*PASSING}
    addresses = {row.image_id: row.file for row in image_addresses(ws.engine, steel.project_id)}
    assert Path(addresses[steel.pool[2]]).read_bytes() == IMAGES[2].encode()


def test_the_command_says_how_many_images_have_no_file(steel: Filled, tmp_path: Path, monkeypatch, capsys):
    placed(steel, *IMAGES)
    for name in IMAGES[1:3]:
        (steel.ws.data_dir / name).unlink()
    monkeypatch.setenv("VABAL_DATA_DIR", str(steel.ws.data_dir))
    backup_command(tmp_path / "studio.zip", as_json=True)
    out, err = capsys.readouterr()
    assert json.loads(out)["missing"] == 2 and "2 images have no file in the backup" in err


def test_what_a_later_version_says_of_a_backup_is_passed_over(steel: Filled, empty: Made, tmp_path: Path):
    file = tmp_path / "studio.zip"
    facts = run(workspace.backup(steel.ws, file))
    rewritten(file, manifest_of(file) | {"colour": "blue"})
    assert run(workspace.restore(empty("sqlite"), file)) == facts
    rewritten(file, {name: value for name, value in manifest_of(file).items() if name != "rows"})
    ws = empty("sqlite")
    with pytest.raises(StudioError, match="no backup of a Studio"):
        run(workspace.restore(ws, file))
    assert workspace.list_projects(ws) == []


def rewritten(file: Path, manifest: dict) -> None:
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (contents | {"backup.json": json.dumps(manifest).encode()}).items():
            archive.writestr(name, content)


def test_what_cannot_be_read_is_named_with_the_reason(steel: Filled, empty: Made, tmp_path: Path, monkeypatch):
    real, refused = Path.open, steel.ws.data_dir / "projects/steel/images/0.png"

    def open_but_one(path: Path, *arguments, **options):
        if path == refused:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", open_but_one)
    with pytest.raises(StudioError, match=rf"^{re.escape(str(refused))} cannot be read: Permission denied"):
        run(workspace.backup(steel.ws, tmp_path / "studio.zip"))
    with pytest.raises(StudioError, match=r"none\.zip cannot be read: No such file"):
        run(workspace.restore(empty("sqlite"), tmp_path / "none.zip"))


def test_a_studio_that_made_its_demo_says_so(tmp_path: Path):
    project = filled(tmp_path / "data", name="Demo steel (synthetic)")
    with pytest.raises(StudioError, match=r"“Demo steel \(synthetic\)”\. A Studio makes the demo by itself"):
        run(workspace.restore(project.ws, tmp_path / "studio.zip"))
