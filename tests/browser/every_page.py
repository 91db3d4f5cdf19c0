"""All pages on a project in each of its states, for what has to hold on every page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

PAGES = ("label", "grid", "review", "rounds", "progress", "experiments", "data", "audit", "status")
PATIENCE = 60_000  # milliseconds
AXE = Path(__file__).parents[1] / "javascript" / "node_modules" / "axe-core" / "axe.min.js"

# Everything a person can see or a screen reader says, in shadow roots too; not what is folded away.
WORDS = """() => {
  const words = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) { words.push(node.data); return; }
    if (node.nodeType !== Node.ELEMENT_NODE && node.nodeType !== Node.DOCUMENT_FRAGMENT_NODE) return;
    if (node.nodeType === Node.ELEMENT_NODE) {
      const { display, visibility } = getComputedStyle(node);
      if (["STYLE", "SCRIPT"].includes(node.tagName) || display === "none" || visibility === "hidden") return;
      if (node.tagName === "DETAILS" && !node.open) { walk(node.querySelector("summary")); return; }
      for (const name of ["aria-label", "title", "placeholder", "alt"]) words.push(node.getAttribute(name) ?? "");
      if (node.shadowRoot) walk(node.shadowRoot);
    }
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return words.join(" ").replace(/\\s+/g, " ");
}"""


@contextmanager
def opened(browser: Browser, url: str, **options: object) -> Iterator[Page]:
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    settle(page)
    yield page
    context.close()


def settle(page: Page) -> None:
    """Wait until the page is there as a whole."""
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=PATIENCE)
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("h1")).to_have_count(1, timeout=PATIENCE)
    page.wait_for_load_state("networkidle")  # the desk and the grid fetch their images
