import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, beforeFirst, goalShare, learnedWords } from "../../vabal_core/ui/components/desk/learning.js";

const byHand = { batch: 100, every: 0 };
const byItself = { batch: 100, every: 25 };

test("an age is told in steps that a person reads", () => {
  const ages = [0, 9.9, 10, 29, 59, 60, 3599, 3600, 86399, 86400, 200000].map(ago);
  const minutes = ["1 min ago", "59 min ago"];
  const later = ["1 h ago", "23 h ago", "1 day ago", "2 days ago"];
  assert.deepEqual(ages, ["just now", "just now", "10 s ago", "20 s ago", "50 s ago", ...minutes, ...later]);
});

test("what was learned from is told once there is a ranking", () => {
  assert.equal(learnedWords(null, 0), "");
  assert.equal(learnedWords({ labels: 1250 }, 185), "Learned from 1,250 labels, 3 min ago");
  assert.equal(learnedWords({ labels: 1 }, 2), "Learned from 1 label, just now");
});

test("the bar is that of the round under way, or else of the labels to the next", () => {
  assert.equal(goalShare(26, byItself, 0.4), 0.4);
  const shares = [[5, byItself], [40, byItself], [50, byHand]].map(([since, counts]) => goalShare(since, counts, null));
  assert.deepEqual(shares, [0.2, 1, 0.5]);
});

test("before the first ranking an image says where it comes from", () => {
  const [mark, why] = beforeFirst({});
  assert.deepEqual([mark, why], ["Picked at random", "Until the first ranking, images come in random order."]);
  assert.equal(beforeFirst({ typical: true })[0], "Picked as typical");
  assert.match(beforeFirst({ typical: true })[1], /typical of a group of similar images/);
});
