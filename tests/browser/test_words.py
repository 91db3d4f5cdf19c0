"""No page uses a word that a shift leader would have to ask about. The list is tests/jargon.txt."""

import re
from pathlib import Path

import pytest
from conftest import Server
from every_page import PAGES, WORDS, opened
from playwright.sync_api import Browser

MOST = {"label": 0, "grid": 0, "review": 0, "data": 0, "progress": 3, "rounds": 3}
LINES = (Path(__file__).parents[1] / "jargon.txt").read_text(encoding="utf-8").splitlines()
JARGON = [line for line in LINES if line and not line.startswith("#")]


def jargon_in(text: str) -> set[str]:
    return {word for word in JARGON if re.search(rf"\b{re.escape(word)}(s|es)?(?!\w)", text.lower())}


def explained(word: str, text: str) -> bool:
    """A sentence says what it is: "the prior: ...", "the prior is ...", or plain words with "(the prior)" behind."""
    return bool(
        re.search(rf"\b{re.escape(word)}s?\b( is | are |: | means )|\((the )?{re.escape(word)}\)", text.lower())
    )


def test_the_list_is_looked_for_in_any_form():
    assert jargon_in("Two Auto-encoders, priors and logits; a priority is none") == {"auto-encoder", "prior", "logit"}
    assert explained("prior", "How common a class is taken to be (the prior)") and not explained("prior", "the prior.")


@pytest.mark.parametrize("name", [name for name in PAGES if name in MOST])
def test_a_page_has_hardly_a_word_that_needs_asking(
    server: Server, browser: Browser, states: tuple[str, ...], name: str
):
    for state in states:
        with opened(browser, f"{server.url}/{name}?project={state}") as page:
            text = page.evaluate(WORDS)
        used = jargon_in(text)
        assert len(used) <= MOST[name], f"{name}, {state}: {sorted(used)}"
        assert [word for word in used if not explained(word, text)] == [], f"{name}, {state}: not explained in place"
