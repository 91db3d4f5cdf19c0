// Images are fetched and decoded ahead of need, so that the next one is on screen in the frame after a key press.
import { MAX_ANSWER_MS } from "../shared/request.js";

const MAX_BYTES = 300e6; // of decoded pixels kept ready (4 a pixel)
const MIN_PICTURES = 3;
export const MAX_PICTURES = 40;
const SCREEN_PIXELS = 1600; // no side of a picture made for the screen is longer

// Folders are often named after classes: shown or read out, they would give the answer away.
export function fileName(item) {
  return item.path.split(/[\\/]/).at(-1);
}

export class Pictures {
  // `changed(id)` is told when a picture is there, has more pixels, or cannot be shown.
  constructor(changed) {
    this.changed = changed;
    this.entries = new Map(); // image id -> its picture and whether it is loading, ready or broken
    this.items = [];
  }

  // The pictures of `items`, the first of which is needed now: the others are asked for once it is there, so that they
  // do not slow it down.
  keep(items) {
    this.items = items;
    const ahead = this.ahead(items);
    const ids = new Set(ahead.map((item) => item.id));
    for (const id of this.entries.keys()) if (!ids.has(id)) this.entries.delete(id);
    for (const item of ahead) {
      if (!this.entries.has(item.id)) this.load(item);
      if (this.entries.get(ahead[0].id).state === "loading") break;
    }
  }

  // Those that this browser's memory holds ready.
  ahead(items) {
    let bytes = 0;
    return items.filter((item, place) => {
      bytes += 4 * item.width * item.height * Math.min(1, SCREEN_PIXELS / Math.max(item.width, item.height)) ** 2;
      return place < MIN_PICTURES || (place < MAX_PICTURES && bytes < MAX_BYTES);
    });
  }

  load(item, attempt = 0) {
    const image = Object.assign(new Image(), { alt: `Steel surface ${fileName(item)}`, draggable: false });
    const entry = { image, state: "loading", reason: "" };
    this.entries.set(item.id, entry);
    image.src = item.url;
    image.decode().then(
      () => this.settle(item, entry, "ready", ""),
      () => this.diagnose(item, entry, attempt),
    );
  }

  // Fetch all pixels of an image whose picture was made smaller; until they are there, and if they never come, that
  // stays.
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
    Object.assign(entry, { state, reason });
    this.changed(item.id);
    this.keep(this.items);
  }

  // A failed image is either a broken file (the server says why) or a server that is away (then try again).
  async diagnose(item, entry, attempt) {
    const answer = await fetch(item.url, { signal: AbortSignal.timeout(MAX_ANSWER_MS) }).catch(() => null);
    if (this.entries.get(item.id) !== entry) return;
    if (answer && !answer.ok && answer.status < 500) {
      this.settle(item, entry, "broken", await answer.text());
    } else if (answer && attempt >= 2) {
      this.settle(item, entry, "broken", "The browser cannot read this file as an image.");
    } else {
      const again = () => this.entries.get(item.id) === entry && this.load(item, attempt + (answer ? 1 : 0));
      setTimeout(again, Math.min(8000, 500 * 2 ** attempt));
    }
  }
}
