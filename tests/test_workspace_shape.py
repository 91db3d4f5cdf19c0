"""Large images cut into tiles at import, and the scale that an import sets."""

import errno
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from image_files import encoded, grey, png_16
from long_work import result_of
from test_workspace_scale import dead_pixel, lamps
from workspaces import ANN

from vabal_core import workspace
from vabal_core.images import tiles
from vabal_core.images.decode import read_pixels
from vabal_core.store import tables
from vabal_core.store.database import writing
from vabal_core.store.images import learning_images
from vabal_core.types import ImportPlan, Scale, StudioError, Tiling


def ws_at(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def prepared(ws: workspace.Workspace, source: Path, **options: Any) -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, **{"labels": "use", "holdout": 0.0} | options))


def bring(ws: workspace.Workspace, source: Path, **options: Any) -> dict[str, int]:
    return result_of(workspace.commit_import(ws, ANN, "Steel", prepared(ws, source, **options)))


def lines(folder: Path, count: int = 4, height: int = 20, width: int = 180, seed: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        (folder / f"{i}.png").write_bytes(encoded(grey((seed, i), height, width)))
    return folder


def pool_of(ws: workspace.Workspace) -> dict[str, str]:
    project_id = workspace.find_project(ws, "Steel").id
    images = workspace.images_by_id(ws, [row.image_id for row in learning_images(ws.engine, project_id)])
    return {image.path: image.split for image in images.values()}


def test_lines_become_tiles_in_the_data_folder_that_know_their_image(tmp_path):
    ws, source = ws_at(tmp_path), lines(tmp_path / "lines")
    written = bring(ws, source, shape=Tiling(side=20, overlap=0))
    assert written["images"] == 4 * 9
    project_id = workspace.find_project(ws, "Steel").id
    whole = grey((0, 1), 20, 180)
    for row in learning_images(ws.engine, project_id):
        file = workspace.image_file(ws, row.image_id)
        assert file.is_relative_to(ws.data_dir) and read_pixels(file).shape == (20, 20)
    (file,) = [
        workspace.image_file(ws, row.image_id)
        for row in learning_images(ws.engine, project_id)
        if workspace.image(ws, row.image_id).path == "1.tile-40-0.png"
    ]
    assert np.array_equal(read_pixels(file), whole[:, 40:60])
    assert bring(ws, source)["already_present"] == 36  # cut as before, without being told


def test_no_image_has_tiles_on_both_sides_now_or_later(tmp_path):
    ws, source = ws_at(tmp_path), lines(tmp_path / "lines", count=10)
    bring(ws, source, shape=Tiling(side=20), holdout=0.3)
    bring(ws, source, shape=Tiling(side=20, overlap=10), holdout=0.3, other_forms="beside")
    sides: dict[str, set[str]] = {}
    for path, split in pool_of(ws).items():
        sides.setdefault(path.split(".")[0], set()).add(split)
    assert Counter(map(tuple, sides.values())) == {("pool",): 7, ("evaluation",): 3}
    assert len(pool_of(ws)) == 10 * 17


def test_a_whole_image_goes_where_its_tiles_are_and_takes_no_hidden_label_into_the_pool(tmp_path):
    ws = ws_at(tmp_path)
    source = lines(tmp_path / "lines" / "scratch", count=10).parent
    bring(ws, source, shape=Tiling(side=20), labels="hide", holdout=0.5)
    before = {path.split(".")[0]: split for path, split in pool_of(ws).items()}
    fit = {"shape": "fit", "labels": "hide", "other_forms": "beside"}
    plan = prepared(ws, source, **fit, holdout=0.0)
    assert {entry.path.split(".")[0]: entry.split for entry in plan.entries} == before
    all_drawn = prepared(ws, source, **fit, holdout=1.0)
    assert {entry.path.split(".")[0]: entry.split for entry in all_drawn.entries} == before
    assert {entry.label for entry in all_drawn.entries if entry.split == "pool"} == {None}


def test_a_label_of_the_whole_is_no_label_of_each_tile_unless_somebody_says_so(tmp_path):
    ws = ws_at(tmp_path)
    lines(tmp_path / "lines" / "scratch", seed=1)
    lines(tmp_path / "lines" / "good", seed=2)
    plan = prepared(ws, tmp_path / "lines", shape=Tiling(side=20))
    assert {entry.label for entry in plan.entries} == {None}
    assert any("8 labelled images are cut into tiles" in doubt.text for doubt in plan.doubts)
    workspace.discard_import(ws, "Steel", plan)
    assert not list((ws.data_dir / "projects").rglob("*.png"))
    kept = prepared(ws, tmp_path / "lines", shape=Tiling(side=20, keep_labels=True))
    assert Counter(entry.label for entry in kept.entries) == {"scratch": 36, "good": 36}


def test_small_images_stay_whole_and_a_project_goes_back_to_whole_images(tmp_path):
    ws = ws_at(tmp_path)
    assert bring(ws, lines(tmp_path / "small", width=20), shape=Tiling(side=20))["images"] == 4
    assert not list((ws.data_dir / "projects").rglob("*.png"))
    assert bring(ws, lines(tmp_path / "long", seed=3), shape="fit")["images"] == 4
    assert bring(ws, lines(tmp_path / "longer", seed=4))["images"] == 4


def test_closing_an_import_leaves_no_tile_behind(tmp_path):
    ws = ws_at(tmp_path)
    work = workspace.prepare_import(ws, "Steel", lines(tmp_path / "lines"), labels="use", shape=Tiling(side=20))
    while next(work).phase != "cut":
        pass
    work.close()
    assert not list((ws.data_dir / "projects").rglob("*.png"))


def test_a_full_disk_ends_the_import_in_words_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    ws, source = ws_at(tmp_path), lines(tmp_path / "lines")
    monkeypatch.setattr(tiles.Image.Image, "save", full)
    with pytest.raises(StudioError, match="No space left on device; make room"):
        prepared(ws, source, shape=Tiling(side=20))
    assert not list((ws.data_dir / "projects").rglob("tiles-*"))


def test_an_import_sets_one_scale_that_dead_pixels_do_not_move_and_a_later_one_keeps(tmp_path):
    ws = ws_at(tmp_path)
    lamps(tmp_path / "plates")
    dead_pixel(tmp_path / "plates" / "zz.png")
    plan = prepared(ws, tmp_path / "plates")
    assert plan.scale and plan.scale.high < 1_500 and plan.doubts == ()
    result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    assert workspace.project_scale(workspace.find_project(ws, "Steel")) == plan.scale
    (tmp_path / "bright").mkdir()
    bright = np.random.default_rng(9).integers(20_000, 60_000, (24, 32, 1), dtype=np.uint16)
    (tmp_path / "bright" / "sun.png").write_bytes(png_16(bright, 0))
    later = prepared(ws, tmp_path / "bright")
    assert later.scale == plan.scale
    assert any("1 of 1 images" in doubt.text and "sun.png" in doubt.text for doubt in later.doubts)


@pytest.mark.parametrize("chosen", [True, False])
def test_a_project_that_scales_each_image_goes_on_doing_so_and_says_it(tmp_path, chosen):
    ws = ws_at(tmp_path)
    bring(ws, lamps(tmp_path / "plates")[0].parent)
    project = workspace.find_project(ws, "Steel")
    workspace.set_scale(ws, ANN, project.id, None)
    if not chosen:  # as a project of before, which had no such setting
        settings = {name: value for name, value in project.settings.items() if name != "scale"}
        with writing(ws.engine) as transaction:
            transaction.execute(sa.update(tables.project).values(settings=settings))
    (tmp_path / "more").mkdir()
    dead_pixel(tmp_path / "more" / "a.png")
    plan = prepared(ws, tmp_path / "more")
    assert plan.scale is None and any("a range of its own" in doubt.text for doubt in plan.doubts)
    result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    assert workspace.project_scale(workspace.find_project(ws, "Steel")) is None


def test_images_of_eight_bits_set_no_scale_and_those_of_more_that_come_later_do(tmp_path):
    ws = ws_at(tmp_path)
    bring(ws, lines(tmp_path / "lines"))
    assert workspace.project_scale(workspace.find_project(ws, "Steel")) is None
    bring(ws, lamps(tmp_path / "plates")[0].parent)
    assert isinstance(workspace.project_scale(workspace.find_project(ws, "Steel")), Scale)
