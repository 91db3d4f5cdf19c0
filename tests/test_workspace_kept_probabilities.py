"""What the newest rounds said of every class: read from their folders, for the classes of now."""

from pathlib import Path

import numpy as np
import pytest
from workspaces import ANN, Filled, filled

from vabal_core import workspace
from vabal_core.store.classes import class_table
from vabal_core.workspace.kept_probabilities import probabilities_of


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path / "data", pool=4)


def probabilities(project: Filled, round_, *image_ids: int) -> list[list[float]]:
    table = class_table(project.ws.engine, project.project_id)
    return probabilities_of(project.ws, round_, np.array(image_ids, np.int64), table).tolist()


def test_images_are_found_by_their_id_and_of_others_nothing_is_said(steel: Filled):
    first, second, third, _ = steel.pool
    round_ = steel.rank_saying({third: (0.5, 0.25, 0.25), first: (0.0, 0.75, 0.25)})
    rows = np.array(probabilities(steel, round_, first, second, third))
    np.testing.assert_equal(rows, [[0.0, 0.75, 0.25], [np.nan] * 3, [0.5, 0.25, 0.25]])


def test_what_was_said_of_merged_classes_counts_together(steel: Filled):
    round_ = steel.rank_saying({steel.pool[0]: (0.5, 0.125, 0.375)})
    workspace.merge_classes(steel.ws, ANN, steel.class_ids[0], steel.class_ids[2])
    assert probabilities(steel, round_, steel.pool[0]) == [[0.125, 0.875]]


def test_where_nothing_is_kept_nothing_is_said(steel: Filled):
    assert np.isnan(probabilities(steel, steel.rank(steel.pool), *steel.pool)).all()
