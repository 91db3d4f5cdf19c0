import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox, asSent, newId, outboxPrefix } from "../../vabal_core/ui/components/shared/outbox.js";
import { FakeClock, FakeStorage } from "./fakes.js";

const PREFIX = outboxPrefix({ studio: "abc", project: 7 });
const decision = (id, more = {}) => ({ event_id: id, image_id: 1, kind: "label", class_id: 2, token: "ann", ...more });
const ids = (events) => events.map((event) => event.event_id);

function outbox(storage = new FakeStorage(), clock = new FakeClock()) {
  return new Outbox(PREFIX, storage, clock);
}

test("a decision is kept until the server has it, over a reload", () => {
  const storage = new FakeStorage();
  const before = outbox(storage);
  assert.equal(before.add(decision("a")), true);
  before.add(decision("b"));
  const after = outbox(storage);
  assert.deepEqual(ids(after.events), ["a", "b"]);
  after.remove(["a"]);
  assert.deepEqual(ids(outbox(storage).events), ["b"]);
});

test("decisions keep their order also where the clock is put back", () => {
  const [storage, clock] = [new FakeStorage(), new FakeClock()];
  const box = outbox(storage, clock);
  box.add(decision("first"));
  clock.milliseconds -= 500;
  box.add(decision("second"));
  assert.deepEqual(ids(outbox(storage).events), ["first", "second"]);
});

test("what the version before kept in this browser is sent", () => {
  const kept = {
    event_id: "0123456789abcdef0123456789abcdef",
    image_id: 12,
    kind: "label",
    class_id: 3,
    milliseconds: 850,
    round: 2,
    gives: 3,
    takes: null,
    token: "signed.by.the.server",
    order: 1764000000000,
  };
  const box = outbox(new FakeStorage({ [`studio:abc:7:${kept.event_id}`]: JSON.stringify(kept) }));
  assert.equal(box.unreadable, 0);
  assert.deepEqual(box.batch(), [kept]);
  const { event_id, image_id, kind, class_id, milliseconds, round } = kept;
  assert.deepEqual(asSent(kept), { event_id, image_id, kind, class_id, milliseconds, round });
});

test("another project's and another installation's decisions stay where they are", () => {
  const others = { "studio:abc:70:x": "{}", "studio:xyz:7:x": "{}", "studio:light": "{}" };
  const storage = new FakeStorage(others);
  const box = outbox(storage);
  assert.deepEqual([box.events, box.unreadable, storage.length], [[], 0, 3]);
});

test("a damaged entry is counted, and stands in nobody's way", () => {
  const storage = new FakeStorage({
    [`${PREFIX}a`]: "{",
    [`${PREFIX}b`]: "null",
    [`${PREFIX}c`]: JSON.stringify(decision("another", { order: 1 })),
    [`${PREFIX}d`]: JSON.stringify(decision("d", { order: 1 })),
  });
  const box = outbox(storage);
  assert.deepEqual([ids(box.events), box.unreadable, storage.length], [["d"], 3, 1]);
});

test("a full storage is told, and the decision waits in memory", () => {
  const box = outbox(new FakeStorage({}, 1));
  assert.deepEqual([box.add(decision("a")), box.add(decision("b"))], [true, false]);
  assert.deepEqual([ids(box.batch()), [...box.unkept]], [["a", "b"], ["b"]]);
  box.remove(["b"]);
  assert.equal(box.unkept.size, 0);
});

test("one request carries the decisions of one person alone, the oldest first", () => {
  const box = outbox();
  for (const [id, token] of [["a", "ann"], ["b", "bob"], ["c", "ann"]]) box.add(decision(id, { token }));
  assert.deepEqual(ids(box.batch()), ["a", "c"]);
  box.remove(["a", "c"]);
  assert.deepEqual(ids(box.batch()), ["b"]);
});

test("one request stays below what a browser sends while it closes, and carries at least one decision", () => {
  const box = outbox();
  const long = { comment: "å".repeat(20000) }; // 40,000 bytes
  for (const id of ["a", "b"]) box.add(decision(id, long));
  assert.deepEqual(ids(box.batch()), ["a"]);
  const huge = outbox();
  huge.add(decision("c", { comment: "å".repeat(40000) }));
  assert.deepEqual(ids(huge.batch()), ["c"]);
});

test("the outbox waits since its oldest decision", () => {
  const clock = new FakeClock();
  const box = outbox(new FakeStorage(), clock);
  assert.equal(box.waitingSince, null);
  box.add(decision("a"));
  clock.milliseconds += 300;
  box.add(decision("b"));
  assert.equal(box.waitingSince, 1000);
  box.remove(["a"]);
  assert.equal(box.waitingSince, 1300);
  box.remove(["b"]);
  assert.equal(box.waitingSince, null);
});

test("ids are 32 hexadecimal digits and never the same", () => {
  const drawn = Array.from({ length: 1000 }, newId);
  assert.equal(new Set(drawn).size, 1000);
  assert.ok(drawn.every((id) => /^[0-9a-f]{32}$/.test(id)));
});
