// Images are fetched and decoded ahead of need, so that the next one is on screen in the frame after a key press.
const MEMORY = 300e6; // bytes of decoded pixels kept ready (4 a pixel)
const FEWEST = 3;
const MOST = 40;
const SCREEN = 1600; // pixels: no side of a picture made for the screen is longer

// Folders are often named after classes: shown or read out, they would give the answer away.
function fileName(item) {
  return item.path.split(/[\\/]/).at(-1);
}

class Pictures {
  constructor(changed) {
    this.changed = changed;
    this.entries = new Map();
    this.items = [];
  }

  // The pictures of `items`, the first of which is wanted now: the others are asked for once it is there, so that they
  // do not slow it down.
  keep(items) {
    this.items = items;
    let bytes = 0;
    const wanted = items.filter((item, place) => {
      bytes += 4 * item.width * item.height * Math.min(1, SCREEN / Math.max(item.width, item.height)) ** 2;
      return place < FEWEST || (place < MOST && bytes < MEMORY);
    });
    const ids = new Set(wanted.map((item) => item.id));
    for (const id of this.entries.keys()) if (!ids.has(id)) this.entries.delete(id);
    for (const item of wanted) {
      if (!this.entries.has(item.id)) this.load(item);
      if (this.entries.get(wanted[0].id).state === "loading") break;
    }
  }

  load(item, attempt = 0) {
    const image = new Image();
    const entry = { image, state: "loading", reason: "" };
    this.entries.set(item.id, entry);
    image.alt = `Steel surface ${fileName(item)}`;
    image.draggable = false;
    image.src = item.url;
    image.decode().then(
      () => this.settle(item, entry, "ready", ""),
      () => this.diagnose(item, entry, attempt),
    );
  }

  // Fetch all pixels of an image whose picture was made smaller; until they are there, and if they never come, that stays.
  complete(item) {
    const entry = this.entries.get(item.id);
    if (!item.full || !entry || entry.state !== "ready" || entry.completing) return;
    entry.completing = true;
    const image = Object.assign(new Image(), { alt: entry.image.alt, draggable: false, src: item.full });
    image.decode().then(
      () => {
        entry.image = image;
        if (this.entries.get(item.id) === entry) this.changed(item.id);
      },
      () => (entry.completing = false), // the next movement of the picture asks again
    );
  }

  settle(item, entry, state, reason) {
    entry.state = state;
    entry.reason = reason;
    this.changed(item.id);
    this.keep(this.items);
  }

  // A failed image is either a broken file (the server says why) or a server that is away (then try again).
  async diagnose(item, entry, attempt) {
    let answer = null;
    try {
      answer = await fetch(item.url, { signal: AbortSignal.timeout(LONGEST_ANSWER) });
    } catch {
      answer = null;
    }
    if (this.entries.get(item.id) !== entry) return;
    if (answer && !answer.ok && answer.status < 500) {
      this.settle(item, entry, "broken", await answer.text());
    } else if (answer && attempt >= 2) {
      this.settle(item, entry, "broken", "The browser cannot read this file as an image.");
    } else {
      setTimeout(() => {
        if (this.entries.get(item.id) === entry) this.load(item, attempt + (answer ? 1 : 0));
      }, Math.min(8000, 500 * 2 ** attempt));
    }
  }
}
