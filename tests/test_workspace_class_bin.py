"""A class that nobody needs goes into the bin; one that means another is merged into it, and read through."""

from pathlib import Path

import pytest
from test_store_counts import kept
from workspaces import ANN, Filled, filled, label, undo

from vabal_core import workspace
from vabal_core.config import preset
from vabal_core.store.database import reading
from vabal_core.store.images import learning_images
from vabal_core.store.labels import current_labels, prequential_classes
from vabal_core.store.tables import label_event
from vabal_core.types import OutOfSample, Reasons, StudioError
from vabal_core.workspace.round_task import round_task


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path, hidden=True)


def names(steel: Filled) -> list[str]:
    return [listed.name for listed in workspace.classes(steel.ws, steel.project_id)]


def labelled(steel: Filled) -> None:
    """Five labels of crazing, three of inclusion, after a round that took every image for crazing."""
    crazing, inclusion, _ = steel.class_ids
    steel.rank(steel.pool, out_of_sample=[OutOfSample(steel.evaluation[0], inclusion, 0.9)])
    for i, image_id in enumerate(steel.pool[:8]):
        steel.record(label(image_id, crazing if i < 5 else inclusion, f"e{i}", round=1))
    workspace.pin(steel.ws, ANN, steel.project_id, crazing, steel.pool[0], "example")


def test_what_is_labelled_as_a_merged_class_counts_as_the_other_everywhere(steel: Filled) -> None:
    ws, project_id = steel.ws, steel.project_id
    crazing, inclusion, scratches = steel.class_ids
    labelled(steel)
    truth = kept(steel)[0]
    workspace.update_settings(ws, ANN, project_id, rare_class_ids=[crazing])
    workspace.merge_classes(ws, ANN, crazing, inclusion)
    workspace.merge_classes(ws, ANN, crazing, inclusion)
    assert names(steel) == ["inclusion", "scratches"]
    assert kept(steel)[0]["pool", inclusion] == 8
    assert kept(steel)[0]["evaluation", inclusion] == truth["evaluation", crazing] + truth["evaluation", inclusion]
    assert not workspace.mend_counts(ws), "counted anew from the log, through the merge, it is the same"
    assert {current_labels(ws.engine, project_id)[image_id] for image_id in steel.pool[:8]} == {inclusion}
    assert set(prequential_classes(ws.engine, project_id).values()) == {inclusion}
    assert {row.label for row in workspace.export_rows(ws, project_id) if row.split == "pool"} == {"inclusion"}
    assert {row.predicted_label for row in workspace.export_rows(ws, project_id)} == {"inclusion", None}
    item = workspace.next_images(ws, project_id, "ranked", count=1)[0]
    assert (item.predicted, item.predicted_class_id) == ("inclusion", inclusion)
    assert workspace.search_images(ws, project_id, class_id=inclusion, split="pool")[1] == 8
    assert workspace.search_images(ws, project_id, predicted_class_id=inclusion, split="pool")[1] == 20
    assert workspace.search_images(ws, project_id, disagrees=True, split="pool")[1] == 0
    assert [entry.name for entry in workspace.read_class_guide(ws, project_id) if entry.examples] == ["inclusion"]
    assert {decision.class_id for decision in workspace.recent(ws, project_id, annotator="ann")} == {inclusion}
    assert workspace.read_learning_curves(ws, project_id).rare == ("inclusion",)
    task = round_task(
        ws, project_id, learning_images(ws.engine, project_id), strategy="entropy", batch=1, seed=0,
        config=preset("interactive"),
    )  # fmt: skip
    assert (task.class_count, set(task.labels[:8].tolist())) == (2, {0})
    with reading(ws.engine) as transaction:
        log = transaction.execute(label_event.select().where(label_event.c.annotator == "ann")).all()
        assert [row.class_id for row in log] == [crazing] * 5 + [inclusion] * 3, "the log keeps what was said"
    assert workspace.label_for_me(ws, ANN, project_id, 12) == 12
    assert set(kept(steel)[0]) == {(split, id_) for split in ("pool", "evaluation") for id_ in (inclusion, scratches)}


def test_labels_go_on_through_a_merge_and_come_apart_with_it(steel: Filled) -> None:
    ws = steel.ws
    crazing, inclusion, scratches = steel.class_ids
    labelled(steel)
    before = kept(steel)
    workspace.merge_classes(ws, ANN, crazing, inclusion)
    workspace.merge_classes(ws, ANN, inclusion, scratches)
    assert kept(steel)[0]["pool", scratches] == 8
    steel.record(label(steel.pool[0], scratches, "again"), label(steel.pool[9], crazing, "late"))
    assert kept(steel)[0]["pool", scratches] == 9, "a desk that still shows the merged class labels as the other"
    assert not workspace.mend_counts(ws)
    steel.record(undo(steel.pool[0], "again"), undo(steel.pool[9], "late"))
    restored = workspace.restore_class(ws, ANN, inclusion)
    assert (restored.name, kept(steel)[0]["pool", inclusion]) == ("inclusion", 8)
    workspace.restore_class(ws, ANN, crazing)
    workspace.restore_class(ws, ANN, crazing)
    assert kept(steel) == before
    assert names(steel) == ["crazing", "inclusion", "scratches"]


def test_a_key_that_went_to_another_class_meanwhile_stays_there(steel: Filled) -> None:
    crazing, inclusion, _ = steel.class_ids
    workspace.merge_classes(steel.ws, ANN, crazing, inclusion)
    added = workspace.add_class(steel.ws, ANN, steel.project_id, "pits")
    assert added.key == "1"
    assert workspace.restore_class(steel.ws, ANN, crazing).key not in ("", "1")


def test_only_two_classes_of_one_project_that_are_in_use_are_merged(steel: Filled, tmp_path: Path) -> None:
    crazing, inclusion, scratches = steel.class_ids
    other = filled(tmp_path, name="Other")
    with pytest.raises(ValueError, match="two classes of one project"):
        workspace.merge_classes(steel.ws, ANN, crazing, other.class_ids[0])
    with pytest.raises(StudioError, match="“crazing” is one class, which cannot be merged into itself"):
        workspace.merge_classes(steel.ws, ANN, crazing, crazing)
    workspace.merge_classes(steel.ws, ANN, crazing, inclusion)
    for first, second in ((crazing, scratches), (scratches, crazing)):
        with pytest.raises(StudioError, match="“crazing” was merged into “inclusion”: bring it back first"):
            workspace.merge_classes(steel.ws, ANN, first, second)


def test_the_other_class_may_take_the_name_of_the_merged_one(steel: Filled) -> None:
    crazing, inclusion, scratches = steel.class_ids
    workspace.merge_classes(steel.ws, ANN, crazing, inclusion)
    for verb in (lambda name: workspace.add_class(steel.ws, ANN, steel.project_id, name),
                 lambda name: workspace.rename_class(steel.ws, ANN, scratches, name)):  # fmt: skip
        with pytest.raises(StudioError, match="“crazing” was merged into “inclusion”"):
            verb("crazing")
    assert workspace.rename_class(steel.ws, ANN, inclusion, "crazing").id == inclusion
    assert names(steel) == ["crazing", "scratches"]
    assert workspace.restore_class(steel.ws, ANN, crazing).name == "inclusion"


def test_a_class_that_labels_use_is_not_removed(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    crazing, inclusion, scratches = steel.class_ids
    steel.record(label(steel.pool[0], crazing, "e"))
    with pytest.raises(StudioError, match="“crazing” has 1 image labelled so"):
        workspace.remove_class(steel.ws, ANN, crazing)
    workspace.remove_class(steel.ws, ANN, scratches)
    workspace.remove_class(steel.ws, ANN, scratches)
    assert names(steel) == ["crazing", "inclusion"]
    assert [gone.name for gone in workspace.bin_contents(steel.ws, steel.project_id).classes] == ["scratches"]
    for verb in (workspace.rename_class, workspace.set_class_key):
        with pytest.raises(StudioError, match="lies in the bin"):
            verb(steel.ws, ANN, scratches, "b")


def test_hidden_truth_keeps_its_class(steel: Filled) -> None:
    with pytest.raises(StudioError, match="7 images with it as the hidden label"):
        workspace.remove_class(steel.ws, ANN, steel.class_ids[0])


def test_a_label_that_comes_back_brings_its_class_back(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    crazing, inclusion, scratches = steel.class_ids
    steel.record(label(steel.pool[0], crazing, "first"), label(steel.pool[0], inclusion, "second"))
    steel.record(label(steel.pool[1], scratches))
    workspace.remove_images(steel.ws, ANN, steel.project_id, [steel.pool[1]])
    for class_id in (crazing, scratches):
        workspace.remove_class(steel.ws, ANN, class_id)
    assert names(steel) == ["inclusion"]
    steel.record(undo(steel.pool[0], "second"))
    assert names(steel) == ["crazing", "inclusion"], "the label before counts again"
    workspace.restore_images(steel.ws, ANN, steel.project_id, [steel.pool[1]])
    assert names(steel) == ["crazing", "inclusion", "scratches"]
    assert not workspace.mend_counts(steel.ws)


def test_a_class_added_under_the_name_of_one_in_the_bin_is_that_one(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    crazing = steel.class_ids[0]
    workspace.remove_class(steel.ws, ANN, crazing)
    with pytest.raises(StudioError, match="“crazing” lies in the bin"):
        workspace.rename_class(steel.ws, ANN, steel.class_ids[1], "crazing")
    assert workspace.add_class(steel.ws, ANN, steel.project_id, "Crazing").id == crazing


def test_rounds_of_before_a_merge_are_still_shown(steel: Filled) -> None:
    crazing, inclusion, scratches = steel.class_ids
    confusion = [[1, 0, 0], [0, 2, 0], [0, 0, 3]]
    steel.record(*(label(image_id, steel.class_ids[i % 3]) for i, image_id in enumerate(steel.pool[:6])))
    measured = {"labelled_counts": [2, 2, 2], "confusion": confusion, "evaluated": 6}
    steel.rank(steel.pool[6:], reasons=Reasons(next_likely=((1, 0.3),)), **measured)
    workspace.merge_classes(steel.ws, ANN, crazing, inclusion)
    curves = workspace.read_learning_curves(steel.ws, steel.project_id)
    assert list(curves.confusion.columns) == ["crazing (now inclusion)", "inclusion", "scratches"]
    assert list(curves.balance["count"]) == [4, 2, 4, 2], "as they count now"
    assert workspace.diagnose_round(steel.ws, steel.project_id, 1).classes["name"][0] == "crazing (now inclusion)"
    item = workspace.next_images(steel.ws, steel.project_id, "ranked", count=1)[0]
    assert item.predicted == "inclusion" and dict(item.likely) == {inclusion: pytest.approx(1.05)}


def test_what_a_round_took_for_a_class_that_went_into_the_bin_is_still_told(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.rank(steel.pool)
    workspace.remove_class(steel.ws, ANN, steel.class_ids[0])
    assert workspace.next_images(steel.ws, steel.project_id, "ranked", count=1)[0].predicted == "crazing"
    assert workspace.search_images(steel.ws, steel.project_id)[0][0].predicted_class_id == steel.class_ids[0]


def rare(steel: Filled) -> tuple[str, ...]:
    return workspace.read_learning_curves(steel.ws, steel.project_id).rare


def test_a_class_that_was_chosen_as_rare_is_so_again_when_it_is_taken_apart(steel: Filled) -> None:
    ws, (crazing, inclusion, scratches) = steel.ws, steel.class_ids
    workspace.update_settings(ws, ANN, steel.project_id, rare_class_ids=[crazing])
    workspace.merge_classes(ws, ANN, crazing, inclusion)
    assert rare(steel) == ("inclusion",)
    workspace.update_settings(ws, ANN, steel.project_id, rare_class_ids=[inclusion, scratches])
    assert rare(steel) == ("inclusion", "scratches"), "another is chosen meanwhile"
    workspace.restore_class(ws, ANN, crazing)
    assert rare(steel) == ("crazing", "scratches"), "inclusion was rare for crazing alone"
    workspace.merge_classes(ws, ANN, crazing, inclusion)
    workspace.update_settings(ws, ANN, steel.project_id, rare_class_ids=[scratches])
    workspace.restore_class(ws, ANN, crazing)
    assert rare(steel) == ("scratches",), "what counted as rare was chosen away"


def test_a_class_that_was_chosen_as_rare_is_so_again_when_it_comes_out_of_the_bin(steel: Filled) -> None:
    ws = steel.ws
    pits = workspace.add_class(ws, ANN, steel.project_id, "pits").id
    workspace.update_settings(ws, ANN, steel.project_id, rare_class_ids=[pits])
    workspace.remove_class(ws, ANN, pits)
    assert rare(steel) == ()
    workspace.update_settings(ws, ANN, steel.project_id, rare_class_ids=[steel.class_ids[0]])
    workspace.restore_class(ws, ANN, pits)
    assert rare(steel) == ("crazing", "pits")
