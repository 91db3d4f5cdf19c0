// Arithmetic on what the server counted and what it has not heard of yet.

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
