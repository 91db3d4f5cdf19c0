// Which images are selected: by click, Shift and click, a drag over them, keys. What was decided on this page is taken
// only by a click of its own: all, a range or a drag is for what is still open.
const DRAG = 6; // pixels the pointer moves before a press becomes a drag
const EDGE = 40; // pixels from the window's edge where a drag scrolls
const PULL = 14; // pixels it scrolls at a time

function scrollerOf(node) {
  return node.getRootNode().host?.closest("[data-testid=stMain]");
}

class Picking {
  constructor(box, tiles, { decided, changed, signal }) {
    Object.assign(this, { box, tiles, decided, changed, selected: new Set(), current: 0, anchor: 0, drag: null });
    box.addEventListener("click", (event) => this.click(event), { signal });
    box.addEventListener("focusin", (event) => this.focused(event), { signal });
    box.addEventListener("pointerdown", (event) => this.press(event), { signal });
    box.addEventListener("pointermove", (event) => this.drag && this.move(event), { signal });
    for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, () => this.release(), { signal });
  }

  placeOf(node) {
    const button = node instanceof Element ? node.closest(".tile") : null;
    return this.tiles.all.findIndex((tile) => tile.button === button);
  }

  open(tiles) {
    return tiles.map((tile) => tile.item.id).filter((id) => !this.decided(id));
  }

  set(ids) {
    this.selected = new Set(ids);
    this.changed();
  }

  all() {
    this.set(this.open(this.tiles.all));
  }

  toggleAll(ids) {
    const open = ids.filter((id) => !this.decided(id));
    const every = open.every((id) => this.selected.has(id));
    this.set(every ? [...this.selected].filter((id) => !open.includes(id)) : [...this.selected, ...open]);
  }

  toggle(place) {
    const id = this.tiles.all[place].item.id;
    if (!this.selected.delete(id)) this.selected.add(id);
    this.anchor = place;
    this.changed();
  }

  range(to) {
    const [first, last] = [Math.min(this.anchor, to), Math.max(this.anchor, to)];
    this.set([...this.selected, ...this.open(this.tiles.all.slice(first, last + 1))]);
  }

  click(event) {
    const place = this.placeOf(event.target);
    if (place < 0 || this.dragged) return;
    if (event.shiftKey) this.range(place);
    else this.toggle(place);
  }

  // --- a drag over tiles: a finger scrolls instead
  press(event) {
    this.dragged = false;
    if (event.button !== 0 || event.pointerType === "touch" || event.target.closest(".these")) return;
    this.drag = { from: this.at(event), before: this.selected };
  }

  at(event) {
    const edge = this.box.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top];
  }

  move(event) {
    const [x, y] = this.at(event);
    const [left, top] = this.drag.from;
    if (!this.dragged && Math.hypot(x - left, y - top) < DRAG) return;
    if (!this.dragged) this.start(event);
    const area = { left: Math.min(x, left), top: Math.min(y, top), right: Math.max(x, left), bottom: Math.max(y, top) };
    Object.assign(this.band.style, { left: `${area.left}px`, top: `${area.top}px` });
    Object.assign(this.band.style, { width: `${area.right - area.left}px`, height: `${area.bottom - area.top}px` });
    this.set([...this.drag.before, ...this.open(this.tiles.all.filter((tile) => this.touches(tile, area)))]);
    this.pointer = event;
  }

  // At the window's edge the page moves on under the pointer, and the area grows with it.
  pull() {
    const way = Math.sign(Math.max(0, this.pointer.clientY - innerHeight + EDGE) - Math.max(0, EDGE - this.pointer.clientY));
    if (!way) return;
    scrollerOf(this.box)?.scrollBy(0, way * PULL);
    this.move(this.pointer);
  }

  start(event) {
    this.dragged = true;
    this.box.setPointerCapture(event.pointerId);
    this.band = element("div", "band");
    this.box.append(this.band);
    this.pointer = event;
    this.pulling = setInterval(() => this.pull(), 16);
  }

  touches(tile, area) {
    const [edge, one] = [this.box.getBoundingClientRect(), tile.button.getBoundingClientRect()];
    const across = one.left - edge.left < area.right && one.right - edge.left > area.left;
    return across && one.top - edge.top < area.bottom && one.bottom - edge.top > area.top;
  }

  release() {
    clearInterval(this.pulling);
    this.band?.remove();
    this.drag = null;
  }

  // --- the keyboard: one tile can be reached by Tab, the arrows go on from there
  focused(event) {
    const place = this.placeOf(event.target);
    if (place >= 0) this.stand(place);
  }

  stand(place) {
    for (const tile of this.tiles.all) tile.button.tabIndex = -1;
    this.current = Math.max(0, Math.min(place, this.tiles.all.length - 1));
    if (this.tiles.all.length) this.tiles.all[this.current].button.tabIndex = 0;
  }

  // `large`: the tile is shown large, where the browser lets no tile have the focus.
  arrow(key, extend, large) {
    if (!this.tiles.all.length) return;
    const started = large || this.tiles.all[this.current].button.matches(":focus");
    if (started || extend) this.stand(this.next(key));
    this.tiles.all[this.current].button.focus();
    if (extend) this.range(this.current);
  }

  next(key) {
    const last = this.tiles.all.length - 1;
    const sideways = { ArrowLeft: this.current - 1, ArrowRight: this.current + 1, Home: 0, End: last }[key];
    return sideways ?? this.beside(key === "ArrowDown" ? 1 : -1);
  }

  // The nearest tile of the row below (1) or above (-1): rows have gaps where one group ends and another begins.
  beside(way) {
    const boxes = this.tiles.all.map((tile) => tile.button.getBoundingClientRect());
    const here = boxes[this.current];
    const beyond = boxes.map((box, place) => ({ place, down: way * (box.top - here.top), across: Math.abs(box.left - here.left) }));
    const rows = beyond.filter((one) => one.down > here.height / 2);
    const nearest = Math.min(...rows.map((one) => one.down));
    const row = rows.filter((one) => one.down < nearest + 2).sort((a, b) => a.across - b.across);
    return row[0]?.place ?? this.current;
  }
}
