"""Label by exception: what is offered to be confirmed, and where nothing is."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from workspaces import ANN, Filled, filled, label

from vabal_core import workspace
from vabal_core.store.database import writing
from vabal_core.store.labels import prequential_classes
from vabal_core.store.ranked_labels import ranked_label_counts
from vabal_core.store.tables import ranking

TRUSTED = {"labelled_counts": [20, 5, 5], "predicted_counts": [8, 8, 4]}
RATES = {"out_of_fold_called": [20, 12, 4], "out_of_fold_right": [19, 12, 4]}


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """Images 0 to 5 are surely crazing, 6 to 9 surely inclusion, 10 to 12 surely scratches; the rest is doubtful."""
    project = filled(tmp_path, pool=20)
    project.rank(project.pool[::-1], **TRUSTED, **RATES)
    sure = {project.class_ids[0]: project.pool[:6], project.class_ids[1]: project.pool[6:10]}
    sure[project.class_ids[2]] = project.pool[10:13]
    with writing(project.ws.engine) as transaction:
        for class_id, image_ids in sure.items():
            now = {"predicted_class_id": class_id, "probability": 0.97}
            transaction.execute(sa.update(ranking).where(ranking.c.image_id.in_(image_ids)).values(now))
    return project


def offered(steel: Filled, count: int = 60, **more: object) -> dict[str, list[int]]:
    page = workspace.sure_images(steel.ws, ANN, steel.project_id, count=count, **more)
    return {group.name: [item.image_id for item in group.items] for group in page.groups}


def test_sure_images_come_class_by_class_the_class_with_the_fewest_labels_first(steel: Filled) -> None:
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in steel.pool[13:16]))
    page = workspace.sure_images(steel.ws, ANN, steel.project_id, count=60)
    assert [(group.name, group.waiting) for group in page.groups] == [("inclusion", 4), ("crazing", 6)]
    assert page.waiting == 10 and not page.why_not
    assert (page.groups[0].hit_rate.right, page.groups[0].hit_rate.called) == (12, 12)


def test_a_class_that_was_named_too_seldom_or_wrongly_is_not_offered(steel: Filled) -> None:
    assert set(offered(steel)) == {"crazing", "inclusion"}
    rates = {"out_of_fold_called": [20, 12, 4], "out_of_fold_right": [10, 12, 4]}
    steel.rank(steel.pool, **TRUSTED, **rates)
    assert "crazing" not in offered(steel)


def test_a_page_holds_so_many_images_and_leaves_out_those_passed_and_those_of_others(steel: Filled) -> None:
    first = offered(steel, count=5)
    assert sum(map(len, first.values())) == 5
    passed = [image_id for image_ids in first.values() for image_id in image_ids]
    request = workspace.DeskRequest(queue="ranked", count=0, have=steel.pool[:1])
    workspace.at_desk(steel.ws, workspace.person("bob"), steel.project_id, request)
    rest = offered(steel, exclude=passed)
    assert not {*passed, steel.pool[0]} & {image_id for image_ids in rest.values() for image_id in image_ids}


def test_an_image_with_a_label_or_set_aside_for_evaluation_is_never_among_them(steel: Filled) -> None:
    steel.record(label(steel.pool[0], steel.class_ids[1]))
    workspace.set_aside(steel.ws, ANN, steel.project_id, image_ids=[steel.pool[1]])
    shown = offered(steel)["crazing"]
    assert set(shown) == set(steel.pool[2:6])


def test_without_a_ranking_or_with_one_that_is_not_to_be_trusted_nothing_is_offered_and_why(tmp_path: Path) -> None:
    steel = filled(tmp_path, pool=20)

    def why_not() -> str:
        page = workspace.sure_images(steel.ws, ANN, steel.project_id, count=60)
        assert not page.groups
        return page.why_not

    assert "no ranking yet" in why_not()
    steel.rank(steel.pool, labelled_counts=[10, 10, 10], predicted_counts=[19, 1, 0], **RATES)
    assert why_not().startswith("Do not trust this ranking yet")
    steel.rank(steel.pool, **TRUSTED)
    assert "No class is named well enough yet" in why_not()


def test_a_label_given_so_says_so_with_what_the_ranking_said(steel: Filled) -> None:
    event = label(steel.pool[0], steel.class_ids[0], round=1)
    steel.record(replace(event, by_exception=True), label(steel.pool[1], steel.class_ids[0], round=1))
    rows = {row.path: row for row in workspace.export_rows(steel.ws, steel.project_id) if row.split == "pool"}
    confirmed, chosen = rows["p/0.png"], rows["p/1.png"]
    assert (confirmed.strategy, confirmed.round, confirmed.rank) == ("exception", 1, 20)
    assert confirmed.predicted_label == "crazing" and chosen.strategy == "vabal"


def test_a_correction_keeps_that_its_image_was_confirmed_by_exception(steel: Filled) -> None:
    steel.record(replace(label(steel.pool[0], steel.class_ids[0], round=1), by_exception=True))
    steel.record(label(steel.pool[0], steel.class_ids[1]))
    (row,) = [row for row in workspace.export_rows(steel.ws, steel.project_id) if row.path == "p/0.png"]
    assert (row.strategy, row.label) == ("exception", "inclusion")


def test_what_was_confirmed_by_exception_is_nothing_that_the_ranking_brought(steel: Filled) -> None:
    event = label(steel.pool[0], steel.class_ids[0], round=1)
    steel.record(replace(event, by_exception=True), label(steel.pool[1], steel.class_ids[1], round=1))
    (brought,) = ranked_label_counts(steel.ws.engine, steel.project_id)
    assert (brought.class_id, brought.count, brought.strategy) == (steel.class_ids[1], 1, "vabal")
    assert prequential_classes(steel.ws.engine, steel.project_id) == {steel.pool[1]: steel.class_ids[0]}
