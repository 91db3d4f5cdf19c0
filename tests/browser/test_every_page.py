"""Every page for everybody: what axe-core finds, one heading and title a page, large type and a narrow screen, and no
word that a shift leader would have to ask about (the list is tests/jargon.txt).

A page is opened once on a project in each state, light; then the system turns dark, and the page follows.
"""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Server
from every_page import AXE, PAGES, WORDS, opened, settle
from playwright.sync_api import Browser, Page, TimeoutError

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
REDRAWN = 5_000  # milliseconds
# Whether the page behind everything is darker than a middle grey.
IS_DARK = """() => getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor
  .match(/\\d+/g).slice(0, 3).every((value) => value < 128)"""
# The most words that need asking on a page; they are explained in place.
MOST = {"label": 0, "grid": 0, "review": 0, "data": 0, "progress": 3, "rounds": 3}
LINES = (Path(__file__).parents[1] / "jargon.txt").read_text(encoding="utf-8").splitlines()
JARGON = [line for line in LINES if line and not line.startswith("#")]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What a page was like. `violations`: by colour scheme; None without axe-core. `sideways`: pixels by size."""

    title: str
    headings: list[str]
    text: str
    violations: dict[str, list[str]] | None
    sideways: dict[str, int]


@pytest.fixture(scope="module", params=PAGES)
def page_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def visits(server: Server, browser: Browser, states: tuple[str, ...], page_name: str) -> dict[str, Visit]:
    """By state of the project."""
    made = {}
    for state in states:
        with opened(browser, f"{server.url}/{page_name}?project={state}", color_scheme="light") as page:
            made[state] = visit(page)
    return made


def visit(page: Page) -> Visit:
    title, headings, text = page.title(), page.locator("h1").all_inner_texts(), page.evaluate(WORDS)
    return Visit(
        title=title,
        headings=headings,
        text=text,
        violations=violations_by_scheme(page) if AXE.exists() else None,
        sideways={size: pixels_sideways(page, *pixels) for size, pixels in SIZES.items()},
    )


def violations_by_scheme(page: Page) -> dict[str, list[str]]:
    assert not page.evaluate(IS_DARK)
    light = violations(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(IS_DARK)
    settle(page)
    return {"light": light, "dark": violations(page)}


def violations(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    return [f"{v['id']} {v['target'][-200:]} {v['html'][:150]}" for v in page.evaluate(FIND) if ours(v)]


def ours(violation: dict[str, Any]) -> bool:
    own = any(rule == violation["id"] and part in violation["html"] for rule, part in STREAMLITS_OWN)
    return violation["impact"] in SERIOUS and not own


def pixels_sideways(page: Page, width: int, height: int) -> int:
    page.set_viewport_size({"width": width, "height": height})
    settle(page)
    with suppress(TimeoutError):  # Streamlit's table takes its new width a moment after the window has its own
        page.wait_for_function(f"() => ({SIDEWAYS})() === 0", timeout=REDRAWN)
    return page.evaluate(SIDEWAYS)


def jargon_in(text: str) -> set[str]:
    return {word for word in JARGON if re.search(rf"\b{re.escape(word)}(s|es)?(?!\w)", text.lower())}


def explained(word: str, text: str) -> bool:
    """A sentence says what it is: "the prior: ...", "the prior is ...", or plain words with "(the prior)" behind."""
    return bool(
        re.search(rf"\b{re.escape(word)}s?\b( is | are |: | means )|\((the )?{re.escape(word)}\)", text.lower())
    )


def test_axe_finds_nothing_serious(visits: dict[str, Visit]):
    for state, seen in visits.items():
        if seen.violations is None and not os.environ.get("CI"):
            pytest.skip(
                "axe-core is missing: npm ci --prefix tests/javascript, as make does where npm's registry answers"
            )
        assert seen.violations == {"light": [], "dark": []}, state


def test_a_page_has_one_heading_and_title_and_is_never_moved_sideways(visits: dict[str, Visit], page_name: str):
    for state, seen in visits.items():
        assert seen.title == f"{MENU[page_name][0]} · VaB-AL Studio"
        assert seen.headings == [MENU[page_name][0]]
        assert seen.sideways == dict.fromkeys(SIZES, 0), state


def test_a_page_has_hardly_a_word_that_needs_asking(visits: dict[str, Visit], page_name: str):
    if page_name not in MOST:
        return
    for state, seen in visits.items():
        used = jargon_in(seen.text)
        assert len(used) <= MOST[page_name], f"{state}: {sorted(used)}"
        assert [word for word in used if not explained(word, seen.text)] == [], f"{state}: not explained in place"


def test_the_list_is_looked_for_in_any_form():
    assert jargon_in("Two Auto-encoders, priors and logits; a priority is none") == {"auto-encoder", "prior", "logit"}
    assert explained("prior", "How common a class is taken to be (the prior)") and not explained("prior", "the prior.")
