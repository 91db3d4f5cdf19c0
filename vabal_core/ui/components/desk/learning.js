// What the desk says of learning: how much it has learned from, when the next ranking comes, and in which order images
// come before the first.
import { number } from "../shared/format.js";

const NEW_S = 10; // below which a ranking is new; its age grows in such steps, so that no number runs beside the image
const COVERING = "It is typical of a group of similar images: the first labels are to cover all of them.";
const FIRST_TAKES = "the first round takes 5 labels of each of two classes";
const RANDOM = "Until the first ranking, images come in random order.";

// How long ago something was, in words.
export function ago(seconds) {
  if (seconds < NEW_S) return "just now";
  if (seconds < 60) return `${NEW_S * Math.floor(seconds / NEW_S)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86400);
  return days === 1 ? "1 day ago" : `${number.format(days)} days ago`;
}

// `learned`: the `labels` behind the ranking that the queue follows, null before the first, and its age in `seconds`.
export function learnedWords(learned, seconds) {
  return learned ? `Learned from ${labels(learned.labels)}, ${ago(seconds)}` : "";
}

// How far the labels have come: `since` the ranking in use, of `classes` different classes in all. `every` is after how
// many a round starts by itself, 0 for never; `batch` how many a person means to give before starting one. `way`: how
// far the round is that is `running`; `mayLearn`: whether one may be started now.
export function goalWords(since, classes, { batch, every }, { round, running, way, mayLearn }) {
  const given = `${labels(since)} ${round ? "since" : "so far"}`;
  const which = round ? "next" : "first";
  if (!every) {
    const more = round ? `${number.format(batch - since)} more to the next` : FIRST_TAKES;
    const next = mayLearn || (round && since >= batch) ? `time for the ${which} round` : more;
    const now = running ? `round ${running} is under way${timeLeft(way)}` : next;
    return `${given}${round ? " the last round" : ""}: ${now}`;
  }
  if (running) return `${given}: learning now${timeLeft(way)}`;
  if (since < every) return `${given}; ${number.format(every - since)} more and the ${which} ranking comes by itself`;
  return `${given}: ${classes < 2 ? "a ranking needs labels of two classes" : `the ${which} ranking comes by itself`}`;
}

// What a new ranking has learned from, in words.
export function newsWords(learned) {
  const from = learned ? `, learned from ${labels(learned.labels)}` : "";
  return `A new ranking is here${from}. The next images come from it.`;
}

// From 0 to 1: how far the round under way is, or else the labels to the next one.
export function goalShare(since, { batch, every }, way) {
  return way ? way.share : Math.min(1, since / Math.max(1, every || batch));
}

function timeLeft(way) {
  if (!way || way.secondsLeft === null) return "";
  const seconds = Math.max(1, Math.round(way.secondsLeft));
  const minutes = Math.round(seconds / 60);
  return seconds < 90 ? `, about ${seconds} s left` : `, about ${number.format(minutes)} min left`;
}

// Where an image comes from before the first ranking, and what brings that ranking: a mark and its reason.
export function beforeFirst(item, every, running) {
  const next = running
    ? `Round ${running} is under way.`
    : every
      ? `The first ranking comes by itself after ${labels(every)}.`
      : "Label a few of each class, then start a round.";
  return [item?.typical ? "Picked as typical" : "Picked at random", `${item?.typical ? COVERING : RANDOM} ${next}`];
}

function labels(count) {
  return `${number.format(count)} ${count === 1 ? "label" : "labels"}`;
}
