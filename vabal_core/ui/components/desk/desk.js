// The labelling desk: the queue and what a person does. Made once per parentElement, for which Streamlit calls us again.
const desks = new WeakMap();
const UNDOABLE = 300; // decisions kept at hand, so that a day's labelling needs no more memory than its first hour
const UNSEEN = "Nobody has seen this image, so it takes no label. Skip it with Space.";
const NO_SUGGESTION = "There is no suggestion on screen to accept.";
const NOTHING_TO_PIN = "P pins the image labelled last as an example of its class: label one first.";
const UNDONE = {
  skip: "Back at the image you skipped.",
  unsure: "Back at the image you were unsure about.",
  flag: "The flag is taken back.",
};

// A message posted inside a frame arrives after its painting.
function afterPaint(then) {
  requestAnimationFrame(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = then;
    painted.port2.postMessage(null);
  });
}

class Desk {
  constructor(root, data) {
    Object.assign(this, { root, data, id: newId() }); // two desks, by id, are given different images
    this.queue = []; // the first is on screen, the rest is fetched ahead
    this.history = null; // this person's decisions, the last one last; null until the server has told
    this.classes = [];
    this.rare = new Set();
    this.counts = null;
    this.round = null; // the round whose ranking the queue follows, 0 before the first
    this.running = 0; // the round under way
    this.shown = null; // id of the image on screen
    this.ready = false; // whether it has been painted
    this.trouble = ""; // what went wrong with the newest round
    this.closed = new AbortController();
    this.furnish(root, data);
    this.hands = new Hands(root, this);
    this.listen();
    this.screen.say("Loading images …");
    if (this.outbox.unreadable) this.screen.note(`${this.outbox.unreadable} decisions kept in this browser were damaged and are lost.`);
    this.exchange.send();
  }

  furnish(root, data) {
    this.screen = new Screen(root, data.queue);
    this.reasons = new Reasons(root, data.queue === "evaluation");
    this.outbox = new Outbox(`studio:${data.studio}:${data.project}:`);
    this.exchange = new Exchange(this, this.outbox);
    this.pictures = new Pictures((id) => this.pictureChanged(id));
    this.view = new View(root, (item) => this.pictures.complete(item));
    this.light = new Light(root);
    this.search = new Search(root, this);
    this.comment = new Comment(root, this);
    this.strip = new Strip(root, (eventId) => this.correct(eventId));
    this.guide = new Guide(root, this);
    this.help = root.querySelector(".help");
    keyHelp(this.help.querySelector("dl"));
  }

  listen() {
    const options = { signal: this.closed.signal };
    document.addEventListener("keydown", (event) => this.hands.key(event), { ...options, capture: true });
    document.addEventListener("pointerdown", () => this.hands.pointed(), { ...options, capture: true });
    this.root.addEventListener("click", (event) => this.hands.click(event), options);
    window.addEventListener("online", () => this.exchange.send(), options);
    window.addEventListener("pagehide", () => this.exchange.lastWord(), options);
    window.addEventListener("beforeunload", (event) => this.exchange.atRisk && event.preventDefault(), options);
    keepInSight(options.signal);
    this.ticker = setInterval(() => this.exchange.tick(), 500);
  }

  close() {
    this.exchange.close();
    this.closed.abort();
    this.view.close();
    clearInterval(this.ticker);
  }

  update(data) {
    const reset = data.epoch !== this.data.epoch;
    this.data = data;
    if (reset) {
      this.queue = [];
      this.history = null;
      this.exchange.hurry();
      this.show();
    }
    this.exchange.send();
  }

  // --- what is said to the server, and what it answers
  body(events) {
    return {
      desk: this.id,
      queue: this.data.queue,
      events: events.map(asSent),
      have: this.queue.map((item) => item.id),
      want: Math.max(0, MOST - this.queue.length),
      history: this.history === null && (!events.length || events[0].token === this.data.token),
    };
  }

  receive(answer, epoch) {
    this.outbox.remove([...answer.stored, ...answer.refused.map((refusal) => refusal.event_id)]);
    for (const refusal of answer.refused) this.screen.note(`One decision was not stored: ${refusal.reason}`);
    Object.assign(this, { classes: answer.classes, counts: answer.counts, rare: new Set(answer.rare) });
    this.history ??= answer.history?.map((past) => ({ ...past, item: { ...past.item, again: true } })) ?? null;
    if (answer.trouble !== this.trouble) this.screen.note(answer.trouble);
    this.trouble = answer.trouble;
    const fresh = this.round !== null && answer.round !== this.round;
    this.round = answer.round;
    const begun = answer.running !== this.running;
    this.running = answer.running;
    if (begun) this.drawReasons();
    if (epoch !== this.data.epoch) this.exchange.hurry();
    else if (fresh) this.follow(answer.round);
    else {
      const here = new Set(this.queue.map((item) => item.id));
      this.queue.push(...answer.items.filter((item) => !here.has(item.id) && !this.outbox.hasImage(item.id)));
    }
    this.pictures.keep(this.queue);
    if (!this.queue.length || this.shown !== this.queue[0].id) this.show();
    else this.drawLater();
    this.guide.flush();
  }

  // A new ranking: the image on screen stays, everything behind it is asked for again.
  follow(round) {
    this.queue = this.queue.slice(0, 1);
    this.drawReasons();
    this.exchange.hurry();
    this.screen.note(`Round ${round} is ready. The next images come from its ranking.`);
  }

  // --- what a person decides
  label(classId) {
    if (this.pictures.entries.get(this.shown)?.state === "broken") this.screen.note(UNSEEN);
    else if (this.decide("label", classId)) this.screen.flash(classId);
  }

  accept() {
    const suggested = this.reasons.suggested(this.queue[0], this.classes);
    if (suggested) this.label(suggested.id);
    else this.screen.note(NO_SUGGESTION);
  }

  // An image that was brought back has its decision: to skip it is to leave it so.
  skip() {
    if (this.queue[0]?.correcting) this.putBack();
    else this.decide("skip", null);
  }

  decide(kind, classId, comment) {
    if (!this.queue[0] || !this.ready || this.shown !== this.queue[0].id) return false;
    const { correcting, ...item } = this.queue[0];
    const milliseconds = Math.round(performance.now() - this.since);
    const event = { event_id: newId(), image_id: item.id, kind, class_id: classId, comment, milliseconds, round: item.round };
    const kept = this.outbox.add({ ...event, gives: classId, takes: countedClass(this.history ?? [], item.id), token: this.data.token });
    this.history = [...(this.history ?? []).slice(1 - UNDOABLE), { ...event, item }];
    this.queue.shift();
    this.screen.note(kept ? "" : FULL);
    this.show();
    this.drawSaved();
    this.exchange.send();
    return true;
  }

  undo() {
    const last = this.history?.at(-1);
    if (!last) return this.screen.note("Nothing left to undo.");
    const { image_id, event_id, class_id } = last;
    this.history = this.history.slice(0, -1);
    const event = { event_id: newId(), image_id, kind: "undo", undoes: event_id, round: last.item.round };
    const kept = this.outbox.add({ ...event, gives: countedClass(this.history, image_id), takes: class_id, token: this.data.token });
    this.bring(last.item, this.history.findLast((one) => one.image_id === image_id));
    this.drawSaved();
    this.screen.note(kept ? (UNDONE[last.kind] ?? `Taken back: ${this.nameOf(last)}. Choose again.`) : FULL);
    this.exchange.send();
  }

  // A decision of the strip comes back on the desk with its image; only a new decision changes anything.
  correct(eventId) {
    const decision = this.history?.find((one) => one.event_id === eventId);
    if (decision) this.bring(decision.item, decision);
  }

  // Put an image on the desk; `correcting` is the decision that stands for it, if any.
  bring(item, correcting) {
    const rest = this.queue.filter((one) => !one.correcting && one.id !== item.id);
    this.queue = [{ ...item, correcting }, ...rest];
    this.screen.note("");
    this.show();
  }

  putBack() {
    this.queue.shift();
    this.screen.note("Left as it was.");
    this.show();
  }

  pin() {
    const labelled = (one) => one?.kind === "label";
    const brought = this.queue[0]?.correcting;
    const last = labelled(brought) ? brought : this.history?.findLast(labelled);
    if (last) this.guide.pin(last.class_id, last.image_id, `Pinned as an example of ${this.nameOf(last)}.`);
    else this.screen.note(NOTHING_TO_PIN);
  }

  toggleSuggestion() {
    this.screen.note("");
    this.reasons.toggle();
    this.drawReasons();
  }

  nameOf(decision) {
    if (decision.kind !== "label") return MARKS[decision.kind];
    return this.classes.find((one) => one.id === decision.class_id)?.name ?? "label";
  }

  // --- what is on screen
  show() {
    const item = this.queue[0];
    this.ready = false;
    this.shown = item?.id ?? null;
    this.screen.item(item);
    this.drawReasons();
    this.pictures.keep(this.queue);
    if (item) this.pictureChanged(item.id);
    else this.screen.picture(null);
    this.search.moved();
    this.comment.moved();
    this.drawLater();
    if (!item && this.round !== null) this.screen.say(this.exchange.away || (this.exchange.asking ? "Loading images …" : this.data.empty));
  }

  pictureChanged(id) {
    if (id !== this.shown) return;
    const entry = this.pictures.entries.get(id);
    this.screen.picture(entry);
    if (entry.state === "loading") return;
    if (this.ready) return this.view.refine(entry.image); // it was on screen before, made smaller
    if (entry.state === "ready") this.view.open(this.queue[0], entry.image);
    afterPaint(() => {
      // A key counts only once the image has been painted.
      if (this.shown !== id || this.ready) return;
      this.ready = true;
      this.since = performance.now();
      this.root.querySelector(".desk").dataset.image = id;
    });
  }

  // Nothing that is not the image itself stands between a key and the next image: the rest is drawn after the frame.
  drawLater() {
    if (this.drawing) return;
    this.drawing = true;
    afterPaint(() => {
      this.drawing = false;
      this.drawCounts();
      const correcting = this.queue[0]?.correcting?.event_id;
      this.strip.draw(this.history ?? [], (id) => this.classes.find((one) => one.id === id), correcting);
    });
  }

  drawReasons() {
    const item = this.queue[0];
    this.reasons.draw(item, this, this.classes, item?.correcting ? sentence(item.correcting, this.nameOf(item.correcting)) : "");
  }

  drawCounts() {
    const pool = this.data.queue === "evaluation" ? "evaluation" : "pool";
    const { classes, done, since } = tally(this.counts, pool, this.outbox.events);
    const last = this.history?.at(-1);
    this.screen.classes(this.classes, classes, done, this.rare);
    this.search.update(this.classes);
    this.screen.totals(done, this.counts ? this.data.images : null, last && this.nameOf(last));
    this.screen.goal(this.counts && pool === "pool" ? since : null, this.counts?.batch, this);
    this.screen.pace(pace(this.history ?? []), this.counts);
  }

  drawSaved() {
    this.screen.saved(this.exchange.standing, this.exchange.away);
  }

  // The server does not answer; what is on screen can still be decided.
  waiting() {
    if (!this.queue.length) this.screen.say(this.exchange.away);
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
