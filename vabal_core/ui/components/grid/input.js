// From keys and clicks to what the grid does.
import { leaveSidebarField, menuOpen, within } from "../shared/keyboard.js";
import { ABOVE, FIELDS, meaning } from "./keys.js";

export class Input {
  constructor(grid) {
    this.grid = grid;
    const { decisions, selection, preview, bar } = grid;
    this.actions = {
      confirm: () => decisions.confirm(),
      undo: () => decisions.undo(),
      skip: () => decisions.decide("skip"),
      unsure: () => decisions.decide("unsure"),
      flag: () => decisions.askComment(),
      unflag: () => bar.ask(0),
      remove: () => grid.move("remove"),
      aside: () => grid.move("aside"),
      keyless: () => bar.focusKeyless(),
      all: () => selection.all(),
      none: () => selection.set([]),
      toggle: () => selection.toggle(selection.current),
      larger: () => this.larger(),
      smaller: () => preview.loupe.close(),
      similar: () => this.similar(),
      next: () => grid.turn(1),
      back: () => grid.turn(-1),
    };
  }

  listen(signal) {
    document.addEventListener("keydown", (event) => this.key(event), { signal, capture: true });
    this.grid.root.addEventListener("click", (event) => this.click(event), { signal });
    this.grid.find(".comment").addEventListener("submit", (event) => this.submit(event), { signal });
  }

  // The grid is asked while nobody types into a field and no menu or dialogue is open above it.
  key(event) {
    const { root, find, data, preview, bar, decisions } = this.grid;
    const target = event.composedPath()[0];
    if (event.key === "Escape" && find(".comment").contains(target)) this.actions.unflag();
    leaveSidebarField(event);
    if (within(event, FIELDS) || within(event, ABOVE) || menuOpen()) return;
    const focused = root.contains(target) || target === document.body;
    const request = meaning(event, data.classes, {
      focused,
      large: preview.loupe.open,
      sure: data.sure,
      atEnd: () => bar.atEnd(),
    });
    if (!request) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (request.arrow) this.arrow(request);
    else if (event.repeat) return;
    else if (request.chosen) decisions.label(request.chosen);
    else this.actions[request.action]();
  }

  arrow({ arrow, extend }) {
    const { preview, selection, tiles } = this.grid;
    const large = preview.loupe.open;
    selection.arrow(arrow, extend, large);
    if (large) preview.openLoupe(tiles.all[selection.current]);
  }

  // The keys act on the image that is shown large, and on no other.
  larger() {
    const { preview, selection, tiles } = this.grid;
    const pointed = tiles.all.indexOf(preview.pointed);
    if (pointed >= 0) selection.stand(pointed);
    preview.openLoupe(tiles.all[selection.current]);
  }

  // Like the image that is shown large or pointed at, else the only one that is selected, else where the keyboard is.
  similar() {
    const { preview, selection, tiles } = this.grid;
    const [only, ...others] = selection.selected;
    const tile = (preview.loupe.open && preview.large) || preview.pointed;
    const id = tile?.item.id ?? (others.length ? undefined : only) ?? tiles.all[selection.current]?.item.id;
    if (id === undefined) return;
    preview.loupe.close();
    this.grid.tell("similar", id);
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button || button.type === "submit" || button.matches(".tile")) return;
    // After a mouse click the keyboard belongs to the grid again: a later Space does not press this button.
    if (event.detail > 0) button.blur();
    const { ids, class: classId, do: action } = button.dataset;
    if (ids) this.grid.selection.toggleAll(ids.split(" ").map(Number));
    else if (classId) this.grid.decisions.label(Number(classId));
    else this.actions[action]();
  }

  submit(event) {
    event.preventDefault();
    this.grid.decisions.flag(this.grid.find(".comment input").value.trim());
  }
}
