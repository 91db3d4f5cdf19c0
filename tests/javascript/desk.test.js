import assert from "node:assert/strict";
import { test } from "node:test";
import { Decisions } from "../../vabal_core/ui/components/desk/decisions.js";
import { Desk } from "../../vabal_core/ui/components/desk/desk.js";
import { Explanation } from "../../vabal_core/ui/components/desk/explanation.js";
import { History } from "../../vabal_core/ui/components/desk/history.js";

const image = (id, round = 3) => ({ id, round });
const ids = (desk) => desk.queue.map((item) => item.id);
const itself = { labels: 50, seconds_ago: 2, by_itself: true };

// A desk without a page, at round 3 with images 1 to 4.
function deskWith(undelivered = []) {
  const notes = [];
  const part = Object.create(Desk.prototype);
  const sync = { hurries: 0, hurry: () => (sync.hurries += 1) };
  Object.assign(part, { data: { epoch: 0, queue: "ranked" }, round: 3, running: 4, learned: null, notes, sync });
  part.queue = [1, 2, 3, 4].map((id) => image(id));
  part.outbox = { hasImage: (id) => undelivered.includes(id) };
  part.presenter = { drawExplanation: () => null };
  part.screen = { note: (text) => notes.push(text) };
  part.banner = { show: (text) => notes.push(text) };
  return part;
}

test("a new ranking takes the place of what was fetched ahead, at the image after the one on screen", () => {
  const at = deskWith();
  at.receiveItems({ round: 4, running: 0, learned: itself, items: [image(5)], taken: [] }, 0);
  assert.deepEqual([ids(at), at.sync.hurries], [[1], 1]);
  at.receiveItems({ round: 4, running: 0, learned: itself, items: [image(9, 4), image(2, 4)], taken: [] }, 0);
  assert.deepEqual(ids(at), [1, 9, 2]);
});

test("an image labelled while the new ranking came is not shown again", () => {
  const at = deskWith([1, 2]); // decided; the server has not said yet that it has stored them
  at.queue = [image(3), image(4)];
  at.receiveItems({ round: 4, running: 0, learned: itself, items: [], taken: [] }, 0);
  const items = [image(1, 4), image(9, 4), image(2, 4)];
  at.receiveItems({ round: 4, running: 0, learned: itself, items, taken: [] }, 0);
  assert.deepEqual(ids(at), [3, 9]);
});

test("a new ranking says that it is there and what it has learned from, but not over an evaluation image", () => {
  const at = deskWith();
  at.receiveItems({ round: 4, running: 0, learned: itself, items: [], taken: [] }, 0);
  assert.deepEqual(at.notes, ["A new ranking is here, learned from 50 labels. The next images come from it."]);
  const measuring = deskWith();
  measuring.data.queue = "evaluation";
  measuring.receiveItems({ round: 4, running: 0, learned: itself, items: [], taken: [] }, 0);
  assert.deepEqual(measuring.notes, []);
});

test("counts that stand still take up what this desk says, and give way to newer ones alone", () => {
  const at = deskWith();
  Object.assign(at, { counts: null, uncounted: [] });
  at.outbox.events = [{ event_id: "a", gives: 1 }, { event_id: "b", gives: 2 }];
  const hear = (seconds, stored) => at.hearCounts({ counts: { at: seconds }, stored });
  hear(100, []);
  hear(100, ["a"]);
  hear(90, ["b"]); // of another server, which has counted sooner
  assert.deepEqual([at.counts.at, at.uncounted.map((event) => event.event_id)], [100, ["a", "b"]]);
  hear(160, []);
  assert.deepEqual([at.counts.at, at.uncounted], [160, []]);
  hear(null, ["a"]);
  assert.deepEqual([at.counts.at, at.uncounted], [null, []]);
});

test("the age of what was learned counts on between two answers", () => {
  const at = deskWith();
  at.receiveItems({ round: 3, running: 4, learned: { ...itself, seconds_ago: 60 }, items: [], taken: [] }, 0);
  const age = performance.now() - at.learnedAt;
  assert.ok(age >= 60000 && age < 61000, `${age}`);
});

test("the words beside a ranked image stay when the next ranking comes by itself", () => {
  const explanation = explanationOf("");
  const ranked = { rank: 7, round: 3, why: "Looks like scratches." };
  const mark = (item, learned) => explanation.words(item, { round: 4, running: 0, learned, counts: null })[0];
  assert.equal(mark(ranked, itself), "In the ranking of round 3");
  assert.equal(mark(ranked, { ...itself, by_itself: false }), "Picked before round 4");
  assert.equal(mark({ rank: null, round: 0, why: "" }, itself), "Picked before round 4");
});

test("what was decided or taken up elsewhere is left out, and the image on screen stays and says so", () => {
  const at = deskWith([3]);
  at.receiveItems({ round: 3, running: 0, learned: null, items: [], taken: [1, 2, 3] }, 0);
  assert.deepEqual(ids(at), [1, 3, 4]);
  at.receiveItems({ round: 3, running: 0, learned: null, items: [], taken: [1] }, 0);
  assert.equal(at.notes.length, 1);
});

test("an image that others let go comes in front of those ranked behind it, never before the one on screen", () => {
  const at = deskWith();
  const skipped = { id: 5, rank: 5, put_aside: true };
  at.queue = [{ id: 43, rank: 43 }, { id: 44, rank: 44 }, { id: 90, rank: null }, skipped];
  const aside = { id: 6, rank: 6, put_aside: true };
  const items = [{ id: 1, rank: 1 }, { id: 60, rank: 60 }, { id: 91, rank: null }, aside];
  at.receiveItems({ round: 3, running: 0, learned: null, items, taken: [] }, 0);
  assert.deepEqual(ids(at), [43, 1, 44, 60, 90, 91, 5, 6]);
});

// An Explanation without a page, of the queue to learn from.
function explanationOf(distrust) {
  const bare = Object.assign(Object.create(Explanation.prototype), { evaluation: false, distrust, anyway: false });
  return Object.assign(bare, { wish: "shown", drawToggle: () => null });
}

test("a suggestion that is not to be trusted is off until it is asked for, and back when it may be trusted", () => {
  const classes = [{ id: 7, name: "crack" }];
  const item = { predicted_class_id: 7, likely: [[7, 0.9]] };
  const off = explanationOf("Do not trust this ranking yet: it calls everything crack.");
  assert.deepEqual([off.suggested(item, classes), off.probabilities(item).size], [null, 0]);
  assert.match(off.hiddenWords, /^The suggestion is off \(H shows it\)\. Do not trust this ranking yet/);
  off.toggle();
  assert.deepEqual([off.suggested(item, classes)?.id, off.probabilities(item).get(7)], [7, 0.9]);
  off.toggle();
  assert.equal(off.suggested(item, classes), null);
  assert.equal(off.trust(""), true);
  assert.equal(off.suggested(item, classes).id, 7);
});

test("an image whose decision was taken back says so", () => {
  const [mark] = explanationOf("").words({ again: true, round: 0 }, { round: 0, learned: null });
  assert.equal(mark, "Decision taken back");
});

test("a label that looks wrong is named with what to say of it, whatever is hidden or distrusted elsewhere", () => {
  const classes = [{ id: 7, name: "crack" }, { id: 8, name: "pit" }];
  const again = Object.assign(explanationOf(""), { again: true });
  const item = { label: 7, predicted_class_id: 8, why: "The model says pit (94 %), your label says crack." };
  assert.equal(again.trust("Do not trust this ranking yet."), false);
  assert.deepEqual(again.words(item, { round: 4 }, classes), ["Labelled crack", item.why]);
  assert.equal(again.suggested(item, classes).id, 8);
});

test("the key that keeps a label gives it once more, and does nothing where there is none", () => {
  const [labels, notes] = [[], []];
  const at = { item: { id: 1, label: 7 }, screen: { note: (text) => notes.push(text) } };
  const decisions = Object.assign(new Decisions(at), { label: (id) => labels.push(id) });
  decisions.confirm();
  at.item = { id: 2 };
  decisions.confirm();
  assert.deepEqual([labels, notes.length], [[7], 1]);
  decisions.putBack = () => labels.push("as it was");
  at.item = { id: 1, label: 7, correcting: { kind: "label", class_id: 8 } };
  decisions.confirm();
  assert.deepEqual(labels, [7, "as it was"]);
});

test("what took the place of a label that stood on screen is no news", () => {
  const notes = [];
  const history = new History();
  history.add({ event_id: "new", image_id: 1, kind: "label", class_id: 8, item: { id: 1, label: 7 } });
  const at = { history, classes: [], screen: { note: (text) => notes.push(text) } };
  const before = { event_id: "new", replaced_id: "old", kind: "label", who: "bob" };
  new Decisions(at).hearOfReplaced([{ ...before, class_id: 7 }]);
  assert.equal(notes.length, 0);
  new Decisions(at).hearOfReplaced([{ ...before, class_id: 9 }]);
  assert.equal(notes.length, 1);
});

test("undo of a label that was kept says that the label stands, of another one that it is taken back", () => {
  const history = new History();
  const classes = [
    { id: 7, name: "crack" },
    { id: 8, name: "pit" },
  ];
  const decisions = new Decisions({ history, classes, data: { queue: "label_issues" } });
  const undone = (class_id, item) => decisions.wordsOfUndone({ kind: "label", image_id: 1, class_id, item });
  const kept = "Taken back: you kept crack. The label stands. Choose again.";
  assert.equal(undone(7, { label: 7 }), kept);
  assert.equal(undone(8, { label: 7 }), "Taken back: pit. Choose again.");
  assert.match(undone(7, { again: true }), /the label is as it was before/);
  history.add({ image_id: 1, kind: "label", class_id: 7, item: { label: 8 } }); // was corrected by the strip
  assert.deepEqual([undone(7, { label: 8 }), undone(8, { label: 8 })], [kept, "Taken back: pit. Choose again."]);
});
