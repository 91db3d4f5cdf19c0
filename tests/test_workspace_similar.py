"""More like this: the nearest images by what was read of them, nearly the same ones folded, by any filter."""

from pathlib import Path

import numpy as np
import pytest
from workspaces import ANN, Filled, filled, label

from vabal_core import workspace
from vabal_core.images.feature_store import append, remove
from vabal_core.images.near_duplicates import EARLY_COLUMNS
from vabal_core.store.images import learning_images

TWINS = {3: 2, 7: 0}  # images that are nearly another one


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """20 images of the pool and 5 for evaluation, all but image 6 read; those of one class modulo 3 are alike."""
    made = filled(tmp_path)
    chance = np.random.default_rng(1)
    early = chance.normal(0, 1, (25, EARLY_COLUMNS))
    late = np.eye(3)[np.arange(25) % 3].repeat(8, axis=1) * 4 + chance.normal(0, 1, (25, 24))
    values = np.concatenate([early, 6 * late], axis=1)
    for image, twin in TWINS.items():
        values[image] = values[twin] + chance.normal(0, 0.02, values.shape[1])
    read = [i for i in range(25) if i != 6]
    fingerprints = [image.fingerprint for image in learning_images(made.ws.engine, made.project_id)]
    append(tmp_path / "features" / "lite0-64", [fingerprints[i] for i in read], values[read])
    return made


def similar(steel: Filled, i: int, **options) -> list[int]:
    """The images like image i, by their numbers."""
    similar_ones = workspace.similar_images(steel.ws, steel.project_id, steel.pool[i], **options)
    assert not similar_ones.why_not
    return [int(Path(row.path).stem) for row in similar_ones.rows]


def test_images_of_a_kind_come_first_the_image_itself_does_not(steel: Filled) -> None:
    first = similar(steel, 1)
    assert 1 not in first and 6 not in first
    assert sorted(first[:6]) == [4, 10, 13, 16, 19, 22]


def test_nearly_the_same_ones_are_folded_behind_the_first_and_counted(steel: Filled) -> None:
    similar_ones = workspace.similar_images(steel.ws, steel.project_id, steel.pool[5])
    numbers = [int(Path(row.path).stem) for row in similar_ones.rows]
    kept = next(i for i in numbers if i in (2, 3))
    assert len({2, 3} & {*numbers}) == len({0, 7} & {*numbers}) == 1
    assert similar_ones.behind[steel.pool[kept]] == 1 and similar_ones.total == len(numbers) == 21
    every = similar(steel, 5, fold=False)
    assert {*every} == {*range(25)} - {5, 6}


def test_what_is_nearly_the_image_itself_is_folded_behind_it(steel: Filled) -> None:
    similar_ones = workspace.similar_images(steel.ws, steel.project_id, steel.pool[0])
    assert steel.pool[7] not in {row.image_id for row in similar_ones.rows}
    assert similar_ones.behind[steel.pool[0]] == 1
    assert similar(steel, 0, fold=False)[0] == 7


def test_filters_narrow_it_down_and_pages_go_on_where_the_last_one_ended(steel: Filled) -> None:
    steel.record(*(label(steel.pool[i], steel.class_ids[0]) for i in (8, 10, 11)))
    whole = similar(steel, 2)
    assert similar(steel, 2, limit=4) + similar(steel, 2, offset=4, limit=40) == whole
    assert {*similar(steel, 2, labelled=True)} == {8, 10, 11}
    assert similar(steel, 2, labelled=True) == [i for i in whole if i in (8, 10, 11)]
    assert {*similar(steel, 2, split="evaluation")} == {20, 21, 22, 23, 24}
    assert similar(steel, 2, text="no such file") == []


def test_of_many_images_the_nearest_are_offered_and_no_more(steel: Filled, monkeypatch) -> None:
    whole = similar(steel, 4, fold=False)
    monkeypatch.setattr("vabal_core.workspace.similar.MAX_SIMILAR", 6)
    assert similar(steel, 4, fold=False) == whole[:6]


def test_images_in_the_bin_are_like_none_and_back_with_their_restoring(steel: Filled) -> None:
    nearest = similar(steel, 1)[0]
    workspace.remove_images(steel.ws, ANN, steel.project_id, [steel.pool[nearest]])
    assert nearest not in similar(steel, 1)
    similar_ones = workspace.similar_images(steel.ws, steel.project_id, steel.pool[nearest])
    assert not similar_ones.rows and "bin" in similar_ones.why_not
    workspace.restore_images(steel.ws, ANN, steel.project_id, [steel.pool[nearest]])
    assert similar(steel, 1)[0] == nearest


def test_what_cannot_be_compared_says_why_and_what_to_do(steel: Filled, tmp_path: Path) -> None:
    def why(i: int) -> str:
        similar_ones = workspace.similar_images(steel.ws, steel.project_id, i)
        assert not similar_ones.rows and not similar_ones.total
        return similar_ones.why_not

    assert "has not been read yet" in why(steel.pool[6]) and "Rounds page" in why(steel.pool[6])
    assert "not in this project" in why(10**6)
    other = workspace.create_project(steel.ws, ANN, "Other").id
    assert "not in this project" in workspace.similar_images(steel.ws, other, steel.pool[0]).why_not
    remove(tmp_path / "features" / "lite0-64")
    assert "0 of 25 images" in why(steel.pool[0])
    workspace.update_settings(steel.ws, ANN, steel.project_id, preset="paper")
    assert "pretrained network" in why(steel.pool[0]) and "Rounds page" in why(steel.pool[0])


def test_what_is_read_meanwhile_is_found(steel: Filled, tmp_path: Path) -> None:
    assert 6 not in similar(steel, 0)
    image = learning_images(steel.ws.engine, steel.project_id)[6]
    values = np.random.default_rng(2).normal(0, 1, (1, EARLY_COLUMNS + 24))
    append(tmp_path / "features" / "lite0-64", [image.fingerprint], values)
    assert 6 in similar(steel, 0)


@pytest.mark.parametrize("wrong", [{"offset": -1}, {"limit": 0}, {"state": "asleep"}])
def test_a_page_or_a_filter_that_cannot_be_is_refused(steel: Filled, wrong: dict) -> None:
    with pytest.raises(ValueError):
        workspace.similar_images(steel.ws, steel.project_id, steel.pool[0], **wrong)
