// What the keys of every component have in common.
export const TEXT_AREAS = "textarea, select, [contenteditable]:not([contenteditable=false])";

// What the event began in, also inside a shadow root: the nearest element that `selector` names, or null.
export function within(event, selector) {
  return event.composedPath()[0].closest?.(selector) ?? null;
}

// A menu of the page lies open over the images: no key is meant for what is below it.
export function menuOpen() {
  return document.querySelector("[data-testid=stPopoverBody]") !== null;
}

// On keyboards whose digits need Shift, the key's place still says which digit it is. Not so on the number pad: with
// NumLock off its keys are End, the arrows and so on.
export function digitOf(event) {
  return /^Digit(\d)$/.exec(event.code)?.[1];
}

export function classOfKey(classes, event) {
  const withKey = (key) => key && classes.find((defect) => defect.key === key);
  return withKey(event.key.toLowerCase()) ?? withKey(digitOf(event));
}

// Enter after one's name gives the keyboard back to the images: the next digit is a label, not part of the name.
export function leaveSidebarField(event) {
  const field = event.key === "Enter" && within(event, "input");
  if (field && within(event, "[data-testid=stSidebar]")) setTimeout(() => field.blur());
}
