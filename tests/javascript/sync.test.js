import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Outbox } from "../../vabal_core/ui/components/shared/outbox.js";
import { Sync } from "../../vabal_core/ui/components/shared/sync.js";
import { FakeClock, FakeStorage } from "./fakes.js";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

// A desk whose server is `answer(events)`: what it returns is the answer, what it throws the failure.
function desk(answer = (events) => ({ stored: events.map((event) => event.event_id) })) {
  const clock = new FakeClock();
  const outbox = new Outbox("studio:abc:7:", new FakeStorage(), clock);
  const posts = [];
  const send = async (url, token, body, page) => {
    posts.push({ at: clock.elapsed(), url, token, body, page });
    return answer(body.events);
  };
  const part = {
    data: { token: "ann", epoch: 0 },
    body: (events) => ({ events, want: 40 }),
    receive: ({ stored }) => outbox.remove(stored),
    drawSaved: () => null,
    waiting: () => null,
  };
  const sync = new Sync(part, outbox, { send, clock });
  return { clock, outbox, posts, sync, part };
}

const settled = () => new Promise((resolve) => setImmediate(resolve)); // every answer has been read

async function pass({ clock }, milliseconds) {
  clock.milliseconds += milliseconds;
  mock.timers.tick(milliseconds);
  await settled();
}

function decide({ outbox, sync }, id, token = "ann") {
  outbox.add({ event_id: id, image_id: 1, token });
  sync.send();
}

const failure = (status, message = "") => Object.assign(new Error(message), { status });
const events = (post) => post.body.events.map((event) => event.event_id);

test("decisions faster than four times a second travel together", async () => {
  const at = desk();
  decide(at, "a");
  await settled();
  for (const id of ["b", "c", "d"]) {
    await pass(at, 60);
    decide(at, id);
  }
  await pass(at, 70);
  assert.deepEqual(at.posts.map(events), [["a"], ["b", "c", "d"]]);
  assert.equal(at.posts[1].at - at.posts[0].at, 250);
  assert.equal(at.sync.status.text, "Saved");
});

test("one request is in flight, and the next carries what was decided meanwhile", async () => {
  let release;
  const at = desk((sent) => {
    const stored = sent.map((event) => event.event_id);
    return new Promise((resolve) => (release = () => resolve({ stored })));
  });
  decide(at, "a");
  await pass(at, 400);
  decide(at, "b");
  decide(at, "c");
  await pass(at, 400);
  assert.deepEqual(at.posts.map(events), [["a"]]);
  release();
  await settled();
  assert.deepEqual(at.posts.map(events), [["a"], ["b", "c"]]);
});

test("a server that is away is asked again, each time after twice as long, at most after eight seconds", async () => {
  const at = desk(() => {
    throw new TypeError("Failed to fetch");
  });
  decide(at, "a");
  await settled();
  assert.match(at.sync.away, /^No answer from the server/);
  assert.deepEqual([at.sync.status.text, at.sync.atRisk], ["1 waiting", true]);
  for (const wait of [500, 1000, 2000, 4000, 8000, 8000]) {
    const before = at.posts.length;
    await pass(at, wait - 1);
    assert.equal(at.posts.length, before);
    await pass(at, 1);
    assert.equal(at.posts.length, before + 1);
  }
  assert.deepEqual(events(at.posts.at(-1)), ["a"]);
});

test("a server that comes back takes everything, and waits are short again", async () => {
  let away = true;
  const at = desk((sent) => {
    if (away) throw failure(502);
    return { stored: sent.map((event) => event.event_id) };
  });
  decide(at, "a");
  await settled();
  away = false;
  await pass(at, 500);
  assert.deepEqual([at.outbox.events, at.sync.away, at.sync.attempts], [[], "", 0]);
});

test("a server that refuses is not asked again, and keeps nothing from being sent after a reload", async () => {
  const at = desk(() => {
    throw failure(401);
  });
  decide(at, "a");
  await settled();
  assert.match(at.sync.away, /^Reload this page/);
  await pass(at, 60000);
  assert.equal(at.posts.length, 1);
  assert.equal(at.outbox.events.length, 1);
});

test("a server that cannot store says why", async () => {
  const at = desk(() => {
    throw failure(503, "The disk is full.");
  });
  decide(at, "a");
  await settled();
  assert.match(at.sync.away, /^The disk is full\. Your labels are kept/);
});

test("a session that is over is said in the server's words, and the labels are kept", async () => {
  const at = desk(() => {
    throw failure(401, "Your session is over. Sign in again.");
  });
  decide(at, "a");
  await settled();
  assert.equal(at.sync.away, "Your session is over. Sign in again. Your labels are kept in this browser.");
  assert.equal(at.outbox.events.length, 1);
});

test("decisions go under the token they were made with", async () => {
  const at = desk();
  at.outbox.add({ event_id: "a", image_id: 1, token: "ann" });
  at.part.data.token = "bob";
  decide(at, "b", "bob");
  await settled();
  await pass(at, 250);
  assert.deepEqual(at.posts.map(({ token }) => token), ["ann", "bob"]);
  assert.deepEqual(at.posts.map(({ page }) => page), ["bob", "bob"]);
});

test("a closing tab says everything once more and that nobody is there, and then is silent", async () => {
  const at = desk();
  at.outbox.add({ event_id: "a", image_id: 1, token: "ann" });
  at.sync.close();
  const { want, idle } = at.posts[0].body;
  assert.deepEqual([events(at.posts[0]), want, idle], [["a"], 0, true]);
  await at.sync.send();
  await pass(at, 60000);
  assert.equal(at.posts.length, 1);
});

test("a closing tab without decisions gives its images back", () => {
  const at = desk();
  at.sync.close();
  assert.deepEqual(at.posts.map(({ token, body }) => [token, body.events, body.idle]), [["ann", [], true]]);
});

test("a decision older than two seconds waits; before that it is being saved", async () => {
  const at = desk(() => new Promise(() => null));
  decide(at, "a");
  assert.equal(at.sync.status.text, "Saving …");
  await pass(at, 2001);
  assert.deepEqual([at.sync.status.text, at.sync.status.late], ["1 waiting", true]);
});

test("what has to be known at once waits for no interval", async () => {
  const at = desk();
  at.sync.send();
  await settled();
  at.sync.hurry();
  at.sync.send();
  await settled();
  assert.equal(at.posts.length, 2);
});
