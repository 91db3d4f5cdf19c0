// Which key does what on the grid.
import { TEXT_AREAS, classOfKey, within } from "../shared/keyboard.js";

const OF_IMAGES = { s: "skip", x: "unsure", f: "flag", Delete: "remove" };
export const KEYS = { ...OF_IMAGES, u: "undo", Backspace: "undo", z: "larger", Escape: "none" };
const LARGE_KEYS = { z: "smaller", Escape: "smaller", " ": "toggle", "*": "similar" }; // while one image is shown large
const SURE_KEYS = { x: "toggle", Enter: "confirm" }; // while images that the model is sure of are confirmed
const CONTROL_KEYS = { a: "all", z: "undo" };
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];
// A choice that is made already has nothing left to press: the view that was just chosen does not keep Enter to itself.
const OTHER_BUTTON = "button:not(.tile, [aria-checked=true]), a, summary";
export const FIELDS = `input, ${TEXT_AREAS}`;
export const ABOVE = "[data-baseweb=popover], [role=dialog], [role=listbox], [role=slider]";

// What a key asks for: {action}, {chosen: class id}, {arrow, extend}, or null where it means nothing here.
// `focused`: the keyboard is with the grid, and not with another part of the page that has arrows of its own; `large`:
// one image is shown large; `sure`: what is not struck out is confirmed; `atEnd()`: the page has been scrolled to its
// end.
export function meaning(event, classes, { focused, large, sure, atEnd }) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = (name) => (name ? { action: name } : null);
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return event.shiftKey ? null : action(CONTROL_KEYS[key]);
  if (ARROWS.includes(key)) return focused ? { arrow: key, extend: event.shiftKey } : null;
  if (large) return action((sure && key === "x" && "toggle") || LARGE_KEYS[key]);
  // Enter on a button presses that button, as everywhere; on an image it confirms the others.
  if (sure && SURE_KEYS[key]) return key === "Enter" && within(event, OTHER_BUTTON) ? null : action(SURE_KEYS[key]);
  if (key === "PageDown") return action(focused && atEnd() && "next");
  // On a German keyboard "/" is Shift and 7, on an English one "*" is Shift and 8: no class then.
  if (["/", "*"].includes(key)) return action(key === "/" ? "keyless" : "similar");
  const chosen = classOfKey(classes, event);
  return chosen ? { chosen: chosen.id } : action(KEYS[key]);
}
