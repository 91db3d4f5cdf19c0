// The outbox keeps every decision in localStorage until the server has answered that it is stored.
// One entry an event: two tabs never overwrite one another, and a reload or a crash loses nothing.
const LARGEST_POST = 200; // events: keepalive requests may carry 64 KiB
const LONGEST_WAIT = 8000; // milliseconds between two attempts while the server is away

class Outbox {
  constructor(prefix) {
    this.prefix = prefix;
    this.events = this.read();
    this.attempts = 0;
    this.waitingSince = this.events.length ? performance.now() : null;
  }

  read() {
    const found = [];
    for (let i = 0; i < localStorage.length; i += 1) {
      const key = localStorage.key(i);
      if (key.startsWith(this.prefix)) found.push(JSON.parse(localStorage.getItem(key)));
    }
    return found.sort((a, b) => a.order - b.order);
  }

  add(event) {
    const last = this.events.at(-1);
    event.order = Math.max(Date.now(), last ? last.order + 1 : 0);
    this.events.push(event);
    this.waitingSince ??= performance.now();
    localStorage.setItem(this.prefix + event.event_id, JSON.stringify(event));
  }

  remove(ids) {
    const gone = new Set(ids);
    this.events = this.events.filter((event) => !gone.has(event.event_id));
    for (const id of gone) localStorage.removeItem(this.prefix + id);
    this.waitingSince = this.events.length ? performance.now() : null;
  }

  // Each event carries the token it was made under, so that a change of name never renames an older decision.
  batch() {
    const token = this.events[0]?.token;
    return this.events.filter((event) => event.token === token).slice(0, LARGEST_POST);
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
