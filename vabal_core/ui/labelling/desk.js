// The labelling desk: queue, keys, server. Made once per parentElement, for which Streamlit calls us again and again.
const desks = new WeakMap();
const POLL = 3000; // milliseconds between two looks at the server while nobody presses a key
const ACTIONS = { u: "undo", Backspace: "undo", s: "skip", " ": "skip", ",": "sharp", z: "actual" };
const KEPT = "Your labels are kept in this browser and sent when the server can take them.";
const AWAY = `No answer from the server. ${KEPT}`;
const STALE = "Reload this page to go on. Your labels are kept in this browser.";
const FULL = "This browser's storage is full: do not close this page before it says Saved.";
const AGAIN = [408, 425, 429]; // the answers below 500 that mean: later

function newId() {
  // Not crypto.randomUUID: that exists only on https and localhost, and a plant's server may be plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Desk {
  constructor(root, data) {
    Object.assign(this, { root, data, id: newId() }); // two desks, by id, are given different images
    this.screen = new Screen(root, data.queue);
    this.outbox = new Outbox(`studio:${data.studio}:${data.project}:`);
    this.pictures = new Pictures((id) => this.pictureChanged(id));
    this.queue = []; // the first is on screen, the rest is fetched ahead
    this.history = null; // this person's decisions, the last one last; null until the server has told
    this.classes = [];
    this.counts = null;
    this.round = null;
    this.shown = null; // id of the image on screen
    this.ready = false; // whether it has been painted
    this.trouble = ""; // what went wrong with the newest round
    this.away = "";
    this.closed = new AbortController();
    this.listen();
    this.screen.say("Loading images …");
    if (this.outbox.unreadable) this.screen.note(`${this.outbox.unreadable} decisions kept in this browser were damaged and are lost.`);
    this.send();
  }

  listen() {
    const options = { signal: this.closed.signal };
    document.addEventListener("keydown", (event) => this.key(event), { ...options, capture: true });
    this.root.addEventListener("click", (event) => this.click(event), options);
    window.addEventListener("online", () => this.send(), options);
    window.addEventListener("pagehide", () => this.lastWord(), options);
    window.addEventListener("beforeunload", (event) => this.outbox.events.length && event.preventDefault(), options);
    this.ticker = setInterval(() => this.tick(), 500);
  }

  close() {
    this.lastWord();
    this.closed.abort();
    clearInterval(this.ticker);
    clearTimeout(this.retry);
  }

  update(data) {
    const reset = data.epoch !== this.data.epoch;
    this.data = data;
    if (reset) {
      this.queue = [];
      this.history = null;
      this.show();
    }
    this.send();
  }

  tick() {
    this.drawSaved();
    if (!document.hidden && !this.away && performance.now() - this.asked > POLL) this.send();
  }

  // --- the server: one request in flight, which carries the outbox and brings the next images back
  async send() {
    if (this.sending || this.closed.signal.aborted) {
      this.again = true;
      return;
    }
    clearTimeout(this.retry);
    this.sending = true;
    this.again = false;
    this.asked = performance.now();
    const events = this.outbox.batch();
    const epoch = this.data.epoch;
    try {
      const answer = await post("/api/labels", events[0]?.token ?? this.data.token, this.body(events));
      this.outbox.attempts = 0;
      this.away = "";
      this.receive(answer, epoch);
    } catch (error) {
      this.fail(error);
    }
    this.sending = false;
    this.drawSaved();
    if (!this.away && (this.again || this.outbox.events.length)) this.send();
  }

  body(events) {
    return {
      desk: this.id,
      queue: this.data.queue,
      events: events.map(({ token, order, undone, ...event }) => event),
      have: this.queue.map((item) => item.id),
      want: Math.max(0, MOST - this.queue.length),
      history: this.history === null && (!events.length || events[0].token === this.data.token),
    };
  }

  // The tab is closing: say everything once more, without waiting (a label said twice is stored once).
  lastWord() {
    const events = this.outbox.batch();
    if (events.length) post("/api/labels", events[0].token, { ...this.body(events), want: 0 }).catch(() => null);
  }

  fail(error) {
    const refused = error.status >= 400 && error.status < 500 && !AGAIN.includes(error.status);
    if (!error.status && !["TypeError", "TimeoutError"].includes(error.name)) console.error(error);
    // 503: the server is there but cannot store (a full disk, say); it tells why.
    const told = error.status === 503 ? `${error.message} ${KEPT}` : AWAY;
    const reason = error.status === 401 ? "" : `The server refused the request (${error.status}). `;
    this.away = refused ? reason + STALE : told;
    if (!this.queue.length) this.screen.say(this.away);
    if (!refused) this.retry = setTimeout(() => this.send(), this.outbox.pause());
  }

  receive(answer, epoch) {
    this.outbox.remove([...answer.stored, ...answer.refused.map((refusal) => refusal.event_id)]);
    for (const refusal of answer.refused) this.screen.note(`One decision was not stored: ${refusal.reason}`);
    this.classes = answer.classes;
    this.counts = answer.counts;
    this.history ??= answer.history?.map((past) => ({ ...past, item: { ...past.item, again: true } })) ?? null;
    if (answer.trouble !== this.trouble) this.screen.note(answer.trouble);
    this.trouble = answer.trouble;
    const fresh = this.round !== null && answer.round !== this.round;
    this.round = answer.round;
    if (epoch !== this.data.epoch) {
      this.again = true;
    } else if (fresh) {
      // A new ranking: the image on screen stays, everything behind it is asked for again.
      this.queue = this.queue.slice(0, 1);
      this.screen.about(this.queue[0], this.round);
      this.again = true;
      this.screen.note(`Round ${answer.round} is ready. The next images come from its ranking.`);
    } else {
      const here = new Set(this.queue.map((item) => item.id));
      this.queue.push(...answer.items.filter((item) => !here.has(item.id) && !this.outbox.hasImage(item.id)));
    }
    this.pictures.keep(this.queue);
    if (!this.queue.length || this.shown !== this.queue[0].id) this.show();
    else this.drawCounts();
  }

  // --- what a person does
  key(event) {
    const target = event.composedPath()[0];
    const within = (selector) => target instanceof Element && target.closest(selector);
    if (within("input, textarea, select, [contenteditable]:not([contenteditable=false])")) {
      // Enter after one's name gives the keyboard back to the desk: the next digit is a label, not part of the name.
      if (event.key === "Enter" && within("[data-testid=stSidebar]")) setTimeout(() => target.blur());
      return;
    }
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey;
    if (!undo && (event.ctrlKey || event.metaKey || event.altKey)) return;
    // Space on a button that has the focus presses that button, as everywhere.
    if (event.key === " " && within("button, a, summary, [role=button], [role=option], [role=radio]")) return;
    const chosen = undo ? null : this.classOfKey(event);
    const action = undo ? "undo" : chosen ? null : (ACTIONS[event.key] ?? ACTIONS[event.key.toLowerCase()]);
    if (!action && !chosen) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat) return;
    if (action) this.act(action);
    else this.label(chosen.id);
  }

  classOfKey(event) {
    // On keyboards whose digits need Shift, the key's place still says which digit it is. Not so on the number pad:
    // with NumLock off its keys are End, the arrows and so on.
    const digit = /^Digit(\d)$/.exec(event.code)?.[1];
    const byKey = (key) => key && this.classes.find((one) => one.key === key);
    return byKey(event.key.toLowerCase()) ?? byKey(digit);
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    // After a mouse click the keyboard belongs to the desk again: a later Space skips, and does not press this button.
    if (event.detail > 0) button.blur();
    if (button.dataset.do) this.act(button.dataset.do);
    else this.label(Number(button.dataset.class));
  }

  act(action) {
    if (action === "undo") this.undo();
    else if (action === "skip") this.decide("skip", null);
    else if (action === "sharp") this.screen.setSharp(!this.screen.sharp);
    else this.screen.setActual(!this.screen.actual);
  }

  label(classId) {
    if (this.pictures.entries.get(this.shown)?.state === "broken") this.screen.note("Nobody has seen this image, so it takes no label. Skip it with Space.");
    else if (this.decide("label", classId)) this.screen.flash(classId);
  }

  decide(kind, classId) {
    const item = this.queue[0];
    if (!item || !this.ready || this.shown !== item.id) return false;
    const milliseconds = Math.round(performance.now() - this.since);
    const event = { event_id: newId(), image_id: item.id, kind, class_id: classId, milliseconds, round: item.round };
    const kept = this.outbox.add({ ...event, token: this.data.token });
    this.history = [...(this.history ?? []), { ...event, item }];
    this.queue.shift();
    this.screen.note(kept ? "" : FULL);
    this.show();
    this.send();
    return true;
  }

  undo() {
    const last = this.history?.at(-1);
    if (!last) {
      this.screen.note("Nothing left to undo.");
      return;
    }
    this.history = this.history.slice(0, -1);
    const event = { event_id: newId(), image_id: last.image_id, kind: "undo", undoes: last.event_id, round: last.item.round };
    const kept = this.outbox.add({ ...event, undone: last.class_id, token: this.data.token });
    this.queue = [last.item, ...this.queue.filter((item) => item.id !== last.image_id)];
    this.show();
    const done = last.kind === "skip" ? "Back at the image you skipped." : `Taken back: ${this.nameOf(last)}. Choose again.`;
    this.screen.note(kept ? done : FULL);
    this.send();
  }

  nameOf(decision) {
    if (decision.kind === "skip") return "skip";
    return this.classes.find((one) => one.id === decision.class_id)?.name ?? "label";
  }

  // --- what is on screen
  show() {
    const item = this.queue[0];
    this.ready = false;
    this.shown = item?.id ?? null;
    this.screen.item(item, this.round);
    this.drawCounts();
    this.pictures.keep(this.queue);
    if (item) this.pictureChanged(item.id);
    else this.screen.picture(null);
    if (!item && this.round !== null) this.screen.say(this.away || (this.again ? "Loading images …" : this.data.empty));
  }

  pictureChanged(id) {
    if (id !== this.shown || this.ready) return;
    const entry = this.pictures.entries.get(id);
    this.screen.picture(entry);
    if (entry.state === "loading") return;
    // A key counts only once the image has been painted: a message posted inside a frame arrives after its painting.
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => {
        if (this.shown !== id || this.ready) return;
        this.ready = true;
        this.since = performance.now();
        this.screen.find(".desk").dataset.image = id;
      };
      painted.port2.postMessage(null);
    });
  }

  // What the server counted, and what it has not heard of yet.
  drawCounts() {
    const pool = this.data.queue === "evaluation" ? "evaluation" : "pool";
    const counts = new Map(Object.entries(this.counts?.[pool] ?? {}).map(([id, count]) => [Number(id), count]));
    const change = (id, by) => counts.has(id) && counts.set(id, counts.get(id) + by);
    for (const event of this.outbox.events) {
      if (event.kind === "label") change(event.class_id, 1);
      if (event.kind === "undo") change(event.undone, -1);
    }
    const done = [...counts.values()].reduce((sum, one) => sum + one, 0);
    const last = this.history?.at(-1);
    this.screen.classes(this.classes, counts);
    this.screen.totals(done, this.counts ? this.data.images : null, last && this.nameOf(last));
    const unsent = this.outbox.events.filter((event) => event.kind === "label").length;
    this.screen.goal(this.counts && pool === "pool" ? this.counts.since + unsent : null, this.counts?.batch);
  }

  drawSaved() {
    this.screen.saved(this.outbox.events.length, this.outbox.waitingSince, this.away);
  }
}

export default function ({ data, parentElement }) {
  const desk = desks.get(parentElement);
  if (desk) desk.update(data);
  else desks.set(parentElement, new Desk(parentElement, data));
  return () => {
    desks.get(parentElement)?.close();
    desks.delete(parentElement);
  };
}
