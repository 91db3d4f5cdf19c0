"""Pages of people who sign in: each sees their own projects and what their role may do; admins change who comes in."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from accounts import PASSWORD, account, sign_in, with_accounts
from streamlit.testing.v1 import AppTest
from ui_pages import PAGES, opened
from ui_projects import steel_project

from vabal_core import workspace
from vabal_core.types import Account, Project
from vabal_core.ui.app.guard import HOSTS
from vabal_core.ui.app.login import LOGIN
from vabal_core.ui.app.signed_out import in_menu
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import read_invitation, secret
from vabal_core.ui.views.people import only_here
from vabal_core.workspace import Action

MAIN = PAGES.parent / "vabal_core" / "ui" / "app" / "main.py"


@pytest.fixture
def steel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose member Ann is, beside one that is a chief's alone."""
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(workspace, "devices_so_far", lambda: "CPU (2 threads)")
    monkeypatch.setattr(workspace, "expected_duration", lambda *_: "about 1 minute on this computer")
    steel_project(studio(), tmp_path / "copper", name="Copper")
    project = steel_project(studio(), tmp_path / "steel")
    account(studio(), "Chief", "admin")
    account(studio(), "Rita", "reviewer", project.id)
    account(studio(), "Ann", "labeller", project.id)
    account(studio(), "Zoe", "labeller")
    workspace.label_for_me(studio(), workspace.STUDIO, project.id, 3)
    with_accounts(monkeypatch)
    return project


def words(page: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "info", "warning", "error", "success", "caption")
    return "\n".join(str(element.value) for kind in kinds for element in page.get(kind))


def downloads(page: AppTest) -> int:
    return sum('class="download"' in html.proto.body for html in page.get("html"))


def person(name: str) -> Account:
    return next(row for row in workspace.list_accounts(studio(), workspace.STUDIO) if row.name == name)


def test_nobody_sees_a_page_before_they_sign_in(steel: Project, monkeypatch: pytest.MonkeyPatch):
    sign_in(monkeypatch, "")
    for name in ("label", "data", "people"):
        page = AppTest.from_file(MAIN, default_timeout=20).run().switch_page(str(PAGES / f"{name}.py")).run()
        assert not page.exception and "Sign in first" in words(page) and "Steel" not in words(page)
        assert not page.selectbox and not page.get("bidi_component")


@pytest.mark.parametrize(("name", "projects"), [("Chief", ["Copper", "Steel"]), ("Ann", ["Steel"]), ("Zoe", [])])
def test_each_sees_the_projects_that_are_open_to_them(
    steel: Project, monkeypatch: pytest.MonkeyPatch, name: str, projects: list[str]
):
    sign_in(monkeypatch, name)
    page = opened("progress")
    boxes = [box for box in page.selectbox if box.label == "Project"]
    assert [option for box in boxes for option in box.options] == projects
    assert ("No project is open to you yet" in words(page)) == (name == "Zoe")
    assert "Copper" not in words(opened("progress", project="Steel")) or name == "Chief"


def test_a_project_of_others_does_not_open_by_its_address(steel: Project, monkeypatch: pytest.MonkeyPatch):
    sign_in(monkeypatch, "Ann")
    page = opened("data", project="Copper")
    assert "Copper" in page.warning[0].value and not page.selectbox and not page.get("bidi_component")
    page.button[0].click().run()
    assert page.query_params["project"] in ("Steel", ["Steel"])


@pytest.mark.parametrize(("name", "exports", "imports"), [("Ann", 0, 0), ("Rita", 2, 0), ("Chief", 2, 1)])
def test_the_data_page_offers_what_the_role_may_do(
    steel: Project, monkeypatch: pytest.MonkeyPatch, name: str, exports: int, imports: int
):
    sign_in(monkeypatch, name)
    page = opened("data", project="Steel")
    assert downloads(page) == exports
    assert len([button for button in page.button if button.key == "import_look"]) == imports
    assert len([popover for popover in page.button if popover.key == "project_new"]) == imports
    assert downloads(opened("progress", project="Steel")) == min(1, exports)


@pytest.mark.parametrize(("name", "offered"), [("Ann", []), ("Rita", ["Start a round"])])
def test_the_strip_offers_what_the_role_may_do(
    steel: Project, monkeypatch: pytest.MonkeyPatch, name: str, offered: list[str]
):
    action = Action(label="Start a round", kind="start_round", right="learn")
    now = replace(workspace.project_state(studio(), steel.id, None), action=action)
    monkeypatch.setattr(workspace, "project_state", lambda *_: now)
    sign_in(monkeypatch, name)
    page = opened("progress", project="Steel")
    assert [button.label for button in page.button if button.key == "state_action"] == offered


def test_the_sidebar_says_who_is_signed_in_and_lets_them_out(steel: Project, monkeypatch: pytest.MonkeyPatch):
    sign_in(monkeypatch, "Ann")
    page = opened("progress")
    assert any("Ann" in text.value and "labeller" in text.value for text in page.sidebar.markdown)
    assert not page.sidebar.text_input  # no other name to label under
    assert any('href="password"' in html.proto.body for html in page.sidebar.get("html"))
    page.button(key="sign_out").click().run()
    assert person("Ann").signed_out_at is not None


def test_an_admin_adds_somebody_and_gets_a_link_that_works_once(steel: Project, monkeypatch: pytest.MonkeyPatch):
    sign_in(monkeypatch, "Chief")
    page = opened("people", project="Steel")
    page.text_input(key="new_person_name").input("Bo")
    page.selectbox(key="new_person_role").select("reviewer")
    page.button(key="new_person_add").click().run()
    assert not page.exception and not page.error
    link = re.search(r"invitation\?link=(\S+)", page.code[0].value)[1]
    assert page.text_input(key="new_person_name").value == ""
    name, invited_at = read_invitation(secret(studio().data_dir), workspace.database_identity(studio()), link)
    assert workspace.accept_invitation(studio(), name, invited_at, PASSWORD).role == "reviewer"
    page.text_input(key="new_person_name").input("bo")
    page.button(key="new_person_add").click().run()
    assert "There is a person called “Bo” already" in page.error[0].value
    assert not page.code and not page.success  # the link for Bo is no answer to this
    assert page.text_input(key="new_person_name").value == "bo"  # to be put right, not typed again


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("http://localhost:8777/people", "perhaps steel.plant.example"),
        ("http://127.0.0.1:8501/people", "you came here by 127.0.0.1. "),
        ("https://steel.plant.example/people", ""),
        ("http://10.1.2.3:8501/people", ""),
    ],
)
def test_a_link_that_no_other_computer_opens_says_so(monkeypatch: pytest.MonkeyPatch, address: str, hint: str):
    monkeypatch.setenv(HOSTS, "steel.plant.example")
    words = only_here(f"{address[: -len('people')]}invitation?link=x")
    assert hint in words and bool(words) == bool(hint)


def test_an_admin_changes_roles_members_and_who_may_come_in(steel: Project, monkeypatch: pytest.MonkeyPatch):
    sign_in(monkeypatch, "Chief")
    page = opened("people", project="Steel")
    ann, zoe, chief = person("Ann"), person("Zoe"), person("Chief")
    page.selectbox(key=f"role-{ann.id}-labeller").select("reviewer").run()
    assert person("Ann").role == "reviewer"
    page.multiselect(key=f"members-{steel.id}").select(zoe.id).run()
    assert zoe.id in workspace.project_members(studio(), workspace.STUDIO, steel.id)
    page.button(key=f"disable-{zoe.id}").click().run()
    assert person("Zoe").disabled_at is not None
    assert zoe.id in workspace.project_members(studio(), workspace.STUDIO, steel.id)
    page.button(key=f"enable-{zoe.id}").click().run()
    assert person("Zoe").disabled_at is None
    page.button(key=f"disable-{chief.id}").click().run()
    assert "No admin would be left" in page.error[0].value and person("Chief").disabled_at is None


def test_nobody_else_sees_accounts(steel: Project, monkeypatch: pytest.MonkeyPatch):
    sign_in(monkeypatch, "Rita")
    page = opened("people", project="Steel")
    assert "Only an admin sees who may come in" in words(page) and "Zoe" not in words(page)
    monkeypatch.setenv(LOGIN, "none")
    assert "Nobody signs in to this Studio" in words(opened("people", project="Steel"))


@pytest.mark.parametrize(("name", "is_there"), [("Chief", True), ("Rita", False)])
def test_the_menu_offers_accounts_to_admins_alone(
    steel: Project, monkeypatch: pytest.MonkeyPatch, name: str, is_there: bool
):

    sign_in(monkeypatch, name)
    assert in_menu("people") is is_there and in_menu("label")
    monkeypatch.setenv(LOGIN, "none")
    assert not in_menu("people")
