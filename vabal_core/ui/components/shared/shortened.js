// A name that is shortened in its middle where it has no room: what tells two classes apart often stands at the end.
import { make } from "./dom.js";

const TAIL = 6; // letters at the end that stay
const MIN_LETTERS = 15; // of a name that is shortened; others take two lines

export function shortened(name) {
  const letters = [...name];
  const tail = letters.length < MIN_LETTERS ? 0 : TAIL;
  const parts = [letters.slice(0, letters.length - tail), letters.slice(letters.length - tail)];
  const span = make("span", "name", "", { title: name });
  span.append(make("span", "head", parts[0].join("")));
  if (!tail) return span;
  span.append(make("span", "tail", parts[1].join("")));
  // Read out in one piece.
  span.setAttribute("role", "img");
  span.setAttribute("aria-label", name);
  return span;
}
