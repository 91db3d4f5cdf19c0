import assert from "node:assert/strict";
import { test } from "node:test";
import { tally } from "../../vabal_core/ui/components/desk/counts.js";
import { pace } from "../../vabal_core/ui/components/shared/pace.js";
import { History } from "../../vabal_core/ui/components/desk/history.js";

const label = (image_id, class_id, more = {}) => {
  return { event_id: `${image_id}-${class_id}`, image_id, kind: "label", class_id, item: { id: image_id }, ...more };
};

test("decisions made before are told by the server, once", () => {
  const history = new History();
  assert.equal(history.loaded, false);
  history.load(undefined);
  assert.equal(history.loaded, false);
  history.load([label(1, 2)]);
  assert.deepEqual(history.last.item, { id: 1, again: true });
  history.load([label(3, 4)]);
  assert.equal(history.decisions.length, 1);
});

test("what was decided here before the server's answer is not replaced by it", () => {
  const history = new History();
  history.add(label(1, 2));
  history.load([]);
  assert.equal(history.last.image_id, 1);
});

test("an image counts for the class of its last decision, a skip set aside", () => {
  const history = new History();
  history.load([label(1, 2), { ...label(1, null), kind: "skip" }, label(3, 4), { ...label(3, null), kind: "unsure" }]);
  assert.deepEqual([1, 3, 5].map((id) => history.classOf(id)), [2, null, null]);
});

test("300 decisions can be taken back", () => {
  const history = new History();
  for (let id = 0; id < 500; id += 1) history.add(label(id, 1));
  assert.equal(history.decisions.length, 300);
  assert.equal(history.last.image_id, 499);
  history.removeLast();
  assert.equal(history.last.image_id, 498);
});

test("counts are the server's and what it has not heard of yet", () => {
  const counts = { pool: { 1: 10, 2: 0 }, since: 3 };
  const { classes, done, since } = tally(counts, "pool", [{ gives: 2, takes: 1 }, { gives: 2, takes: null }, {}]);
  assert.deepEqual([[...classes], done, since], [[[1, 9], [2, 2]], 11, 4]);
  assert.deepEqual(tally(null, "pool", []), { classes: new Map(), done: 0, since: 0 });
});

test("the pace is that of the last minute of work, and nothing before there are five labels", () => {
  const decisions = (count, milliseconds) => Array.from({ length: count }, () => ({ kind: "label", milliseconds }));
  assert.equal(pace(decisions(4, 5000)), null);
  assert.equal(pace(decisions(5, 1000)), null);
  assert.equal(pace(decisions(100, 1000)), 60);
  assert.equal(pace([...decisions(100, 500), ...decisions(30, 2000)]), 30);
  assert.equal(pace([...decisions(10, 2000), { kind: "label", milliseconds: 9e6 }]), 17); // somebody was away
});
