// Zoom and pan: one CSS transform moves the picture, so that a new image needs no layout, and none while it is dragged.
import { put } from "../shared/dom.js";
import { actualScale, centred, confined, fittedSize, reduction, refitted, zoomed } from "./view_geometry.js";

export const ZOOM_STEP = 1.25; // of one key press
const WHEEL = 0.0015; // zoom of one pixel of wheel, as an exponent
const STRIDE = 0.15; // of the frame, for one arrow key

export class View {
  // `closer(item)` is told when the picture is shown larger than its pixels, so that more of them can be fetched.
  constructor(root, closer) {
    this.frame = root.querySelector(".frame");
    this.box = root.querySelector(".picture");
    this.percent = root.querySelector(".zoom");
    this.button = root.querySelector("[data-do=actual]");
    this.size = { width: 1, height: 1 }; // of the frame
    this.place = { scale: 1, x: 0, y: 0 }; // of the picture in it, as in view_geometry
    Object.assign(this, { closer, actual: false, fingers: new Map(), free: null });
    this.watcher = new ResizeObserver(([entry]) => this.resized(entry.contentRect));
    this.watcher.observe(this.frame);
    this.listen();
  }

  listen() {
    const on = (name, then) => this.frame.addEventListener(name, then, { passive: false });
    on("wheel", (event) => this.wheel(event));
    on("dblclick", () => this.setActual(false));
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    const lift = (event) => this.hold(event.pointerId, null);
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) on(name, lift);
  }

  close() {
    this.watcher.disconnect();
  }

  // A panel was opened, say: what was looked at stays in the middle.
  resized({ width, height }) {
    const before = this.size;
    this.size = { width, height };
    if (!this.item) return;
    if (this.place.scale === 1) this.reset();
    else this.draw(refitted(this.place, before, this.size, this.picture));
  }

  // A new image, fitted or in actual size, as the last one was; `picture` is decoded, so its size is known without
  // layout.
  open(item, picture) {
    Object.assign(this, { item, picture });
    this.reset();
  }

  // The same image with more pixels: it stays where it is.
  refine(picture) {
    this.picture = picture;
    this.draw(this.place);
  }

  reset() {
    this.draw(centred(this.size, this.actual ? this.actualScale : 1));
  }

  get actualScale() {
    return actualScale(this.size, this.item, this.picture, devicePixelRatio);
  }

  get zoomed() {
    return this.place.scale > 1;
  }

  setActual(on) {
    this.actual = on;
    if (this.item) this.reset();
    this.button.setAttribute("aria-pressed", on);
  }

  zoom(factor, point = { x: this.size.width / 2, y: this.size.height / 2 }) {
    if (this.item) this.draw(zoomed(this.place, factor, point, this.actualScale));
  }

  pan(x, y) {
    if (this.item) this.draw({ scale: this.place.scale, x: this.place.x + x, y: this.place.y + y });
  }

  stride([x, y]) {
    this.pan(x * STRIDE * this.size.width, y * STRIDE * this.size.height);
  }

  draw(place) {
    this.place = confined(place, this.size, this.picture);
    const { scale, x, y } = this.place;
    this.box.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
    this.frame.classList.toggle("zoomed", this.zoomed);
    put(this.percent, `${Math.round((100 * scale) / this.actualScale)} %`);
    const reduced = reduction(this.item, this.picture) > 1;
    const screenPixels = fittedSize(this.size, this.picture).width * scale * devicePixelRatio;
    if (reduced && screenPixels > this.picture.naturalWidth * 1.01) this.closer(this.item);
  }

  // --- mouse and fingers
  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode ? 30 : 1);
    this.zoom(Math.exp(-pixels * WHEEL * (event.ctrlKey ? 6 : 1)), this.point(event));
  }

  point(event) {
    const corner = this.frame.getBoundingClientRect();
    const [left, top] = [corner.left + this.frame.clientLeft, corner.top + this.frame.clientTop];
    return { x: event.clientX - left, y: event.clientY - top };
  }

  down(event) {
    if (event.button !== 0) return;
    this.hold(event.pointerId, this.point(event));
    this.frame.setPointerCapture(event.pointerId);
  }

  // Another finger is on the picture, or (`point` null) one less.
  hold(pointerId, point) {
    if (point) this.fingers.set(pointerId, point);
    else this.fingers.delete(pointerId);
    this.free = null;
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = this.point(event);
    this.fingers.set(event.pointerId, now);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.pinch(other, before, now);
    else if (this.zoomed) this.pan(now.x - before.x, now.y - before.y);
  }

  // What lay between the two fingers stays between them. They are told one after the other: where the picture would be
  // without its edges (`free`) is kept from one to the next, so that none of the way is lost.
  pinch(other, before, now) {
    if (!this.item) return;
    const apart = ({ x, y }) => Math.max(1, Math.hypot(x - other.x, y - other.y));
    const middle = { x: (other.x + before.x) / 2, y: (other.y + before.y) / 2 };
    const place = zoomed(this.free ?? this.place, apart(now) / apart(before), middle, this.actualScale);
    this.free = { ...place, x: place.x + (now.x - before.x) / 2, y: place.y + (now.y - before.y) / 2 };
    this.draw(this.free);
  }
}
