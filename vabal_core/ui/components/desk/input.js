// From keys, clicks and open fields to what the desk does.
import { leaveSidebarField, menuOpen } from "../shared/keyboard.js";
import { STEADY, meaning } from "./keys.js";
import { ZOOM_STEP } from "./view.js";

export class Input {
  constructor(root, desk) {
    Object.assign(this, { root, desk, tabbed: false }); // whether the focus was moved by the Tab key
    const { decisions, presenter, comment, search, guide, view, screen, tone, explanation, help } = desk;
    this.actions = {
      undo: () => decisions.undo(),
      skip: () => decisions.skip(),
      unsure: () => decisions.decide("unsure", null),
      flag: () => comment.open(),
      "send-flag": () => comment.send(),
      "leave-flag": () => comment.leave(),
      accept: () => decisions.accept(),
      confirm: () => decisions.confirm(),
      suggestion: () => presenter.toggleSuggestion(),
      reasons: () => explanation.unfold(),
      search: () => search.open(),
      learn: () => desk.learn(),
      guide: () => guide.toggle(),
      pin: () => decisions.pin(),
      similar: () => desk.openSimilar(),
      actual: () => view.setActual(!view.actual),
      closer: () => view.zoom(ZOOM_STEP),
      farther: () => view.zoom(1 / ZOOM_STEP),
      sharp: () => screen.setSharp(!screen.sharp),
      invert: () => tone.change({ invert: !tone.values.invert }),
      tone: () => tone.toggle(),
      "reset-tone": () => tone.reset(),
      help: () => (help.open ? help.close() : help.showModal()),
    };
  }

  listen(signal) {
    const first = { signal, capture: true };
    document.addEventListener("keydown", (event) => this.key(event), first);
    // The keyboard belongs to the desk again: what was clicked keeps the focus, but not Space and Enter.
    document.addEventListener("pointerdown", () => (this.tabbed = false), first);
    this.root.addEventListener("click", (event) => this.click(event), { signal });
  }

  key(event) {
    this.tabbed ||= event.key === "Tab";
    const { help, view, classes } = this.desk;
    const state = { help: help.open, zoomed: view.zoomed, tabbed: this.tabbed, menu: menuOpen() };
    const request = meaning(event, classes, state);
    if (!request) return;
    if (request.typed) return this.typed(event, request.typed);
    // Escape with nothing to leave is for others: it closes a menu of the page.
    if (request.action === "leave" && !this.leave()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (request.move) view.stride(request.move);
    else if (event.repeat && !STEADY.includes(request.action)) return;
    else if (request.chosen) this.desk.decisions.label(request.chosen);
    else if (request.action !== "leave") this.actions[request.action]();
  }

  typed(event, field) {
    if (!this.root.contains(field)) return leaveSidebarField(event);
    event.stopImmediatePropagation(); // the page has keys of its own, which it would find here
    const { guide, search, comment } = this.desk;
    const owner = field.dataset.note ? guide : field.closest(".search") ? search : comment;
    if (!event.isComposing) owner.key(event);
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    // After a mouse click the keyboard belongs to the desk again: a later Space skips, and does not press this button.
    if (event.detail > 0) button.blur();
    if (button.dataset.do) this.actions[button.dataset.do]();
    else if (button.dataset.class) this.desk.decisions.label(Number(button.dataset.class));
  }

  // Closes the innermost of what is open; whether there was anything.
  leave() {
    const { comment, search, guide, item, decisions, tone, explanation } = this.desk;
    if (!comment.box.hidden) comment.leave();
    else if (search.field.value) search.leave();
    else if (guide.open) guide.toggle(false);
    else if (item?.correcting) decisions.putBack();
    else if (explanation.unfolded) explanation.unfold(false);
    else if (!tone.panel.hidden) tone.toggle(false);
    else return false;
    return true;
  }
}
