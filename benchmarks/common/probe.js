// The benchmark's eye in the page. It notes which image was painted at each press, when the next one was, and when the
// server named the label as stored. It runs before the page's own scripts and changes nothing that they see.
(() => {
  // What it knows of the pages stands here, and nowhere else:
  const DESK = ".desk"; // its data-image names the painted image, and is empty while none is
  const PICTURE = ".picture img";
  const TILE = "button[data-image] img";
  const ADDRESS = /\/api\/images\/(\d+)\//;
  const POST = "/api/labels";
  const WAITING = /^studio:.*:.*:/; // decisions that the browser keeps until they are stored
  const PRESS = /^[a-z0-9]$/;

  class Probe {
    constructor() {
      this.presses = JSON.parse(sessionStorage.getItem("probe") ?? "[]"); // those before a reload
      this.pending = null; // the press whose next image is still to be painted
      this.first = null; // milliseconds from the start of the navigation to the first image painted
      this.tiles = null; // milliseconds from a click to the thumbnails painted
      addEventListener("keydown", (event) => this.key(event), { capture: true }); // the window hears before the desk
      addEventListener("pagehide", () => sessionStorage.setItem("probe", JSON.stringify(this.presses)));
      this.followRequests();
      this.eachFrame(() => this.pictured() !== null, () => (this.first = performance.now()));
    }

    key(event) {
      const image = this.desk()?.dataset.image;
      if (!image || !PRESS.test(event.key)) return; // nothing is painted: the desk takes no key
      const at = performance.timeOrigin + event.timeStamp; // when the browser got the key
      const before = { at, key: event.key, image: Number(image), pictured: this.pictured() };
      const press = { ...before, event: null, shown: null, stored: null };
      this.presses.push(press);
      this.pending = press;
      const next = () => this.pending !== press || (this.pictured() ?? press.image) !== press.image;
      this.eachFrame(next, () => this.pending === press && (press.shown = now() - at));
    }

    // Calls `done` as soon as the frame at whose beginning `condition` holds has been painted: a message posted inside
    // a frame arrives after its painting. No second frame is waited for.
    eachFrame(condition, done) {
      requestAnimationFrame(() => {
        if (!condition()) return this.eachFrame(condition, done);
        const painted = new MessageChannel();
        painted.port1.onmessage = done;
        painted.port2.postMessage(null);
      });
    }

    desk() {
      if (!this.element?.isConnected) this.element = deep(DESK);
      return this.element;
    }

    pictured() {
      const picture = this.desk()?.querySelector(PICTURE);
      return picture?.complete && picture.naturalWidth ? Number(ADDRESS.exec(picture.src)?.[1]) : null;
    }

    followRequests() {
      const fetching = window.fetch;
      window.fetch = (...request) => {
        const answer = fetching.apply(window, request);
        if (String(request[0]).endsWith(POST)) this.follow(JSON.parse(request[1].body).events, answer);
        return answer;
      };
    }

    async follow(events, answering) {
      for (const event of events) {
        const press = this.presses.findLast((earlier) => earlier.image === event.image_id);
        if (press) press.event ??= event.event_id;
      }
      try {
        const answer = await answering;
        const { stored } = await answer.clone().json();
        for (const press of this.presses) if (stored.includes(press.event)) press.stored ??= now() - press.at;
      } catch {
        // The server was away: the desk sends the same events again.
      }
    }

    waiting() {
      return Object.keys(localStorage).filter((key) => WAITING.test(key)).length;
    }

    // Takes the time from the next click to `count` thumbnails painted.
    watchTiles(count) {
      const loaded = (tile) => tile.complete && tile.naturalWidth > 0;
      const all = () => [...(deep(TILE)?.getRootNode().querySelectorAll(TILE) ?? [])].filter(loaded).length >= count;
      const start = (event) => this.eachFrame(all, () => (this.tiles = performance.now() - event.timeStamp));
      addEventListener("click", start, { capture: true, once: true });
    }
  }

  const now = () => performance.timeOrigin + performance.now();

  // The first match, also inside shadow roots.
  function deep(selector, root = document) {
    const here = root.querySelector(selector);
    if (here) return here;
    for (const { shadowRoot } of root.querySelectorAll("*")) {
      const inside = shadowRoot && deep(selector, shadowRoot);
      if (inside) return inside;
    }
    return null;
  }

  if (window === top && location.protocol.startsWith("http")) window.probe = new Probe();
})();
