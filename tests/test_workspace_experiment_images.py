"""Images that are kept for experiments: they go with the last experiment that needs them, and nothing else does."""

import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from long_work import finish, result_of
from PIL import Image
from project_experiments import SIZE
from workspaces import ANN, Filled, filled

from vabal_core import workspace
from vabal_core.experiment import background
from vabal_core.experiment.folders import PLAN
from vabal_core.types import StudioError
from vabal_core.workspace.experiment_folder import alone, experiments_folder
from vabal_core.workspace.experiment_sources import IMAGES
from vabal_core.workspace.leftovers import MAX_AGE_SECONDS

DAY = MAX_AGE_SECONDS / 2


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    monkeypatch.setattr(background, "start", lambda *_places, **_how: None)
    return filled(tmp_path / "data", pool=3, evaluation=0)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A ZIP of 30 images of each of two classes."""
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(tmp_path / "data" / "steel.zip", "w") as packed:
        for number in range(60):
            file = tmp_path / "one.png"
            Image.fromarray(rng.integers(0, 255, (16, 16), np.uint8)).save(file)
            packed.write(file, f"{'crazing' if number % 2 else 'scratches'}/{number}.png")
    return tmp_path / "data" / "steel.zip"


def look(project: Filled, archive: Path) -> workspace.ExperimentSource:
    return result_of(workspace.look_at_source(project.ws, ANN, str(archive)))


def start(project: Filled, source: workspace.ExperimentSource) -> int:
    return workspace.start_experiment(project.ws, ANN, project.project_id, source, strategies=("random",), size=SIZE)


def remove(project: Filled, number: int) -> None:
    workspace.remove_experiment(project.ws, ANN, project.project_id, number)


def digits(project: Filled) -> workspace.ExperimentSource:
    return next(source for source in workspace.published_sources(project.ws) if source.kind == "digits")


def laid(project: Filled, address: str) -> Path:
    """A folder among the images of experiments, with an image in it."""
    folder = project.ws.data_dir / IMAGES / address
    folder.mkdir(parents=True)
    (folder / "000000.bmp").write_bytes(b"BM")
    return folder


def unpacked(project: Filled) -> list[Path]:
    return [path for path in (project.ws.data_dir / IMAGES / "archives").iterdir() if path.is_dir()]


def later(project: Filled, days: float) -> list[Path]:
    """What goes when the Studio is started so many days from now."""
    newest = max(path.stat().st_mtime for path in (project.ws.data_dir / IMAGES).rglob("*"))
    return workspace.sweep(project.ws, now=newest + days * DAY)


def test_an_unpacked_archive_goes_with_the_last_experiment_that_needs_it(project, archive):
    source = look(project, archive)
    assert [start(project, source), start(project, source)] == [1, 2]
    (folder,) = unpacked(project)
    remove(project, 1)
    assert folder.exists() and Path(source.images.files[0]).exists()
    remove(project, 2)
    assert unpacked(project) == [] and archive.exists()


def test_what_other_experiments_need_and_whatever_a_person_laid_there_stays(project, archive):
    others = [laid(project, name) for name in ("demo", "torchvision/cifar-10-batches-py", "mine", "archives/notes")]
    drawn = laid(project, "digits")
    assert [start(project, look(project, archive)), start(project, digits(project))] == [1, 2]
    remove(project, 2)
    assert not drawn.exists() and all(folder.exists() for folder in others)
    assert len(unpacked(project)) == 2, "that of the other experiment, and a folder of a person"


def test_an_experiment_in_another_project_or_in_the_bin_needs_its_images_too(project):
    other = workspace.create_project(project.ws, ANN, "Other")
    drawn = laid(project, "digits")
    number = start(project, digits(project))
    workspace.start_experiment(project.ws, ANN, other.id, digits(project), strategies=("random",), size=SIZE)
    workspace.remove_project(project.ws, ANN, other.id)
    remove(project, number)
    assert drawn.exists()


def test_what_was_looked_through_and_not_started_goes_when_the_studio_starts_two_days_later(project, archive):
    look(project, archive)
    half = laid(project, "parquet/.0123456789abcdef-partial")
    folders = unpacked(project)
    assert later(project, days=0.5) == [] and half.exists()
    gone = later(project, days=3)
    assert set(gone) == {*folders, half.with_name("0123456789abcdef")} and not half.exists() and unpacked(project) == []


def test_what_an_experiment_needs_stays_however_old_and_wherever_the_data_folder_lay(project, archive, tmp_path):
    start(project, look(project, archive))
    assert later(project, days=300) == [] and len(unpacked(project)) == 1
    project.ws.engine.dispose()
    moved = tmp_path / "moved"
    shutil.move(project.ws.data_dir, moved)
    there = Filled(**{**vars(project), "ws": workspace.open_workspace(moved)})
    assert later(there, days=300) == [] and len(unpacked(there)) == 1


def test_nothing_goes_while_it_cannot_be_told_what_an_experiment_needs(project, archive):
    drawn, source = laid(project, "digits"), look(project, archive)
    numbers = [start(project, digits(project)), start(project, source)]
    plan = experiments_folder(project.ws, project.project_id) / str(numbers[1]) / PLAN
    plan.write_text(json.dumps({"source": "/nowhere/else.parquet"}))
    remove(project, numbers[0])
    assert later(project, days=3) == [] and drawn.exists()
    remove(project, numbers[1])
    assert len(later(project, days=3)) == 2 and not drawn.exists()


def test_what_is_being_made_or_looked_for_just_now_stays(project):
    drawn = laid(project, "digits")
    with FileLock(drawn.with_name("digits.lock")):
        assert later(project, days=3) == []
    with alone(project.ws):
        assert later(project, days=3) == []
    assert drawn.exists() and later(project, days=3) == [drawn]


def test_images_that_a_project_was_given_from_there_stay(project):
    folder = laid(project, "demo")
    for number in range(4):
        pixels = np.full((16, 16), 40 * number, np.uint8)
        (folder / str(number % 2)).mkdir(exist_ok=True)
        Image.fromarray(pixels).save(folder / str(number % 2) / f"{number}.png")
    os.remove(folder / "000000.bmp")
    plan, _ = finish(workspace.prepare_import(project.ws, "Imported", folder, labels="use"))
    finish(workspace.commit_import(project.ws, ANN, "Imported", plan))
    assert later(project, days=3) == [] and len(list(folder.rglob("*.png"))) == 4


def test_a_source_whose_images_have_gone_since_it_was_looked_through_is_looked_through_again(project, archive):
    first = start(project, source := look(project, archive))
    remove(project, first)
    with pytest.raises(StudioError, match=r"steel are not where they were .* look through it again"):
        start(project, source)
    assert workspace.list_experiments(project.ws, project.project_id) == []
    assert start(project, look(project, archive)) == 1
