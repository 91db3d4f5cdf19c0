// Every key of the desk in one place: what it does and what the help says of it; and who gets a key press.
import { make } from "../shared/dom.js";
import { TEXT_AREAS, classOfKey, digitOf, within } from "../shared/keyboard.js";

export const KEYS = [
  // what it does, the keys as the browser names them, as the help prints them, what the help says
  ["undo", ["u", "Backspace"], "U, Backspace, Ctrl Z", "Take back the last decision, as often as needed"],
  ["skip", ["s", " "], "S, Space", "Skip: no label, the image comes back at the end"],
  ["unsure", ["x"], "X", "Unsure: no label, the image goes to the Review page"],
  ["flag", ["f"], "F", "Flag with a comment: no label, the image goes to the Review page"],
  ["accept", ["enter"], "Enter", "Accept the suggestion as the label"],
  ["confirm", ["k"], "K", "Keep the label of an image that is looked at again: it is right"],
  ["suggestion", ["h"], "H", "Hide or show the suggestion and its reasons"],
  ["search", ["/"], "/", "Find a class by part of its name: arrow keys choose, Enter labels, Escape leaves"],
  ["guide", ["g"], "G", "Open or close the class guide: notes and examples of each class"],
  ["pin", ["p"], "P", "Pin the image labelled last as an example of its class"],
  ["similar", ["*"], "*", "More like this: opens the Grid beside, with the images most like this one"],
  ["actual", ["z"], "Z", "Actual size (one image pixel is one screen pixel), or fit to the frame"],
  ["closer", ["+", "="], "+, wheel", "Zoom in; drag the image or use the arrow keys to move it"],
  ["farther", ["-"], "−, wheel", "Zoom out; a double click fits the image to the frame"],
  ["sharp", [","], ",", "Show the pixels as they are, or smoothed"],
  ["invert", ["i"], "I", "Invert light and dark"],
  ["tone", ["."], ".", "Brightness, contrast and gamma"],
  ["leave", ["escape"], "Escape", "Close what is open; leave an image brought back without a change"],
  ["help", ["?"], "?", "Show or hide these keys"],
];
const ACTIONS = new Map(KEYS.flatMap(([action, keys]) => keys.map((key) => [key.toLowerCase(), action])));
const LABEL_HELP = ["label", [], "1–9, 0, letters", "Label: the key is printed on the class's button"];
const MOVES = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
export const STEADY = ["closer", "farther"]; // these go on while the key is held down
const FIELDS = `input:not([type=range]), ${TEXT_AREAS}`;
const PRESSED = "button, a, summary, [role=button], [role=option], [role=radio]";

// What a key asks for: {typed: field}, {action}, {chosen: class id}, {move: [x, y]}, or null where it is for others.
// `help`, `menu`: what lies open above the image; `zoomed`: the arrows move it; `tabbed`: the focus came by Tab.
export function meaning(event, classes, { help, menu, zoomed, tabbed }) {
  const field = within(event, FIELDS);
  if (field) return { typed: field };
  if (menu) return null;
  const key = event.key.toLowerCase();
  if (help) return ["?", "escape"].includes(key) ? { action: "help" } : null;
  if ((event.ctrlKey || event.metaKey) && key === "z" && !event.shiftKey) return { action: "undo" };
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  // Space or Enter on a button that the Tab key led to presses that button, as everywhere.
  if (tabbed && [" ", "enter"].includes(key) && within(event, PRESSED)) return null;
  if (MOVES[event.key]) return zoomed && !within(event, "input") ? { move: MOVES[event.key] } : null;
  // A French keyboard has "-" where others have 6; on a German one "/" is Shift and 7.
  const action = digitOf(event) && !event.shiftKey ? null : ACTIONS.get(key);
  if (action) return { action };
  const chosen = classOfKey(classes, event);
  return chosen ? { chosen: chosen.id } : null;
}

export function keyHelp(list) {
  for (const [, , printed, text] of [LABEL_HELP, ...KEYS]) {
    const names = printed.split(", ").map((name) => name || ",");
    const keys = make("dt");
    keys.append(...names.map((name) => make("kbd", "", name)));
    list.append(keys, make("dd", "", text));
  }
}
