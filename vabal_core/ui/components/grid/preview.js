// One image larger: beside the grid while the pointer or the focus is on its tile, or over the whole page.
import { make } from "../shared/dom.js";

const REST_MS = 90; // that a pointer stays on a tile before its image is fetched

export class Preview {
  constructor(find, tiles, signal) {
    Object.assign(this, { side: find(".preview"), loupe: find(".loupe"), bar: find(".bar"), tiles, tile: null });
    const box = find(".images");
    const tileOf = (event) => tiles.all.find((tile) => tile.button.contains(event.target));
    box.addEventListener("pointerover", (event) => this.soon(tileOf(event)), { signal });
    box.addEventListener("focusin", (event) => this.soon(tileOf(event)), { signal });
    for (const end of ["pointerleave", "focusout"]) box.addEventListener(end, () => this.leave(), { signal });
    this.loupe.addEventListener("click", () => this.loupe.close(), { signal });
    // The keyboard goes on from the image that was looked at last.
    this.loupe.addEventListener("close", () => this.large.button.focus(), { signal });
  }

  soon(tile) {
    if (!tile) return;
    clearTimeout(this.wait);
    this.pointed = tile; // at once: a key must not act on the one before
    this.wait = setTimeout(() => this.show(tile), REST_MS);
  }

  get chosenWord() {
    return this.bar.closest(".grid").classList.contains("sure") ? "Struck out" : "Selected";
  }

  leave() {
    clearTimeout(this.wait);
    this.pointed = null;
    this.side.classList.add("away");
  }

  // Where it stands above the images, it takes the side that the tile is not on.
  show(tile) {
    this.tile = tile;
    const edges = tile.button.getBoundingClientRect();
    const page = tile.button.closest(".images").getBoundingClientRect();
    this.side.classList.remove("away");
    this.side.classList.toggle("left", edges.left + edges.width / 2 > page.left + page.width / 2);
    this.side.style.setProperty("--room", `${innerHeight - this.bar.getBoundingClientRect().bottom - 24}px`);
    this.side.style.setProperty("--edge", `${page.left}px`);
    this.side.replaceChildren(this.picture(tile), ...this.lines(tile));
  }

  refresh() {
    if (this.tile && !this.tiles.all.includes(this.tile)) this.side.replaceChildren();
    else if (this.tile) this.side.replaceChildren(this.side.firstChild, ...this.lines(this.tile));
    if (this.loupe.open) this.openLoupe(this.large);
  }

  // The thumbnail stands there at once, until the larger image has come.
  picture(tile) {
    const image = make("img", "large", "", { alt: "", draggable: false, src: tile.item.url });
    const large = Object.assign(new Image(), { src: tile.item.large });
    large.decode().then(() => (image.src = large.src), () => null);
    return image;
  }

  lines(tile) {
    const { item } = tile;
    const { captions } = this.tiles;
    const state = captions.withCertainty(item) + (item.who && item.state === "labelled" ? `, by ${item.who}` : "");
    const details = [
      tile.button.getAttribute("aria-pressed") === "true" ? this.chosenWord : "",
      item.evaluation ? "Evaluation image: the model never learns from it." : "",
      captions.model(item),
    ];
    const comment = captions.comment(item);
    return [
      make("p", "file", item.name),
      make("p", "says", state),
      ...details.filter(Boolean).map((text) => make("p", "", text)),
      ...(comment ? [make("p", "comment-of", comment)] : []),
      make("p", "why", item.why),
    ];
  }

  openLoupe(tile) {
    if (!tile) return;
    if (!this.loupe.open) this.loupe.showModal();
    const about = make("div", "about");
    about.append(...this.lines(tile));
    const same = this.large === tile && this.loupe.querySelector(".large");
    this.large = tile;
    this.loupe.replaceChildren(same || this.picture(tile), about);
  }
}
