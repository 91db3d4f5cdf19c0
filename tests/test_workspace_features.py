"""Reading a project's images: at which side, once, whatever stops it, and which of them come first afterwards."""

from pathlib import Path

import pytest
from feature_images import write_images
from long_work import finish, result_of
from reading import read_at_once
from ui_projects import steel_project
from workspaces import ANN, label

from vabal_core import workspace
from vabal_core.images.side import MIN_SIDE
from vabal_core.store.images import learning_images, show_first
from vabal_core.types import Busy, Project, StudioError
from vabal_core.workspace import features as verbs
from vabal_core.workspace.features import reading_overrides, side_of, usual_side


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> workspace.Workspace:
    read_at_once(monkeypatch)
    return workspace.open_workspace(tmp_path / "data")


def frozen_project(ws: workspace.Workspace, folder: Path, name: str = "Steel", **options) -> Project:
    project = steel_project(ws, folder / name, name=name, **options)
    return workspace.update_settings(ws, ANN, project.id, preset="interactive")


def read(ws: workspace.Workspace, project: Project):
    """How many images were read, and the events."""
    return finish(workspace.read_features(ws, ANN, project.id))


def first_of(ws: workspace.Workspace, project: Project) -> list[int]:
    """The images that come first because they are typical, in their order."""
    items = workspace.next_images(ws, project.id, "ranked", count=50)
    return [item.image_id for item in items if "Typical" in item.why]


@pytest.mark.parametrize(("own", "side"), [(1000, 224), (225, 224), (200, 224), (130, 160), (64, 64), (50, 64)])
def test_images_are_read_at_their_own_size_within_bounds(ws, tmp_path, own, side):
    project = frozen_project(ws, tmp_path, pool=3, evaluation=0, size=own)
    assert usual_side(ws, project.id) == side_of(ws, project) == side


def test_the_middle_image_decides_and_a_project_without_any_reads_at_the_least(ws, tmp_path):
    project = frozen_project(ws, tmp_path, pool=3, evaluation=0, size=64)
    big = steel_project(ws, tmp_path / "big", name="Big", pool=7, evaluation=0, size=96)
    assert usual_side(ws, big.id) == 96 and usual_side(ws, project.id) == 64
    assert usual_side(ws, workspace.create_project(ws, ANN, "Empty").id) == MIN_SIDE


def test_a_side_that_a_person_chose_is_used_where_a_pretrained_network_reads(ws, tmp_path):
    project = frozen_project(ws, tmp_path)
    project = workspace.update_settings(ws, ANN, project.id, side=96)
    assert side_of(ws, project) == 96
    assert reading_overrides(ws, project, "interactive") == {"image_size": 96, "mirrors": False}
    assert reading_overrides(ws, project, "thorough") == {"image_size": 96}
    assert reading_overrides(ws, project, "paper") == reading_overrides(ws, project, "published") == {}


def test_a_side_below_what_a_network_can_see_is_refused(ws, tmp_path):
    project = frozen_project(ws, tmp_path, pool=1, evaluation=0)
    with pytest.raises(ValueError, match="32 pixels and more, not 5"):
        workspace.update_settings(ws, ANN, project.id, side=5)


def test_every_image_is_read_once_and_the_state_tells_how_far_it_is(ws, tmp_path):
    project = frozen_project(ws, tmp_path)
    before = workspace.feature_state(ws, project.id)
    assert (before.side, before.read, before.images) == (64, 0, 15)
    # A quarter of the pixels of 128 x 128, in four mirror images.
    assert before.seconds_left == pytest.approx(15 / verbs.READ_A_SECOND)
    thorough = workspace.feature_state(ws, project.id, "thorough")
    assert thorough.seconds_left == pytest.approx(15 / verbs.READ_A_SECOND / 4)
    assert workspace.feature_state(ws, project.id, "paper") is None
    count, events = read(ws, project)
    assert count == 15
    assert [(event.done, event.total) for event in events if event.phase == "features"][-1] == (15, 15)
    after = workspace.feature_state(ws, project.id)
    assert (after.read, after.seconds_left) == (15, 0)
    assert read(ws, project) == (0, []), "nothing is left to read"


def test_how_far_it_is_is_counted_once_until_something_changes(ws, tmp_path, monkeypatch):
    project = frozen_project(ws, tmp_path, pool=6, evaluation=0)
    read(ws, project)
    assert workspace.feature_state(ws, project.id).read == 6
    with monkeypatch.context() as patch:
        patch.setattr(verbs, "learning_images", lambda *_: pytest.fail("every image was asked for"))
        assert workspace.feature_state(ws, project.id).read == 6
    (tmp_path / "more").mkdir()
    write_images(tmp_path / "more", 4)
    imported(ws, "Steel", tmp_path / "more")
    assert (workspace.feature_state(ws, project.id).read, workspace.feature_state(ws, project.id).images) == (6, 10)
    read(ws, project)
    assert workspace.feature_state(ws, project.id).read == 10
    workspace.remove_features(ws, ANN)
    assert workspace.feature_state(ws, project.id).read == 0


def test_what_was_read_at_one_side_is_there_no_more_at_another_and_again_when_it_comes_back(ws, tmp_path):
    project = frozen_project(ws, tmp_path)
    read(ws, project)
    workspace.update_settings(ws, ANN, project.id, side=96)
    assert workspace.feature_state(ws, project.id).read == 0
    workspace.update_settings(ws, ANN, project.id, side=0)
    assert workspace.feature_state(ws, project.id).read == 15


def test_typical_images_of_the_pool_come_first_and_say_so(ws, tmp_path):
    project = frozen_project(ws, tmp_path)
    assert not first_of(ws, project)
    read(ws, project)
    pool = {image.image_id for image in learning_images(ws.engine, project.id) if image.split == "pool"}
    assert set(first_of(ws, project)) == pool, "few enough for all of them"


def test_only_so_many_come_first_and_the_others_follow_at_random(ws, tmp_path, monkeypatch):
    monkeypatch.setattr(verbs, "SHOWN_FIRST", 4)
    project = frozen_project(ws, tmp_path)
    read(ws, project)
    items = workspace.next_images(ws, project.id, "ranked", count=50)
    assert ["Typical" in item.why for item in items] == [True] * 4 + [False] * 8


def test_a_project_that_has_no_class_yet_gets_an_order_too(ws, tmp_path):
    project = frozen_project(ws, tmp_path, labelled=False)
    assert workspace.classes(ws, project.id) == []
    read(ws, project)
    assert len(first_of(ws, project)) == 12


def test_images_with_a_label_are_not_among_those_to_show_first(ws, tmp_path):
    project = frozen_project(ws, tmp_path)
    labelled = workspace.next_images(ws, project.id, "ranked", count=1)[0].image_id
    workspace.record(ws, ANN, project.id, [label(labelled, workspace.classes(ws, project.id)[0].id)])
    read(ws, project)
    first = first_of(ws, project)
    assert len(first) == 11 and labelled not in first


def test_images_that_were_read_for_another_project_are_not_read_again_and_come_in_a_good_order_too(ws, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    write_images(folder, 10)
    first, second = (imported(ws, name, folder) for name in ("First", "Second"))
    assert read(ws, first)[0] == 10
    assert workspace.feature_state(ws, second.id).read == 10 and not first_of(ws, second)
    assert read(ws, second)[0] == 0
    assert len(first_of(ws, second)) == 10
    assert read(ws, second) == (0, []), "the order is there"


def imported(ws: workspace.Workspace, name: str, folder: Path) -> Project:
    plan = result_of(workspace.prepare_import(ws, name, folder, labels="use", holdout=0.0))
    result_of(workspace.commit_import(ws, ANN, name, plan))
    return workspace.find_project(ws, name)


def test_stopped_between_reading_and_ordering_it_orders_when_it_goes_on(ws, tmp_path, monkeypatch):
    project = frozen_project(ws, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(verbs, "read_order", lambda folder: [][1])
        with pytest.raises(IndexError):
            read(ws, project)
    assert workspace.feature_state(ws, project.id).read == 15 and not first_of(ws, project)
    read(ws, project)
    assert len(first_of(ws, project)) == 12


def test_where_a_round_ranks_the_images_or_all_have_a_label_no_order_is_made_for_its_own_sake(ws, tmp_path):
    project = frozen_project(ws, tmp_path, pool=2)
    read(ws, project)
    show_first(ws.engine, project.id, [])
    class_id = workspace.classes(ws, project.id)[0].id
    for item in workspace.next_images(ws, project.id, "ranked", count=2):
        workspace.record(ws, ANN, project.id, [label(item.image_id, class_id)])
    assert read(ws, project) == (0, [])


def test_stopped_in_the_middle_it_keeps_what_was_read_and_goes_on_from_there(ws, tmp_path):
    project = frozen_project(ws, tmp_path)
    work = workspace.read_features(ws, ANN, project.id)
    while next(work).done < 8:
        pass
    work.close()
    kept = workspace.feature_state(ws, project.id).read
    assert 8 <= kept < 15 and not first_of(ws, project)
    count, events = read(ws, project)
    assert count == 15 - kept and [event.total for event in events if event.phase == "features"][-1] == 15 - kept
    assert len(first_of(ws, project)) == 12


def test_while_one_reads_nobody_else_does_and_afterwards_somebody_may(ws, tmp_path):
    project = frozen_project(ws, tmp_path)
    work = workspace.read_features(ws, ANN, project.id)
    next(work)
    with pytest.raises(Busy, match="are being read already"):
        next(workspace.read_features(ws, ANN, project.id))
    work.close()
    assert read(ws, project)[0]


def test_a_project_that_learns_from_scratch_has_nothing_to_read(ws, tmp_path, monkeypatch):
    monkeypatch.setattr(verbs, "Learner", lambda *_, **__: pytest.fail("nothing is to be read"))
    project = steel_project(ws, tmp_path / "images")
    assert read(ws, project) == (0, [])


def test_a_project_without_images_has_nothing_to_read(ws, monkeypatch):
    monkeypatch.setattr(verbs, "Learner", lambda *_, **__: pytest.fail("nothing is to be read"))
    project = workspace.create_project(ws, ANN, "Empty")
    assert read(ws, project) == (0, [])
    assert workspace.feature_state(ws, project.id).seconds_left == 0


def test_images_that_cannot_be_read_fail_it_in_words_and_leave_it_free_to_be_tried_again(ws, tmp_path):
    project = frozen_project(ws, tmp_path)
    for file in (tmp_path / "Steel").glob("*.png"):
        file.rename(file.with_suffix(".away"))
    with pytest.raises(StudioError, match="15 of 15 images cannot be read"):
        read(ws, project)
    for file in (tmp_path / "Steel").glob("*.away"):
        file.rename(file.with_suffix(".png"))
    assert read(ws, project)[0] == 15


def test_images_imported_later_are_read_and_the_order_is_made_anew(ws, tmp_path):
    project = frozen_project(ws, tmp_path, pool=6, evaluation=0)
    read(ws, project)
    (tmp_path / "more").mkdir()
    write_images(tmp_path / "more", 4)
    imported(ws, "Steel", tmp_path / "more")
    assert workspace.feature_state(ws, project.id).read == 6
    assert read(ws, project)[0] == 4
    assert len(first_of(ws, project)) == 10


def test_a_learners_process_reads_with_the_pretrained_network(tmp_path):
    ws = workspace.open_workspace(tmp_path / "data")
    project = frozen_project(ws, tmp_path, pool=5, evaluation=1)
    count, events = read(ws, project)
    assert count == 6 and events[-1].phase == "cold start"
    assert sorted(first_of(ws, project)) == sorted(
        image.image_id for image in learning_images(ws.engine, project.id) if image.split == "pool"
    )
