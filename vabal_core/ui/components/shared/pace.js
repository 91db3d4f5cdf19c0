// How quickly somebody labels.
const WINDOW_MS = 60000; // of work that the pace is measured over
const MAX_DECISION_MS = 20000; // on one image, beyond which somebody was away
const MIN_LABELS = 5; // below which a pace means nothing
const MIN_WORK_MS = 10000; // likewise

// Labels a minute over the last minute of work, pauses left out; null while they are too few to tell.
export function pace(decisions) {
  let [labels, spent] = [0, 0];
  for (const decision of [...decisions].reverse()) {
    if (!(decision.milliseconds >= 0) || spent >= WINDOW_MS) break;
    spent += Math.min(decision.milliseconds, MAX_DECISION_MS);
    if (decision.kind === "label") labels += 1;
  }
  return labels >= MIN_LABELS && spent >= MIN_WORK_MS ? Math.round((labels * 60000) / spent) : null;
}
