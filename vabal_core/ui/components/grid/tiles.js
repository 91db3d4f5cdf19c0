// The thumbnails: what each shows, and whether a person can have seen it. All texts go in by textContent.
import { afterPaint, make } from "../shared/dom.js";
import { MAX_ANSWER_MS } from "../shared/request.js";
import { Captions } from "./captions.js";

const ELSEWHERE = "at another desk"; // decided there, or about to be
const MAX_EAGER = 60; // tiles fetched at once; those behind them are below the fold

export class Tiles {
  // `changed(tile)` is told when it has been seen, or cannot be shown.
  constructor(box, changed) {
    Object.assign(this, { box, changed, all: [], captions: new Captions() });
    this.watch = this.watcher(0);
  }

  close() {
    this.watch.disconnect();
  }

  // What lies behind the bar at the top is on the page, but nobody sees it: `hidden` pixels of the window.
  watcher(hidden) {
    const options = { threshold: 0.5, rootMargin: `-${Math.round(hidden)}px 0px 0px` };
    return new IntersectionObserver((entries) => entries.forEach((entry) => this.moved(entry)), options);
  }

  // `groups`: [{ title, ids }] in their order, a title "" for tiles without a heading.
  draw(items, groups, hidden) {
    this.watch.disconnect();
    this.watch = this.watcher(hidden);
    const drawn = new Map(this.all.map((tile) => [tile.item.id, tile]));
    this.all = [];
    const byId = new Map(items.map((item) => [item.id, item]));
    this.box.replaceChildren(...groups.map((group) => this.group(group, byId, drawn)));
    for (const tile of this.all) this.watch.observe(tile.button);
  }

  group({ title, ids }, byId, drawn) {
    const row = make("div", "row");
    for (const id of ids) {
      // A tile that is there already keeps its image and what is known of it; an image in two groups has two tiles.
      const tile = drawn.get(id) ?? this.tile(byId.get(id), this.all.length);
      drawn.delete(id);
      this.all.push(tile);
      row.append(tile.button);
    }
    const group = make("div", "group");
    group.append(...(title ? [heading(title, ids)] : []), row);
    return group;
  }

  tile(item, place) {
    const button = make("button", "tile", "", { type: "button", tabIndex: -1 });
    const image = Object.assign(new Image(), { alt: "", draggable: false });
    const picture = make("span", "picture");
    const tile = { item, button, image, picture, state: "loading", near: false, seen: false };
    button.dataset.image = item.id;
    image.loading = place < MAX_EAGER ? "eager" : "lazy";
    image.addEventListener("load", () => this.loaded(tile));
    image.addEventListener("error", () => this.failed(tile));
    image.src = item.url;
    picture.append(image);
    button.append(picture, make("span", "label"), make("span", "more"));
    return tile;
  }

  loaded(tile) {
    tile.state = "ready";
    this.look(tile);
  }

  // A failed image is either a broken file (the server says why) or a server that is away (then try again).
  async failed(tile, attempt = tile.attempt ?? 0) {
    tile.attempt = attempt + 1;
    const answer = await fetch(tile.item.url, { signal: AbortSignal.timeout(MAX_ANSWER_MS) }).catch(() => null);
    if (!this.all.includes(tile)) return;
    if (answer && (answer.status < 500 || attempt > 2)) {
      tile.state = "broken";
      tile.reason = answer.ok ? "The browser cannot read this file as an image." : await answer.text();
      tile.picture.replaceChildren("cannot be shown");
      this.changed(tile);
    } else {
      const address = tile.item.url;
      setTimeout(() => (tile.image.src = address), Math.min(8000, 500 * 2 ** attempt));
    }
  }

  moved(entry) {
    const tile = this.all.find(({ button }) => button === entry.target);
    if (!tile) return;
    tile.near = entry.isIntersecting;
    this.look(tile);
  }

  // Seen: painted while it stood on the screen.
  look(tile) {
    if (tile.seen || !tile.near || tile.state !== "ready") return;
    afterPaint(() => {
      if (!tile.near) return;
      tile.seen = true;
      tile.button.dataset.painted = "yes";
      this.changed(tile);
    });
  }

  of(id) {
    return this.all.filter((tile) => tile.item.id === id);
  }

  seen(id) {
    return this.of(id).some((tile) => tile.seen);
  }

  broken(id) {
    return this.of(id).some((tile) => tile.state === "broken");
  }

  show(tile, { selected, done, elsewhere }) {
    const { item, button, reason } = tile;
    const { captions } = this;
    const label = elsewhere ? ELSEWHERE : captions.label(item);
    const [certainty, comment] = [elsewhere ? "" : captions.certainty(item), captions.comment(item)];
    button.setAttribute("aria-pressed", selected);
    button.classList.toggle("done", done);
    button.classList.toggle("evaluation", item.evaluation);
    const line = button.querySelector(".label");
    // The spaces part the words where they are read out; no room is left for them.
    line.replaceChildren(make("span", "text", label), ...(certainty ? [" ", make("span", "sure", certainty)] : []));
    line.classList.toggle("none", item.state !== "labelled");
    const more = button.querySelector(".more");
    more.replaceChildren(" ", ...(comment ? [make("span", "text", comment)] : this.modelParts(item)));
    more.classList.toggle("differs", captions.differs(item));
    const words = [item.name, label, certainty, captions.model(item), captions.behind(item), comment, reason];
    button.setAttribute("aria-label", words.filter(Boolean).join(", "));
    tile.picture.dataset.behind = item.behind ? `+${item.behind}` : "";
    button.title = reason ?? [item.name, captions.behind(item), comment].filter(Boolean).join("\n");
  }

  modelParts(item) {
    if (this.captions.compact) return [];
    if (!item.predicted) return [make("span", "text", "\u00a0")];
    const { captions } = this;
    return [make("span", "text", captions.guess(item)), " ", make("span", "sure", captions.probability(item))];
  }
}

function heading(title, ids) {
  const button = make("button", "these", "", { type: "button" });
  button.dataset.ids = ids.join(" ");
  const line = make("div", "heading");
  line.append(make("h3", "", title), button);
  return line;
}
