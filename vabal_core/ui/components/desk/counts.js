// Arithmetic on what the server counted and what it has not heard of yet.
const WORK = 60000; // milliseconds of work that the pace is measured over
const PAUSE = 20000; // milliseconds on one image beyond which somebody was away
const FEW = 5; // labels, below which a pace means nothing
const LEAST_WORK = 10000; // milliseconds of work, likewise

// Each event of the outbox tells which class it `gives` a label and which it `takes` one from (null: none).
function tally(counts, pool, events) {
  const classes = new Map(Object.entries(counts?.[pool] ?? {}).map(([id, count]) => [Number(id), count]));
  const change = (id, by) => classes.has(id) && classes.set(id, classes.get(id) + by);
  for (const event of events) {
    change(event.gives, 1);
    change(event.takes, -1);
  }
  const more = events.reduce((sum, event) => sum + (event.gives ? 1 : 0) - (event.takes ? 1 : 0), 0);
  const done = [...classes.values()].reduce((sum, one) => sum + one, 0);
  return { classes, done, since: Math.max(0, (counts?.since ?? 0) + more) };
}

// Labels a minute over the last minute of work, pauses left out; null while they are too few to tell.
function pace(history) {
  let [labels, spent] = [0, 0];
  for (const decision of [...history].reverse()) {
    if (!(decision.milliseconds >= 0) || spent >= WORK) break;
    spent += Math.min(decision.milliseconds, PAUSE);
    if (decision.kind === "label") labels += 1;
  }
  return labels >= FEW && spent >= LEAST_WORK ? Math.round((labels * 60000) / spent) : null;
}

// The class an image counts for, as far as this person's decisions in `history` tell; null where it is none.
function countedClass(history, imageId) {
  const last = history.findLast((one) => one.image_id === imageId && one.kind !== "skip");
  return last?.kind === "label" ? last.class_id : null;
}
