// Zoom and pan: one CSS transform moves the picture, so that a new image needs no layout, and none while it is dragged.
const STEP = 1.25; // zoom of one key press
const WHEEL = 0.0015; // zoom of one pixel of wheel, as an exponent
const CLOSEST = 16; // screen pixels to one image pixel, at least 8 times the frame
const STRIDE = 0.15; // of the frame, for one arrow key

class View {
  // `closer(item)` is told when the picture is shown larger than its pixels, so that more of them can be fetched.
  constructor(root, closer) {
    this.frame = root.querySelector(".frame");
    this.picture = root.querySelector(".picture");
    this.percent = root.querySelector(".zoom");
    this.button = root.querySelector("[data-do=actual]");
    Object.assign(this, { closer, actual: false, width: 1, height: 1, scale: 1, x: 0, y: 0, fingers: new Map() });
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
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) on(name, (event) => this.fingers.delete(event.pointerId));
  }

  close() {
    this.watcher.disconnect();
  }

  // The frame has another size (a panel was opened): what was looked at stays in its middle, as large as it was.
  resized({ width, height }) {
    if (!this.item || this.scale === 1) {
      Object.assign(this, { width, height });
      if (this.item) this.reset();
      return;
    }
    const before = this.fitted();
    const there = [(this.width / 2 - this.x) / this.scale - this.width / 2, (this.height / 2 - this.y) / this.scale - this.height / 2];
    Object.assign(this, { width, height });
    const change = this.fitted()[0] / before[0];
    this.scale /= change;
    this.x = width / 2 - (there[0] * change + width / 2) * this.scale;
    this.y = height / 2 - (there[1] * change + height / 2) * this.scale;
    this.place();
  }

  // A new image, fitted or in actual size, as the last one was; `image` is decoded, so its size is known without layout.
  open(item, image) {
    Object.assign(this, { item, image });
    this.reset();
  }

  // The same image with more pixels: it stays where it is.
  refine(image) {
    this.image = image;
    this.place();
  }

  reset() {
    this.scale = this.actual ? this.actualScale() : 1;
    this.x = (this.width * (1 - this.scale)) / 2;
    this.y = (this.height * (1 - this.scale)) / 2;
    this.place();
  }

  // Size of the fitted picture in CSS pixels.
  fitted() {
    const { naturalWidth, naturalHeight } = this.image;
    const fit = Math.min(this.width / naturalWidth, this.height / naturalHeight);
    return [naturalWidth * fit, naturalHeight * fit];
  }

  // Pixels of the file over pixels of the picture at hand, which may have been made smaller for the screen.
  reduction() {
    const whole = Math.max(this.item.width, this.item.height);
    return Math.max(1, whole / Math.max(this.image.naturalWidth, this.image.naturalHeight));
  }

  // The scale at which one pixel of the file is one pixel of the screen.
  actualScale() {
    return (this.image.naturalWidth * this.reduction()) / (this.fitted()[0] * devicePixelRatio);
  }

  setActual(on) {
    this.actual = on;
    if (this.item) this.reset();
    this.button.setAttribute("aria-pressed", on);
  }

  // Zoom so that what lies under the point (CSS pixels from the frame's corner) stays there.
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    if (!this.item) return;
    const actual = this.actualScale();
    const next = Math.min(Math.max(this.scale * factor, Math.min(1, actual)), Math.max(8, CLOSEST * actual));
    this.x = x - ((x - this.x) * next) / this.scale;
    this.y = y - ((y - this.y) * next) / this.scale;
    this.scale = next;
    this.place();
  }

  pan(x, y) {
    if (!this.item) return;
    this.x += x;
    this.y += y;
    this.place();
  }

  stride([x, y]) {
    this.pan(x * STRIDE * this.width, y * STRIDE * this.height);
  }

  get zoomed() {
    return this.scale > 1;
  }

  place() {
    const [width, height] = this.fitted();
    this.x = this.held(this.x, this.width, width);
    this.y = this.held(this.y, this.height, height);
    const moved = this.scale !== 1;
    this.picture.style.transform = moved ? `translate(${this.x}px, ${this.y}px) scale(${this.scale})` : "";
    this.frame.classList.toggle("zoomed", this.zoomed);
    const percent = `${Math.round((100 * this.scale) / this.actualScale())} %`;
    if (this.percent.textContent !== percent) this.percent.textContent = percent;
    if (this.reduction() > 1 && width * this.scale * devicePixelRatio > this.image.naturalWidth * 1.01) this.closer(this.item);
  }

  // An edge of the picture never comes inside the frame; a picture smaller than the frame stays in its middle.
  held(offset, frame, fitted) {
    const border = ((frame - fitted) / 2) * this.scale;
    const size = fitted * this.scale;
    if (size <= frame) return (frame * (1 - this.scale)) / 2;
    return Math.min(0, Math.max(frame - size, offset + border)) - border;
  }

  // --- mouse and fingers
  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode ? 30 : 1);
    this.zoom(Math.exp(-pixels * WHEEL * (event.ctrlKey ? 6 : 1)), ...this.point(event));
  }

  point(event) {
    const corner = this.frame.getBoundingClientRect();
    return [event.clientX - corner.left - this.frame.clientLeft, event.clientY - corner.top - this.frame.clientTop];
  }

  down(event) {
    if (event.button !== 0) return;
    this.fingers.set(event.pointerId, this.point(event));
    this.frame.setPointerCapture(event.pointerId);
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = this.point(event);
    this.fingers.set(event.pointerId, now);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.pinch(other, before, now);
    else if (this.zoomed) this.pan(now[0] - before[0], now[1] - before[1]);
  }

  pinch(other, before, now) {
    const apart = ([x, y]) => Math.max(1, Math.hypot(x - other[0], y - other[1]));
    this.zoom(apart(now) / apart(before), (other[0] + now[0]) / 2, (other[1] + now[1]) / 2);
    this.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  }
}
