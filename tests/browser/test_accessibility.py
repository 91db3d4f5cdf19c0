"""Every page for everybody: what axe-core finds, one heading and title a page, large type and a narrow screen."""

import os
from typing import Any

import pytest
from conftest import Server
from every_page import AXE, PAGES, opened, settle
from playwright.sync_api import Browser, Page

from vabal_core.ui.app.navigation import MENU

# Streamlit's own, which no page can mend: (rule, what the element's HTML holds) -> why.
STREAMLITS_OWN: dict[tuple[str, str], str] = {}
SERIOUS = ("serious", "critical")
SIZES = {"1280 pixels at 200 %": (640, 400), "a phone of 390 pixels": (390, 844)}
FIND = """() => axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.flatMap(
  ({ id, impact, nodes }) => nodes.map(({ target, html }) => ({ id, impact, target: target.join(" "), html }))))"""
# Pixels by which the page as a whole can be moved sideways; what is wide and has a scroll bar of its own is none.
SIDEWAYS = """() => Math.max(0, ...["html", "body", "[data-testid=stMain]", "[data-testid=stMainBlockContainer]"].map(
  (name) => { const element = document.querySelector(name); return element.scrollWidth - element.clientWidth; }))"""


def ours(violation: dict[str, Any]) -> bool:
    own = any(rule == violation["id"] and part in violation["html"] for rule, part in STREAMLITS_OWN)
    return violation["impact"] in SERIOUS and not own


def violations(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    return [f"{v['id']} {v['target'][-200:]} {v['html'][:150]}" for v in page.evaluate(FIND) if ours(v)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(server: Server, browser: Browser, states: tuple[str, ...], name: str, scheme: str):
    if not AXE.exists() and not os.environ.get("CI"):
        pytest.skip("axe-core is missing: npm ci --prefix tests/javascript, as make does where npm's registry answers")
    for state in states:
        with opened(browser, f"{server.url}/{name}?project={state}", color_scheme=scheme) as page:
            assert violations(page) == [], f"{name}, {state}, {scheme}"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_heading_and_title_and_is_never_moved_sideways(
    server: Server, browser: Browser, states: tuple[str, ...], name: str
):
    for state in states:
        with opened(browser, f"{server.url}/{name}?project={state}") as page:
            assert page.title() == f"{MENU[name][0]} · VaB-AL Studio"
            assert page.locator("h1").all_inner_texts() == [MENU[name][0]]
            for size, (width, height) in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                settle(page)
                assert page.evaluate(SIDEWAYS) == 0, f"{name}, {state}, {size}"
