"""Nearly the same pictures with different labels are shown for review."""

from pathlib import Path

import numpy as np
import pytest
from long_work import finish
from PIL import Image as Picture
from workspaces import Filled, filled, label, unsure

from vabal_core import workspace
from vabal_core.images.feature_store import append, remove
from vabal_core.images.pixel_cache import fill_cache
from vabal_core.store.images import learning_images


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """Images 0 and 1 are nearly the same, so are 2 and 3, and less so 4 and 5; the others are like none."""
    made = filled(tmp_path)
    chance = np.random.default_rng(0)
    pictures = chance.integers(0, 150, (25, 16, 16), dtype=np.uint8)
    pictures[1], pictures[3] = pictures[0] + 7, pictures[2] + chance.integers(0, 9, (16, 16), dtype=np.uint8)
    pictures[5] = pictures[4] + chance.integers(0, 60, (16, 16), dtype=np.uint8)
    files = [tmp_path / f"{i}.png" for i in range(25)]
    for file, picture in zip(files, pictures, strict=True):
        Picture.fromarray(picture).save(file)
    fingerprints = [row.fingerprint for row in learning_images(made.ws.engine, made.project_id)]
    folder = tmp_path / "projects" / str(made.project_id) / "pixels"
    finish(fill_cache(folder, files, fingerprints, size=16, colour=False))
    return made


def pairs(steel: Filled, **options: float) -> list[tuple[str, str]]:
    by_similarity = workspace.near_duplicate_pairs(steel.ws, steel.project_id, **options)
    assert [pair.similarity for pair in by_similarity] == sorted(
        (pair.similarity for pair in by_similarity), reverse=True
    )
    return [(Path(pair.first.path).stem, Path(pair.second.path).stem) for pair in by_similarity]


def test_pairs_of_different_classes_come_most_alike_first(steel: Filled) -> None:
    first, second, third = steel.class_ids
    assert pairs(steel) == []
    classes = (first, second, third, second, first, first)
    steel.record(*(label(steel.pool[i], class_id) for i, class_id in enumerate(classes)))
    assert pairs(steel) == [("0", "1"), ("2", "3")]
    assert pairs(steel, limit=1) == [("0", "1")]
    steel.record(label(steel.pool[5], third))
    assert pairs(steel, least=0.9) == [("0", "1"), ("2", "3"), ("4", "5")]
    steel.record(label(steel.pool[1], first), unsure(steel.pool[2]))
    assert pairs(steel) == []


def test_a_pair_tells_both_images_with_their_labels(steel: Filled) -> None:
    first, second, _ = steel.class_ids
    steel.record(label(steel.pool[1], second), label(steel.pool[0], first))
    (pair,) = workspace.near_duplicate_pairs(steel.ws, steel.project_id)
    assert (pair.first.image_id, pair.first.class_id) == (steel.pool[0], first)
    assert (pair.second.image_id, pair.second.class_id) == (steel.pool[1], second)
    assert 0.99 < pair.similarity <= 1


def test_before_the_first_round_there_are_none(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.record(label(steel.pool[0], steel.class_ids[0]), label(steel.pool[1], steel.class_ids[1]))
    assert workspace.near_duplicate_pairs(steel.ws, steel.project_id) == []


def read(steel: Filled, name: str, images: slice = slice(None)) -> Path:
    """Features of the images, as a network leaves them: 6 and 7 are nearly the same, so are 8 and 9, and less so 10 and
    11; the others are like none."""
    chance = np.random.default_rng(1)
    values = chance.normal(size=(25, 12))
    values[7], values[9] = values[6] + 0.1 * values[12], values[8] + 0.2 * values[12]
    values[11] = values[10] + 1.2 * values[12]
    fingerprints = [row.fingerprint for row in learning_images(steel.ws.engine, steel.project_id)]
    append(steel.ws.data_dir / "features" / name, fingerprints[images], values[images])
    return steel.ws.data_dir / "features" / name


def label_in_turn(steel: Filled, images: range) -> None:
    """Neighbours get different classes."""
    steel.record(*(label(steel.pool[i], steel.class_ids[i % 2]) for i in images))


def test_with_features_images_are_compared_before_any_round(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    read(steel, "lite0-64")
    label_in_turn(steel, range(20))
    assert pairs(steel, least=0.9) == [("6", "7"), ("8", "9")]
    assert pairs(steel, least=0.9, limit=1) == [("6", "7")]
    assert ("10", "11") in pairs(steel, least=0.5)
    assert pairs(steel) == [("6", "7"), ("8", "9")], "what is only somewhat alike is not shown"
    steel.record(label(steel.pool[7], steel.class_ids[0]))
    assert pairs(steel, least=0.9) == [("8", "9")]


def test_features_count_where_they_are_there_for_as_many_labelled_images_as_pixels(steel: Filled) -> None:
    label_in_turn(steel, range(20))
    by_pixels = [("0", "1"), ("2", "3")]
    assert pairs(steel) == by_pixels
    read(steel, "lite0-64", slice(0, 15))
    assert pairs(steel) == by_pixels
    read(steel, "lite0-64")
    assert pairs(steel, least=0.9) == [("6", "7"), ("8", "9")]
    remove(steel.ws.data_dir / "features" / "lite0-64")
    assert pairs(steel) == by_pixels


def test_of_several_stores_the_one_that_holds_most_labelled_images_counts(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    for name, images in (("a-half", slice(0, 8)), ("b-whole", slice(None)), ("c-late", slice(10, None))):
        read(steel, name, images)
    (steel.ws.data_dir / "features" / "b-whole.lock").touch()
    label_in_turn(steel, range(20))
    assert pairs(steel, least=0.9) == [("6", "7"), ("8", "9")]


def test_what_was_compared_is_out_of_date_once_a_label_or_a_feature_is_new(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    stamps = [workspace.review_stamp(steel.ws, steel.project_id)]
    for change in (
        lambda: label_in_turn(steel, range(2)),
        lambda: read(steel, "a", slice(0, 9)),
        lambda: read(steel, "a"),
    ):
        change()
        stamps.append(workspace.review_stamp(steel.ws, steel.project_id))
    assert len(set(stamps)) == 4
    assert workspace.review_stamp(steel.ws, steel.project_id) == stamps[-1]


@pytest.mark.parametrize("wrong", [{"least": -0.1}, {"least": 1.1}, {"limit": 0}])
def test_a_wrong_call_is_refused(steel: Filled, wrong: dict) -> None:
    with pytest.raises(ValueError, match="least is from 0 to 1"):
        workspace.near_duplicate_pairs(steel.ws, steel.project_id, **wrong)
