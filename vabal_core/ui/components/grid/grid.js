// The grid: many images on one page, one key for all that are selected. Made once per parentElement, for which
// Streamlit calls us again and again; a decision never waits for that.
const grids = new WeakMap();
const STATES = { label: "labelled", skip: "skipped", unsure: "unsure", flag: "flagged" };
const WITHOUT = ["waiting", "skipped"]; // states of an image that nobody has decided on
const SELECT_FIRST = "Nothing is selected. Click images, drag over them, or press Ctrl+A for all.";
const MOST_HELD = 500; // images that one request may name
const number = new Intl.NumberFormat("en");

const images = (count) => (count === 1 ? "1 image" : `${number.format(count)} images`);

class Grid {
  constructor(root, data, tell) {
    Object.assign(this, { root, data, tell, page: null, items: new Map(), done: new Set(), since: performance.now() });
    const signal = (this.closed = new AbortController()).signal;
    this.find = (selector) => root.querySelector(selector);
    this.past = new Past(data);
    this.tiles = new Tiles(this.find(".images"), (tile) => this.drawTile(tile));
    const decided = (id) => this.done.has(id);
    this.picking = new Picking(this.find(".images"), this.tiles, { decided, changed: () => this.draw(), signal });
    this.preview = new Preview(this.find, this.tiles, signal);
    this.outbox = new Outbox(`studio:${data.studio}:${data.project}:`);
    this.exchange = new Exchange(this, this.outbox);
    this.bar = new Bar(this.find);
    this.listen(signal);
    if (this.outbox.unreadable) this.bar.note(`${this.outbox.unreadable} decisions kept in this browser were damaged and are lost.`);
    this.update(data, tell);
    this.exchange.send();
  }

  listen(signal) {
    listenToKeys(this, signal);
    this.root.addEventListener("click", (event) => this.click(event), { signal });
    this.find(".comment").addEventListener("submit", (event) => this.flag(event), { signal });
    window.addEventListener("online", () => this.exchange.send(), { signal });
    window.addEventListener("pagehide", () => this.exchange.lastWord(), { signal });
    window.addEventListener("beforeunload", (event) => this.exchange.atRisk && event.preventDefault(), { signal });
    keepInSight(signal);
    this.ticker = setInterval(() => this.exchange.tick(), 500);
  }

  close() {
    this.exchange.close();
    this.closed.abort();
    this.tiles.watch.disconnect();
    clearInterval(this.ticker);
  }

  // The same page again keeps what was decided on it; another page starts from what the server knows of its images,
  // and from what is still on its way there.
  update(data, tell) {
    Object.assign(this, { data, tell });
    this.tiles.names = new Map(data.classes.map((one) => [one.id, one.name]));
    this.tiles.compact = data.compact;
    const turned = data.page !== this.page;
    const byHand = this.root.activeElement?.closest?.("[data-do=next]");
    if (turned) this.open(data);
    this.lay();
    this.bar.classes(data.classes);
    this.bar.pages(data);
    if (turned) this.picking.stand(0);
    if (turned && byHand) this.tiles.all[0]?.button.focus();
    this.draw();
  }

  // Images of an earlier page, brought back by an undo, stand in front of this one.
  lay() {
    const back = this.back.length ? [{ title: "Taken back", ids: this.back }] : [];
    const here = this.data.groups.map((group) => ({ ...group, title: group.title || (back.length ? "This page" : "") }));
    const layout = JSON.stringify([this.page, back, here]);
    if (layout !== this.layout) this.tiles.draw([...this.items.values()], [...back, ...here], this.bar.covers());
    this.layout = layout;
    this.find(".grid").classList.toggle("pairs", this.data.pairs);
    const narrow = this.data.size > 60 ? 5.4 : 6.4;
    const width = this.data.pairs || this.data.size < 60 ? 9 : this.data.compact ? narrow : 8;
    this.find(".grid").style.setProperty("--tile", `${width}rem`);
    this.bar.empty(this.items.size ? "" : this.data.empty);
  }

  open(data) {
    const first = this.page === null;
    Object.assign(this, { page: data.page, turning: 0, back: [], since: performance.now() });
    this.items = new Map(data.items.map((item) => [item.id, item]));
    this.done.clear();
    this.picking.selected.clear();
    this.preview.loupe.close();
    const undone = new Set(this.outbox.events.map((event) => event.undoes));
    for (const event of this.outbox.events) if (!undone.has(event.event_id)) this.apply(event);
    const told = first && this.outbox.unreadable;
    if (!told) this.bar.note(data.items.some((item) => item.evaluation) ? "Violet frame: an image for evaluation." : "");
  }

  // What a decision makes of the image it is for, on screen.
  apply({ image_id: id, kind, class_id: label, comment }) {
    const item = this.items.get(id);
    if (!item || !STATES[kind]) return;
    Object.assign(item, { state: STATES[kind], label: kind === "label" ? label : null, comment: comment ?? "", who: "you" });
    this.done.add(id);
  }

  held() {
    return this.data.queue ? [...this.items.keys()].filter((id) => !this.done.has(id)).slice(0, MOST_HELD) : [];
  }

  // What is asked of the server: decisions are brought there, and no image is wanted back. It holds those of the queue
  // that are named here, so that no other desk is given them.
  body(events) {
    return { desk: this.data.desk, queue: "ranked", events: events.map(asSent), have: this.held(), want: 0, history: false };
  }

  receive(answer) {
    this.outbox.remove([...answer.stored, ...answer.refused.map((refusal) => refusal.event_id)]);
    for (const refusal of answer.refused) this.refused(refusal);
    if (JSON.stringify(answer.classes) !== this.classes) this.learnClasses(answer.classes);
    const fresh = this.round !== undefined && answer.round !== this.round && this.data.queue;
    this.round = answer.round;
    if (fresh) this.bar.note(`Round ${answer.round} is ready. The next page comes from its ranking.`);
    if (this.outbox.events.length) return;
    if (this.turning) this.turn(this.turning);
    else if (this.data.tally && this.untold) this.tell("saved", newId());
    this.untold = false;
  }

  // A class that was made, renamed or given another key meanwhile.
  learnClasses(classes) {
    this.classes = JSON.stringify(classes);
    this.data.classes = classes;
    this.tiles.names = new Map(classes.map((one) => [one.id, one.name]));
    this.bar.classes(classes);
    this.draw();
  }

  refused({ event_id: id, reason }) {
    const before = this.past.forget(id);
    if (before && this.items.has(before.id)) this.restore(before);
    this.bar.note(`One decision was not stored: ${reason}`);
    this.draw();
  }

  restore(before) {
    Object.assign(this.items.get(before.id), before);
    this.done.delete(before.id);
  }

  // --- what a person does
  arrow(key, extend) {
    const large = this.preview.loupe.open;
    this.picking.arrow(key, extend, large);
    if (large) this.preview.openLoupe(this.tiles.all[this.picking.current]);
  }

  // The keys act on the image that is shown large, and on no other.
  larger() {
    const pointed = this.tiles.all.indexOf(this.preview.pointed);
    if (pointed >= 0) this.picking.stand(pointed);
    this.preview.openLoupe(this.tiles.all[this.picking.current]);
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button || button.type === "submit" || button.matches(".tile")) return;
    // After a mouse click the keyboard belongs to the grid again: a later Space does not press this button.
    if (event.detail > 0) button.blur();
    if (button.dataset.ids) this.picking.toggleAll(button.dataset.ids.split(" ").map(Number));
    else if (button.dataset.class) this.decide("label", { class_id: Number(button.dataset.class) });
    else this.act(button.dataset.do);
  }

  act(action) {
    if (action === "undo") this.undo();
    else if (action === "all") this.picking.all();
    else if (action === "none") this.picking.set([]);
    else if (action === "flag") this.bar.ask(this.chosen("flag").length);
    else if (action === "unflag") this.bar.ask(0);
    else if (action === "larger") this.larger();
    else if (action === "next" || action === "back") this.turn(action === "next" ? 1 : -1);
    else this.decide(action);
  }

  flag(event) {
    event.preventDefault();
    const comment = this.find(".comment input").value.trim();
    this.bar.ask(0);
    this.decide("flag", { comment });
  }

  // The selected images that can take this decision: nobody labels what nobody can have seen.
  chosen(kind) {
    const ids = [...this.picking.selected].filter((id) => this.items.has(id));
    const able = ids.filter((id) => this.tiles.seen(id) || (kind !== "label" && this.tiles.broken(id)));
    if (!ids.length) this.bar.note(SELECT_FIRST);
    else if (!able.length) this.bar.note(ids.every((id) => this.tiles.broken(id)) ? "Nobody can see these images, so they take no label. Skip or flag them." : "The selected images are not on screen yet.");
    return able;
  }

  decide(kind, more = {}) {
    const chosen = this.chosen(kind);
    // A skip is no decision: an image that has one keeps it.
    const ids = kind === "skip" ? chosen.filter((id) => WITHOUT.includes(this.items.get(id).state)) : chosen;
    if (chosen.length && !ids.length) this.bar.note("These images are decided already: to skip them changes nothing.");
    if (!ids.length) return;
    const milliseconds = Math.round((performance.now() - this.since) / ids.length);
    const before = ids.map((id) => ({ ...this.items.get(id) }));
    const events = before.map((item) => ({ event_id: newId(), image_id: item.id, kind, class_id: null, milliseconds, round: item.round, ...more }));
    const kept = this.send(events);
    const name = kind === "label" ? this.tiles.names.get(more.class_id) : { skip: "skipped", unsure: "unsure", flag: "flagged" }[kind];
    this.past.add({ events, before, what: `${number.format(ids.length)} × ${name}` });
    for (const event of events) {
      this.apply(event);
      this.picking.selected.delete(event.image_id);
    }
    this.bar.flash(more.class_id);
    this.bar.note(kept ? this.after(kind === "label" ? `${images(ids.length)} labelled ${name}.` : `${images(ids.length)} ${kind === "unsure" ? "marked unsure" : name}.`) : FULL);
    this.draw();
    if (this.data.queue && this.done.size === this.items.size) this.find("[data-do=next]").focus({ preventScroll: true });
  }

  after(text) {
    const left = [...this.picking.selected].filter((id) => !this.tiles.broken(id)).length;
    if (left) return `${text} ${images(left)} further down you have not seen yet: still selected.`;
    return this.data.queue && this.done.size === this.items.size ? `${text} This page is done: Enter brings the next.` : text;
  }

  send(events) {
    const kept = events.map((event) => this.outbox.add({ ...event, token: this.data.token }));
    Object.assign(this, { since: performance.now(), untold: true });
    this.exchange.send();
    return kept.every(Boolean);
  }

  undo() {
    const group = this.past.take();
    if (!group) return this.bar.note("Nothing left to undo.");
    const taken = ({ event_id: undoes, image_id, round }) => ({ event_id: newId(), image_id, kind: "undo", undoes, round });
    const kept = this.send(group.events.map(taken));
    this.bringBack(group.before.filter((item) => !this.items.has(item.id)));
    for (const item of group.before) this.restore(item);
    this.picking.set(group.before.map((item) => item.id));
    this.bar.note(kept ? `Taken back: ${group.what}. The images are selected: choose again.` : FULL);
    this.tiles.of(group.before[0].id)[0]?.button.scrollIntoView({ block: "nearest" });
  }

  bringBack(items) {
    if (!items.length) return;
    this.back = [...items.map((item) => item.id), ...this.back];
    this.items = new Map([...items.map((item) => [item.id, { ...item }]), ...this.items]);
    this.lay();
    this.picking.stand(0);
  }

  // Another page is asked for only when everything decided on this one is stored: it is made from what is stored.
  turn(by) {
    if (by > 0 ? !this.data.next : !this.data.back) return;
    this.turning = this.outbox.events.length ? by : 0;
    if (this.turning) this.bar.note("The next page comes as soon as everything is saved.");
    else this.tell("turn", { by, left: this.held(), page: this.page });
  }

  // --- what is drawn
  draw() {
    for (const tile of this.tiles.all) this.drawTile(tile);
    this.bar.counts(this.picking.selected.size, this.past.last?.what);
    for (const button of this.root.querySelectorAll(".these")) this.bar.these(button, (id) => this.done.has(id), this.picking.selected);
    this.preview.refresh();
    this.drawSaved();
  }

  drawTile(tile) {
    const { id } = tile.item;
    // An undo may have given the page another object for the same image.
    tile.item = this.items.get(id) ?? tile.item;
    this.tiles.show(tile, { selected: this.picking.selected.has(id), done: this.done.has(id) });
  }

  // No answer came: the mark tells, and nothing on this page has to wait for one.
  waiting() {
    this.drawSaved();
  }

  drawSaved() {
    this.bar.saved(this.exchange.standing, this.exchange.away);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const grid = grids.get(parentElement);
  if (grid) grid.update(data, setTriggerValue);
  else grids.set(parentElement, new Grid(parentElement, data, setTriggerValue));
  return () => {
    grids.get(parentElement)?.close();
    grids.delete(parentElement);
  };
}
