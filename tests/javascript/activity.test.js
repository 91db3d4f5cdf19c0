import assert from "node:assert/strict";
import { test } from "node:test";
import { Activity } from "../../vabal_core/ui/components/shared/activity.js";
import { FakeClock } from "./fakes.js";

const at = (page = { hidden: false }) => {
  const calls = [];
  const clock = new FakeClock();
  return { clock, page, calls, activity: new Activity(() => calls.push("back"), { clock, page }) };
};

test("a page that nobody touches for a minute is idle, and a touch brings it back at once", () => {
  const { clock, calls, activity } = at();
  clock.milliseconds += 59000;
  assert.equal(activity.idle, false);
  activity.touched();
  assert.deepEqual(calls, []);
  clock.milliseconds += 61000;
  assert.equal(activity.idle, true);
  activity.touched();
  assert.deepEqual([activity.idle, calls], [false, ["back"]]);
});

test("a page that nobody can see is idle", () => {
  assert.equal(at({ hidden: true }).activity.idle, true);
});
