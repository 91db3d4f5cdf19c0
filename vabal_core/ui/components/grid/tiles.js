// The thumbnails: what each shows, and whether a person can have seen it. All texts go in by textContent.
const EAGER = 60; // tiles fetched at once; those behind them are below the fold
const STATE_WORDS = { waiting: "no label yet", unsure: "unsure", flagged: "flagged", skipped: "skipped" };

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

class Tiles {
  constructor(box, changed) {
    Object.assign(this, { box, changed, all: [], names: new Map(), compact: false });
    this.watch = this.watcher(0);
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
    const known = new Map(this.all.map((tile) => [tile.item.id, tile]));
    this.all = [];
    const byId = new Map(items.map((item) => [item.id, item]));
    this.box.replaceChildren(...groups.map((group) => this.group(group, byId, known)));
    for (const tile of this.all) this.watch.observe(tile.button);
  }

  group({ title, ids }, byId, known) {
    const box = element("div", "group");
    const row = element("div", "row");
    for (const id of ids) {
      // A tile that is there already keeps its image and what is known of it; an image in two groups has two tiles.
      const tile = known.get(id) ?? this.tile(byId.get(id), this.all.length);
      known.delete(id);
      this.all.push(tile);
      row.append(tile.button);
    }
    if (title) box.append(this.heading(title, ids));
    box.append(row);
    return box;
  }

  heading(title, ids) {
    const line = element("div", "heading");
    const button = element("button", "these");
    button.type = "button";
    button.dataset.ids = ids.join(" ");
    line.append(element("h3", "", title), button);
    return line;
  }

  tile(item, place) {
    const button = element("button", "tile");
    const picture = element("span", "picture");
    const tile = { item, button, image: new Image(), picture, state: "loading", near: false, seen: false };
    button.type = "button";
    button.dataset.image = item.id;
    button.tabIndex = -1;
    tile.image.alt = "";
    tile.image.draggable = false;
    tile.image.loading = place < EAGER ? "eager" : "lazy";
    tile.image.addEventListener("load", () => this.loaded(tile));
    tile.image.addEventListener("error", () => this.failed(tile));
    tile.image.src = item.url;
    picture.append(tile.image);
    button.append(picture, element("span", "label"), element("span", "more"));
    return tile;
  }

  loaded(tile) {
    tile.state = "ready";
    this.look(tile);
  }

  // A failed image is either a broken file (the server says why) or a server that is away (then try again).
  async failed(tile, attempt = tile.attempt ?? 0) {
    tile.attempt = attempt + 1;
    const answer = await fetch(tile.item.url, { signal: AbortSignal.timeout(LONGEST_ANSWER) }).catch(() => null);
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
    const tile = this.all.find((one) => one.button === entry.target);
    if (!tile) return;
    tile.near = entry.isIntersecting;
    this.look(tile);
  }

  // Seen: painted while it stood on the screen. A message posted inside a frame arrives after its painting.
  look(tile) {
    if (tile.seen || !tile.near || tile.state !== "ready") return;
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => {
        if (!tile.near) return;
        tile.seen = true;
        tile.button.dataset.painted = "yes";
        this.changed(tile);
      };
      painted.port2.postMessage(null);
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

  // --- what a tile says
  show(tile, { selected, done }) {
    const { item, button } = tile;
    const [label, sure] = [this.labelOf(item), this.guesses(item) ? this.sure(item) : ""];
    button.setAttribute("aria-pressed", selected);
    button.classList.toggle("done", done);
    button.classList.toggle("evaluation", item.evaluation);
    const line = button.querySelector(".label");
    line.replaceChildren(element("span", "text", label), ...(sure ? [element("span", "sure", sure)] : []));
    line.classList.toggle("none", item.state !== "labelled");
    const second = button.querySelector(".more");
    const model = this.compact ? [] : this.guessParts(item);
    second.replaceChildren(...(item.comment ? [element("span", "text", this.commentOf(item))] : model));
    second.classList.toggle("differs", this.differs(item));
    button.setAttribute("aria-label", [item.name, label, sure, this.modelOf(item), this.commentOf(item), tile.reason].filter(Boolean).join(", "));
    button.title = tile.reason ?? [item.name, this.commentOf(item)].filter(Boolean).join("\n");
  }

  sure(item) {
    return `${Math.round(100 * item.probability)} %`;
  }

  // In the queue every image waits: what the model takes it for says more.
  guesses(item) {
    return this.compact && item.state === "waiting" && Boolean(item.predicted);
  }

  differs(item) {
    return item.state === "labelled" && Boolean(item.predicted) && item.predicted !== item.label;
  }

  labelOf(item) {
    if (item.state === "labelled") return this.names.get(item.label) ?? "?";
    if (this.compact && item.state === "waiting") return item.predicted ? `${this.names.get(item.predicted)}?` : "";
    return STATE_WORDS[item.state] + (item.who && ["unsure", "flagged"].includes(item.state) ? ` by ${item.who}` : "");
  }

  modelOf(item) {
    return item.predicted && !this.guesses(item) ? `model: ${this.names.get(item.predicted)} ${this.sure(item)}` : "";
  }

  guessParts(item) {
    if (!item.predicted) return [element("span", "text", "\u00a0")];
    return [element("span", "text", `model: ${this.names.get(item.predicted)}`), element("span", "sure", this.sure(item))];
  }

  commentOf(item) {
    return item.comment ? `“${item.comment}”` : "";
  }
}
