import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, beforeFirst, goalShare, goalWords, learnedWords } from "../../vabal_core/ui/components/desk/learning.js";

const byHand = { batch: 100, every: 0 };
const byItself = { batch: 100, every: 25 };
const idle = { round: 3, running: 0 };
const first = { round: 0, running: 0 };

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

test("a round that a person starts is due when it may be started, and what it takes is told before", () => {
  const takes = "the first round takes 5 labels of each of two classes";
  assert.equal(goalWords(2, 2, byHand, first), `2 labels so far: ${takes}`);
  const due = "10 labels so far: time for the first round";
  assert.equal(goalWords(10, 2, byHand, { ...first, mayLearn: true }), due);
  assert.equal(goalWords(1, 2, byHand, idle), "1 label since the last round: 99 more to the next");
  assert.equal(goalWords(100, 2, byHand, idle), "100 labels since the last round: time for the next round");
  const underWay = goalWords(7, 2, byHand, { round: 3, running: 4 });
  assert.equal(underWay, "7 labels since the last round: round 4 is under way");
});

test("a ranking that comes by itself is told with the labels that are missing", () => {
  assert.equal(goalWords(10, 1, byItself, first), "10 labels so far; 15 more and the first ranking comes by itself");
  assert.equal(goalWords(24, 2, byItself, idle), "24 labels since; 1 more and the next ranking comes by itself");
  assert.equal(goalWords(26, 2, byItself, { round: 3, running: 4 }), "26 labels since: learning now");
  assert.equal(goalWords(26, 2, byItself, idle), "26 labels since: the next ranking comes by itself");
  assert.equal(goalWords(26, 1, byItself, first), "26 labels so far: a ranking needs labels of two classes");
});

test("while a round is under way its time left is told, and the bar is its own", () => {
  const at = (secondsLeft) => ({ round: 3, running: 4, way: { share: 0.4, secondsLeft } });
  assert.equal(goalWords(26, 2, byItself, at(null)), "26 labels since: learning now");
  assert.equal(goalWords(26, 2, byItself, at(8.2)), "26 labels since: learning now, about 8 s left");
  assert.match(goalWords(26, 2, byHand, at(300)), /round 4 is under way, about 5 min left$/);
  assert.equal(goalShare(26, byItself, at(8).way), 0.4);
  const shares = [[5, byItself], [40, byItself], [50, byHand]].map(([since, counts]) => goalShare(since, counts, null));
  assert.deepEqual(shares, [0.2, 1, 0.5]);
});

test("before the first ranking an image says where it comes from and what brings the ranking", () => {
  const random = "Until the first ranking, images come in random order.";
  const expected = `${random} The first ranking comes by itself after 25 labels.`;
  assert.deepEqual(beforeFirst({}, 25, 0), ["Picked at random", expected]);
  const [mark, why] = beforeFirst({ typical: true }, 0, 0);
  assert.equal(mark, "Picked as typical");
  assert.match(why, /typical of a group of similar images.*then start a round\.$/);
  assert.match(beforeFirst({}, 25, 1)[1], /Round 1 is under way/);
});
