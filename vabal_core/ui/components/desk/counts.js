// Arithmetic on what the server counted and what it has not heard of yet.
const WINDOW_MS = 60000; // of work that the pace is measured over
const MAX_DECISION_MS = 20000; // on one image, beyond which somebody was away
const MIN_LABELS = 5; // below which a pace means nothing
const MIN_WORK_MS = 10000; // likewise

// Labels of each class, of all, and since the last round. Each event of the outbox tells which class it `gives` a label
// and which it `takes` one from (null: none).
export function tally(counts, pool, events) {
  const classes = new Map(Object.entries(counts?.[pool] ?? {}).map(([id, count]) => [Number(id), count]));
  const change = (id, by) => classes.has(id) && classes.set(id, classes.get(id) + by);
  for (const event of events) {
    change(event.gives, 1);
    change(event.takes, -1);
  }
  const unsent = events.reduce((sum, event) => sum + (event.gives ? 1 : 0) - (event.takes ? 1 : 0), 0);
  const done = [...classes.values()].reduce((sum, count) => sum + count, 0);
  return { classes, done, since: Math.max(0, (counts?.since ?? 0) + unsent) };
}

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
