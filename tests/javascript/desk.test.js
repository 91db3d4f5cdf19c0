import assert from "node:assert/strict";
import { test } from "node:test";
import { Desk } from "../../vabal_core/ui/components/desk/desk.js";
import { Explanation } from "../../vabal_core/ui/components/desk/explanation.js";

const image = (id, round = 3) => ({ id, round });
const ids = (desk) => desk.queue.map((item) => item.id);
const itself = { labels: 50, seconds_ago: 2, by_itself: true };

// A desk without a page, at round 3 with images 1 to 4.
function deskWith(undelivered = []) {
  const notes = [];
  const part = Object.create(Desk.prototype);
  const sync = { hurries: 0, hurry: () => (sync.hurries += 1) };
  Object.assign(part, { data: { epoch: 0 }, round: 3, running: 4, learned: null, notes, sync });
  part.queue = [1, 2, 3, 4].map((id) => image(id));
  part.outbox = { hasImage: (id) => undelivered.includes(id) };
  part.presenter = { drawExplanation: () => null };
  part.screen = { note: (text) => notes.push(text) };
  return part;
}

test("a new ranking takes the place of what was fetched ahead, at the image after the one on screen", () => {
  const at = deskWith();
  at.receiveItems({ round: 4, running: 0, learned: itself, items: [image(5)] }, 0);
  assert.deepEqual([ids(at), at.sync.hurries], [[1], 1]);
  at.receiveItems({ round: 4, running: 0, learned: itself, items: [image(9, 4), image(2, 4)] }, 0);
  assert.deepEqual(ids(at), [1, 9, 2]);
});

test("an image labelled while the new ranking came is not shown again", () => {
  const at = deskWith([1, 2]); // decided; the server has not said yet that it has stored them
  at.queue = [image(3), image(4)];
  at.receiveItems({ round: 4, running: 0, learned: itself, items: [] }, 0);
  at.receiveItems({ round: 4, running: 0, learned: itself, items: [image(1, 4), image(9, 4), image(2, 4)] }, 0);
  assert.deepEqual(ids(at), [3, 9]);
});

test("a ranking that came by itself says nothing, one that a person started says that it is there", () => {
  const quiet = deskWith();
  quiet.receiveItems({ round: 4, running: 0, learned: itself, items: [] }, 0);
  assert.deepEqual(quiet.notes, []);
  const loud = deskWith();
  loud.receiveItems({ round: 4, running: 0, learned: { ...itself, by_itself: false }, items: [] }, 0);
  assert.deepEqual(loud.notes, ["Round 4 is ready. The next images come from its ranking."]);
});

test("the age of what was learned counts on between two answers", () => {
  const at = deskWith();
  at.receiveItems({ round: 3, running: 4, learned: { ...itself, seconds_ago: 60 }, items: [] }, 0);
  const age = performance.now() - at.learnedAt;
  assert.ok(age >= 60000 && age < 61000, `${age}`);
});

test("the words beside a ranked image stay when the next ranking comes by itself", () => {
  const explanation = Object.assign(Object.create(Explanation.prototype), { evaluation: false });
  const ranked = { rank: 7, round: 3, why: "Looks like scratches." };
  const mark = (item, learned) => explanation.words(item, { round: 4, running: 0, learned, counts: null })[0];
  assert.equal(mark(ranked, itself), "No. 7 in the ranking of round 3");
  assert.equal(mark(ranked, { ...itself, by_itself: false }), "Picked before round 4");
  assert.equal(mark({ rank: null, round: 0, why: "" }, itself), "Picked before round 4");
});
