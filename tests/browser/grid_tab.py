"""The grid as a test drives it: its tiles, the keys, and what the browser and the database say."""

from dataclasses import dataclass

from conftest import OUTBOX_EMPTY, PATIENCE, Studio
from playwright.sync_api import Locator, expect


@dataclass(frozen=True)
class Grid:
    studio: Studio

    @property
    def root(self) -> Locator:
        return self.studio.page.locator(".grid")

    @property
    def tiles(self) -> Locator:
        return self.root.locator(".tile")

    @property
    def selected(self) -> Locator:
        return self.root.locator(".tile[aria-pressed=true]")

    @property
    def note(self) -> Locator:
        return self.root.locator(".note")

    def open(self, path: str = "grid", **query: str) -> "Grid":
        self.studio.open(path, **query)
        self.painted()
        return self

    def painted(self) -> None:
        """Wait until every tile on the screen has been painted."""
        expect(self.tiles.first).to_be_visible(timeout=PATIENCE)
        self.studio.page.wait_for_function(ON_SCREEN_ARE_PAINTED, timeout=PATIENCE)

    def ids(self, *places: int) -> list[int]:
        """The images of the tiles at `places`; of all tiles where none is named."""
        image_ids = [int(text) for text in self.tiles.evaluate_all("(all) => all.map((tile) => tile.dataset.image)")]
        return [image_ids[place] for place in places] if places else image_ids

    def select(self, *places: int) -> list[int]:
        for place in places:
            self.tiles.nth(place).click()
        return self.ids(*places)

    def press(self, key: str) -> None:
        self.studio.page.keyboard.press(key)

    def saved(self) -> None:
        self.studio.page.wait_for_function(OUTBOX_EMPTY, timeout=PATIENCE)
        expect(self.root.locator(".saved")).to_have_text("Saved", timeout=PATIENCE)

    def words(self, place: int) -> str:
        return self.tiles.nth(place).locator(".label").inner_text()


# A tile counts where more than half of it lies below the bar and above the window's end.
ON_SCREEN_ARE_PAINTED = """() => {
  const roots = [...document.querySelectorAll("*")].map((element) => element.shadowRoot).filter(Boolean);
  const root = roots.find((shadow) => shadow.querySelector(".grid"));
  const bar = root.querySelector(".bar").getBoundingClientRect().bottom;
  const onScreen = [...root.querySelectorAll(".tile")].filter((tile) => {
    const box = tile.getBoundingClientRect();
    const [middle, margin] = [(box.top + box.bottom) / 2, box.height / 8];
    return middle > bar + margin && middle < innerHeight - margin;
  });
  const done = (tile) => tile.dataset.painted || tile.innerText.includes("cannot be shown");
  return onScreen.length > 0 && onScreen.every(done);
}"""
