// The outbox keeps every decision in localStorage until the server has answered that it is stored.
// One entry an event: two tabs never overwrite one another, and a reload or a crash loses nothing.
import { remember } from "./storage.js";

const MAX_POST_BYTES = 50000; // of decisions: browsers refuse to keep a request alive that carries 64 KiB
export const FULL = "This browser's storage is full: do not close this page before it says Saved.";

// Milliseconds since 1970, and since this page was opened: the second never jumps.
export const CLOCK = { date: () => Date.now(), elapsed: () => performance.now() };

export function newId() {
  // Not crypto.randomUUID: that exists only on https and localhost, and a plant's server may be plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Decisions kept under this name wait for this installation and project, whichever version of the page made them.
export function outboxPrefix({ studio, project }) {
  return `studio:${studio}:${project}:`;
}

// A decision as the server reads it, without what this browser alone has to know.
export function asSent(event) {
  const sent = { ...event };
  for (const name of ["token", "order", "gives", "takes"]) delete sent[name];
  return sent;
}

export class Outbox {
  constructor(prefix, storage = localStorage, clock = CLOCK) {
    Object.assign(this, { prefix, storage, clock });
    this.unreadable = 0;
    this.unkept = new Set(); // ids of decisions that are in this page's memory alone
    this.events = this.read();
    this.waitingSince = this.events.length ? clock.elapsed() : null;
  }

  read() {
    const keys = Array.from({ length: this.storage.length }, (_, place) => this.storage.key(place));
    const events = keys.filter((key) => key.startsWith(this.prefix)).map((key) => this.readEntry(key));
    return events.filter(Boolean).sort((a, b) => a.order - b.order);
  }

  // An entry that nobody can read must not stand in the way of all the others.
  readEntry(key) {
    try {
      const event = JSON.parse(this.storage.getItem(key));
      const whole = Number.isFinite(event.order) && typeof event.token === "string";
      if (whole && this.prefix + event.event_id === key) return event;
    } catch {
      // Counted below.
    }
    this.unreadable += 1;
    this.storage.removeItem(key);
    return null;
  }

  // Whether the decision also outlives this page; if not, it waits in memory.
  add(event) {
    const last = this.events.at(-1);
    event.order = Math.max(this.clock.date(), last ? last.order + 1 : 0);
    this.events.push(event);
    this.waitingSince ??= this.clock.elapsed();
    const kept = remember(this.prefix + event.event_id, JSON.stringify(event), this.storage);
    if (!kept) this.unkept.add(event.event_id);
    return kept;
  }

  remove(ids) {
    const gone = new Set(ids);
    this.events = this.events.filter((event) => !gone.has(event.event_id));
    for (const id of gone) {
      this.storage.removeItem(this.prefix + id);
      this.unkept.delete(id);
    }
    this.waitingSince = this.events.length ? this.clock.elapsed() : null;
  }

  // The oldest decisions, as many as one request may carry, at least one. Each has the token it was made under, so that
  // a change of name never renames an older decision.
  batch() {
    const alike = this.events.filter((event) => event.token === this.events[0].token);
    let bytes = 0;
    const over = alike.findIndex((event, place) => {
      bytes += new Blob([JSON.stringify(asSent(event))]).size + 1; // and a comma
      return place > 0 && bytes > MAX_POST_BYTES;
    });
    return over < 0 ? alike : alike.slice(0, over);
  }

  hasImage(id) {
    return this.events.some((event) => event.image_id === id);
  }
}
