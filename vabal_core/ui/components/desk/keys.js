// Every key of the desk in one place: what it does and what the help says of it; and who gets a key press.
const KEYS = [
  // what it does, the keys as the browser names them, as the help prints them, what the help says
  ["undo", ["u", "Backspace"], "U, Backspace, Ctrl Z", "Take back the last decision, as often as needed"],
  ["skip", ["s", " "], "S, Space", "Skip: no label, the image comes back at the end"],
  ["unsure", ["x"], "X", "Unsure: no label, the image goes to the Review page"],
  ["flag", ["f"], "F", "Flag with a comment: no label, the image goes to the Review page"],
  ["accept", ["enter"], "Enter", "Accept the suggestion as the label"],
  ["suggestion", ["h"], "H", "Hide or show the suggestion and its reasons"],
  ["search", ["/"], "/", "Find a class by part of its name: arrow keys choose, Enter labels, Escape leaves"],
  ["guide", ["g"], "G", "Open or close the class guide: notes and examples of each class"],
  ["pin", ["p"], "P", "Pin the image labelled last as an example of its class"],
  ["actual", ["z"], "Z", "Actual size (one image pixel is one screen pixel), or fit to the frame"],
  ["closer", ["+", "="], "+, wheel", "Zoom in; drag the image or use the arrow keys to move it"],
  ["farther", ["-"], "−, wheel", "Zoom out; a double click fits the image to the frame"],
  ["sharp", [","], ",", "Show the pixels as they are, or smoothed"],
  ["invert", ["i"], "I", "Invert light and dark"],
  ["light", ["."], ".", "Brightness, contrast and gamma"],
  ["leave", ["escape"], "Escape", "Close what is open; leave an image brought back without a change"],
  ["help", ["?"], "?", "Show or hide these keys"],
];
const ACTIONS = new Map(KEYS.flatMap(([action, keys]) => keys.map((key) => [key.toLowerCase(), action])));
const MOVES = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEADY = ["closer", "farther"]; // these go on while the key is held down
const TYPED = "input:not([type=range]), textarea, select, [contenteditable]:not([contenteditable=false])";
const PRESSED = "button, a, summary, [role=button], [role=option], [role=radio]";

// What a key asks for: {typed: field}, {action}, {chosen: class id}, {move: [x, y]}, or null where it is not the desk's.
function meaning(event, classes, { help, zoomed, tabbed }) {
  const target = event.composedPath()[0];
  const within = (selector) => (target instanceof Element ? target.closest(selector) : null);
  const field = within(TYPED);
  if (field) return { typed: field };
  if (menuOpen()) return null;
  const key = event.key.toLowerCase();
  if (help) return ["?", "escape"].includes(key) ? { action: "help" } : null;
  if ((event.ctrlKey || event.metaKey) && key === "z" && !event.shiftKey) return { action: "undo" };
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  // Space or Enter on a button that the Tab key led to presses that button, as everywhere.
  if (tabbed && [" ", "enter"].includes(key) && within(PRESSED)) return null;
  if (MOVES[event.key]) return zoomed && !within("input") ? { move: MOVES[event.key] } : null;
  // On keyboards whose digits need Shift, the key's place still says which digit it is. Not so on the number pad:
  // with NumLock off its keys are End, the arrows and so on.
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  const byKey = (wanted) => wanted && classes.find((one) => one.key === wanted);
  // A French keyboard has "-" where others have 6; on a German one "/" is Shift and 7.
  const action = digit && !event.shiftKey ? null : ACTIONS.get(key);
  const chosen = byKey(key) || byKey(digit);
  return action ? { action } : chosen ? { chosen: chosen.id } : null;
}

function keyHelp(list) {
  for (const [, , printed, text] of [["", [], "1–9, 0, letters", "Label: the key is printed on the class's button"], ...KEYS]) {
    const [keys, words] = [document.createElement("dt"), document.createElement("dd")];
    for (const one of printed.split(", ").map((name) => name || ",")) keys.append(Object.assign(document.createElement("kbd"), { textContent: one }));
    words.textContent = text;
    list.append(keys, words);
  }
}
