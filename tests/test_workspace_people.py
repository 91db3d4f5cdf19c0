"""Who may do what: a role that lacks a right is refused in words, by the verb itself, and nothing is written."""

import pytest
from workspaces import Filled, filled, label

from vabal_core import workspace
from vabal_core.types import Actor, NotAllowed, Role
from vabal_core.workspace.people import RIGHTS, WORDS, require_right


def actor(role: Role) -> Actor:
    return Actor(id="eve", name="Eve", role=role)


@pytest.fixture
def steel(tmp_path) -> Filled:
    return filled(tmp_path)


def test_a_name_makes_somebody_who_may_do_everything_and_an_empty_one_nobody():
    assert workspace.person("  Ann ") == Actor(id="Ann", name="Ann", role="admin")
    with pytest.raises(ValueError, match="annotator"):
        workspace.person(" ")


def test_a_labeller_labels_and_does_nothing_else(steel: Filled):
    ws, project, eve = steel.ws, steel.project_id, actor("labeller")
    event = label(steel.pool[0], steel.class_ids[0])
    assert workspace.record(ws, eve, project, [event]) == [event.event_id]
    for refused in (
        lambda: workspace.add_class(ws, eve, project, "holes"),
        lambda: workspace.set_note(ws, eve, steel.class_ids[0], "long and thin"),
        lambda: workspace.update_settings(ws, eve, project, batch=3),
        lambda: workspace.start_round(ws, eve, project),
        lambda: next(workspace.run_round(ws, eve, project)),
        lambda: workspace.cancel_round(ws, eve, project),
    ):
        with pytest.raises(NotAllowed, match="Eve is a labeller and may not .*: ask a reviewer or an admin"):
            refused()
    assert len(workspace.classes(ws, project)) == len(steel.class_ids)
    assert workspace.list_rounds(ws, project) == []


def test_only_an_admin_makes_projects(steel: Filled):
    with pytest.raises(NotAllowed, match="may not make projects or import images: ask an admin"):
        workspace.create_project(steel.ws, actor("reviewer"), "Other")
    assert [project.name for project in workspace.list_projects(steel.ws)] == ["Steel"]
    assert workspace.create_project(steel.ws, actor("admin"), "Other").name == "Other"


def test_a_reviewer_changes_classes(steel: Filled):
    assert workspace.add_class(steel.ws, actor("reviewer"), steel.project_id, "holes").name == "holes"


def test_each_role_may_do_what_the_one_before_may_and_more():
    assert RIGHTS["labeller"] < RIGHTS["reviewer"] < RIGHTS["admin"] == set(WORDS)
    with pytest.raises(NotAllowed, match="Eve is a labeller and may not take labels or images away: ask a reviewer or"):
        require_right(actor("labeller"), "export")
    with pytest.raises(NotAllowed, match="Eve is a reviewer and may not change who may come in: ask an admin"):
        require_right(actor("reviewer"), "accounts")
