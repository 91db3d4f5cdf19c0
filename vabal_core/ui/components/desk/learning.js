// What the desk says of learning: how much it has learned from, how far the labels to the next ranking have come, and
// in which order images come before the first. When that ranking comes is said by the server, as on the strip.
import { number } from "../shared/format.js";

const NEW_S = 10; // below which a ranking is new; its age grows in such steps, so that no number runs beside the image
const COVERING = "It is typical of a group of similar images: the first labels are to cover all of them.";
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

// What a new ranking has learned from, in words.
export function newsWords(learned) {
  const from = learned ? `, learned from ${labels(learned.labels)}` : "";
  return `A new ranking is here${from}. The next images come from it.`;
}

// From 0 to 1: how far the round under way is (`share`, null where none is), or else the labels to the next one.
export function goalShare(since, { batch, every }, share) {
  return share ?? Math.min(1, since / Math.max(1, every || batch));
}

// Where an image comes from before the first ranking: a mark and its reason.
export function beforeFirst(item) {
  return item?.typical ? ["Picked as typical", COVERING] : ["Picked at random", RANDOM];
}

function labels(count) {
  return `${number.format(count)} ${count === 1 ? "label" : "labels"}`;
}
