"""Three people in three browsers, each signed in: no image twice, each under their own name, none gets more than their
role allows, one says otherwise than another and the third decides; and the way in through an identity provider.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from accounts import PASSWORD, account
from conftest import PATIENCE, Server, Studio, free_port
from every_page import AXE
from identity_provider import Provider, providing
from playwright.sync_api import Browser, Page, expect
from test_every_page import violations
from ui_projects import steel_project
from ui_site import session_of

from vabal_core import workspace
from vabal_core.types import Project, Role
from vabal_core.ui.addresses import export_url
from vabal_core.ui.signing import invitation, secret

EACH = 4  # labels
AT_HAND = 40  # images of a desk
TEAM: dict[str, Role] = {"Ann": "labeller", "Bo": "labeller", "Rita": "reviewer"}


@dataclass(frozen=True, kw_only=True)
class Team:
    """A Studio where people sign in, with a project of the team's and one of nobody's."""

    server: Server
    ws: workspace.Workspace
    project: Project

    def account_id(self, name: str) -> int:
        return next(row.id for row in workspace.list_accounts(self.ws, workspace.STUDIO) if row.name == name)

    def link(self, name: str) -> str:
        invited = workspace.invite(self.ws, workspace.STUDIO, self.account_id(name))
        part = invitation(secret(self.ws.data_dir), workspace.database_identity(self.ws), invited)
        return f"{self.server.url}/invitation?link={part}"

    def tab(self, page: Page) -> Studio:
        return Studio(server=self.server, ws=self.ws, project=self.project, page=page)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    tmp_path = tmp_path_factory.mktemp("team")
    server = Server(data=tmp_path / "studio" / "data", port=free_port(), environment={"VABAL_LOGIN": "local"})
    server.data.parent.mkdir()
    ws = workspace.open_workspace(server.data)
    steel_project(ws, tmp_path / "copper", name="Copper")
    project = steel_project(ws, tmp_path / "steel", pool=130)  # a desk holds 40 of them
    account(ws, "Chief", "admin", password=PASSWORD)
    for name, role in TEAM.items():
        account(ws, name, role, project.id)
    server.start()
    yield Team(server=server, ws=ws, project=project)
    server.kill()


def new_page(browser: Browser) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True).new_page()
    page.set_default_timeout(PATIENCE)
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def enter_by_link(team: Team, page: Page, name: str) -> Studio:
    page.goto(team.link(name))
    expect(page.locator("h1")).to_have_text(f"Welcome, {name}")
    for field in ("password", "again"):
        page.locator(f"[name={field}]").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    tab = team.tab(page)
    tab.settle()
    expect(page.locator(".st-key-signed_in")).to_contain_text(name, timeout=PATIENCE)
    return tab


def test_three_people_sign_in_by_links_share_no_image_differ_and_one_of_them_decides(team: Team, browser: Browser):
    tabs = {name: enter_by_link(team, new_page(browser), name) for name in TEAM}
    assert len({tab.image() for tab in tabs.values()}) == len(TEAM)  # leases: nobody sees what another has
    for _ in range(EACH):
        for tab in tabs.values():
            tab.press("1")
    for tab in tabs.values():
        tab.saved()
    given = [(row.annotator, row.path) for row in workspace.export_rows(team.ws, team.project.id)]
    assert {name: sum(by == name for by, _ in given) for name in TEAM} == dict.fromkeys(TEAM, EACH)
    assert len({path for _, path in given}) == EACH * len(TEAM)
    refuse_exports(team, tabs)
    decide_between(team, tabs)
    end_sessions(team, tabs)


def refuse_exports(team: Team, tabs: dict[str, Studio]) -> None:
    """The reviewer takes the labels away; a labeller is offered nothing, and refused what they ask for all the same."""
    ann, rita = tabs["Ann"].page, tabs["Rita"].page
    for tab in (tabs["Ann"], tabs["Rita"]):
        tab.open("data")
        expect(tab.page.get_by_role("heading", name="Data")).to_be_visible(timeout=PATIENCE)
    expect(ann.locator("a.download")).to_have_count(0)
    with rita.expect_download() as download:
        rita.locator("a.download").first.click()
    assert download.value.path().read_text(encoding="utf-8-sig").count("\n") == EACH * len(TEAM) + 1
    key, session = secret(team.ws.data_dir), session_of(team.ws, team.project.id, "Ann", began=began_of(team, rita))
    answer = ann.request.get(team.server.url + export_url(key, session))
    assert answer.status == 403
    assert answer.text() == "Ann is a labeller and may not take labels or images away: ask a reviewer or an admin."
    tabs["Ann"].page.goto(f"{team.server.url}/progress?project=Copper")
    tabs["Ann"].settle()
    expect(ann.locator("body")).to_contain_text("There is no project called “Copper”", timeout=PATIENCE)


def decide_between(team: Team, tabs: dict[str, Studio]) -> None:
    """Bo gets unawares what Ann has labelled, and says otherwise; Rita decides, and it counts."""
    workspace.update_settings(team.ws, workspace.STUDIO, team.project.id, second_share=1.0)
    ann, bo, rita = tabs["Ann"], tabs["Bo"], tabs["Rita"]
    ann.open()
    for _ in range(EACH):
        ann.press("1")
    ann.saved()
    bo.open()
    for _ in range(AT_HAND):
        bo.press("2")
        bo.saved()
        if workspace.second_look_counts(team.ws, team.project.id).differing:
            break
    rita.open("review", tab="differing")
    disputed = rita.image()
    rita.press("Enter")
    rita.saved()
    counts = workspace.second_look_counts(team.ws, team.project.id)
    assert (counts.differing, counts.adjudicated) == (0, 1) and rita.labels()[disputed] == "inclusion"


def began_of(team: Team, page: Page) -> float:
    """When the session of a page began, as its addresses say."""
    return float(re.search(r"began=([\d.]+)", page.locator("a.download").first.get_attribute("href") or "")[1])


def end_sessions(team: Team, tabs: dict[str, Studio]) -> None:
    """Who signs out, and who is disabled, has no page left: the desk says so, and the label waits in the browser."""
    ann, bo = tabs["Ann"].page, tabs["Bo"].page
    ann.get_by_role("button", name="Sign out").click()
    expect(ann.get_by_text("Your session is over. Sign in again.")).to_be_visible(timeout=PATIENCE)
    ann.get_by_role("link", name="Sign in").click()
    ann.locator("[name=name]").fill("Ann")
    ann.locator("[name=password]").fill(PASSWORD)
    ann.get_by_role("button", name="Sign in").click()
    tabs["Ann"].settle()
    expect(ann.locator(".st-key-signed_in")).to_contain_text("Ann", timeout=PATIENCE)
    workspace.disable_account(team.ws, workspace.STUDIO, team.account_id("Bo"))
    expect(bo.get_by_text("The account of Bo is disabled: ask an admin.")).to_be_visible(timeout=PATIENCE)
    expect(bo.locator(".desk")).to_have_count(0)


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_which_everybody_can_read(team: Team, browser: Browser):
    page = new_page(browser)
    page.goto(f"{team.server.url}/label")
    page.wait_for_url("**/sign-in")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert not AXE.exists() or violations(page) == []
    page.locator("[name=name]").fill("Chief")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{team.server.url}/people?project=Steel")
    team.tab(page).settle()
    page.get_by_label("Name", exact=True).fill("Åsa")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("The link for Åsa.")).to_be_visible(timeout=PATIENCE)
    link = page.locator("[data-testid=stCode]").inner_text().replace("\n", "")
    assert link.startswith(f"{team.server.url}/invitation?link=")
    assert not AXE.exists() or violations(page) == []
    other = new_page(browser)
    other.goto(link)
    expect(other.locator("h1")).to_have_text("Welcome, Åsa")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


def test_an_identity_provider_brings_in_whom_it_knows(tmp_path: Path, browser: Browser, provider: Provider):
    port = free_port()
    (tmp_path / "secrets.toml").write_text(provider.secrets(f"http://127.0.0.1:{port}"), encoding="utf-8")
    server = Server(
        data=tmp_path / "studio" / "data",
        port=port,
        environment={"VABAL_LOGIN": "openid", "VABAL_ADMIN": "chief@plant.example"},
        options=("--secrets.files", str(tmp_path / "secrets.toml")),
    )
    server.data.parent.mkdir()
    ws = workspace.open_workspace(server.data)
    project = steel_project(ws, tmp_path / "steel")
    server.start()
    try:
        for email, seen in (("eve@plant.example", None), ("Chief@plant.example", "Chief")):
            provider.person = {"sub": email, "email": email, "name": email.split("@")[0]}
            page = new_page(browser)
            page.goto(f"{server.url}/label")
            page.get_by_role("button", name="Sign in").click()
            if seen is None:
                expect(page.get_by_text("plant.example has no account here: ask an admin.")).to_be_visible(
                    timeout=PATIENCE
                )
                continue
            tab = Studio(server=server, ws=ws, project=project, page=page)
            tab.press("1")
            tab.saved()
        assert [row.annotator for row in workspace.export_rows(ws, project.id)] == ["Chief"]
        assert [(row.name, row.role) for row in workspace.list_accounts(ws, workspace.STUDIO)] == [("Chief", "admin")]
    finally:
        server.kill()
