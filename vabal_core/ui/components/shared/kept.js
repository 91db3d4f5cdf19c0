// What to say, when a page opens, of decisions in this browser that the server will not get.
import { remember } from "./storage.js";

const DECISION = /^studio:([^:]+):\d+:/;
// And the Studio: the decisions of other databases that were spoken of on its pages.
const SPOKEN_OF = "studio-spoken-of:";

// In words; "" where there is nothing to say. What another database's page kept is spoken of once, and stays: it may
// be another Studio's, which had this address before and may have it again.
export function keptWords(outbox, studio, storage = localStorage) {
  const { unreadable } = outbox;
  const damaged = unreadable ? `${unreadable} decisions kept in this browser were damaged and are lost.` : "";
  return [damaged, elsewhereWords(studio, storage)].filter(Boolean).join(" ");
}

function elsewhereWords(studio, storage) {
  const keys = Array.from({ length: storage.length }, (_, place) => storage.key(place));
  const others = keys.filter((key) => (DECISION.exec(key)?.[1] ?? studio) !== studio).sort();
  const spokenOf = new Set((storage.getItem(SPOKEN_OF + studio) ?? "").split("\n"));
  if (others.every((key) => spokenOf.has(key))) return "";
  remember(SPOKEN_OF + studio, others.join("\n"), storage);
  const many = others.length > 1;
  const when = Math.max(...others.map((key) => madeAt(storage.getItem(key))));
  const last = when ? ` (${many ? "the last " : ""}of ${new Date(when).toLocaleString()})` : "";
  return (
    `${others.length} ${many ? "decisions" : "decision"} that waited in this browser${last} ` +
    `${many ? "belong" : "belongs"} to other data than the Studio has now, as before a restore, ` +
    `and ${many ? "were" : "was"} not sent. Look at your last images again.`
  );
}

// Milliseconds since 1970; 0 where nobody can tell.
function madeAt(text) {
  try {
    return Number(JSON.parse(text).order) || 0;
  } catch {
    return 0;
  }
}
