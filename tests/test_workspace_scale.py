"""One scale for all images of a project: display, features and pixels read by it, and by another when it is changed."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from image_files import png_16
from long_work import result_of
from PIL import Image
from workspaces import ANN

from vabal_core import workspace
from vabal_core.images.feature_store import append
from vabal_core.images.pixel_cache import fill_cache
from vabal_core.images.scale import common_scale, robust_range, suits, to_eight_bits
from vabal_core.loop.files import feature_folder
from vabal_core.store.images import learning_images
from vabal_core.store.projects import merge_settings
from vabal_core.types import Scale
from vabal_core.workspace.features import reading_config
from vabal_core.workspace.round_task import FEATURES, image_files

BASE = np.random.default_rng(0).normal(600, 60, (48, 64)).clip(300, 860)


def lamps(folder: Path, steps: int = 8) -> list[Path]:
    """One plate under a lamp that gets brighter, 4 % an image, as a camera of 12 bits sees it."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(steps):
        (folder / f"lamp{i:02d}.png").write_bytes(png_16((BASE * (1 + 0.04 * i)).astype(np.uint16)[..., None], 0))
    return sorted(folder.iterdir())


def dead_pixel(file: Path, seed: int = 5) -> None:
    values = np.random.default_rng(seed).normal(600, 60, BASE.shape).clip(300, 860).astype(np.uint16)
    values[10, 10] = 65_535
    file.write_bytes(png_16(values[..., None], 0))


def shown(ws: workspace.Workspace, project_id: int) -> list[np.ndarray]:
    return [
        np.asarray(Image.open(BytesIO(workspace.picture(ws, image.image_id, "full")[0])))
        for image in learning_images(ws.engine, project_id)
    ]


@pytest.mark.parametrize("depth", [8, 10, 12, 14, 16])
def test_without_a_scale_values_become_what_they_were_in_projects_of_before(depth):
    values, top = np.arange(2**depth, dtype=np.uint16), 2**depth - 1
    assert np.array_equal(to_eight_bits(values), np.minimum((values * np.int64(255) + top // 2) // top, 255))


def test_a_brighter_picture_is_brighter_by_a_common_scale_and_dead_pixels_do_not_matter(tmp_path):
    values = [(BASE * (1 + 0.04 * i)).astype(np.uint16) for i in range(8)]
    dead = values[0].copy()
    dead[10, 10] = 65_535
    ranges = [robust_range(image) for image in [*values, dead]]
    scale = common_scale(ranges)
    means = [to_eight_bits(image, scale).mean() for image in values]
    assert np.all(np.diff(means) > 3) and scale.high < 1_500
    assert len(np.unique(to_eight_bits(dead, scale))) > 50
    assert all(suits(image, scale) for image in ranges)


def test_dead_lines_of_a_sensor_do_not_matter_though_every_image_has_them():
    values = BASE.astype(np.uint16)
    dead = values.copy()
    dead[:, 7:9] = 65_535  # 3 % of the image
    assert robust_range(dead) == pytest.approx(robust_range(values), rel=0.02)


def test_a_few_bright_pixels_of_many_values_are_no_dead_ones():
    values = BASE.astype(np.uint16)
    values[:4, :16] = np.linspace(3_000, 4_000, 64).reshape(4, 16)  # 2 % of the image
    assert robust_range(values)[1] > 3_000


def test_an_image_that_is_all_white_does_not_decide_the_scale():
    ranges = [(400.0, 900.0)] * 9 + [(65_535.0, 65_535.0)]
    assert common_scale(ranges) == common_scale(ranges[:9])
    assert not suits(ranges[-1], common_scale(ranges))


@pytest.mark.parametrize("odd", [3_982.0, 60_000.0])
def test_one_odd_image_does_not_make_all_others_dark(odd: float):
    ranges = [(303.0, 996.0)] * 4 + [(903.0, 1_596.0)] * 4 + [(0.0, 1.0)]
    scale = common_scale([*ranges, (15.0, odd)])
    assert scale == common_scale(ranges)
    assert [suits(values, scale) for values in ranges] == [True] * 8 + [False] and not suits((15.0, odd), scale)


def test_a_class_that_is_brighter_than_the_others_counts():
    ranges = [(300.0, 1_000.0)] * 16 + [(300.0, 3_000.0)] * 4
    assert common_scale(ranges).high > 3_000


def test_fractions_beside_whole_values_are_said_to_have_no_contrast():
    scale = common_scale([(0.0, 1.0), (100.0, 4_000.0)])
    assert suits((100.0, 4_000.0), scale) and not suits((0.0, 1.0), scale)


def test_a_scale_follows_fractions_negative_values_and_flat_images():
    fine = common_scale([(0.2, 0.4)])
    assert 0 < fine.low < 0.2 and 0.4 < fine.high < 1
    assert common_scale([(-50.0, 50.0)]) == Scale(low=-75, high=75)
    for value in (0.0, 100.0, -3.0):
        assert common_scale([(value, value)]).low <= value < common_scale([(value, value)]).high
    assert common_scale([]) is None and robust_range(np.full((2, 2), np.nan, np.float32)) is None


def test_a_scale_has_its_black_below_its_white():
    with pytest.raises(ValueError, match="from 5 to 5"):
        Scale(low=5, high=5)


def test_what_is_shown_and_what_is_learned_from_follow_the_scale_and_change_with_it(tmp_path):
    files = lamps(tmp_path / "plates")
    ws = workspace.open_workspace(tmp_path / "data")
    plan = result_of(workspace.prepare_import(ws, "Plates", tmp_path / "plates", labels="use"))
    result_of(workspace.commit_import(ws, ANN, "Plates", plan))
    project_id = workspace.find_project(ws, "Plates").id
    addresses, caches = set(), set()
    for scale in (Scale(low=0, high=1_100), Scale(low=300, high=1_100)):
        project = workspace.set_scale(ws, ANN, project_id, scale)
        images = image_files(ws, project_id, learning_images(ws.engine, project_id))
        assert images.scale == workspace.project_scale(project) == scale
        how = {"size": 64, "colour": False, "scale": images.scale}
        pixels, _ = result_of(fill_cache(images.cache, files, images.fingerprints, **how))
        pictures = shown(ws, project_id)
        assert [picture.mean() for picture in pictures] == pytest.approx(list(pixels.mean(axis=(1, 2))), abs=1)
        assert np.all(np.diff([picture.mean() for picture in pictures]) > 3)
        addresses.add(workspace.scale_name(project))
        caches.add(pixels[0].tobytes())
        assert len(list(images.cache.glob("*.pixels"))) == 1
    assert len(addresses) == len(caches) == 2


def test_features_are_read_anew_by_another_scale_and_are_there_when_the_first_comes_back(tmp_path):
    lamps(tmp_path / "plates")
    ws = workspace.open_workspace(tmp_path / "data")
    plan = result_of(workspace.prepare_import(ws, "Plates", tmp_path / "plates", labels="use"))
    result_of(workspace.commit_import(ws, ANN, "Plates", plan))
    project = workspace.find_project(ws, "Plates")
    store = feature_folder(ws.data_dir / FEATURES, reading_config(ws, project), plan.scale)
    append(store, [entry.fingerprint for entry in plan.entries], np.zeros((8, 4), np.float32))
    read = []
    for scale in (plan.scale, Scale(low=0, high=4095), plan.scale):
        workspace.set_scale(ws, ANN, project.id, scale)
        read.append(workspace.feature_state(ws, project.id).read)
    assert read == [8, 0, 8]


def test_a_project_of_before_reads_as_it_did_until_a_scale_is_asked_for(tmp_path):
    lamps(tmp_path / "plates", steps=16)
    ws = workspace.open_workspace(tmp_path / "data")
    plan = result_of(workspace.prepare_import(ws, "Plates", tmp_path / "plates", labels="use"))
    result_of(workspace.commit_import(ws, ANN, "Plates", plan))
    project = workspace.find_project(ws, "Plates")
    merge_settings(ws.engine, project.id, {"scale": None})
    before = shown(ws, project.id)
    assert before[0].max() > before[-1].max()  # 10 bits, then 12
    scale = result_of(workspace.measure_scale(ws, project.id))
    workspace.set_scale(ws, ANN, project.id, scale)
    assert np.all(np.diff([picture.mean() for picture in shown(ws, project.id)]) > 3)


def test_a_set_scale_is_no_matter_of_images_of_eight_bits(tmp_path):
    (tmp_path / "plates").mkdir()
    Image.fromarray((BASE / 4).astype(np.uint8)).save(tmp_path / "plates" / "a.png")
    ws = workspace.open_workspace(tmp_path / "data")
    plan = result_of(workspace.prepare_import(ws, "Plates", tmp_path / "plates", labels="use"))
    result_of(workspace.commit_import(ws, ANN, "Plates", plan))
    project = workspace.find_project(ws, "Plates")
    assert workspace.project_scale(project) is None and workspace.scale_name(project) == ""
    assert result_of(workspace.measure_scale(ws, project.id)) is None
