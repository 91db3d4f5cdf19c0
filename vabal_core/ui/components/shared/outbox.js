// The outbox keeps every decision in localStorage until the server has answered that it is stored.
// One entry an event: two tabs never overwrite one another, and a reload or a crash loses nothing.
const LARGEST_POST = 50000; // bytes of decisions: browsers refuse to keep a request alive that carries 64 KiB
const LONGEST_WAIT = 8000; // milliseconds between two attempts while the server is away
const LONGEST_ANSWER = 15000; // milliseconds until a server that is connected but silent counts as away
const FULL = "This browser's storage is full: do not close this page before it says Saved.";

function newId() {
  // Not crypto.randomUUID: that exists only on https and localhost, and a plant's server may be plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Whether this browser could keep it: its storage may be full, or forbidden.
function remember(key, value) {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

// A decision as the server reads it, without what this browser alone has to know.
const asSent = ({ token, order, gives, takes, ...event }) => event;

class Outbox {
  constructor(prefix) {
    this.prefix = prefix;
    this.unreadable = 0;
    this.unkept = new Set(); // ids of decisions that are in this page's memory alone
    this.events = this.read();
    this.attempts = 0;
    this.waitingSince = this.events.length ? performance.now() : null;
  }

  read() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
    const found = keys.map((key) => this.readEntry(key)).filter(Boolean);
    return found.sort((a, b) => a.order - b.order);
  }

  // An entry that nobody can read must not stand in the way of all the others.
  readEntry(key) {
    try {
      const event = JSON.parse(localStorage.getItem(key));
      if (this.prefix + event.event_id === key && Number.isFinite(event.order) && typeof event.token === "string") return event;
    } catch {
      // Counted below.
    }
    this.unreadable += 1;
    localStorage.removeItem(key);
    return null;
  }

  // Whether the decision also outlives this page; if not, it waits in memory.
  add(event) {
    const last = this.events.at(-1);
    event.order = Math.max(Date.now(), last ? last.order + 1 : 0);
    this.events.push(event);
    this.waitingSince ??= performance.now();
    const kept = remember(this.prefix + event.event_id, JSON.stringify(event));
    if (!kept) this.unkept.add(event.event_id);
    return kept;
  }

  remove(ids) {
    const gone = new Set(ids);
    this.events = this.events.filter((event) => !gone.has(event.event_id));
    for (const id of gone) {
      localStorage.removeItem(this.prefix + id);
      this.unkept.delete(id);
    }
    this.waitingSince = this.events.length ? performance.now() : null;
  }

  // The oldest decisions, as many as one request may carry, at least one. Each has the token it was made under, so that
  // a change of name never renames an older decision.
  batch() {
    const mine = this.events.filter((event) => event.token === this.events[0].token);
    let bytes = 0;
    const over = mine.findIndex((event, place) => {
      bytes += new Blob([JSON.stringify(asSent(event))]).size + 1; // and a comma
      return place > 0 && bytes > LARGEST_POST;
    });
    return over < 0 ? mine : mine.slice(0, over);
  }

  pause() {
    this.attempts += 1;
    return Math.min(LONGEST_WAIT, 250 * 2 ** this.attempts);
  }

  hasImage(id) {
    return this.events.some((event) => event.image_id === id);
  }
}

async function post(url, token, body) {
  const answer = await fetch(url, {
    method: "POST",
    keepalive: true,
    signal: AbortSignal.timeout(LONGEST_ANSWER),
    headers: { "Content-Type": "application/json", "X-Studio-Token": token },
    body: JSON.stringify(body),
  });
  if (!answer.ok) {
    const error = new Error(await answer.text());
    error.status = answer.status;
    throw error;
  }
  return answer.json();
}
