"""Images in the bin are out of everything at once, and come back exactly as they were."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from image_files import write_image
from long_work import result_of
from test_store_counts import any_event, kept
from workspaces import ANN, Filled, filled, flag, label, skip, undo, unsure

from vabal_core import workspace
from vabal_core.store.database import reading
from vabal_core.store.images import learning_images
from vabal_core.store.labels import current_labels
from vabal_core.types import Actor, LabelEvent, NotAllowed, OutOfSample, StudioError


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path, hidden=True)


def remove(steel: Filled, *image_ids: int) -> int:
    return workspace.remove_images(steel.ws, ANN, steel.project_id, image_ids)


def restore(steel: Filled, *image_ids: int) -> int:
    return workspace.restore_images(steel.ws, ANN, steel.project_id, image_ids)


def seen(steel: Filled) -> dict[str, object]:
    """What every part of the Studio says of the project's images."""
    ws, project_id = steel.ws, steel.project_id
    rows, total = workspace.search_images(ws, project_id, limit=1_000)
    return {
        "queue": steel.next(count=100),
        "evaluation": steel.next("evaluation", count=100),
        "counts": workspace.counts(ws, project_id),
        "totals": workspace.image_totals(ws, project_id),
        "grid": (rows, total),
        "flagged": workspace.search_images(ws, project_id, state="flagged"),
        "disagrees": workspace.search_images(ws, project_id, disagrees=True),
        "export": list(workspace.export_rows(ws, project_id)),
        "learning": learning_images(ws.engine, project_id),
        "labels": current_labels(ws.engine, project_id),
        "guide": workspace.read_class_guide(ws, project_id),
        "recent": workspace.recent(ws, project_id, annotator="ann"),
        "kept": kept(steel),
        "answers": workspace.knows_answers(ws, project_id),
    }


def ids_in(steel: Filled) -> dict[str, set[int]]:
    now = seen(steel)
    return {
        "queue": {*now["queue"], *now["evaluation"]},
        "grid": {row.image_id for row in now["grid"][0]},
        "flagged": {row.image_id for row in now["flagged"][0]},
        "learning": {image.image_id for image in now["learning"]},
        "labels": set(now["labels"]),
        "guide": {image.id for entry in now["guide"] for image in entry.examples},
        "recent": {decision.image_id for decision in now["recent"]},
    }


def busy(steel: Filled) -> None:
    """A project in which each kind of decision was made, and a round has ranked."""
    crazing, inclusion, _ = steel.class_ids
    steel.rank(steel.pool, out_of_sample=[OutOfSample(steel.evaluation[0], inclusion, 0.9)])
    steel.record(
        label(steel.pool[0], crazing, "e0", round=1), label(steel.pool[1], inclusion), flag(steel.pool[2], "f"),
        unsure(steel.pool[3]), skip(steel.pool[4]), label(steel.pool[5], inclusion, "e5"), undo(steel.pool[5], "e5"),
    )  # fmt: skip
    workspace.pin(steel.ws, ANN, steel.project_id, crazing, steel.pool[0], "example")


def test_an_image_in_the_bin_is_nowhere_and_comes_back_as_it_was(steel: Filled) -> None:
    busy(steel)
    before = seen(steel)
    gone = {*steel.pool[:8], *steel.evaluation[:2]}
    assert remove(steel, *gone) == len(gone)
    assert {name: ids & gone for name, ids in ids_in(steel).items() if ids & gone} == {}
    counts = workspace.counts(steel.ws, steel.project_id)
    assert (counts.pool_total, counts.evaluation_total, counts.unsure, counts.flagged) == (0, 3, 0, 0)
    assert workspace.image_totals(steel.ws, steel.project_id) == {"pool": 12, "evaluation": 3}
    assert {image.id for image in workspace.bin_contents(steel.ws, steel.project_id).images} == gone
    assert restore(steel, *gone) == len(gone)
    assert seen(steel) == before
    assert workspace.bin_contents(steel.ws, steel.project_id).image_count == 0


def test_both_ways_are_safe_to_go_twice(steel: Filled) -> None:
    busy(steel)
    before = seen(steel)
    assert [remove(steel, *steel.pool[:4]), remove(steel, *steel.pool[:5]), remove(steel, steel.pool[0])] == [4, 1, 0]
    assert [restore(steel, *steel.pool[:5]), restore(steel, *steel.pool[:5])] == [5, 0]
    assert seen(steel) == before


def test_a_label_given_to_an_image_in_the_bin_is_kept_and_counts_when_it_is_back(steel: Filled) -> None:
    crazing, inclusion, _ = steel.class_ids
    steel.record(label(steel.pool[0], crazing, "e0"))
    remove(steel, steel.pool[0], steel.pool[1])
    removed = seen(steel)
    steel.record(label(steel.pool[1], inclusion, "late"), undo(steel.pool[0], "e0"))
    assert seen(steel) | {"recent": 0} == removed | {"recent": 0}
    restore(steel, steel.pool[0], steel.pool[1])
    assert current_labels(steel.ws.engine, steel.project_id).get(steel.pool[0]) is None
    assert current_labels(steel.ws.engine, steel.project_id)[steel.pool[1]] == inclusion
    assert workspace.counts(steel.ws, steel.project_id).pool[inclusion] == 1


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_the_sum_over_the_log_of_what_is_not_in_the_bin(steel: Filled, seed: int) -> None:
    chance, sent = random.Random(seed), []
    steps: list[Callable[..., int]] = [remove, restore]
    touched = steel.pool[:5] + steel.evaluation[:3]
    for _ in range(25):
        events: list[LabelEvent] = [any_event(steel, chance, sent) for _ in range(2)]
        sent += events
        steel.record(*events)
        chance.choice(steps)(steel, *chance.sample(touched, 2))
        counted = kept(steel)
        assert not workspace.mend_counts(steel.ws), "counted anew from images and log, it is the same"
        assert kept(steel) == counted
    restore(steel, *touched)
    assert sum(kept(steel)[1].values()) == 25
    assert len(current_labels(steel.ws.engine, steel.project_id)) == sum(kept(steel)[0].values())


def test_what_is_no_image_of_the_project_removes_nothing(steel: Filled, tmp_path: Path) -> None:
    other = filled(tmp_path, name="Other")
    for wrong in (other.pool[0], 10**6):
        with pytest.raises(ValueError, match=f"has no image {wrong}"):
            remove(steel, steel.pool[0], wrong)
    assert workspace.bin_contents(steel.ws, steel.project_id).image_count == 0
    labeller = Actor(id="bob", name="bob", role="labeller")
    with pytest.raises(NotAllowed):
        workspace.remove_images(steel.ws, labeller, steel.project_id, [steel.pool[0]])


def test_a_desk_gives_back_an_image_that_went_into_the_bin(steel: Filled) -> None:
    request = workspace.DeskRequest(queue="ranked", count=3)
    held = [item.image_id for item in workspace.at_desk(steel.ws, ANN, steel.project_id, request).items]
    remove(steel, held[0])
    with reading(steel.ws.engine) as transaction:
        assert held[0] not in transaction.exec_driver_sql("SELECT image_id FROM lease").scalars().all()
    again = workspace.at_desk(steel.ws, ANN, steel.project_id, workspace.DeskRequest(queue="ranked", count=50))
    assert held[0] not in [item.image_id for item in again.items]
    stored = workspace.at_desk(
        steel.ws, ANN, steel.project_id,
        workspace.DeskRequest(queue="ranked", count=0, events=(label(held[0], steel.class_ids[0], "sent"),)),
    )  # fmt: skip
    assert (stored.stored, stored.refused) == (("sent",), ())


def test_a_round_that_ran_meanwhile_ends_well_and_its_ranking_is_there_when_the_image_is_back(steel: Filled) -> None:
    remove(steel, steel.pool[0])
    steel.rank(steel.pool)  # as a round that began before the image went
    assert steel.next(count=3) == list(steel.pool[1:4])
    restore(steel, steel.pool[0])
    assert steel.next(count=3) == list(steel.pool[:3])


def test_what_is_in_the_bin_can_be_looked_at_but_not_pinned(steel: Filled) -> None:
    remove(steel, steel.pool[0])
    assert workspace.image(steel.ws, steel.pool[0]).removed
    with pytest.raises(StudioError, match="in the bin"):
        workspace.pin(steel.ws, ANN, steel.project_id, steel.class_ids[0], steel.pool[0], "counter")


def test_what_was_found_of_doubtful_labels_is_looked_for_anew_when_images_go(steel: Filled) -> None:
    def stamp() -> tuple[int, ...]:
        return workspace.review_stamp(steel.ws, steel.project_id)

    stamps = [stamp()]
    for step in (
        lambda: remove(steel, steel.pool[0]),
        lambda: (restore(steel, steel.pool[0]), remove(steel, steel.pool[1])),
        lambda: workspace.merge_classes(steel.ws, ANN, *steel.class_ids[:2]),
    ):
        step()
        stamps.append(stamp())
    assert len(set(stamps)) == 4


def test_a_path_with_brackets_or_stars_means_the_image_of_that_name(tmp_path: Path) -> None:
    for number, folder in enumerate(("a1", "a[1]", "a*")):
        write_image(tmp_path / "source" / folder / "0.png", number)
    ws = workspace.open_workspace(tmp_path / "data")
    plan = result_of(workspace.prepare_import(ws, "Steel", tmp_path / "source", labels="ignore"))
    result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    project_id = workspace.find_project(ws, "Steel").id
    for path, count in (("a[1]/0.png", 1), ("a*/0.png", 1), ("a?/0.png", 2), ("*.png", 3)):
        assert len(workspace.image_ids_at(ws, project_id, [path])) == count
