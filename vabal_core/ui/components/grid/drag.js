// A drag over the tiles with the mouse or a pen: a finger scrolls instead.
import { make } from "../shared/dom.js";
import { scrollerOf } from "./scroller.js";

const MIN_DRAG_PIXELS = 6; // that the pointer moves before a press becomes a drag
const EDGE_PIXELS = 40; // from the window's edge, where a drag scrolls
const PULL_PIXELS = 14; // that it scrolls at a time

export class Drag {
  // `cover(area, before)` is told the area in pixels from the box's corner, and what `selected()` was when it began.
  constructor(box, cover, selected, signal) {
    Object.assign(this, { box, cover, selected, dragged: false, start: null });
    box.addEventListener("pointerdown", (event) => this.press(event), { signal });
    box.addEventListener("pointermove", (event) => this.start && this.move(event), { signal });
    for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, () => this.release(), { signal });
  }

  press(event) {
    this.dragged = false;
    if (event.button !== 0 || event.pointerType === "touch" || event.target.closest(".these")) return;
    this.start = { from: this.point(event), before: this.selected() };
  }

  point(event) {
    const corner = this.box.getBoundingClientRect();
    return [event.clientX - corner.left, event.clientY - corner.top];
  }

  move(event) {
    const [x, y] = this.point(event);
    const [left, top] = this.start.from;
    if (!this.dragged && Math.hypot(x - left, y - top) < MIN_DRAG_PIXELS) return;
    if (!this.dragged) this.begin(event);
    this.pointer = event;
    const [right, bottom] = [Math.max(x, left), Math.max(y, top)];
    const area = { left: Math.min(x, left), top: Math.min(y, top), right, bottom };
    Object.assign(this.band.style, { left: `${area.left}px`, top: `${area.top}px` });
    Object.assign(this.band.style, { width: `${right - area.left}px`, height: `${bottom - area.top}px` });
    this.cover(area, this.start.before);
  }

  begin(event) {
    this.dragged = true;
    this.box.setPointerCapture(event.pointerId);
    this.band = make("div", "band");
    this.box.append(this.band);
    this.pulling = setInterval(() => this.pull(), 16);
  }

  // At the window's edge the page moves on under the pointer, and the area grows with it.
  pull() {
    const below = Math.max(0, this.pointer.clientY - innerHeight + EDGE_PIXELS);
    const above = Math.max(0, EDGE_PIXELS - this.pointer.clientY);
    const way = Math.sign(below - above);
    if (!way) return;
    scrollerOf(this.box)?.scrollBy(0, way * PULL_PIXELS);
    this.move(this.pointer);
  }

  release() {
    clearInterval(this.pulling);
    this.band?.remove();
    this.start = null;
  }
}
