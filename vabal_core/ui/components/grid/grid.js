// The grid: many images on one page, one key for all that are selected. Its parts, its pages, and what is said to the
// server; a decision never waits for Streamlit.
import { Activity } from "../shared/activity.js";
import { guardDialogs } from "../shared/dialog_guard.js";
import { keptWords } from "../shared/kept.js";
import { Outbox, asSent, newId, outboxPrefix } from "../shared/outbox.js";
import { pace } from "../shared/pace.js";
import { skipLink } from "../shared/skip_link.js";
import { Sync } from "../shared/sync.js";
import { Bar } from "./bar.js";
import { Decisions, SELECT_FIRST } from "./decisions.js";
import { Input } from "./input.js";
import { Preview } from "./preview.js";
import { Selection } from "./selection.js";
import { TileSize } from "./tile_size.js";
import { Tiles } from "./tiles.js";

const STATES = { label: "labelled", skip: "skipped", unsure: "unsure", flag: "flagged" };
const MAX_HELD = 500; // images that one request may name

export class Grid {
  // `tell(name, value)` tells the page: "turn" asks for another one, "saved" that decisions have been stored.
  constructor(root, data, tell) {
    Object.assign(this, { root, data, tell, page: null, turning: 0, unannounced: false });
    this.items = new Map(); // image id -> what is known of it
    this.done = new Set(); // ids decided on this page
    this.elsewhere = new Set(); // ids that others have decided, or have before them now
    this.broughtBack = []; // ids of an earlier page, brought back by an undo
    this.closed = new AbortController();
    this.furnish(root, data, this.closed.signal);
    this.bar.note(keptWords(this.outbox, data.studio));
    this.update(data, tell);
    this.sync.send();
  }

  furnish(root, data, signal) {
    this.find = (selector) => root.querySelector(selector);
    this.outbox = new Outbox(outboxPrefix(data));
    this.sync = new Sync(this, this.outbox);
    this.activity = new Activity(() => this.sync.send());
    this.tiles = new Tiles(this.find(".images"), (tile) => this.changed(tile));
    const decided = (id) => !this.open(id);
    this.selection = new Selection(this.find(".images"), this.tiles, { decided, changed: () => this.select(), signal });
    this.preview = new Preview(this.find, this.tiles, signal);
    this.bar = new Bar(this.find);
    this.tileSize = new TileSize(this.find);
    this.decisions = new Decisions(this);
    this.input = new Input(this);
    this.activity.listen(signal); // before the input, which keeps keys from everybody behind it
    this.input.listen(signal);
    this.sync.listen(signal);
    guardDialogs(signal);
    skipLink("Skip to the images", () => this.tiles.all[this.selection.current]?.button.focus(), signal);
  }

  close() {
    this.sync.close();
    this.closed.abort();
    this.tiles.close();
    this.bar.close();
  }

  // The same page again keeps what was decided on it; another page starts from what the server knows of its images,
  // and from what is still on its way there.
  update(data, tell) {
    Object.assign(this, { data, tell });
    this.tiles.captions.learn(data.classes, data.compact);
    const turned = data.page !== this.page;
    const later = turned && this.page !== null;
    const byHand = this.root.activeElement?.closest?.("[data-do=next]");
    if (turned) this.begin(data);
    this.lay();
    this.bar.classes(data.classes);
    for (const where of ["remove", "aside"]) this.find(`[data-do=${where}]`).hidden = !data.removable;
    if (turned) this.selection.stand(0);
    if (turned && byHand) this.tiles.all[0]?.button.focus();
    // A page that was worked through to its end leaves the window there: the next one begins at its beginning.
    if (later) this.tiles.all[0]?.button.scrollIntoView({ block: "nearest" });
    this.draw();
  }

  begin(data) {
    const first = this.page === null;
    Object.assign(this, { page: data.page, turning: 0, broughtBack: [] });
    this.items = new Map(data.items.map((item) => [item.id, item]));
    this.done.clear();
    this.elsewhere.clear();
    this.selection.selected.clear();
    this.preview.loupe.close();
    this.decisions.begin();
    const undone = new Set(this.outbox.events.map((event) => event.undoes));
    for (const event of this.outbox.events) if (!undone.has(event.event_id)) this.apply(event);
    if (first && this.outbox.unreadable) return;
    this.bar.note(data.items.some((item) => item.evaluation) ? "Violet frame: an image for evaluation." : "");
  }

  // Images of an earlier page, brought back by an undo, stand in front of this one.
  lay() {
    const back = this.broughtBack.length ? [{ title: "Taken back", ids: this.broughtBack }] : [];
    const plainTitle = back.length ? "This page" : "";
    const here = this.data.groups.map((group) => ({ ...group, title: group.title || plainTitle }));
    const layout = JSON.stringify([this.page, back, here]);
    if (layout !== this.layout) this.tiles.draw([...this.items.values()], [...back, ...here], this.bar.covers());
    this.layout = layout;
    const { pairs } = this.data;
    this.find(".grid").classList.toggle("pairs", pairs);
    this.find(".grid").classList.toggle("sure", this.data.sure);
    this.find(".confirming").hidden = !this.data.sure;
    for (const action of ["all", "unsure"]) this.find(`[data-do=${action}]`).hidden = this.data.sure;
    this.tileSize.suit(this.data);
    this.bar.empty(this.items.size ? "" : this.data.empty);
  }

  // What a decision makes of the image it is for, on screen.
  apply({ image_id: id, kind, class_id: label, comment }) {
    const item = this.items.get(id);
    if (!item || !STATES[kind]) return;
    const decided = { state: STATES[kind], label: kind === "label" ? label : null, comment: comment ?? "", who: "you" };
    Object.assign(item, decided);
    this.done.add(id);
  }

  // `before`: the image as it was shown before it was decided.
  restore(before) {
    Object.assign(this.items.get(before.id), before);
    this.done.delete(before.id);
  }

  bringBack(items) {
    if (!items.length) return;
    this.broughtBack = [...items.map((item) => item.id), ...this.broughtBack];
    this.items = new Map([...items.map((item) => [item.id, { ...item }]), ...this.items]);
    this.lay();
    this.selection.stand(0);
  }

  // Whether an image waits here for a decision.
  open(id) {
    return !this.done.has(id) && !this.elsewhere.has(id);
  }

  get undecided() {
    return this.data.queue ? [...this.items.keys()].filter((id) => this.open(id)).slice(0, MAX_HELD) : [];
  }

  // Images that the next confirmation is about: not those that nobody can see.
  get toConfirm() {
    return this.undecided.filter((id) => !this.selection.selected.has(id) && !this.tiles.broken(id));
  }

  get finished() {
    return this.data.queue && !this.undecided.length;
  }

  // What is selected is held from now on, so that nobody else is given it.
  select() {
    this.draw();
    if (this.data.queue) this.sync.send();
  }

  // Another page is asked for only when everything decided on this one is stored: it is made from what is stored.
  turn(by) {
    if (by > 0 ? !this.data.next : !this.data.back) return;
    this.turning = this.outbox.events.length ? by : 0;
    if (this.turning) this.bar.note("The next page comes as soon as everything is saved.");
    else this.tell("turn", { by, left: this.undecided, page: this.page });
  }

  // The selected images go elsewhere: "remove" into the bin, "aside" to those for evaluation. The page comes again
  // without them, made from what is stored.
  move(where) {
    if (!this.data.removable) return;
    const ids = [...this.selection.selected].filter((id) => this.items.has(id));
    if (!ids.length) this.bar.note(SELECT_FIRST);
    else if (this.outbox.events.length) this.bar.note("Decisions are still being saved: press again in a moment.");
    else this.tell(where, { ids, page: this.page });
  }

  // --- what is said to the server, and what it answers
  // Decisions are brought there, and no image is asked for. Of the queue those that are selected are held, so that
  // nobody else is given them; of the others it is only asked whether they still wait.
  body(events) {
    const { undecided, selection, elsewhere } = this;
    // All that is to be confirmed is as good as selected.
    const held = (id) => this.data.sure || selection.selected.has(id);
    const have = undecided.filter(held);
    const shown = [...undecided.filter((id) => !held(id)), ...elsewhere].slice(0, MAX_HELD);
    return { queue: "ranked", events: events.map(asSent), have, shown, idle: this.activity.idle, want: 0 };
  }

  receive(answer) {
    this.outbox.remove([...answer.stored, ...answer.refused.map((refusal) => refusal.event_id)]);
    for (const refusal of answer.refused) this.decisions.refused(refusal);
    this.hearOfOthers(answer.taken);
    if (JSON.stringify(answer.classes) !== this.classes) this.learnClasses(answer.classes);
    const fresh = this.round !== undefined && answer.round !== this.round && this.data.queue;
    this.round = answer.round;
    const quiet = answer.learned?.by_itself; // it may come every few seconds
    if (fresh && !quiet) this.bar.note(`Round ${answer.round} is ready. The next page comes from its ranking.`);
    if (this.outbox.events.length) return;
    if (this.turning) this.turn(this.turning);
    else if (this.data.tally && this.unannounced) this.tell("saved", newId());
    this.unannounced = false;
  }

  hearOfOthers(taken) {
    const ids = taken.filter((id) => this.items.has(id) && !this.done.has(id) && !this.outbox.hasImage(id));
    const fresh = ids.filter((id) => !this.elsewhere.has(id));
    const same = !fresh.length && ids.length === this.elsewhere.size;
    this.elsewhere = new Set(ids);
    for (const id of fresh) this.selection.selected.delete(id);
    if (!same) this.draw();
  }

  // A class that was made, renamed or given another key meanwhile.
  learnClasses(classes) {
    this.classes = JSON.stringify(classes);
    this.data.classes = classes;
    this.tiles.captions.learn(classes, this.data.compact);
    this.bar.classes(classes);
    this.draw();
  }

  // --- what is drawn
  draw() {
    for (const tile of this.tiles.all) this.drawTile(tile);
    const { selected } = this.selection;
    this.bar.counts(selected.size, this.decisions.undoStack.last?.what, this.data.sure);
    this.bar.pages(this.data, this.data.items.filter(({ id }) => this.done.has(id)).length);
    this.drawConfirming();
    this.bar.pace(pace(this.decisions.timed));
    for (const button of this.root.querySelectorAll(".these")) {
      this.bar.groupButton(button, (id) => !this.open(id), selected, this.data.sure);
    }
    this.preview.refresh();
    this.drawSaved();
  }

  drawConfirming() {
    if (!this.data.sure) return;
    const rest = this.toConfirm;
    const seen = rest.filter((id) => this.tiles.seen(id));
    this.bar.confirming(seen.length, rest.length, this.selection.selected.size);
  }

  // A tile has been seen, or cannot be shown.
  changed(tile) {
    this.drawTile(tile);
    this.drawConfirming();
  }

  drawTile(tile) {
    const { id } = tile.item;
    // An undo may have given the page another object for the same image.
    tile.item = this.items.get(id) ?? tile.item;
    const [done, elsewhere] = [this.done.has(id), this.elsewhere.has(id)];
    this.tiles.show(tile, { selected: this.selection.selected.has(id), done: done || elsewhere, elsewhere });
  }

  // No answer came: the mark tells, and nothing on this page has to wait for one.
  waiting() {
    this.drawSaved();
  }

  drawSaved() {
    this.bar.saved(this.sync.status, this.sync.away);
  }
}
