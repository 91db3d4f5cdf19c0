// Which images are selected: by click, Shift and click, a drag over them, keys. What was decided on this page is taken
// only by a click of its own: all, a range or a drag is for what is still open.
import { Drag } from "./drag.js";
import { nearestInNextRow } from "./rows.js";

export class Selection {
  // `decided(id)`: whether it was, on this page; `changed()` is told after every change.
  constructor(box, tiles, { decided, changed, signal }) {
    Object.assign(this, { box, tiles, decided, changed, selected: new Set(), current: 0, anchor: 0 });
    this.drag = new Drag(box, (area, before) => this.cover(area, before), () => this.selected, signal);
    box.addEventListener("click", (event) => this.click(event), { signal });
    box.addEventListener("focusin", (event) => this.focused(event), { signal });
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
    if (place < 0 || this.drag.dragged) return;
    if (event.shiftKey) this.range(place);
    else this.toggle(place);
  }

  // A drag covers the `area`: its tiles, and those that were selected `before` it.
  cover(area, before) {
    const corner = this.box.getBoundingClientRect();
    const covered = this.tiles.all.filter(({ button }) => {
      const edges = button.getBoundingClientRect();
      const across = edges.left - corner.left < area.right && edges.right - corner.left > area.left;
      return across && edges.top - corner.top < area.bottom && edges.bottom - corner.top > area.top;
    });
    this.set([...before, ...this.open(covered)]);
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
    if (sideways !== undefined) return sideways;
    const edges = this.tiles.all.map((tile) => tile.button.getBoundingClientRect());
    return nearestInNextRow(edges, this.current, key === "ArrowDown" ? 1 : -1);
  }
}
