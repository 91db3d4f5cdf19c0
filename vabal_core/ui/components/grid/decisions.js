// What a person decides on the selected images, and what is taken back: a whole group at a time.
import { number } from "../shared/format.js";
import { FULL, newId } from "../shared/outbox.js";
import { UndoStack } from "./undo_stack.js";

const MAX_TIMED = 500;
const UNDECIDED = ["waiting", "skipped"]; // states of an image that nobody has decided on
const NAMES = { skip: "skipped", unsure: "unsure", flag: "flagged" };
export const SELECT_FIRST = "Nothing is selected. Click images, drag over them, or press Ctrl+A for all.";
const ALL_BROKEN = "Nobody can see these images, so they take no label. Skip or flag them.";
const NOT_PAINTED = "The selected images are not on screen yet.";
const UNSEEN = "You have not seen this image yet: look, then Enter again.";
const DECIDED = "These images are decided already: to skip them changes nothing.";

const images = (count) => (count === 1 ? "1 image" : `${number.format(count)} images`);

export class Decisions {
  constructor(grid) {
    this.grid = grid;
    this.undoStack = new UndoStack(grid.data);
    this.timed = []; // the last events with the time that each took: the pace is read from them
  }

  // The time that a decision takes runs from here.
  begin() {
    this.since = performance.now();
  }

  label(classId) {
    this.decide("label", { class_id: classId });
  }

  askComment() {
    this.grid.bar.ask(this.able("flag").length);
  }

  flag(comment) {
    this.grid.bar.ask(0);
    this.decide("flag", { comment });
  }

  // The selected images that can take this decision: nobody labels what nobody can have seen.
  able(kind) {
    const { selection, items, tiles, bar } = this.grid;
    const ids = [...selection.selected].filter((id) => items.has(id));
    const able = ids.filter((id) => tiles.seen(id) || (kind !== "label" && tiles.broken(id)));
    if (!ids.length) bar.note(SELECT_FIRST);
    else if (!able.length) bar.note(ids.every((id) => tiles.broken(id)) ? ALL_BROKEN : NOT_PAINTED);
    return able;
  }

  // `details`: the class of a label, the comment of a flag.
  decide(kind, details = {}) {
    const { grid } = this;
    const able = this.able(kind);
    // A skip is no decision: an image that has one keeps it.
    const ids = kind === "skip" ? able.filter((id) => UNDECIDED.includes(grid.items.get(id).state)) : able;
    if (able.length && !ids.length) grid.bar.note(DECIDED);
    if (!ids.length) return;
    const name = kind === "label" ? grid.tiles.captions.className(details.class_id) : NAMES[kind];
    const before = ids.map((id) => ({ ...grid.items.get(id) }));
    const events = this.events(before, { kind, class_id: null, ...details });
    const kept = this.send(events);
    this.undoStack.add({ events, before, what: `${number.format(ids.length)} × ${name}` });
    for (const event of events) {
      grid.apply(event);
      grid.selection.selected.delete(event.image_id);
    }
    grid.bar.flash(details.class_id);
    grid.bar.note(kept ? this.report(kind, ids.length, name) : FULL);
    grid.draw();
    if (grid.finished) grid.find("[data-do=next]").focus({ preventScroll: true });
  }

  // Each image that can be seen and is not struck out gets the label that the model is sure of.
  confirm() {
    const { grid } = this;
    if (!grid.data.sure) return;
    const rest = grid.toConfirm;
    const ids = rest.filter((id) => grid.tiles.seen(id));
    if (!rest.length) return grid.turn(1);
    if (!ids.length) return this.lead(rest[0]);
    const before = ids.map((id) => ({ ...grid.items.get(id) }));
    const events = this.events(before, { kind: "label" }).map((event, place) => {
      return { ...event, class_id: before[place].predicted };
    });
    const kept = this.send(events);
    this.undoStack.add({ events, before, what: `${number.format(ids.length)} × confirmed` });
    for (const event of events) grid.apply(event);
    grid.draw();
    const unseen = rest.filter((id) => !grid.tiles.seen(id));
    if (unseen.length) this.lead(unseen[0]);
    grid.bar.note(kept ? this.confirmed(ids.length, unseen.length) : FULL);
  }

  // To the first image that nobody has seen yet.
  lead(id) {
    const { bar, tiles } = this.grid;
    bar.note(UNSEEN);
    tiles.of(id)[0].button.scrollIntoView({ block: "start" });
  }

  confirmed(count, unseen) {
    const text = `${images(count)} confirmed.`;
    if (unseen) return `${text} ${images(unseen)} you have not seen yet: look, then Enter again.`;
    const { size } = this.grid.selection.selected;
    const struck = size ? ` ${images(size)} struck out: a class key labels them.` : "";
    return `${text}${struck} Enter brings the next page.`;
  }

  events(items, decision) {
    const milliseconds = Math.round((performance.now() - this.since) / items.length);
    return items.map(({ id: image_id, round, typical }) => {
      const { sure: by_exception, chosen_by } = this.grid.data;
      const shown = { round, typical, by_exception, chosen_by };
      return { event_id: newId(), image_id, milliseconds, ...shown, ...decision };
    });
  }

  report(kind, count, name) {
    const { selection, tiles, finished } = this.grid;
    const verb = { label: "labelled ", unsure: "marked " }[kind] ?? "";
    const text = `${images(count)} ${verb}${name}.`;
    const left = [...selection.selected].filter((id) => !tiles.broken(id)).length;
    if (left) return `${text} ${images(left)} further down you have not seen yet: still selected.`;
    return finished ? `${text} This page is done: Enter brings the next.` : text;
  }

  // Whether all of them also outlive this page.
  send(events) {
    const { grid } = this;
    const kept = events.map((event) => grid.outbox.add({ ...event, token: grid.data.token }));
    this.timed = [...this.timed, ...events].slice(-MAX_TIMED);
    grid.unannounced = true;
    this.begin();
    grid.sync.send();
    return kept.every(Boolean);
  }

  undo() {
    const { grid } = this;
    const group = this.undoStack.take();
    if (!group) return grid.bar.note("Nothing left to undo.");
    const undoing = ({ event_id: undoes, image_id, round }) => {
      return { event_id: newId(), image_id, kind: "undo", undoes, round };
    };
    const kept = this.send(group.events.map(undoing));
    grid.bringBack(group.before.filter((item) => !grid.items.has(item.id)));
    for (const item of group.before) grid.restore(item);
    // Where what is not struck out is confirmed, selected would mean struck out.
    if (grid.data.sure) grid.draw();
    else grid.selection.set(group.before.map((item) => item.id));
    const more = grid.data.sure ? "" : " The images are selected: choose again.";
    grid.bar.note(kept ? `Taken back: ${group.what}.${more}` : FULL);
    grid.tiles.of(group.before[0].id)[0]?.button.scrollIntoView({ block: "nearest" });
  }

  refused({ event_id: id, reason }) {
    const { grid } = this;
    const before = this.undoStack.forget(id);
    if (before && grid.items.has(before.id)) grid.restore(before);
    grid.bar.note(`One decision was not stored: ${reason}`);
    grid.draw();
  }
}
