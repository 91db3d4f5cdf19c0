// How large the tiles are: by how many there are, until a person says otherwise; kept in this browser.
import { remember } from "../shared/storage.js";

const STORAGE_KEY = "studio:tile-size";

// In rem, for a page that nobody has set a size for.
export function usualSize({ pairs, size, compact }) {
  if (pairs || size < 60) return 9;
  if (!compact) return 8;
  return size > 60 ? 5.4 : 6.4;
}

export class TileSize {
  constructor(find, storage = localStorage) {
    Object.assign(this, { find, storage, slider: find(".size input") });
    this.slider.addEventListener("input", () => this.choose(Number(this.slider.value)));
    this.slider.addEventListener("change", () => this.slider.blur()); // the keys are the grid's again
  }

  get chosen() {
    return Number(this.storage.getItem(STORAGE_KEY)) || null;
  }

  choose(size) {
    remember(STORAGE_KEY, String(size), this.storage);
    this.draw(size);
  }

  suit(page) {
    const size = this.chosen ?? usualSize(page);
    this.slider.value = size;
    this.draw(size);
  }

  draw(size) {
    this.find(".grid").style.setProperty("--tile", `${size}rem`);
  }
}
