// One image larger: beside the grid while the pointer or the focus is on its tile, or over the whole page.
const REST = 90; // milliseconds a pointer stays on a tile before its image is fetched

class Preview {
  constructor(find, tiles, signal) {
    Object.assign(this, { side: find(".preview"), loupe: find(".loupe"), bar: find(".bar"), tiles, tile: null });
    const box = find(".images");
    const of = (event) => tiles.all.find((tile) => tile.button.contains(event.target));
    box.addEventListener("pointerover", (event) => this.soon(of(event)), { signal });
    box.addEventListener("focusin", (event) => this.soon(of(event)), { signal });
    for (const end of ["pointerleave", "focusout"]) box.addEventListener(end, () => this.leave(), { signal });
    this.loupe.addEventListener("click", () => this.loupe.close(), { signal });
    // The keyboard goes on from the image that was looked at last.
    this.loupe.addEventListener("close", () => this.large.button.focus(), { signal });
  }

  soon(tile) {
    if (!tile) return;
    clearTimeout(this.wait);
    this.pointed = tile; // at once: a key must not act on the one before
    this.wait = setTimeout(() => this.show(tile), REST);
  }

  leave() {
    clearTimeout(this.wait);
    this.pointed = null;
    this.side.classList.add("away");
  }

  // Where it stands above the images, it takes the side that the tile is not on.
  show(tile) {
    this.tile = tile;
    const [one, all] = [tile.button.getBoundingClientRect(), tile.button.closest(".images").getBoundingClientRect()];
    this.side.classList.remove("away");
    this.side.classList.toggle("left", one.left + one.width / 2 > all.left + all.width / 2);
    this.side.style.setProperty("--room", `${innerHeight - this.bar.getBoundingClientRect().bottom - 24}px`);
    this.side.style.setProperty("--edge", `${all.left}px`);
    this.side.replaceChildren(this.picture(tile), ...this.lines(tile));
  }

  refresh() {
    if (this.tile && !this.tiles.all.includes(this.tile)) this.side.replaceChildren();
    else if (this.tile) this.side.replaceChildren(this.side.firstChild, ...this.lines(this.tile));
    if (this.loupe.open) this.openLoupe(this.large);
  }

  // The thumbnail stands there at once, until the larger image has come.
  picture(tile) {
    const image = element("img", "large");
    image.alt = "";
    image.draggable = false;
    image.src = tile.item.url;
    const large = new Image();
    large.src = tile.item.large;
    large.decode().then(() => (image.src = large.src), () => null);
    return image;
  }

  lines(tile) {
    const { item } = tile;
    const sure = this.tiles.guesses(item) ? ` ${this.tiles.sure(item)}` : "";
    const seen = element("p", "says", `${this.tiles.labelOf(item)}${sure}${item.who && item.state === "labelled" ? `, by ${item.who}` : ""}`);
    const rest = [item.evaluation ? "Evaluation image: the model never learns from it." : "", this.tiles.modelOf(item)];
    const comment = this.tiles.commentOf(item);
    const pressed = tile.button.getAttribute("aria-pressed") === "true" ? "Selected" : "";
    return [element("p", "file", item.name), seen, ...[pressed, ...rest].filter(Boolean).map((text) => element("p", "", text)), ...(comment ? [element("p", "comment-of", comment)] : []), element("p", "why", item.why)];
  }

  openLoupe(tile) {
    if (!tile) return;
    if (!this.loupe.open) this.loupe.showModal();
    const about = element("div", "about");
    about.append(...this.lines(tile));
    const same = this.large === tile && this.loupe.querySelector(".large");
    this.large = tile;
    this.loupe.replaceChildren(same || this.picture(tile), about);
  }
}
