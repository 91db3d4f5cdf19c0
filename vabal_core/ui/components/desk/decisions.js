// What a person decides on the image on screen, and what is taken back.
import { FULL, newId } from "../shared/outbox.js";
import { looksAgain } from "./explanation.js";
import { MARKS } from "./history_strip.js";

const UNSEEN = "Nobody has seen this image, so it takes no label. Skip it with Space.";
const NO_SUGGESTION = "There is no suggestion on screen to accept.";
const NOTHING_TO_KEEP = "This image has no label to keep: K is for labels that look wrong, on the Review page.";
const NOTHING_TO_PIN = "P pins the image labelled last as an example of its class: label one first.";
const AS_BEFORE = "Your decision on that label is taken back: the label is as it was before.";
const UNDONE = {
  skip: "Back at the image you skipped.",
  unsure: "Back at the image you were unsure about.",
  flag: "The flag is taken back.",
};

export class Decisions {
  constructor(desk) {
    this.desk = desk;
  }

  label(classId) {
    const { pictures, presenter, screen } = this.desk;
    if (pictures.entries.get(presenter.shown)?.state === "broken") screen.note(UNSEEN);
    else if (this.decide("label", classId)) screen.flash(classId);
  }

  accept() {
    const suggested = this.desk.explanation.suggested(this.desk.item, this.desk.classes);
    if (suggested) this.label(suggested.id);
    else this.desk.screen.note(NO_SUGGESTION);
  }

  // The label that is looked at again is right: it is given once more, which is remembered. An image that was brought
  // back keeps what was decided on it.
  confirm() {
    const { item, screen } = this.desk;
    if (item?.correcting) this.putBack();
    else if (item?.label) this.label(item.label);
    else screen.note(NOTHING_TO_KEEP);
  }

  // An image that was brought back has its decision: to skip it is to leave it so.
  skip() {
    if (this.desk.item?.correcting) this.putBack();
    else this.decide("skip", null);
  }

  // Whether it was decided: an image that has not been painted takes no decision.
  decide(kind, classId, comment) {
    const { desk } = this;
    if (!desk.item || !desk.presenter.ready || desk.presenter.shown !== desk.item.id) return false;
    const item = { ...desk.item };
    delete item.correcting;
    const { id: image_id, round, typical, audit, settles } = item;
    const milliseconds = Math.round(performance.now() - desk.presenter.since);
    const shown = { milliseconds, round, typical, audit, settles };
    const event = { event_id: newId(), image_id, kind, class_id: classId, comment, ...shown };
    const kept = this.keep({ ...event, gives: classId, takes: desk.history.classOf(image_id) });
    desk.history.add({ ...event, item });
    desk.queue.shift();
    desk.screen.note(kept ? "" : FULL);
    desk.presenter.show();
    desk.drawSaved();
    desk.sync.send();
    return true;
  }

  undo() {
    const { desk } = this;
    const { last } = desk.history;
    if (!last) return desk.screen.note("Nothing left to undo.");
    desk.history.removeLast();
    const { image_id, event_id, class_id } = last;
    const event = { event_id: newId(), image_id, kind: "undo", undoes: event_id, round: last.item.round };
    const kept = this.keep({ ...event, gives: desk.history.classOf(image_id), takes: class_id });
    // Of a decision made before this page was opened nobody knows here what the model said: the image comes anew.
    if (!looksAgain(desk.data.queue) || !last.item.again) this.bring(last.item, desk.history.lastOf(image_id));
    else desk.presenter.drawLater();
    desk.drawSaved();
    desk.screen.note(kept ? this.wordsOfUndone(last) : FULL);
    desk.sync.send();
  }

  // What stands on the desk when its decision has gone. Of a label that was kept, only that it was kept is taken back.
  wordsOfUndone(last) {
    const before = this.desk.history.classOf(last.image_id, last.item.label);
    if (last.kind !== "label") return UNDONE[last.kind];
    if (before === last.class_id) return `Taken back: you kept ${this.nameOf(last)}. The label stands. Choose again.`;
    if (looksAgain(this.desk.data.queue) && last.item.again) return AS_BEFORE;
    return `Taken back: ${this.nameOf(last)}. Choose again.`;
  }

  keep(event) {
    return this.desk.outbox.add({ ...event, token: this.desk.data.token });
  }

  // A decision of the strip comes back on the desk with its image; only a new decision changes anything.
  correct(eventId) {
    const decision = this.desk.history.find(eventId);
    if (decision) this.bring(decision.item, decision);
  }

  // Put an image on the desk; `correcting` is the decision that stands for it, if any.
  bring(item, correcting) {
    const { desk } = this;
    const rest = desk.queue.filter((queued) => !queued.correcting && queued.id !== item.id);
    desk.queue = [{ ...item, correcting }, ...rest];
    desk.screen.note("");
    desk.presenter.show();
  }

  putBack() {
    this.desk.queue.shift();
    this.desk.screen.note("Left as it was.");
    this.desk.presenter.show();
  }

  // What this desk did not show has been replaced by what was decided here: in another tab, or by somebody else, the
  // image was decided on meanwhile. A label that was looked at again stood on screen.
  hearOfReplaced(replaced) {
    const { history, screen } = this.desk;
    const shown = ({ event_id: id, class_id: label }) => label && history.find(id)?.item.label === label;
    const unseen = replaced.findLast((before) => !history.find(before.replaced_id) && !shown(before));
    const decision = unseen && history.find(unseen.event_id);
    if (!decision) return;
    const by = unseen.who ? ` by ${unseen.who}` : "";
    const way = decision === history.last ? "U takes that back." : "A click on it in the strip brings it back.";
    screen.note(`This image was ${this.wordsOf(unseen)}${by} meanwhile; it is ${this.wordsOf(decision)} now. ${way}`);
  }

  wordsOf(decision) {
    const words = { unsure: "marked unsure", flag: "flagged" };
    return words[decision.kind] ?? `labelled ${this.nameOf(decision)}`;
  }

  pin() {
    if (this.desk.data.why_fixed) return this.desk.screen.note(this.desk.data.why_fixed);
    const brought = this.desk.item?.correcting;
    const labelled = brought?.kind === "label" ? brought : this.desk.history.lastLabel;
    if (!labelled) return this.desk.screen.note(NOTHING_TO_PIN);
    this.desk.guide.pin(labelled.class_id, labelled.image_id, `Pinned as an example of ${this.nameOf(labelled)}.`);
  }

  nameOf(decision) {
    if (decision.kind !== "label") return MARKS[decision.kind];
    return this.desk.classes.find((defect) => defect.id === decision.class_id)?.name ?? "label";
  }
}
