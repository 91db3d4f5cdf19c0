import assert from "node:assert/strict";
import { test } from "node:test";
import { keptWords } from "../../vabal_core/ui/components/shared/kept.js";
import { FakeStorage } from "./fakes.js";

const HERE = { unreadable: 0 };
const MADE = Date.UTC(2026, 4, 1, 12, 30);
const OWN = { "studio:here:7:a": JSON.stringify({ order: MADE }), "studio:sharp": "yes", "another:before:7:a": "" };

test("decisions that wait for another database are spoken of once, with their number and time, and stay", () => {
  const before = { "studio:before:7:b": JSON.stringify({ order: MADE }), "studio:before:8:c": "{" };
  const storage = new FakeStorage({ ...OWN, ...before });
  const words = keptWords(HERE, "here", storage);
  assert.ok(words.startsWith("2 decisions that waited in this browser (the last of "));
  assert.ok(words.includes(new Date(MADE).toLocaleString()) && words.includes("were not sent"));
  assert.equal(keptWords(HERE, "here", storage), "");
  assert.ok(storage.getItem("studio:before:7:b"));
  storage.setItem("studio:before:7:d", "{}");
  assert.ok(keptWords(HERE, "here", storage).startsWith("3 decisions"));
});

test("what waits for this database, and other things of the browser, are no reason to speak", () => {
  assert.equal(keptWords(HERE, "here", new FakeStorage(OWN)), "");
});

test("what was damaged is said too", () => {
  const storage = new FakeStorage({ "studio:before:7:b": "damaged" });
  const words = keptWords({ unreadable: 4 }, "here", storage);
  assert.ok(words.startsWith("4 decisions kept in this browser were damaged and are lost. 1 decision that waited in"));
});
