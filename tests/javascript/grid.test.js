import assert from "node:assert/strict";
import { test } from "node:test";
import { Captions } from "../../vabal_core/ui/components/grid/captions.js";
import { nearestInNextRow } from "../../vabal_core/ui/components/grid/rows.js";
import { UndoStack } from "../../vabal_core/ui/components/grid/undo_stack.js";
import { FakeStorage } from "./fakes.js";

const PLACE = { studio: "abc", project: 7 };
const group = (...ids) => ({
  events: ids.map((id) => ({ event_id: `e${id}`, image_id: id })),
  before: ids.map((id) => ({ id, state: "waiting" })),
  what: `${ids.length} × crack`,
});

test("groups can be taken back after a reload, the newest first", () => {
  const storage = new FakeStorage();
  const stack = new UndoStack(PLACE, storage);
  stack.add(group(1, 2));
  stack.add(group(3));
  const reloaded = new UndoStack(PLACE, storage);
  assert.equal(reloaded.last.what, "1 × crack");
  assert.deepEqual(reloaded.take(), group(3));
  assert.deepEqual(new UndoStack(PLACE, storage).groups, [group(1, 2)]);
});

test("what the server refused is nothing to take back", () => {
  const stack = new UndoStack(PLACE, new FakeStorage());
  stack.add(group(1, 2));
  assert.deepEqual(stack.forget("e1"), { id: 1, state: "waiting" });
  assert.deepEqual(stack.last.events, [{ event_id: "e2", image_id: 2 }]);
  stack.forget("e2");
  assert.equal(stack.last, undefined);
  assert.equal(stack.forget("e3"), null);
});

test("a damaged stack is an empty one", () => {
  for (const text of ["{", "null", "7", '[{"events": 1}]']) {
    const storage = new FakeStorage({ "studio-grid:abc:7": text });
    assert.deepEqual(new UndoStack(PLACE, storage).groups, []);
  }
});

test("a storage that keeps nothing leaves the stack in memory", () => {
  const stack = new UndoStack(PLACE, new FakeStorage({}, 0));
  stack.add(group(1));
  assert.deepEqual(stack.take(), group(1));
});

test("the arrows find the nearest tile of the next row, over the gap between two groups", () => {
  const at = (left, top) => ({ left, top, height: 90 });
  const edges = [at(0, 0), at(100, 0), at(200, 0), at(0, 150), at(100, 150), at(0, 250), at(200, 250)];
  assert.equal(nearestInNextRow(edges, 2, 1), 4);
  assert.equal(nearestInNextRow(edges, 4, -1), 1);
  assert.equal(nearestInNextRow(edges, 4, 1), 5);
  assert.equal(nearestInNextRow(edges, 5, 1), 5);
});

test("a caption tells the label, or in the queue what the model takes the image for", () => {
  const captions = new Captions();
  const classes = [{ id: 1, name: "crack" }, { id: 2, name: "scale" }];
  const waiting = { state: "waiting", predicted: 1, probability: 0.734 };
  captions.learn(classes, false);
  assert.deepEqual([captions.label(waiting), captions.model(waiting)], ["no label yet", "model: crack 73 %"]);
  captions.learn(classes, true);
  assert.deepEqual([captions.withCertainty(waiting), captions.model(waiting)], ["crack? 73 %", ""]);
  assert.equal(captions.label({ state: "waiting", predicted: null }), "");
  assert.equal(captions.label({ state: "flagged", who: "Ann" }), "flagged by Ann");
  assert.equal(captions.differs({ state: "labelled", label: 2, predicted: 1 }), true);
});
