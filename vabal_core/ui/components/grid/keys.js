// Which key does what. The grid is asked while nobody types into a field and no menu or dialogue is open above it.
const KEYS = { u: "undo", Backspace: "undo", s: "skip", x: "unsure", f: "flag", z: "larger", Escape: "none" };
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];
const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
const ABOVE = "[data-baseweb=popover], [role=dialog], [role=listbox], [role=slider]";

function listenToKeys(grid, signal) {
  const options = { signal, capture: true };
  document.addEventListener("keydown", (event) => pressed(grid, event), options);
}

function pressed(grid, event) {
  const target = event.composedPath()[0];
  const within = (selector) => target instanceof Element && target.closest(selector);
  if (grid.find(".comment").contains(target) && event.key === "Escape") grid.act("unflag");
  // Enter after one's name gives the keyboard back to the grid: the next digit is a label, not part of the name.
  if (event.key === "Enter" && within("input") && within("[data-testid=stSidebar]")) setTimeout(() => target.blur());
  if (within(FIELDS) || within(ABOVE) || menuOpen()) return;
  const act = meaning(grid, event, grid.root.contains(target) || target === document.body);
  if (!act) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!event.repeat || ARROWS.includes(event.key)) act();
}

// What the key does, as a function; null where it means nothing here. `mine`: the keyboard is with the grid, and not
// with some other part of the page that has arrows of its own.
function meaning(grid, event, mine) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) {
    if (event.shiftKey) return null;
    return { a: () => grid.picking.all(), z: () => grid.undo() }[key] ?? null;
  }
  if (ARROWS.includes(key)) return mine ? () => grid.arrow(key, event.shiftKey) : null;
  if (grid.preview.loupe.open) return { z: () => grid.preview.loupe.close(), Escape: () => grid.preview.loupe.close(), " ": () => grid.picking.toggle(grid.picking.current) }[key] ?? null;
  if (key === "PageDown") return mine && grid.bar.atEnd() ? () => grid.turn(1) : null;
  const chosen = classOfKey(grid.data.classes, event);
  if (chosen) return () => grid.decide("label", { class_id: chosen.id });
  return KEYS[key] ? () => grid.act(KEYS[key]) : null;
}

function classOfKey(classes, event) {
  // On keyboards whose digits need Shift, the key's place still says which digit it is. Not so on the number pad: with
  // NumLock off its keys are End, the arrows and so on.
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  const byKey = (key) => key && classes.find((one) => one.key === key);
  return byKey(event.key.toLowerCase()) ?? byKey(digit);
}
