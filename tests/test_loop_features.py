"""Features of images: read once, kept, whatever happens meanwhile, and the same whatever they are read with."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from feature_images import FROZEN, image_files, write_images
from long_work import finish
from PIL import Image
from reading import simplify_lite0

from vabal_core.images.feature_store import open_features, present, store_lock
from vabal_core.images.fit import read_square
from vabal_core.loop import features
from vabal_core.loop.features import read_features
from vabal_core.loop.files import feature_folder
from vabal_core.model import reading
from vabal_core.model.input import Normalisation, to_input
from vabal_core.model.network import build_classifier, forward_with_features
from vabal_core.types import StudioError

CPU = torch.device("cpu")


@pytest.fixture
def quick(monkeypatch):
    simplify_lite0(monkeypatch)


def read(images, config=FROZEN):
    """Features of all images in memory, which could be read, and the events."""
    (rows, readable), events = finish(read_features(images, config, CPU))
    return rows[np.arange(len(rows))], readable, events


def test_a_row_is_what_the_pretrained_network_gives_for_the_fitted_image(tmp_path):
    images = write_images(tmp_path, 3)
    rows, readable, _ = read(images)
    network = build_classifier(FROZEN, 1).eval()
    pixels = np.stack([read_square(Path(file), side=32, colour=False) for file in images.files])
    with torch.inference_mode():
        x = to_input(torch.from_numpy(pixels), Normalisation((0.5,) * 3, (0.5,) * 3))
        _, expected = forward_with_features(network, x)
    assert readable.all()
    np.testing.assert_allclose(rows, expected.numpy(), rtol=2e-3, atol=2e-3)  # float16 keeps 11 bits


def test_features_are_the_same_whatever_the_batch(tmp_path, monkeypatch):
    images = write_images(tmp_path, 5)
    together, _, _ = read(images)
    monkeypatch.setitem(features.BATCH, "cpu", 2)
    in_pairs, _, _ = read(replace(images, features=tmp_path / "others"))
    np.testing.assert_allclose(in_pairs, together, rtol=2e-3, atol=2e-3)


def test_an_image_is_read_once_and_new_ones_are_added(tmp_path, quick, monkeypatch):
    images = write_images(tmp_path)
    fewer = replace(images, files=images.files[:7], fingerprints=images.fingerprints[:7])
    before, _, events = read(fewer)
    assert [(event.done, event.total) for event in events if event.total][-1] == (7, 7)
    decoded = []
    monkeypatch.setattr(features, "read_square", lambda file, **how: decoded.append(file) or read_square(file, **how))
    after, _, events = read(images)
    assert sorted(map(str, decoded)) == sorted(images.files[7:])
    np.testing.assert_array_equal(after[:7], before)
    monkeypatch.setattr(features, "build_classifier", lambda *_: pytest.fail("nothing is left to read"))
    assert read(images)[2] == []


def test_features_that_the_disk_has_changed_are_read_again_and_said(tmp_path, quick):
    images, folder = write_images(tmp_path), feature_folder(tmp_path / "features", FROZEN)
    before, _, _ = read(images)
    (shard,) = folder.glob("*.features")
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    after, _, events = read(images)
    np.testing.assert_array_equal(after, before)
    assert events[0].message == features.DAMAGED and events[-1].done == len(images.files)


def test_a_file_that_has_changed_is_read_again(tmp_path, quick):
    images = write_images(tmp_path)
    before, _, _ = read(images)
    Image.new("L", (32, 32), 200).save(images.files[3])
    after, _, events = read(image_files(tmp_path, list(images.files)))
    assert [event.total for event in events if event.total] == [1]
    np.testing.assert_array_equal(np.delete(after, 3, 0), np.delete(before, 3, 0))
    assert not np.allclose(after[3], before[3])


def test_reading_that_is_stopped_keeps_what_it_has_read_and_goes_on_from_there(tmp_path, quick):
    images, folder = write_images(tmp_path), feature_folder(tmp_path / "features", FROZEN)
    work = read_features(images, FROZEN, CPU)
    while next(work).done < 6:
        pass
    work.close()
    kept = present(folder, images.fingerprints)
    assert kept.sum() == 6
    _, readable, events = read(images)
    assert readable.all()
    assert [event.total for event in events if event.total][0] == 6


def test_a_second_reader_waits_for_the_first_and_finds_what_it_has_read(tmp_path, quick, monkeypatch):
    images, folder = write_images(tmp_path), feature_folder(tmp_path / "features", FROZEN)
    first = read_features(images, FROZEN, CPU)
    next(first)
    second = read_features(images, FROZEN, CPU)
    assert next(second).message == features.WAITING
    finish(first)
    monkeypatch.setattr(features, "build_classifier", lambda *_: pytest.fail("the first has read them all"))
    (_, readable), _ = finish(second)
    assert readable.all() and open_features(folder, images.fingerprints)[1].all()


def test_a_reader_that_was_killed_leaves_the_lock_to_the_next(tmp_path, quick):
    images, folder = write_images(tmp_path), feature_folder(tmp_path / "features", FROZEN)
    child = os.fork()
    if not child:
        store_lock(folder).acquire()
        os._exit(0)
    os.waitpid(child, 0)
    assert read(images)[1].all()


def test_an_image_that_cannot_be_read_is_named_and_the_others_are_read(tmp_path, quick):
    images = write_images(tmp_path)
    Path(images.files[4]).write_bytes(b"no image")
    _, readable, events = read(images)
    assert np.flatnonzero(~readable).tolist() == [4]
    assert [event.message for event in events if "4.png" in event.message][0].startswith(images.files[4])


def test_a_folder_that_is_gone_is_said_and_brings_no_features_of_nothing(tmp_path, quick):
    images = write_images(tmp_path)
    for file in images.files[:8]:
        Path(file).unlink()
    with pytest.raises(StudioError, match="8 of 12 images cannot be read"):
        read(images)


def test_other_settings_of_reading_have_a_folder_of_their_own(tmp_path):
    weights = tmp_path / "own.pt"
    weights.write_bytes(b"some weights")
    settings = [
        {},
        {"image_size": 64},
        {"colour": True},
        {"mirrors": True},
        {"backbone": "timm/resnet10t"},
        {"weights": str(weights)},
    ]
    folders = {feature_folder(tmp_path, replace(FROZEN, **others)) for others in settings}
    assert len(folders) == len(settings)
    weights.write_bytes(b"others")
    assert feature_folder(tmp_path, replace(FROZEN, weights=str(weights))) not in folders


def test_with_mirrors_a_row_is_the_mean_of_those_of_the_four_mirror_images():
    network = build_classifier(replace(FROZEN, weights="none", learning="scratch"), 1).eval()
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32), np.uint8)
    normalisation = Normalisation((0.5,) * 3, (0.5,) * 3)

    def rows(turned, mirrors=False):
        return finish(reading.read_rows(network, turned.copy(), normalisation, CPU, 8, mirrors=mirrors))[0][0]

    turns = (pixels, pixels[:, :, ::-1], pixels[:, ::-1], pixels[:, ::-1, ::-1])
    np.testing.assert_allclose(rows(pixels, True), np.mean([rows(turn) for turn in turns], 0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(rows(turns[3], True), rows(pixels, True), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("fit_at_once", [1, 3])
def test_where_the_device_runs_out_of_memory_the_batch_is_halved_and_that_is_said(monkeypatch, fit_at_once):
    network = build_classifier(replace(FROZEN, weights="none", learning="scratch"), 1).eval()
    pixels = np.random.default_rng(0).integers(0, 256, (8, 32, 32), np.uint8)
    (expected, _), _ = finish(reading.read_rows(network, pixels, Normalisation((0.5,) * 3, (0.5,) * 3), CPU, 8))
    forward = reading.forward_with_features

    def limited(network, x):
        if len(x) > fit_at_once:
            raise torch.OutOfMemoryError
        return forward(network, x)

    monkeypatch.setattr(reading, "forward_with_features", limited)
    work = reading.read_rows(network, pixels, Normalisation((0.5,) * 3, (0.5,) * 3), CPU, 8)
    (rows, size), events = finish(work)
    assert size == {1: 1, 3: 2}[fit_at_once]
    assert events[-1].message == f"The device ran out of memory; reading {size} images at once now."
    np.testing.assert_allclose(rows, expected, rtol=1e-4, atol=1e-5)


def test_where_not_even_one_image_fits_the_device_says_so(monkeypatch):
    network = build_classifier(replace(FROZEN, weights="none", learning="scratch"), 1).eval()
    monkeypatch.setattr(
        reading, "forward_with_features", lambda *_: (_ for _ in ()).throw(torch.OutOfMemoryError("none left"))
    )
    with pytest.raises(torch.OutOfMemoryError, match="none left"):
        finish(reading.read_rows(network, np.zeros((4, 32, 32), np.uint8), Normalisation((0,) * 3, (1,) * 3), CPU, 4))


def test_features_that_are_not_finite_are_refused(monkeypatch):
    network = build_classifier(replace(FROZEN, weights="none", learning="scratch"), 1).eval()
    with torch.no_grad():
        network.conv_stem.weight.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="choose others"):
        finish(reading.read_rows(network, np.ones((1, 32, 32), np.uint8), Normalisation((0,) * 3, (1,) * 3), CPU, 4))
